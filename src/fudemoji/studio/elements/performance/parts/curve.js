// Precision and recall over all thresholds; a click chooses one.
const [WIDTH, HEIGHT] = [100, 100];

export default {
  inject: ["say", "percent"],
  props: { one: Object, other: Object, threshold: Number, now: Object },
  emits: ["choose"],
  computed: {
    lines() {
      const lines = [];
      for (const [answers, kind] of [[this.other, "then"], [this.one, "now"]]) {
        if (!answers) continue;
        for (const name of ["precision", "recall"]) lines.push({ name: `${kind} ${name}`, path: path(answers, name) });
      }
      return lines;
    },
  },
  methods: {
    choose(event) {
      const box = event.currentTarget.getBoundingClientRect();
      this.$emit("choose", (event.clientX - box.left) / box.width);
    },
    drag(event) {
      if (event.buttons) this.choose(event);
    },
    top(value) {
      return `${100 - 100 * value}%`;
    },
  },
  template: `
    <figure class="plot">
      <figcaption><h2>{{ say("curve") }}</h2>
        <span class="key precision">{{ say("precision") }}</span><span class="key recall">{{ say("recall") }}</span>
        <span v-if="other" class="key then">{{ say("dashed") }}</span>
      </figcaption>
      <div class="plot-area">
        <span class="plot-y" v-for="value in [0, 0.5, 1]" :style="{ top: top(value) }">{{ percent(value, 0) }}</span>
        <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" :aria-label="say('curve')"
          @pointerdown="choose" @pointermove="drag">
          <line v-for="y in [0, 50, 100]" class="grid" x1="0" :y1="y" x2="${WIDTH}" :y2="y" />
          <line class="marker" :x1="threshold * ${WIDTH}" y1="0" :x2="threshold * ${WIDTH}" y2="${HEIGHT}" />
          <path v-for="line in lines" :class="line.name" :d="line.path" />
        </svg>
        <i v-for="name in ['precision', 'recall']" class="dot" :class="name"
          :style="{ left: threshold * 100 + '%', top: top(now[name].value) }"></i>
      </div>
      <p class="plot-x faint"><span>{{ percent(0, 0) }}</span><span>{{ say("threshold") }}</span>
        <span>{{ percent(1, 0) }}</span></p>
    </figure>`,
};

// Points at which nothing is given have no precision.
function path(answers, name) {
  const points = answers.curve().filter((point) => point[name].count);
  return points
    .map((point, i) => `${i ? "L" : "M"}${point.threshold * WIDTH} ${HEIGHT - point[name].value * HEIGHT}`)
    .join("");
}
