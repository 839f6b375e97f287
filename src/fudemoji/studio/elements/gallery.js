// Thousands of images as tiles that are made when they come into view. Focus, selection and tagging are here, because
// they must not wait; what is shown is a list of ids, whichever address gives it.
import { ask, fill } from "fudemoji-studio/api.js";
import { deleteAll, retag, tagAll, untagAll } from "fudemoji-studio/changes.js";
import palette from "fudemoji-studio/palette.js";
import { Selection } from "fudemoji-studio/selection.js";
import { Shelf } from "fudemoji-studio/shelf.js";
import viewer from "fudemoji-studio/viewer.js";

const GAP = 8, CAPTION = 24, SPARE_ROWS = 2;

export default {
  template: `
    <section class="gallery" :style="{ '--tile': tile + 'px' }">
      <div ref="bar" class="gallery-bar">
        <p class="gallery-told" role="status">{{ status }}</p>
        <button v-if="undoable" type="button" class="plain" @click="undo">{{ words.undo }}</button>
        <span v-show="num" class="gallery-acts">
          <button type="button" class="plain" @click="selection.all(ids)">{{ words.all }}</button>
          <button type="button" class="plain" :disabled="!num_chosen" @click="selection.clear()">{{ words.clear }}</button>
          <button type="button" class="plain" :disabled="!num_chosen" @click="openChosen">{{ words.open }}</button>
          <button type="button" class="plain" :disabled="!num_chosen" @click="$refs.palette.open('')">{{ words.tag }}</button>
          <button type="button" class="plain" :disabled="!num_chosen" @click="ask_removal">{{ words.remove }}</button>
        </span>
        <slot></slot>
        <label v-show="num" class="gallery-size">{{ words.size }}
          <input type="range" min="64" max="224" step="16" v-model.number="size">
        </label>
      </div>
      <p v-if="problem" class="gallery-problem" role="alert">{{ problem }}</p>
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
        :note="notes[ids[cursor]]" :names="names" :words="words" @step="turn" @tag="$refs.palette.open('')"
        @untag="tagged" @remove="ask_removal" @press="press" @closed="closed"></viewer>
      <palette ref="palette" :tags="tags" :words="words" @chosen="tagged" @create="$emit('create', { name: $event })">
      </palette>
    </section>`,

  components: { palette, viewer },

  props: {
    project: String, // the address of its API
    source: String, // an address that answers { ids, notes }
    words: Object,
    tags: Array, // { id, name } of all tags of the project
    keys: Array, // further keys that the page wants to know of
  },
  emits: ["selected", "changed", "key", "create", "remove"],

  data() {
    return {
      ids: Object.freeze([]), notes: Object.freeze({}), is_loaded: false, size: Number(localStorage.tileSize) || 112,
      columns: 1, tile: 112, first: 0, last: 0, cursor: 0, ticks: 0, problem: "", said: "", work: null, undoable: null,
      is_large: false,
    };
  },

  created() {
    this.selection = new Selection(() => this.select());
    const told = (error) => { this.problem = error ? this.reason(error) : ""; };
    const arrived = () => { this.ticks += 1; };
    this.details = new Shelf({ most: 100, parallel: 2, kept: 20000, arrived, told, load: this.loadDetails });
    this.pictures = new Shelf({ most: 24, parallel: 4, kept: 3000, arrived, told, load: this.loadPictures });
    this.load();
  },

  mounted() {
    this.watcher = new ResizeObserver(() => this.measure());
    this.watcher.observe(this.$el);
    this.scrolled = () => { this.frame ??= requestAnimationFrame(() => { this.frame = null; this.look(); }); };
    addEventListener("scroll", this.scrolled, { passive: true });
    addEventListener("resize", this.scrolled);
    addEventListener("fudemoji-choose", this.choose);
  },

  beforeUnmount() {
    this.watcher.disconnect();
    removeEventListener("scroll", this.scrolled);
    removeEventListener("resize", this.scrolled);
    removeEventListener("fudemoji-choose", this.choose);
    this.details.close();
    this.pictures.close();
  },

  watch: {
    source() { this.selection.clear(); this.cursor = 0; this.load(); },
    size() { localStorage.tileSize = this.size; this.pictures.found.clear(); this.measure(); },
  },

  computed: {
    num() { return this.ids.length; },
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
    num_chosen() { void this.ticks; return this.selection.size; },
    current() { void this.ticks; return this.details.get(this.ids[this.cursor]); },
  },

  methods: {
    shown(id, index) {
      const image = this.details.get(id), url = this.pictures.get(id);
      const tags = image ? image.tags.map((tag) => this.names.get(tag.id) ?? tag.name).join(" ") : "";
      const note = this.notes[id] ?? "";
      return {
        id, index, url, tags, note, gone: image === null || url === null, chosen: this.selection.has(id),
        label: [image?.name || fill(this.words.number, { number: index + 1 }), note, tags].filter(Boolean).join(", "),
        coarse: image && Math.max(image.width, image.height) * 2 <= this.tile,
      };
    },

    async load() {
      const turn = (this.turn = {});
      try {
        const told = await ask(this.source);
        if (turn !== this.turn) return;
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
        if (turn !== this.turn) return;
        this.problem = this.reason(error);
        setTimeout(() => turn === this.turn && this.load(), 2000);
      }
    },

    async loadDetails(ids) {
      const told = await ask(`${this.project}/images`, { query: { image_ids: ids, take: ids.length } });
      return new Map(told.images.map((image) => [image.id, image]));
    },

    async loadPictures(ids) {
      const size = Math.min(1024, Math.ceil(this.tile * Math.min(devicePixelRatio, 2)));
      const told = await ask(`${this.project}/images/thumbnails`, { query: { image_ids: ids, size } });
      return new Map(told.thumbnails.map((one) => [one.id, one.url]));
    },

    measure() {
      const width = this.$el.clientWidth;
      if (!width) return;
      this.columns = Math.max(1, Math.floor((width + GAP) / (this.size + GAP)));
      this.tile = Math.floor((width - GAP * (this.columns - 1)) / this.columns);
      this.look();
    },

    /** See which tiles are in view, and fetch what they show: those in view first, then those around them. */
    look() {
      const top = -this.$refs.list.getBoundingClientRect().top;
      const from = Math.max(0, Math.floor(top / this.row));
      const to = Math.max(from, Math.ceil((top + innerHeight) / this.row));
      this.first = Math.min(this.num, Math.max(0, from - SPARE_ROWS) * this.columns);
      this.last = Math.min(this.num, (to + SPARE_ROWS) * this.columns);
      const screen = (to - from) * this.columns;
      const wanted = [
        ...this.ids.slice(from * this.columns, to * this.columns),
        ...this.ids.slice(to * this.columns, to * this.columns + screen),
        ...this.ids.slice(Math.max(0, from * this.columns - screen), from * this.columns),
      ];
      this.pictures.want(wanted);
      this.details.want(wanted);
    },

    // ---- focus and selection

    /** Choose these, as far as they are shown; another part of the page asks for it. */
    async choose({ detail }) {
      await this.load();
      const wanted = new Set(detail);
      this.selection.all(this.ids.filter((id) => wanted.has(id)));
    },

    click(index, event) {
      const id = this.ids[index];
      this.cursor = index;
      if (event.shiftKey) this.selection.reach(this.ids, id, { adds: event.ctrlKey || event.metaKey });
      else if (event.ctrlKey || event.metaKey || event.pointerType === "touch") this.selection.toggle(id);
      else this.selection.only(id);
      this.$refs.list.focus({ preventScroll: true });
    },

    press(event) {
      const rows = Math.max(1, Math.floor(innerHeight / this.row) - 1);
      const steps = {
        ArrowRight: 1, ArrowLeft: -1, ArrowDown: this.columns, ArrowUp: -this.columns, Home: -this.num, End: this.num,
        PageDown: rows * this.columns, PageUp: -rows * this.columns,
      };
      const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
      const { key } = event;
      if (key in steps && !event.altKey) this.go(steps[key], event);
      else if (key === "a" && !isPlain) this.selection.all(this.ids);
      else if (key === "z" && !isPlain) this.undo();
      else if (!isPlain) return;
      else if (this.keys?.includes(key)) this.$emit("key", { key, id: this.ids[this.cursor] });
      else if (key === " ") this.selection.toggle(this.ids[this.cursor]);
      else if (key === "Enter") this.open(this.cursor);
      else if (key === "Escape") this.selection.clear();
      else if (key === "Delete") this.ask_removal();
      else if (/^[1-9]$/.test(key)) this.tagged(this.tags[key - 1]?.id);
      else if (/^[\p{L}/]$/u.test(key) || key === "Process") this.$refs.palette.open(key === "/" ? "" : key);
      else return;
      event.preventDefault();
    },

    /** Move the focus; the selection comes along, or reaches from where it began, or stays. */
    go(step, { shiftKey, ctrlKey, metaKey }) {
      const isOnEdge = this.cursor + step < 0 || this.cursor + step >= this.num;
      const isFar = Math.abs(step) >= this.num;
      if (isOnEdge && !isFar && Math.abs(step) === this.columns) return;
      this.cursor = Math.min(this.num - 1, Math.max(0, this.cursor + step));
      const id = this.ids[this.cursor];
      if (shiftKey) this.selection.reach(this.ids, id);
      else if (!ctrlKey && !metaKey) this.selection.only(id);
      this.reveal();
    },

    /** Scroll as little as shows the tile with the focus whole. */
    reveal() {
      const sticky = this.$refs.bar.offsetHeight + 2 * GAP;
      const top = this.$refs.list.getBoundingClientRect().top + Math.floor(this.cursor / this.columns) * this.row;
      if (top < sticky) scrollBy(0, top - sticky);
      else if (top + this.row > innerHeight) scrollBy(0, top + this.row - innerHeight + GAP);
      this.look();
    },

    select() {
      this.ticks += 1;
      this.telling ??= setTimeout(() => { this.telling = null; this.tell(); }, 50);
    },

    /** Let the page know how many are chosen, and which tags they have, as far as that is known. */
    tell() {
      const images = [...this.selection.chosen].map((id) => this.details.get(id)).filter(Boolean);
      const tags = {};
      images.forEach((image) => image.tags.forEach((tag) => { tags[tag.id] = (tags[tag.id] ?? 0) + 1; }));
      this.$emit("selected", { count: this.selection.size, known: images.length, tags });
    },

    targets() {
      const isOne = this.is_large || !this.selection.size;
      return isOne ? [this.ids[this.cursor]] : this.ids.filter((id) => this.selection.has(id));
    },

    open(index) {
      this.cursor = index;
      this.is_large = true;
      this.$refs.viewer.open();
    },

    openChosen() {
      if (!this.selection.has(this.ids[this.cursor])) this.cursor = this.ids.findIndex((id) => this.selection.has(id));
      this.open(this.cursor);
    },

    turn(step) {
      this.cursor = Math.min(this.num - 1, Math.max(0, this.cursor + step));
      this.reveal();
    },

    closed() {
      this.is_large = false;
      this.$refs.list.focus({ preventScroll: true });
    },

    // ---- changes

    /** Give the chosen images a tag; where all of them have it, take it from them. */
    async tagged(tag) {
      if (!tag || this.work || !this.num) return;
      const ids = this.targets();
      const haveIt = (id) => this.details.get(id)?.tags.some((one) => one.id === tag);
      const takes = ids.every(haveIt);
      const told = takes ? this.words.untagged : this.words.tagged;
      const change = takes ? untagAll : tagAll;
      await this.run(ids, (done) => change(this.project, this.details, ids, tag, done), told, { tag: this.names.get(tag) });
      if (ids.length === 1 && ids[0] === this.ids[this.cursor] && !takes) this.step();
    },

    /** After one image was tagged, the next one has its turn. */
    step() {
      if (this.cursor + 1 < this.num) this.cursor += 1;
      if (this.selection.size) this.selection.only(this.ids[this.cursor]);
      this.reveal();
    },

    ask_removal() {
      if (this.num) this.$emit("remove", { count: this.targets().length });
    },

    async removed() {
      const ids = this.targets();
      await this.run(ids, (done) => deleteAll(this.project, this.details, ids, done), this.words.removed);
      this.undoable = null;
    },

    async undo() {
      const { undoable } = this;
      if (!undoable || this.work) return;
      this.undoable = null;
      const put = async (done) => { await retag(this.project, this.details, undoable, done); return { before: null }; };
      await this.run([...undoable.keys()], put, this.words.undone);
    },

    /** Do work on images, telling how far it is; what was done before a refusal stays, and is told. */
    async run(ids, work, told, values = {}) {
      let failure = null, before = null;
      this.work = { done: 0, count: ids.length };
      try {
        const outcome = await work((num) => { this.work = { ...this.work, done: this.work.done + num }; });
        before = outcome.before;
        failure = outcome.error;
      } catch (error) {
        failure = error;
      }
      const { done } = this.work;
      this.work = null;
      this.undoable = before?.size ? Object.freeze(before) : null;
      this.said = failure ? this.reason(failure) : fill(told, { count: done, ...values });
      this.$emit("changed", { failed: Boolean(failure) });
      await this.load();
    },

    reason(error) {
      if (error.status === 0) return this.words.offline;
      if (error.status === 401 || error.status === 403) return this.words.signed_out;
      return error.message || String(error);
    },
  },
};
