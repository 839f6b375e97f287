// Images are dropped anywhere on the page, pasted or chosen, and what becomes of each is told as it is known.
import { ask, fill } from "fudemoji-studio/api.js";
import { chosen, dropped, folderOf, isArchive } from "fudemoji-studio/files.js";
import { Sending } from "fudemoji-studio/sending.js";

const MOST_TOLD = 200; // files that are named
const FOLDERS_TOLD = 5;
const KEPT = "fudemoji-uploads"; // what was told, while the page is loaded again
const none = () => ({ sum: 0, done: 0, fresh: 0, known: 0, refused: 0 });

export default {
  template: `
    <section class="uploads" :class="{ inviting: invites && !is_open }" :aria-label="words.title">
      <div class="uploads-ways">
        <p v-if="invites && !is_open" class="uploads-invitation">{{ words.invitation }}</p>
        <button type="button" class="plain" :disabled="is_busy" @click="$refs.files.click()">{{ words.files }}</button>
        <button type="button" class="plain" :disabled="is_busy" @click="$refs.folder.click()">{{ words.folder }}</button>
        <input ref="files" type="file" multiple hidden :aria-label="words.files" @change="picked">
        <input ref="folder" type="file" webkitdirectory hidden :aria-label="words.folder" @change="picked">
      </div>
      <div v-if="is_over" class="uploads-drop" aria-hidden="true"><p>{{ words.drop }}</p></div>
      <div v-if="is_open" class="uploads-told">
        <div v-if="question" class="uploads-question">
          <p>{{ question }}</p>
          <button type="button" class="plain strong" ref="yes" @click="begin(true)">{{ words.by_folder }}</button>
          <button type="button" class="plain" @click="begin(false)">{{ words.without }}</button>
          <button type="button" class="plain" @click="close">{{ words.cancel }}</button>
        </div>
        <template v-else>
          <div class="uploads-line">
            <progress :max="counts.sum || 1" :value="is_busy && !counts.sum ? null : counts.done" :aria-label="words.title"></progress>
            <button v-if="is_busy" type="button" class="plain" @click="stop">{{ words.stop }}</button>
            <template v-else>
              <button v-if="fresh.length" type="button" class="plain" @click="$emit('choose', {})">
                {{ chooseFresh }}</button>
              <button type="button" class="plain" @click="close">{{ words.close }}</button>
            </template>
          </div>
          <p role="status">{{ summary }}</p>
          <p v-if="problem" role="alert" class="problem">{{ problem }}</p>
          <details v-if="list.length" :open="counts.refused > 0">
            <summary>{{ fillIn(words.listed, { count: counts.refused + counts.known }) }}</summary>
            <ul>
              <li v-for="(one, index) in list" :key="index" :title="one.message"><b>{{ one.name }}</b> {{ one.reason }}</li>
            </ul>
          </details>
        </template>
      </div>
    </section>`,

  props: { project: String, most: Number, tags: Array, invites: Boolean, words: Object },
  emits: ["arrived", "choose", "told"],

  data: () => ({
    is_over: false, is_open: false, is_busy: false, question: "", counts: none(), list: [], problem: "", state: "", fresh: [],
  }),

  mounted() {
    const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
    this.heard = {
      dragenter: (event) => { if (hasFiles(event)) { this.depth += 1; this.is_over = !this.is_busy; event.preventDefault(); } },
      dragleave: (event) => { if (hasFiles(event)) { this.depth -= 1; this.is_over &&= this.depth > 0; } },
      dragover: (event) => { if (hasFiles(event)) event.preventDefault(); },
      drop: (event) => { if (hasFiles(event)) { event.preventDefault(); this.drop(event.dataTransfer); } },
      paste: (event) => { if (event.clipboardData?.files.length) this.take(chosen(event.clipboardData.files)); },
      beforeunload: (event) => { if (this.is_busy) event.preventDefault(); }, // the browser asks whether to leave
      pagehide: () => this.keep(),
    };
    this.depth = 0;
    this.giveBack();
    Object.entries(this.heard).forEach(([name, hear]) => addEventListener(name, hear));
  },

  beforeUnmount() {
    Object.entries(this.heard).forEach(([name, hear]) => removeEventListener(name, hear));
    this.sending?.stop();
  },

  computed: {
    summary() {
      const { sum, done, fresh, known, refused } = this.counts;
      const parts = [
        this.is_busy ? fill(this.words.progress, { done, count: sum }) : fill(this.words.done, { count: done }),
        fill(this.words.fresh, { count: fresh }),
        known ? fill(this.words.known, { count: known }) : "",
        refused ? fill(this.words.refused, { count: refused }) : "",
      ];
      return this.state || parts.filter(Boolean).join(" · ");
    },
    chooseFresh() {
      return fill(this.words.choose, { count: this.fresh.length });
    },
  },

  methods: {
    fillIn: fill,

    picked(event) {
      this.take(chosen(event.target.files));
      event.target.value = ""; // the same files may be chosen again
    },

    async drop(transfer) {
      this.depth = 0;
      this.is_over = false;
      if (this.is_busy) return;
      this.open();
      this.is_busy = true;
      const looking = (count) => { this.state = fill(this.words.looking, { count }); };
      const files = await dropped(transfer, looking);
      this.is_busy = false;
      this.take(files);
    },

    open() {
      Object.assign(this, { is_open: true, question: "", counts: none(), list: [], problem: "", state: "", fresh: [] });
    },

    close() {
      this.is_open = false;
      this.files = [];
    },

    /** Ask whether folders are tags, where there are any; else begin. */
    take(files) {
      if (this.is_busy || !files.length) return;
      this.open();
      this.files = files.sort((one, other) => one.path.localeCompare(other.path, undefined, { numeric: true }));
      const folders = [...new Set(files.map(folderOf))].filter(Boolean);
      const archives = files.filter(isArchive);
      if (!folders.length && !archives.length) {
        this.begin(false);
        return;
      }
      const names = folders.slice(0, FOLDERS_TOLD).join(", ") + (folders.length > FOLDERS_TOLD ? ", …" : "");
      this.question = folders.length ? fill(this.words.ask, { count: folders.length, names }) : this.words.ask_archive;
      this.$nextTick(() => this.$refs.yes.focus());
    },

    async begin(byFolder) {
      const [archives, files] = [this.files.filter(isArchive), this.files.filter((one) => !isArchive(one))];
      Object.assign(this, { question: "", is_busy: true, state: "" });
      this.counts.sum = files.length;
      this.sending = new Sending({
        project: this.project, most: this.most, told: this.note,
        waits: (is) => { this.problem = is ? this.words.offline : ""; },
      });
      try {
        if (byFolder) await this.tagByFolder(files);
        await this.sending.send(files);
        for (const archive of archives) await this.fill(archive, byFolder);
      } catch (error) {
        if (error.name !== "AbortError") this.fail(error);
      }
      this.is_busy = false;
      this.$emit("arrived", {});
      dispatchEvent(new Event("fudemoji-idle"));
    },

    /** What an archive brings is told by the page itself. */
    keep() {
      if (!this.is_open || this.sending?.filling || !(this.is_busy || this.counts.done)) return;
      const { counts, list, fresh, is_busy, problem } = this;
      const told = JSON.stringify({ counts, list, fresh, problem: is_busy ? this.words.cut : problem });
      try { sessionStorage.setItem(KEPT, told); } catch { /* more than the browser keeps */ }
    },

    giveBack() {
      const kept = sessionStorage.getItem(KEPT);
      sessionStorage.removeItem(KEPT);
      const { type } = performance.getEntriesByType("navigation")[0];
      if (kept && type === "reload") Object.assign(this, JSON.parse(kept), { is_open: true });
    },

    /** Let the gallery choose what has come. */
    hand_over() {
      dispatchEvent(new CustomEvent("fudemoji-choose", { detail: [...this.fresh] }));
    },

    stop() {
      this.sending.stop();
      this.state = "";
    },

    /** Each file gets the tag of its folder's name, which is made where there is none. */
    async tagByFolder(files) {
      const known = new Map(this.tags.map((tag) => [tag.name, tag.id]));
      for (const entry of files) {
        const name = folderOf(entry);
        if (!name) continue;
        if (!known.has(name)) {
          const made = await ask(`${this.project}/tags`, { method: "POST", json: { name } });
          known.set(name, made.id);
        }
        entry.tag = known.get(name);
      }
    },

    note({ path }, { status, message, image }) {
      const isFirst = !this.counts.done;
      this.counts.done += 1;
      if (status === "OK") {
        this.counts.fresh += 1;
        this.fresh.push(image.id);
      } else {
        this.counts[status === "OKDuplicate" ? "known" : "refused"] += 1;
        const reason = this.words.reasons[status];
        if (reason) this.name(path, reason, message);
        else this.askWords([{ name: path, message }]);
      }
      if (isFirst) this.$emit("arrived", {});
    },

    /** The page says in the visitor's language what the server told; `tell` shows it. */
    askWords(problems, note) {
      if (problems.length || note) this.$emit("told", { problems, note: note || "" });
    },

    tell(problems, note) {
      problems.forEach(({ name, reason, message }) => this.name(name, reason, message));
      if (note) this.problem = note;
    },

    name(name, reason, message) {
      if (this.list.length < MOST_TOLD) this.list.push({ name, reason, message });
    },

    async fill(archive, hasTags) {
      const before = { ...this.counts };
      let told = 0;
      this.state = fill(this.words.sending, { name: archive.path });
      await this.sending.fill(archive, hasTags, (filling) => {
        this.state = "";
        this.counts = {
          sum: before.sum + (filling.num_images ?? 0),
          done: before.done + Math.max(filling.num_done, filling.num_new + filling.num_known + filling.num_refused),
          fresh: before.fresh + filling.num_new,
          known: before.known + filling.num_known,
          refused: before.refused + filling.num_refused,
        };
        this.askWords(filling.problems.slice(told), filling.note);
        told = filling.problems.length;
      });
    },

    fail(error) {
      if (error.status === 0) this.problem = this.words.offline;
      else if (error.status === 401 || error.status === 403) this.problem = this.words.signed_out;
      else this.askWords([], error.message || String(error));
    },
  },
};
