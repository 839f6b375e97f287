// Images one after another, with what a model takes them for: a key confirms, and the next one is there. What was
// decided is sent one by one, in order; what cannot be sent comes back.
import { fill } from "fudemoji-studio/api.js";
import { confidence, moment } from "fudemoji-studio/figures.js";
import palette from "fudemoji-studio/palette.js";
import { Predictions, Suggestions } from "fudemoji-studio/sources.js";
import weighing from "fudemoji-studio/weighing.js";

const DIGITS = 9, FEW = 16, COARSE = 64;

export default {
  template: `
    <section ref="stage" class="review" role="group" tabindex="0" :aria-label="words.title" @keydown="press">
      <div class="review-bar">
        <p role="status">{{ status }}</p>
        <button v-if="undoable" type="button" class="plain" @click="undo">{{ words.undo }} <kbd>Z</kbd></button>
      </div>
      <p v-if="problem" class="problem" role="alert">{{ problem }}</p>
      <p v-if="!item && ended && !problem" class="faint">{{ words.none }}</p>
      <div v-if="item" class="review-stage">
        <figure>
          <img :key="item.id" :src="item.picture + '?size=512'" :alt="item.name || words.image" :class="{ coarse }"
            @load="coarse = Math.max($event.target.naturalWidth, $event.target.naturalHeight) <= ${COARSE}">
          <figcaption class="faint">{{ facts }}</figcaption>
        </figure>
        <div class="review-answer">
          <div class="review-acts">
            <button type="button" class="plain roomy strong" :disabled="!answer.length" @click="confirm(answer)">
              {{ told }} <kbd aria-hidden="true">↵</kbd></button>
            <button type="button" class="plain roomy" @click="$refs.palette.open('')">{{ words.other }} <kbd aria-hidden="true">/</kbd></button>
            <button type="button" class="plain roomy" :disabled="items.length < 2" @click="step(1)">{{ words.skip }} <kbd aria-hidden="true">→</kbd></button>
            <button v-if="source.canDelete" type="button" class="plain roomy" @click="$emit('remove')">{{ words.remove }}</button>
          </div>
          <ol class="bars" :class="{ several: multi }" :aria-label="words.choices">
            <li v-for="(one, index) in choices" :key="one.id">
              <button type="button" :disabled="!one.known" :aria-pressed="multi ? chosen.includes(one.id) : null"
                @click="pick(one.id)">
                <kbd v-if="index < ${DIGITS}" aria-hidden="true">{{ index + 1 }}</kbd><span v-else></span>
                <span v-if="multi" class="check" aria-hidden="true">{{ chosen.includes(one.id) ? "✓" : "" }}</span>
                <span class="sign" lang="ja" aria-hidden="true">{{ one.glyph }}</span>
                <span class="reading">{{ one.name }}</span>
                <span v-if="one.share !== undefined" class="track" aria-hidden="true"><span class="fill" :style="{ transform: 'scaleX(' + one.share + ')' }"></span></span>
                <span class="share">{{ one.percent }}</span>
              </button></li>
          </ol>
        </div>
      </div>
      <ul v-if="items.length > 1" ref="queue" class="review-queue" :aria-label="words.queue">
        <li v-for="(one, index) in shown" :key="one.id">
          <button type="button" :aria-current="one.id === item.id ? 'true' : null" :aria-label="label(one)" @click="go(one.id)">
            <img :src="one.picture + '?size=128'" alt="" loading="lazy"><span>{{ best(one) }}</span></button></li>
      </ul>
      <palette ref="palette" :tags="tags" :words="words" @chosen="other" @create="$emit('create', { name: $event })"></palette>
    </section>`,

  components: { palette },
  mixins: [weighing],

  props: {
    kind: String, // "suggestions" or "predictions"
    project: String, // the address of its API
    list: String, // an address that lists them
    words: Object,
    tags: Array, // { id, name, glyph, told, is_negative } of all tags of the project
    multi: Boolean, // whether an image may have several
    left: Number, // how many there are to decide on
  },
  emits: ["create", "remove", "decided"],

  data: () => ({
    items: [], cursor: 0, ended: false, problem: "", num_done: 0, undoable: null, chosen: [], coarse: false, said: "",
  }),

  created() {
    this.begin();
  },

  mounted() {
    if (document.activeElement === document.body) this.$refs.stage.focus({ preventScroll: true });
  },

  beforeUnmount() {
    this.turn = null;
  },

  watch: {
    list() { this.begin(); },
    item(now, before) {
      if (now?.id === before?.id) return;
      this.chosen = now ? (now.wish ?? this.expected(now)) : [];
      this.items.slice(this.cursor + 1, this.cursor + 4).forEach((one) => { new Image().src = one.picture + "?size=512"; });
    },
  },

  computed: {
    item() { return this.items[this.cursor]; },
    facts() {
      const date = this.item.created && moment(this.item.created);
      return [this.item.name, this.item.application, date].filter(Boolean).join(" · ");
    },
    shown() { return this.items.slice(Math.max(0, this.cursor - 2), this.cursor + 22); },
    status() {
      const left = fill(this.words.left, { count: this.left });
      const done = this.num_done ? fill(this.words.done, { count: this.num_done }) : "";
      return [this.said, done, left].filter(Boolean).join(" · ");
    },
  },

  methods: {
    best(one) {
      const [first] = one.probabilities;
      return first ? (this.names.get(first.tag_id)?.name ?? first.tag ?? "") : "";
    },
    label(one) {
      return `${one.name || this.words.image}, ${this.best(one)} ${confidence(one.probabilities[0]?.probability ?? 0)}`;
    },

    // ---- what is here

    begin() {
      const made = { suggestions: Suggestions, predictions: Predictions };
      this.source = new made[this.kind](this.project, this.list);
      this.decided = new Set(); // what was decided here never comes again from a list of before
      this.sending = Promise.resolve();
      this.items = [];
      this.cursor = 0;
      this.ended = false;
      this.undoable = null;
      this.turn = {};
      this.more();
    },

    /** Fetch the next ones, after what was decided has arrived. */
    more() {
      const turn = this.turn;
      if (this.fetching === turn) return;
      this.fetching = turn;
      this.sending = this.sending.then(async () => {
        try {
          const { items, ended } = await this.source.next(this.items.length);
          if (turn !== this.turn) return;
          this.take(items);
          this.ended = ended;
          this.problem = "";
        } catch (error) {
          if (turn !== this.turn) return;
          this.problem = this.reason(error);
          setTimeout(() => turn === this.turn && this.more(), 2000);
        } finally {
          if (this.fetching === turn) this.fetching = null;
        }
      });
    },

    take(items) {
      const here = new Set(this.items.map((one) => one.id));
      this.items.push(...items.filter((one) => !here.has(one.id) && !this.decided.has(one.id)));
    },

    /** There may be others by now: they come at the end. */
    refresh() {
      if (!this.ended || this.items.length > FEW) return;
      this.source.restart();
      this.ended = false;
      this.more();
    },

    async advance() {
      if (this.cursor >= this.items.length) this.cursor = 0;
      if (!this.ended && this.items.length - this.cursor < FEW) this.more();
      await this.$nextTick();
      if (!this.$el.contains(document.activeElement)) this.$refs.stage.focus({ preventScroll: true });
    },

    go(id) {
      this.cursor = this.items.findIndex((one) => one.id === id);
      this.advance();
    },

    step(by) {
      if (this.items.length < 2) return;
      this.cursor = (this.cursor + by + this.items.length) % this.items.length;
      this.advance();
    },

    // ---- what is decided

    press(event) {
      const { key, target } = event;
      if (event.altKey || target.closest("dialog, input, select")) return;
      if (event.ctrlKey || event.metaKey) { if (key === "z") this.undo(); return; }
      const isOnButton = target.closest("button");
      if (!this.item && key !== "z") return;
      if (key === "Enter" && !isOnButton) this.confirm(this.answer);
      else if (/^[1-9]$/.test(key)) { const one = this.choices[key - 1]; if (one?.known) this.pick(one.id); }
      else if (key === "ArrowRight") this.step(1);
      else if (key === "ArrowLeft") this.step(-1);
      else if (key === "Delete" && this.source.canDelete) this.$emit("remove");
      else if (key === "z") this.undo();
      else if (/^[\p{L}/]$/u.test(key) || key === "Process") this.$refs.palette.open(key === "/" ? "" : key);
      else return;
      event.preventDefault();
    },

    confirm(tag_ids) {
      if (!this.item || !tag_ids.length) return;
      this.item.wish = tag_ids; // where it comes back, this is still chosen
      this.decide(this.item, (item) => this.source.confirm(item, tag_ids), tag_ids);
      this.said = this.called(tag_ids);
    },

    removed() {
      if (this.item) this.decide(this.item, (item) => this.source.remove(item), null);
      this.said = this.words.removed;
    },

    /** It leaves at once; where sending it comes to nothing, it returns. */
    decide(item, send, tag_ids) {
      const { source } = this;
      this.items.splice(this.items.indexOf(item), 1);
      this.decided.add(item.id);
      this.undoable = source.canUndo && tag_ids ? { item, tag_ids } : null;
      this.num_done += 1;
      this.advance();
      this.sending = this.sending.then(async () => {
        try {
          await send(item);
          this.problem = "";
          this.$emit("decided");
        } catch (error) {
          if (source !== this.source) return;
          this.num_done -= 1;
          if (this.undoable?.item === item) this.undoable = null;
          this.said = "";
          this.problem = this.reason(error);
          if (error.status !== 404 && error.status !== 409) this.bring(item);
        }
      });
    },

    bring(item) {
      this.decided.delete(item.id);
      this.items.splice(this.cursor, 0, item);
    },

    undo() {
      if (!this.undoable) return;
      const { item, tag_ids } = this.undoable, { source } = this;
      this.undoable = null;
      this.sending = this.sending.then(async () => {
        try {
          await source.undo(item, tag_ids);
          this.num_done -= 1;
          this.said = this.words.undone;
          if (source === this.source) this.bring(item);
          this.$emit("decided");
        } catch (error) {
          this.problem = this.reason(error);
        }
      });
    },

    reason(error) {
      if (error.status === 0) return this.words.offline;
      if (error.status === 401) return this.words.signed_out;
      if (error.status === 404 || error.status === 409) return this.words.overtaken;
      return error.message || String(error);
    },
  },
};
