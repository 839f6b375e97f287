// One image large, with what is known of it.
import { fill } from "fudemoji-studio/api.js";
import { moment } from "fudemoji-studio/figures.js";

const SHOWN = ["JPEG", "PNG", "GIF", "WEBP", "BMP", "AVIF"]; // what browsers show; of others a smaller version is
const COARSE = 256; // pixels: up to here the pixels themselves are shown

export default {
  template: `
    <dialog ref="dialog" class="viewer" :aria-label="image?.name || words.image" @keydown="press" @click.self="close"
      @close="closed">
      <div v-if="is_open" class="viewer-sheet">
        <div class="viewer-picture">
          <img v-if="image" :src="address" :alt="image.name" :class="{ coarse }">
          <p v-else-if="image === null" class="faint">{{ words.gone }}</p>
        </div>
        <div class="viewer-facts">
          <div class="viewer-bar">
            <button type="button" class="plain" :disabled="!index" @click="$emit('step', -1)">
              <span aria-hidden="true">‹</span> {{ words.previous }}</button>
            <span class="faint">{{ place }}</span>
            <button type="button" class="plain" :disabled="index + 1 >= num" @click="$emit('step', 1)">
              {{ words.next }} <span aria-hidden="true">›</span></button>
          </div>
          <template v-if="image">
            <h2>{{ image.name || words.image }}</h2>
            <p v-if="note" class="viewer-note">{{ note }}</p>
            <p v-if="said" role="status" class="faint">{{ said }}</p>
            <ul class="viewer-tags" :aria-label="words.tags">
              <li v-for="tag in image.tags" :key="tag.id">{{ names.get(tag.id) ?? tag.name }}
                <button type="button" :aria-label="take(tag)" @click="$emit('untag', tag.id)">×</button></li>
              <li v-if="!image.tags.length" class="faint">{{ words.no_tag }}</li>
            </ul>
            <button type="button" class="plain" @click="$emit('tag')">{{ words.give }}</button>
            <dl>
              <dt>{{ words.pixels }}</dt><dd>{{ image.width }} × {{ image.height }}</dd>
              <dt>{{ words.format }}</dt><dd>{{ image.format }}</dd>
              <dt>{{ words.added }}</dt><dd>{{ date }}</dd>
              <template v-for="(value, key) in image.about" :key="key"><dt>{{ key }}</dt><dd>{{ value }}</dd></template>
            </dl>
            <p><a :href="file" :download="image.name || image.id">{{ words.download }}</a></p>
          </template>
          <div class="viewer-bar viewer-end">
            <button type="button" class="plain" @click="$emit('remove')">{{ words.remove }}</button>
            <button type="button" class="plain" autofocus @click="close">{{ words.close }}</button>
          </div>
        </div>
      </div>
    </dialog>`,

  props: {
    project: String, id: String, image: Object, index: Number, num: Number, note: String, said: String, names: Map,
    words: Object,
  },
  emits: ["step", "tag", "untag", "remove", "press", "closed"],
  data: () => ({ is_open: false }),

  computed: {
    file() { return `${this.project}/images/${this.id}/file`; },
    address() {
      return SHOWN.includes(this.image.format) ? this.file : `${this.project}/images/${this.id}/thumbnail?size=1024`;
    },
    coarse() { return Math.max(this.image.width, this.image.height) <= COARSE; },
    place() { return `${(this.index + 1).toLocaleString()} / ${this.num.toLocaleString()}`; },
    date() { return moment(this.image.created); },
  },

  methods: {
    open() {
      this.is_open = true;
      this.$refs.dialog.showModal();
    },
    close() {
      this.$refs.dialog.close();
    },
    closed() {
      this.is_open = false;
      this.$emit("closed");
    },
    take(tag) {
      return fill(this.words.take, { tag: this.names.get(tag.id) ?? tag.name });
    },
    press(event) {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (step) this.$emit("step", step);
      else if (event.key === "Escape") this.close();
      else if ((event.key.length > 1 && event.key !== "Delete") || event.key === " ") return; // for the buttons
      else this.$emit("press", event);
      event.preventDefault();
    },
  },
};
