// The page of an iteration's performance: its answers are fetched once, and all figures follow the threshold here.
import {
  Answers, Calibration, Comparison, Confusion, Curve, Iterations, LEAST, Pictures, Tags, Thumbs, Totals, words,
} from "fudemoji-performance";
import { percent } from "fudemoji-studio/figures.js";
import { markRaw } from "vue";

const WORST = 24;
const SETTLED_MS = 250; // after which the address tells of a threshold

export default {
  components: { Calibration, Comparison, Confusion, Curve, Iterations, Pictures, Tags, Thumbs, Totals },
  props: { project: String, iterations: Array, told: Object, language: String, first: Object },
  provide() {
    const picture = (id, size) =>
      `/api/v1/projects/${this.project}/images/${id}/${size ? `thumbnail?size=${size}` : "file"}`;
    return { say: this.say, percent: this.percent, picture, project: this.project };
  },
  data() {
    return { ...this.first, one: null, other: null, problem: "" };
  },
  beforeCreate() {
    this.say = words(this.$props.told, this.$props.language);
    this.percent = percent;
  },
  created() {
    this.read("one", this.iteration);
    this.read("other", this.against);
  },
  computed: {
    names() {
      return this.one.tags.map((tag) => tag.tag ?? this.say("deletedTag"));
    },
    least() {
      return this.one?.isSingle ? 0 : LEAST;
    },
    now() {
      return this.one.at(this.threshold);
    },
    then() {
      return this.other?.at(this.threshold) ?? null;
    },
    worst() {
      return this.one.worst().slice(0, WORST);
    },
    isDeleted() {
      return !this.iterations.some(({ id }) => id === this.iteration);
    },
  },
  watch: {
    threshold() {
      clearTimeout(this.settling);
      this.settling = setTimeout(() => this.remember(), SETTLED_MS);
    },
    iteration(id) {
      if (this.against === id) this.against = "";
      this.read("one", id);
    },
    against(id) {
      this.read("other", id);
    },
  },
  methods: {
    nameOf(id) {
      return this.iterations.find((one) => one.id === id)?.name ?? "";
    },
    // The answers of an iteration; what was asked for before and comes late is left.
    async read(which, id) {
      this.remember();
      this[which] = null;
      if (!id) return;
      this.problem = "";
      try {
        const answer = await fetch(`/api/v1/projects/${this.project}/iterations/${id}/performance/answers`);
        const told = await answer.json();
        if ((which === "one" ? this.iteration : this.against) !== id) return;
        if (!answer.ok) throw new Error(told.message);
        this[which] = markRaw(new Answers(told));
        this.choose(this.threshold);
      } catch (error) {
        this.problem = error instanceof TypeError ? this.say("unreachable") : error.message;
      }
    },
    again() {
      this.read("one", this.iteration);
      this.read("other", this.against);
    },
    choose(threshold) {
      this.threshold = Math.min(1, Math.max(this.least, Math.round(100 * threshold) / 100));
    },
    remember() {
      const asked = { iteration: this.iteration, against: this.against, threshold: this.threshold };
      const query = new URLSearchParams(Object.entries(asked).filter(([, value]) => value !== ""));
      history.replaceState(history.state, "", `${location.pathname}?${query}`);
    },
    // The images at places of the answers; `asked` is how the page Images is asked for the same ones.
    open(title, places, at = null, asked = null) {
      const query = asked && new URLSearchParams({
        iteration: this.iteration, seen: "outcome", ...asked, least: this.threshold,
      });
      const href = query && `/projects/${this.project}/images?${query}`;
      this.$refs.pictures.show({ one: this.one, names: this.names, title, places, at, href });
    },
    openWorst(at) {
      this.open(this.say("worst"), this.worst, at);
    },
  },
  template: `
    <div class="performance">
      <div class="bar">
        <label><span>{{ say("iteration") }}</span>
          <select v-model="iteration">
            <option v-if="isDeleted" :value="iteration">{{ say("deleted") }}</option>
            <option v-for="one in iterations" :key="one.id" :value="one.id">{{ one.name }}</option>
          </select></label>
        <label><span>{{ say("compareWith") }}</span>
          <select v-model="against"><option value="">{{ say("nothing") }}</option>
            <option v-for="one in iterations.filter(({ id }) => id !== iteration)" :key="one.id" :value="one.id">{{
              one.name }}</option>
          </select></label>
        <span v-if="one" class="faint">{{ say("heldOut", { count: one.images.length }) }}</span>
      </div>
      <p v-if="isDeleted" role="status">{{ say("isDeleted") }}</p>
      <div v-if="problem" role="alert" class="bar"><p class="problem">{{ problem }}</p>
        <button class="plain" @click="again">{{ say("again") }}</button></div>
      <p v-else-if="!one" role="status" class="faint">{{ say("reading") }}</p>
      <template v-if="one">
        <div class="board">
          <label class="threshold"><span>{{ say("threshold") }} <strong>{{ percent(threshold, 0) }}</strong></span>
            <input type="range" :min="least" max="1" step="0.01" :value="threshold"
              :aria-valuetext="percent(threshold, 0)" @input="choose(Number($event.target.value))"></label>
          <totals :now="now" :then="then" />
        </div>
        <comparison v-if="other" :one="one" :now="now" :other="other" :then="then" :name="nameOf(iteration)"
          :other-name="nameOf(against)" @open="open" />
        <div class="plots">
          <curve :one="one" :other="other" :threshold="threshold" :now="now" @choose="choose" />
          <calibration :one="one" @open="open" />
        </div>
        <tags :one="one" :now="now" :other="other" :then="then" :names="names" @open="open" />
        <confusion :one="one" :now="now" :names="names" @open="open" />
        <section>
          <h2>{{ say("worst") }}</h2>
          <p class="faint">{{ say(one.isSingle ? "worstOne" : "worstSeveral") }}</p>
          <thumbs :one="one" :places="worst" :names="names" :threshold="threshold" @look="openWorst" />
        </section>
      </template>
      <iterations v-if="iterations.some(({ id }) => id !== iteration)" :iterations="iterations" :iteration="iteration" :against="against"
        :threshold="threshold" @choose="iteration = $event" @compare="against = $event" />
      <pictures ref="pictures" :threshold="threshold" />
    </div>`,
};
