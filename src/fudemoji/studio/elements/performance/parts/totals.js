// Precision, recall and average precision of all tags together, and of the iteration they are compared with.
import { points } from "./words.js";

export default {
  inject: ["say", "percent"],
  props: { now: Object, then: Object },
  computed: {
    figures() {
      const names = ["precision", "recall", "averagePrecision"];
      const of = (found, name) => (found ? found[name].value ?? found[name] : null);
      return names.map((name) => {
        const value = of(this.now, name), other = of(this.then, name);
        const { count, deviation } = this.now[name];
        const told = count === undefined ? "" : this.say(`${name}Of`, this.now[name]);
        return { name, value, other, deviation, told, isEmpty: count === 0 };
      });
    },
  },
  methods: {
    change(figure) {
      return this.say("points", { change: points(figure.value - figure.other, 1) });
    },
  },
  template: `
    <dl class="totals">
      <div v-for="figure in figures" :key="figure.name" :data-figure="figure.name">
        <dt>{{ say(figure.name) }}</dt>
        <dd>
          <strong>{{ figure.isEmpty ? "–" : percent(figure.value) }}</strong>
          <span v-if="figure.deviation !== undefined" class="faint"> ± {{ percent(figure.deviation) }}</span>
        </dd>
        <dd v-if="figure.other !== null" class="faint">{{ say("before", { value: percent(figure.other) }) }}
          <span :class="figure.value < figure.other ? 'worse' : 'better'">{{ change(figure) }}</span></dd>
        <dd v-else class="faint">{{ figure.told || say("anyThreshold") }}</dd>
      </div>
    </dl>`,
};
