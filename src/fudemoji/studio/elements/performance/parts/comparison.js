// Which images only one of two iterations is right about, and whether that can be chance.
import { compare } from "./figures.js";

export default {
  inject: ["say"],
  props: { one: Object, now: Object, other: Object, then: Object, name: String, otherName: String },
  emits: ["open"],
  computed: {
    found() {
      return compare(this.one, this.now.right, this.other, this.then.right);
    },
    verdict() {
      const p = this.found.pValue;
      return this.say(p < 0.05 ? "unlikely" : "chance", { p: p < 0.001 ? "< 0.001" : `= ${p.toFixed(3)}` });
    },
  },
  methods: {
    only(name) {
      return this.say("onlyRight", { name });
    },
  },
  template: `
    <section class="comparison">
      <h2>{{ say("comparison", { name, other: otherName }) }}</h2>
      <p v-if="!found.common">{{ say("nothingCommon") }}</p>
      <template v-else>
        <p>{{ say("common", { count: found.common, one: found.oneRight, other: found.otherRight, name, otherName }) }}</p>
        <div class="bar">
          <button class="plain" :disabled="!found.onlyOne.length" @click="$emit('open', only(name), found.onlyOne)">
            {{ only(name) }}: {{ found.onlyOne.length }}</button>
          <button class="plain" :disabled="!found.onlyOther.length"
            @click="$emit('open', only(otherName), found.onlyOther)">
            {{ only(otherName) }}: {{ found.onlyOther.length }}</button>
        </div>
        <p>{{ verdict }}</p>
      </template>
    </section>`,
};
