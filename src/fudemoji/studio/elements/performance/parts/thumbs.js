// Images in a grid, each with what it is and what it is taken for.
const FIRST = 60;

export default {
  inject: ["say", "percent", "picture"],
  props: { one: Object, places: Array, names: Array, threshold: Number },
  emits: ["look"],
  data: () => ({ shown: FIRST }),
  methods: {
    tags(places) {
      return places.map((k) => this.names[k]).join(" · ") || this.say("none");
    },
    facts(n) {
      const image = this.one.images[n];
      const given = this.one.given(image, this.threshold);
      const isRight = given.length === image.places.length && given.every((k) => image.places.includes(k));
      const [best, prob] = image.likely[0] ?? [];
      const single = given.length ? `${this.names[best]} ${this.percent(prob, 0)}` : this.say("none");
      return { image, isRight, truth: this.tags(image.places), given: this.one.isSingle ? single : this.tags(given) };
    },
  },
  computed: {
    cards() {
      return this.places.slice(0, this.shown).map((n) => ({ n, ...this.facts(n) }));
    },
  },
  template: `
    <ul class="cases">
      <li v-for="(card, i) in cards" :key="card.n">
        <button :class="{ wrong: !card.isRight }" @click="$emit('look', i)"
          :aria-label="say('takenFor', { truth: card.truth, given: card.given })">
          <img v-if="card.image.image_id" :src="picture(card.image.image_id, 128)" alt="" loading="lazy">
          <span v-else class="gone">{{ say("gone") }}</span>
          <span class="truth">{{ card.truth }}</span>
          <span class="given">{{ card.isRight ? "✓" : "→" }} {{ card.given }}</span>
        </button>
      </li>
    </ul>
    <button v-if="places.length > shown" class="plain" @click="shown += ${FIRST}">{{
      say("more", { count: places.length - shown }) }}</button>`,
};
