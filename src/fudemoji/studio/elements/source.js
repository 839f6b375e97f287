// A folder, an archive or images that a person chooses or drops here, and how they are sent once there is a project.
import { fill } from "fudemoji-studio/api.js";
import { chosen, dropped, isArchive } from "fudemoji-studio/files.js";
import { tar } from "fudemoji-studio/tar.js";

export default {
  template: `
    <div class="source" :class="{ over }" @dragover.prevent="over = true" @dragleave="over = false" @drop.prevent="drop">
      <p v-if="!picked">{{ words.drop }}</p>
      <p v-else role="status"><strong>{{ picked.name }}</strong> <span class="faint">{{ facts }}</span></p>
      <p v-if="problem" role="alert" class="problem">{{ problem }}</p>
      <div v-if="sent === null" class="source-acts">
        <button type="button" class="plain" @click="$refs.archive.click()">{{ words.archive }}</button>
        <button type="button" class="plain" @click="$refs.folder.click()">{{ words.folder }}</button>
      </div>
      <div v-else>
        <progress :value="sent" max="1" :aria-label="words.sending"></progress>
        <p role="status">{{ told }}</p>
        <button type="button" class="plain" @click="request.abort()">{{ words.cancel }}</button>
      </div>
      <input ref="archive" type="file" hidden multiple :aria-label="words.archive" @change="pick(chosenIn($event))">
      <input ref="folder" type="file" hidden webkitdirectory :aria-label="words.folder" @change="pick(chosenIn($event))">
    </div>`,

  props: { suffixes: Array, most: Number, words: Object },
  emits: ["picked", "sent", "failed"],
  data: () => ({ over: false, picked: null, problem: "", sent: null }),

  computed: {
    facts() {
      const { files, left, blob } = this.picked;
      const size = new Intl.NumberFormat(document.documentElement.lang, {
        style: "unit", unit: blob.size < 1e6 ? "kilobyte" : "megabyte", maximumFractionDigits: 1,
      }).format(blob.size / (blob.size < 1e6 ? 1e3 : 1e6));
      const parts = [files ? fill(this.words.count, { count: files }) : "", size];
      if (left) parts.push(fill(this.words.left, { count: left }));
      return parts.filter(Boolean).join(" · ");
    },
    told() {
      return this.sent < 1 ? fill(this.words.percent, { percent: Math.floor(100 * this.sent) }) : this.words.arrived;
    },
  },

  mounted() {
    this.warn = (event) => this.sent !== null && event.preventDefault();
    window.addEventListener("beforeunload", this.warn);
  },
  unmounted() {
    window.removeEventListener("beforeunload", this.warn);
    this.request?.abort();
  },

  methods: {
    chosenIn(event) {
      const files = chosen(event.target.files);
      event.target.value = "";
      return files;
    },
    async drop(event) {
      this.over = false;
      if (this.sent === null) this.pick(await dropped(event.dataTransfer));
    },
    pick(files) {
      const there = files.filter(({ file }) => file);
      if (!there.length) return;
      this.problem = "";
      this.picked = null;
      const picked = there.length === 1 && isArchive(there[0]) ? archive(there[0].file) : this.pack(there);
      if (picked.files === 0) this.problem = this.words.none;
      else if (picked.blob.size > this.most) this.problem = this.words.large;
      else this.picked = picked;
      this.$emit("picked", { name: this.picked?.title ?? "" });
    },
    /** The images and tables of a folder as a tar, named from that folder on. */
    pack(files) {
      const meant = files.filter(({ path }) => this.suffixes.some((suffix) => path.toLowerCase().endsWith(suffix)));
      const tops = new Set(meant.map(({ path }) => path.split("/")[0]));
      const folder = tops.size === 1 && meant[0].path.includes("/") ? [...tops][0] : "";
      const below = meant.map(({ file, path }) => ({ file, path: folder ? path.slice(folder.length + 1) : path }));
      return {
        name: folder || this.words.loose, title: folder, file: `${folder || "images"}.tar`,
        files: meant.length, left: files.length - meant.length, blob: tar(below),
      };
    },
    /** Send what was picked to an address of the API. */
    send(address) {
      this.sent = 0;
      this.problem = "";
      const request = (this.request = new XMLHttpRequest());
      request.upload.onprogress = (event) => { this.sent = event.loaded / event.total; };
      request.onload = () => {
        const told = JSON.parse(request.responseText || "{}");
        if (request.status < 300) this.ended("sent", told);
        else this.failed(told.message ?? request.statusText);
      };
      request.onerror = () => this.failed(this.words.gone);
      request.onabort = () => this.failed(this.words.cancelled);
      request.open("POST", `${window.path_prefix ?? ""}${address}?name=${encodeURIComponent(this.picked.file)}`);
      request.setRequestHeader("Content-Type", "application/octet-stream");
      request.send(this.picked.blob);
    },
    failed(message) {
      this.problem = message;
      this.ended("failed", { message });
    },
    ended(event, told) {
      this.sent = null;
      this.$emit(event, told);
    },
  },
};

function archive(file) {
  return { name: file.name, title: file.name.replace(/(\.tar)?\.\w+$/, ""), file: file.name, files: null, left: 0, blob: file };
}
