// The images behind a figure, in a dialog; each can be looked at with all that it is taken for.
import Thumbs from "./thumbs.js";

export default {
  components: { Thumbs },
  inject: ["say", "percent", "picture", "project"],
  props: { threshold: Number },
  data: () => ({ one: null, names: [], title: "", places: [], at: null, now: null }),
  computed: {
    image() {
      return this.at === null ? null : this.one.images[this.places[this.at]];
    },
    bars() {
      return this.image.likely.map(([k, prob]) => ({ name: this.names[k], prob, isThere: this.image.places.includes(k) }));
    },
    truth() {
      return this.image.places.map((k) => this.names[k]).join(" ") || this.say("none");
    },
    changed() {
      return this.now !== null && this.now !== [...this.image.places].map((k) => this.names[k]).sort().join(" ");
    },
  },
  methods: {
    show({ one, names, title, places, at = null }) {
      Object.assign(this, { one, names, title, places, now: null, isAlone: at !== null });
      this.$refs.dialog.showModal();
      this.look(at);
    },
    close() {
      this.$refs.dialog.close();
    },
    async look(at) {
      Object.assign(this, { at, now: null });
      const image = this.image;
      await this.$nextTick();
      if (at !== null) this.$refs.back?.focus();
      if (!image?.image_id) return;
      const answer = await fetch(`/api/v1/projects/${this.project}/images/${image.image_id}`).catch(() => null);
      if (!answer?.ok || this.image !== image) return;
      this.now = (await answer.json()).tags.map((tag) => tag.name).sort().join(" ");
    },
    move(by) {
      const at = this.at + by;
      if (this.at !== null && at >= 0 && at < this.places.length) this.look(at);
    },
  },
  template: `
    <dialog ref="dialog" class="pictures" :aria-label="title" @keydown.left="move(-1)" @keydown.right="move(1)"
      @click.self="close">
      <header>
        <h2>{{ title }}</h2>
        <span class="faint">{{ at === null ? say("imagesOf", { count: places.length }) : at + 1 + " / " + places.length }}</span>
        <button class="plain" @click="close">{{ say("close") }}</button>
      </header>
      <thumbs v-if="at === null && one" :key="title" :one="one" :places="places" :names="names"
        :threshold="threshold" @look="look" />
      <article v-else-if="image" class="looked-at">
        <img v-if="image.image_id" :src="picture(image.image_id)" :alt="truth">
        <p v-else>{{ say("gone") }}</p>
        <div>
          <p><strong>{{ truth }}</strong> <span class="faint">{{ say("truth") }}</span></p>
          <p v-if="changed" role="status">{{ say("changed", { tags: now || say("none") }) }}</p>
          <ol class="likely">
            <li v-for="bar in bars" :class="{ there: bar.isThere }" :style="{ '--share': bar.prob, '--at': threshold }">
              <span>{{ bar.name }}</span><i></i><span class="number">{{ percent(bar.prob) }}</span></li>
          </ol>
          <p class="faint">{{ say("line") }}</p>
          <div class="bar">
            <button ref="back" class="plain" @click="look(null)">{{ say("back") }}</button>
            <button class="plain" :disabled="at === 0" @click="move(-1)">{{ say("previous") }}</button>
            <button class="plain" :disabled="at === places.length - 1" @click="move(1)">{{ say("next") }}</button>
          </div>
        </div>
      </article>
    </dialog>`,
};
