// Thousands of images as tiles that are made when they come into view. Focus, selection and tagging are here, because
// they must not wait; what is shown is a list of ids, whichever address gives it.
import acting from "fudemoji-studio/acting.js";
import { ask, fill } from "fudemoji-studio/api.js";
import choosing from "fudemoji-studio/choosing.js";
import palette from "fudemoji-studio/palette.js";
import { Selection } from "fudemoji-studio/selection.js";
import { Shelf } from "fudemoji-studio/shelf.js";
import viewer from "fudemoji-studio/viewer.js";

const GAP = 8, CAPTION = 24, SPARE_ROWS = 2;
const SIZES = [64, 128, 256, 512, 1024]; // of small versions
const KEPT = "fudemoji-tile"; // the size that this browser remembers
const RETRY_MS = 2000, SOON_MS = 150;

export default {
  template: `
    <section class="gallery" :style="{ '--tile': tile + 'px' }">
      <div ref="bar" class="gallery-bar">
        <p class="gallery-told" role="status">{{ status }}</p>
        <button v-if="changes.length" type="button" class="plain" @click="undo">{{ words.undo }}</button>
        <label v-show="num" class="gallery-size"><span>{{ words.size }}</span>
          <input type="range" :aria-label="words.size" min="64" max="224" step="16" v-model.number="size">
        </label>
        <div v-show="num" class="gallery-acts">
          <button v-if="confirms" type="button" class="plain strong" :disabled="Boolean(work)" @click="confirmed">{{ confirming }}</button>
          <button type="button" class="plain" @click="selection.all(ids)">{{ words.all }}</button>
          <button type="button" class="plain" :disabled="!num_chosen" @click="selection.clear()">{{ words.clear }}</button>
          <button type="button" class="plain" :disabled="!num_chosen" @click="openChosen">{{ words.open }}</button>
          <button type="button" class="plain" :disabled="!num_chosen" @click="$refs.palette.open('')">{{ words.give }}</button>
          <button type="button" class="plain" :disabled="!num_chosen" @click="ask_removal">{{ words.remove }}</button>
        </div>
        <slot></slot>
      </div>
      <p v-if="problem" class="problem" role="alert">{{ problem }}</p>
      <p v-if="is_loaded && !num" class="faint">{{ words.none }}</p>
      <div v-show="num" ref="list" class="gallery-list" role="listbox" aria-multiselectable="true" tabindex="0"
        :aria-label="words.images" :aria-activedescendant="active" :style="{ height: height + 'px' }"
        @keydown="press">
        <div class="gallery-rows" role="presentation" :style="place">
          <div v-for="one in tiles" :key="one.id" :id="'tile-' + one.id" role="option" class="tile"
            :class="{ current: one.index === cursor }" :aria-selected="one.chosen" :aria-label="one.label"
            :aria-posinset="one.index + 1" :aria-setsize="num"
            @click="click(one.index, $event)" @dblclick="open(one.index)">
            <img v-if="one.url" :src="one.url" alt="" draggable="false" :class="{ coarse: one.coarse }">
            <span v-else class="tile-none">{{ one.gone ? words.gone : "" }}</span>
            <span class="tile-told"><b v-if="one.note">{{ one.note }}</b>{{ one.tags }}</span>
          </div>
        </div>
      </div>
      <viewer ref="viewer" :project="project" :id="ids[cursor]" :image="current" :index="cursor" :num="num"
        :note="notes[ids[cursor]]" :names="names" :words="words" @step="leaf" :said="said" @tag="$refs.palette.open('')"
        @untag="tagged" @remove="ask_removal" @press="press" @closed="closed"></viewer>
      <palette ref="palette" :tags="tags" :words="words" @chosen="tagged" @create="made">
      </palette>
    </section>`,

  components: { palette, viewer },
  mixins: [choosing, acting],

  props: {
    project: String, // the address of its API
    source: String, // an address that answers { ids, notes }
    words: Object,
    tags: Array, // { id, name } of all tags of the project
    steps: Boolean, // whether the next image has its turn after one was tagged
    confirms: Object, // { address, least }: what is shown are suggestions, which are confirmed there
    keys: Array, // further keys that the page wants to know of
  },
  emits: ["selected", "changed", "key", "remove"],

  data() {
    return {
      ids: Object.freeze([]), notes: Object.freeze({}), is_loaded: false, size: Number(localStorage.getItem(KEPT)) || 112,
      columns: 1, tile: 112, first: 0, last: 0, cursor: 0, ticks: 0, problem: "", said: "", work: null, changes: Object.freeze([]),
      is_large: false,
    };
  },

  created() {
    this.selection = new Selection(() => this.select());
    const told = (error) => { this.problem = error ? this.reason(error) : ""; };
    const details = { most: 200, parallel: 1, kept: 20000, arrived: () => this.select(), load: this.loadDetails };
    const pictures = { most: 32, parallel: 2, kept: 3000, arrived: () => { this.ticks += 1; }, load: this.loadPictures };
    this.details = new Shelf({ ...details, told });
    this.pictures = new Shelf({ ...pictures, told });
    this.load();
  },

  mounted() {
    this.watcher = new ResizeObserver(() => this.measure());
    this.watcher.observe(this.$el);
    this.scrolled = () => { this.frame ??= requestAnimationFrame(() => { this.frame = null; this.look(); }); };
    addEventListener("scroll", this.scrolled, { passive: true });
    addEventListener("resize", this.scrolled);
    addEventListener("fudemoji-choose", this.choose);
    addEventListener("keydown", this.pressElsewhere);
  },

  beforeUnmount() {
    this.watcher.disconnect();
    removeEventListener("scroll", this.scrolled);
    removeEventListener("resize", this.scrolled);
    removeEventListener("fudemoji-choose", this.choose);
    removeEventListener("keydown", this.pressElsewhere);
    clearTimeout(this.loading);
    this.details.close();
    this.pictures.close();
  },

  watch: {
    source() { this.selection.clear(); this.cursor = 0; this.said = ""; this.load(); },
    size() { localStorage.setItem(KEPT, this.size); this.measure(); },
    fineness() { this.pictures.doubt(); this.look(); },
  },

  computed: {
    num() { return this.ids.length; },
    fineness() {
      const pixels = this.tile * Math.min(devicePixelRatio, 2);
      return SIZES.find((size) => size >= pixels) ?? SIZES.at(-1);
    },
    row() { return this.tile + CAPTION + GAP; },
    height() { return Math.ceil(this.num / this.columns) * this.row; },
    active() { return this.cursor >= this.first && this.cursor < this.last ? "tile-" + this.ids[this.cursor] : null; },
    place() {
      return {
        transform: `translateY(${Math.floor(this.first / this.columns) * this.row}px)`,
        gridTemplateColumns: `repeat(${this.columns}, ${this.tile}px)`,
      };
    },
    names() { return new Map((this.tags ?? []).map((tag) => [tag.id, tag.name])); },
    tiles() {
      void this.ticks; // selection and shelves are not Vue's
      return this.ids.slice(this.first, this.last).map((id, number) => this.shown(id, this.first + number));
    },
    status() {
      void this.ticks;
      if (this.work) return fill(this.words.working, this.work);
      if (!this.is_loaded) return "";
      const chosen = this.num_chosen ? fill(this.words.chosen, { count: this.num_chosen }) : "";
      return [this.said, chosen, fill(this.words.count, { count: this.num })].filter(Boolean).join(" · ");
    },
    confirming() { return fill(this.words.confirm, { count: this.num_chosen || this.num }); },
    num_chosen() { void this.ticks; return this.selection.size; },
    current() { void this.ticks; return this.details.get(this.ids[this.cursor]); },
  },

  methods: {
    shown(id, index) {
      const image = this.details.get(id), url = this.pictures.get(id);
      const tags = image ? image.tags.map((tag) => this.names.get(tag.id) ?? tag.name).join(" · ") : "";
      const note = this.notes[id] ?? "";
      return {
        id, index, url, tags, note, gone: image === null || url === null, chosen: this.selection.has(id),
        label: [image?.name || fill(this.words.number, { number: index + 1 }), note, tags].filter(Boolean).join(", "),
        coarse: image && Math.max(image.width, image.height) * 2 <= this.tile,
      };
    },

    async load() {
      const turn = (this.latest = {});
      try {
        const told = await ask(this.source);
        if (turn !== this.latest) return;
        const current = this.ids[this.cursor];
        this.ids = Object.freeze(told.ids);
        this.notes = Object.freeze(told.notes ?? {});
        this.selection.keep(this.ids);
        const place = this.ids.indexOf(current);
        this.cursor = Math.max(0, place >= 0 ? place : Math.min(this.cursor, this.num - 1));
        this.is_loaded = true;
        this.problem = "";
        this.details.doubt();
        await this.$nextTick();
        this.measure();
      } catch (error) {
        if (turn !== this.latest) return;
        this.problem = this.reason(error);
        if (error.status === 0 || error.status >= 429) this.loadSoon(RETRY_MS);
      }
    },

    /** Ask again, once for all changes that follow each other fast. */
    loadSoon(wait = SOON_MS) {
      clearTimeout(this.loading);
      this.loading = setTimeout(() => this.load(), wait);
    },

    async loadDetails(ids) {
      const told = await ask(`${this.project}/images`, { query: { image_ids: ids, take: ids.length } });
      return new Map(told.images.map((image) => [image.id, image]));
    },

    async loadPictures(ids) {
      const query = { image_ids: ids, size: this.fineness };
      const told = await ask(`${this.project}/images/thumbnails`, { query });
      return new Map(told.thumbnails.map((one) => [one.id, one.url]));
    },

    /** Find the size of tiles; the image that was the first in view stays there. */
    measure() {
      const width = this.$el.clientWidth;
      if (!width) return;
      const index = (this.from ?? 0) * this.columns, row = this.row;
      this.columns = Math.max(1, Math.floor((width + GAP) / (this.size + GAP)));
      this.tile = Math.floor((width - GAP * (this.columns - 1)) / this.columns);
      const moved = Math.floor(index / this.columns) * this.row - this.from * row;
      if (this.from > 0 && moved) this.$nextTick(() => { scrollBy(0, moved); this.look(); });
      else this.look();
    },

    /** See which tiles are in view, and fetch what they show; then a screen in the direction of the scrolling. */
    look() {
      const top = -this.$refs.list.getBoundingClientRect().top;
      const from = Math.max(0, Math.floor(top / this.row));
      const to = Math.max(from, Math.ceil((top + innerHeight) / this.row));
      this.first = Math.min(this.num, Math.max(0, from - SPARE_ROWS) * this.columns);
      this.last = Math.min(this.num, (to + SPARE_ROWS) * this.columns);
      if (from !== this.from) this.isUp = from < this.from;
      this.from = from;
      const next = this.isUp ? [2 * from - to, from] : [to, 2 * to - from];
      const wanted = [[from, to], next].flatMap(([start, end]) =>
        this.ids.slice(Math.max(0, start) * this.columns, Math.max(0, end) * this.columns));
      this.pictures.want(wanted);
      this.details.want(wanted);
    },
  },
};
