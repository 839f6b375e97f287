// What an iteration takes a picture for: asks the API for each `picture` that comes up in the element around it, draws
// the probabilities as bars, and shows on demand what speaks for a tag (Grad-CAM). `words` has all texts.
import { listed } from "fudemoji-studio/api.js";
import { confidence } from "fudemoji-studio/figures.js";

const AGAIN_MS = 2000; // after which a server that did not answer is asked again
const WHILE_DRAWING_MS = 60; // between two questions about a stroke that is not finished
const FEW = 5, MOST = 50; // tags that are shown at first, and at all
const GIVEN = 0.5; // from which a tag of several is given

export default {
  template: `
    <div class="answer">
      <label class="answer-choice">{{ words.iteration }}
        <select :value="current" @change="choose($event.target.value)">
          <option v-for="one in iterations" :key="one.id" :value="one.id">{{ one.label }}</option>
        </select>
      </label>
      <div class="answer-top" v-if="rows.length">
        <img :src="heat ? heat.url : shown" :alt="heat ? words.heat : words.given" :class="{ crisp: heat }">
        <div>
          <p class="answer-best" :class="{ word: !lead.isSign }" :lang="lead.isSign && 'ja'">{{ lead.text }}</p>
          <p>{{ lead.below }}</p>
          <p class="faint" data-testid="time">{{ ms === null ? "" : words.took.replace("{ms}", ms) }}</p>
        </div>
      </div>
      <p v-else class="answer-nothing faint">{{ words.nothing }}</p>
      <p v-if="problem" class="problem" role="alert">{{ problem }}</p>
      <p v-if="note" class="faint">{{ note }}</p>
      <ol v-if="rows.length" class="bars" :aria-label="words.bars">
        <li v-for="row in rows.slice(0, more ? rows.length : few)" :key="row.tag_id">
          <button type="button" :aria-pressed="heat?.tag === row.tag_id" :title="words.why" @click="explain(row)">
            <span class="sign" lang="ja">{{ called(row).glyph }}</span>
            <span class="reading">{{ called(row).name }}</span>
            <span class="track"><span class="fill" :style="{ transform: 'scaleX(' + row.probability + ')' }"></span></span>
            <span class="share">{{ confidence(row.probability) }}</span>
          </button>
        </li>
      </ol>
      <div class="answer-acts" v-if="rows.length">
        <button type="button" class="plain roomy" v-if="rows.length > few" @click="more = !more">
          {{ more ? words.fewer : words.more }}</button>
        <button type="button" class="plain roomy" :disabled="isKept" @click="keep">{{ isKept ? words.kept : words.keep }}</button>
        <span class="faint">{{ heat ? words.seen : words.why }}</span>
      </div>
      <p class="unseen" role="status">{{ said }}</p>
    </div>`,
  props: { base: String, iterations: Array, chosen: String, signs: Object, words: Object },
  data: () => ({
    current: "", rows: [], shown: "", heat: null, ms: null, problem: "", note: "", said: "", more: false, isKept: false,
  }),
  created() {
    this.few = FEW;
    this.current = this.chosen;
    Object.assign(this, { asked: 0, answered: 0, underWay: 0, lastAsked: 0, blob: null, timer: null });
  },
  mounted() {
    this.around = this.$el.parentElement.closest("[data-quick-test]");
    this.on = {
      picture: (event) => this.ask(event.detail),
      blank: () => this.forget(),
      trouble: (event) => { this.note = event.detail; },
    };
    for (const [name, handle] of Object.entries(this.on)) this.around.addEventListener(name, handle);
    this.warmUp();
  },
  beforeUnmount() {
    for (const [name, handle] of Object.entries(this.on)) this.around.removeEventListener(name, handle);
    clearTimeout(this.timer);
  },
  computed: {
    isSeveral() {
      return this.iterations.find((one) => one.id === this.current)?.kind === "multilabel";
    },
    // What stands largest: the likeliest tag; where images have several, all that are given.
    lead() {
      const rows = this.isSeveral ? this.rows.filter((row) => row.probability >= GIVEN) : this.rows.slice(0, 1);
      if (!rows.length) return { text: this.words.no_tag, below: this.words.none_given };
      if (this.isSeveral) return { text: listed(rows.map((row) => this.called(row)).map(titled)), below: this.words.all_given };
      const { glyph, name } = this.called(rows[0]), share = confidence(rows[0].probability);
      return { text: glyph || name, isSign: Boolean(glyph), below: glyph ? `${name} ${share}` : share };
    },
  },
  methods: {
    confidence,
    choose(id) {
      this.current = id;
      const address = new URL(location.href);
      address.searchParams.set("iteration", id);
      history.replaceState(history.state, "", address);
      this.answered = this.asked; // what is under way is of the other one
      if (this.blob) this.ask({ blob: () => this.blob, isFinal: true, at: performance.now() });
      else this.warmUp();
    },
    // The first answer of a model takes as long as reading it does: that is done before anything is drawn.
    async warmUp() {
      const canvas = new OffscreenCanvas(64, 64);
      canvas.getContext("2d").fillRect(16, 16, 32, 32);
      try {
        await (await this.post("predictions", await canvas.convertToBlob())).text(); // unread, it would hold a connection
      } catch {
        // the real question will tell
      }
    },
    async ask({ blob, isFinal, at }) {
      if (!isFinal && (this.underWay || performance.now() - this.lastAsked < WHILE_DRAWING_MS)) return;
      clearTimeout(this.timer);
      const number = ++this.asked;
      this.lastAsked = performance.now();
      this.underWay += 1;
      try {
        const picture = await blob();
        const response = await this.post("predictions", picture);
        const told = await response.json();
        if (number <= this.answered) return; // a later question has been answered
        this.answered = number;
        this.show(told, picture);
        if (isFinal) await this.conclude(at);
      } catch (error) {
        if (number > this.answered && isFinal) this.fail(error, { blob, isFinal, at: null });
      } finally {
        this.underWay -= 1;
      }
    },
    show(told, picture) {
      const [{ prediction, refusal }] = told.images;
      this.unheat();
      URL.revokeObjectURL(this.shown);
      Object.assign(this, { problem: "", note: "", isKept: false, blob: picture, shown: URL.createObjectURL(picture) });
      if (refusal) this.problem = this.worded(refusal);
      this.rows = prediction ? prediction.probabilities.slice(0, MOST) : [];
    },
    // Says how long it took from the end of the stroke to the painted bars, also to whoever measures this page.
    async conclude(at) {
      await this.$nextTick();
      const start = at ?? performance.now();
      requestAnimationFrame(() => setTimeout(() => {
        const { duration } = performance.measure("drawing to bars", { start, end: performance.now() });
        this.ms = at === null ? null : Math.round(duration);
        this.said = this.rows.length ? `${this.lead.text} ${this.lead.below}` : "";
      }));
    },
    fail(error, asked) {
      this.problem = error instanceof Refused ? this.worded(error) : this.words.silent;
      if (error instanceof Refused && error.status < 500) return;
      this.timer = setTimeout(() => this.ask(asked), AGAIN_MS);
    },
    forget() {
      clearTimeout(this.timer);
      this.unheat();
      this.answered = this.asked;
      Object.assign(this, { rows: [], blob: null, problem: "", note: "", said: "", ms: null });
    },
    async explain(row) {
      if (this.heat?.tag === row.tag_id) return this.unheat();
      const picture = this.blob;
      try {
        const response = await this.post("gradcam", picture, { tag_id: row.tag_id });
        const content = await response.blob();
        if (picture !== this.blob) return this.blob ? this.explain(row) : undefined; // another one came meanwhile
        this.unheat();
        this.heat = { tag: row.tag_id, url: URL.createObjectURL(content) };
      } catch (error) {
        this.note = error instanceof Refused ? this.worded(error) : this.words.silent;
      }
      return undefined;
    },
    unheat() {
      if (this.heat) URL.revokeObjectURL(this.heat.url);
      this.heat = null;
    },
    async keep() {
      try {
        await (await this.post("predictions", this.blob, { keep: true, application: "studio" })).text();
        this.isKept = true;
      } catch (error) {
        this.note = error instanceof Refused ? this.worded(error) : this.words.silent;
      }
    },
    async post(what, blob, query = {}) {
      const asked = new URLSearchParams({ iteration_id: this.current, ...query });
      const headers = { "Content-Type": "application/octet-stream" }; // whatever it is: the server looks for itself
      const response = await fetch(`${this.base}/${what}?${asked}`, { method: "POST", body: blob, headers });
      if (!response.ok) throw new Refused(response.status, await response.json().catch(() => ({})));
      return response;
    },
    worded({ code, message }) {
      return this.words.refusals[code] ?? message ?? this.words.silent;
    },
    // A sign with its reading, or a word.
    called(row) {
      const sign = this.signs[row.tag_id];
      return { glyph: sign?.glyph ?? "", name: sign ? sign.reading : row.tag ?? this.words.gone };
    },
  },
};

function titled({ glyph, name }) {
  return [glyph, name].filter(Boolean).join(" ");
}

class Refused extends Error {
  constructor(status, { code, message }) {
    super(message);
    Object.assign(this, { status, code });
  }
}
