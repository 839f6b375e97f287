// Whether probabilities mean what they say: the share that is right against what was stated; a dot opens its images.
import { calibrationError } from "./figures.js";

export default {
  inject: ["say", "percent"],
  props: { one: Object },
  emits: ["open"],
  computed: {
    bins() {
      return this.one.reliability();
    },
    told() {
      return this.say(this.one.isSingle ? "calibrationOne" : "calibrationSeveral", {
        error: this.percent(calibrationError(this.bins)),
      });
    },
    most() {
      return Math.max(...this.bins.map((bin) => bin.count));
    },
  },
  methods: {
    style(bin) {
      const size = 0.6 + 1.2 * Math.sqrt(bin.count / this.most);
      return { left: `${100 * bin.stated}%`, top: `${100 - 100 * bin.right}%`, width: `${size}rem`, height: `${size}rem` };
    },
    name(bin) {
      const [from, to, right] = [bin.from, bin.to, bin.right].map((value) => this.percent(value, 0));
      return this.say("bin", { from, to, right, count: bin.count });
    },
    top(value) {
      return `${100 - 100 * value}%`;
    },
  },
  template: `
    <figure class="plot calibration">
      <figcaption><h2>{{ say("calibration") }}</h2></figcaption>
      <div class="plot-area">
        <span class="plot-y" v-for="value in [0, 0.5, 1]" :style="{ top: top(value) }">{{ percent(value, 0) }}</span>
        <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
          <line v-for="y in [0, 50, 100]" class="grid" x1="0" :y1="y" x2="100" :y2="y" />
          <line class="ideal" x1="0" y1="100" x2="100" y2="0" />
        </svg>
        <button v-for="bin in bins" :key="bin.from" class="bin" :style="style(bin)" :title="name(bin)"
          :aria-label="name(bin)" @click="$emit('open', name(bin), bin.places)"></button>
      </div>
      <p class="plot-x faint"><span>{{ percent(0, 0) }}</span><span>{{ say("stated") }}</span>
        <span>{{ percent(1, 0) }}</span></p>
      <p>{{ told }}</p>
    </figure>`,
};
