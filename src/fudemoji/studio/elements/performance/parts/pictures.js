// The images behind a figure, in a dialog; each can be looked at with all that it is taken for, and tagged anew.
import Retag from "./retag.js";
import Thumbs from "./thumbs.js";

const COARSE = 256; // pixels: up to here the pixels themselves are shown

export default {
  components: { Retag, Thumbs },
  inject: ["say", "percent", "picture"],
  props: { threshold: Number },
  data: () => ({ one: null, names: [], title: "", places: [], href: null, at: null, isCoarse: false }),
  computed: {
    image() {
      return this.at === null || !this.one ? null : this.one.images[this.places[this.at]];
    },
    bars() {
      return this.image.likely.map(([k, prob]) => ({ name: this.names[k], prob, isThere: this.image.places.includes(k) }));
    },
    truth() {
      return this.image.places.map((k) => this.names[k]).join(" · ") || this.say("none");
    },
    place() {
      if (this.at === null) return this.say("imagesOf", { count: this.places.length });
      return `${this.at + 1} / ${this.places.length}`;
    },
  },
  methods: {
    show({ one, names, title, places, at = null, href = null }) {
      Object.assign(this, { one, names, title, places, href });
      this.$refs.dialog.showModal();
      this.look(at);
    },
    close() {
      this.$refs.dialog.close();
    },
    async look(at) {
      this.$refs.dialog.focus(); // what was pressed goes away, and keys must still come here
      this.at = at;
      await this.$nextTick();
      if (at !== null) this.$refs.back.focus();
    },
    move(by, event) {
      if (event?.target.closest("select")) return;
      const at = this.at + by;
      if (this.at !== null && at >= 0 && at < this.places.length) this.at = at;
    },
    measure(event) {
      this.isCoarse = Math.max(event.target.naturalWidth, event.target.naturalHeight) <= COARSE;
    },
  },
  template: `
    <dialog ref="dialog" class="behind" tabindex="-1" :aria-label="title" @keydown.left="move(-1, $event)"
      @keydown.right="move(1, $event)" @click.self="close" @close="one = at = null">
      <header>
        <h2>{{ title }}</h2>
        <span class="faint">{{ place }}</span>
        <a v-if="href" :href="href">{{ say("amongImages") }}</a>
        <button class="plain" @click="close">{{ say("close") }}</button>
      </header>
      <thumbs v-if="at === null && one" :key="title" :one="one" :places="places" :names="names"
        :threshold="threshold" @look="look" />
      <article v-else-if="image" class="looked-at">
        <img v-if="image.image_id" :key="image.image_id" :src="picture(image.image_id, 1024)" :alt="truth"
          :class="{ coarse: isCoarse }" @load="measure">
        <p v-else class="gone">{{ say("gone") }}</p>
        <div>
          <p><strong>{{ truth }}</strong> <span class="faint">{{ say("truth") }}</span></p>
          <ol class="likely">
            <li v-for="bar in bars" :class="{ there: bar.isThere }" :style="{ '--share': bar.prob, '--at': threshold }">
              <span>{{ bar.name }}</span><i></i><span class="number">{{ percent(bar.prob) }}</span></li>
          </ol>
          <p class="faint">{{ say("line") }}</p>
          <retag v-if="image.image_id" :key="image.image_id" :image="image" :is-single="one.isSingle"
            :before="image.places.map((k) => one.tags[k].tag_id)" />
          <div class="bar">
            <button ref="back" class="plain" @click="look(null)">{{ say("back") }}</button>
            <button class="plain" :disabled="at === 0" @click="move(-1)">{{ say("previous") }}</button>
            <button class="plain" :disabled="at === places.length - 1" @click="move(1)">{{ say("next") }}</button>
          </div>
        </div>
      </article>
    </dialog>`,
};
