// Part of the gallery: tags are given and taken, images deleted, one change after the other, and taken back.
import { ask, fill } from "fudemoji-studio/api.js";
import { confirmAll, deleteAll, retag, tagAll, untagAll } from "fudemoji-studio/changes.js";

const MOST_UNDONE = 50;

export default {
  methods: {
    /** The chosen images; where none is chosen, or one is shown large, the one with the focus. */
    targets() {
      const isOne = this.is_large || !this.selection.size;
      const ids = isOne ? [this.ids[this.cursor]] : this.ids.filter((id) => this.selection.has(id));
      return ids.filter(Boolean);
    },

    /** Give them a tag; where all of them have it, take it from them. */
    tagged(tag, name = this.names.get(tag)) {
      const ids = this.targets();
      if (!tag || !ids.length) return;
      const takes = ids.every((id) => this.details.get(id)?.tags.some((one) => one.id === tag));
      const change = takes ? untagAll : tagAll;
      const work = (done) => change(this.project, this.details, ids, tag, done);
      this.after(() => this.run(ids, work, takes ? this.words.untagged : this.words.tagged, { tag: name }));
      if (this.steps && ids.length === 1 && ids[0] === this.ids[this.cursor] && !takes) this.step();
    },

    step() {
      if (this.cursor + 1 < this.num) this.cursor += 1;
      if (this.selection.size) this.selection.only(this.ids[this.cursor]);
      this.reveal();
    },

    /** Make a tag, and give it. */
    async made(name) {
      try {
        const tag = await ask(`${this.project}/tags`, { method: "POST", json: { name } });
        this.tagged(tag.id, tag.name);
      } catch (error) {
        this.said = this.reason(error, this.words.not_done);
      }
    },

    /** Ask whether they are to be deleted; the page asks, and calls `removed`. */
    ask_removal() {
      this.doomed = this.targets();
      if (this.is_large) this.$refs.viewer.close();
      if (this.doomed.length) this.$emit("remove", { count: this.doomed.length });
    },

    removed() {
      const ids = this.doomed;
      const work = async (done) => {
        const { error } = await deleteAll(this.project, this.details, ids, done);
        return { before: new Map(), error }; // nothing takes it back
      };
      this.after(() => this.run(ids, work, this.words.removed));
    },

    /** Let what is suggested become tags: of those that are chosen, else of all. */
    confirmed() {
      const ids = this.selection.size ? this.ids.filter((id) => this.selection.has(id)) : this.ids;
      if (!ids.length || this.work) return;
      const { address, least } = this.confirms;
      this.after(() => this.run(ids, (done) => confirmAll(address, ids, least, done), this.words.confirmed));
    },

    undo() {
      const last = this.changes.at(-1);
      if (!last) return;
      this.changes = Object.freeze(this.changes.slice(0, -1));
      const work = async (done) => {
        await retag(this.project, this.details, last, done);
        return { before: new Map(), error: null };
      };
      this.after(() => this.run([...last.keys()], work, this.words.undone));
    },

    /** Changes follow each other, however fast they are wished for. */
    after(work) {
      this.line = (this.line ?? Promise.resolve()).then(work);
    },

    /** Do work on images, telling how far it is; what was done before a refusal stays, and can be undone. */
    async run(ids, work, told, values = {}) {
      this.work = { done: 0, count: ids.length };
      const note = (num) => { this.work = { ...this.work, done: this.work.done + num }; };
      const { before, error, num_passed } = await work(note).catch((failure) => ({ before: new Map(), error: failure }));
      const { done } = this.work;
      this.work = null;
      if (before.size) this.changes = Object.freeze([...this.changes, Object.freeze(before)].slice(-MOST_UNDONE));
      this.said = error ? this.reason(error, this.words.not_done) : fill(told, { count: done, ...values });
      if (num_passed) this.said += ` · ${fill(this.words.passed_over, { count: num_passed })}`;
      this.details.doubt();
      this.look();
      this.loadSoon();
      this.$emit("changed", { failed: Boolean(error) });
    },

    /** Why something failed, for people; `silence` says what it means that there was no answer. */
    reason(error, silence = this.words.offline) {
      if (error.status === 0) return silence;
      if (error.status === 401 || error.status === 403) return this.words.signed_out;
      return error.message || String(error);
    },
  },
};
