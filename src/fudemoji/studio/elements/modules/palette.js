// Choose a tag by typing a part of its name, or make a new one.

const MOST = 50; // tags that are shown

export default {
  template: `
    <dialog ref="dialog" class="palette" :aria-label="words.tag" @click.self="close" @close="is_open = false">
      <div v-if="is_open">
        <label>{{ words.tag }}
          <input ref="text" v-model="text" type="text" role="combobox" aria-expanded="true" aria-controls="palette-tags"
            autocomplete="off" :aria-activedescendant="found.length ? 'palette-' + current : null" @keydown="press">
        </label>
        <ul v-if="found.length" id="palette-tags" role="listbox" :aria-label="words.tags">
          <li v-for="(one, index) in found" :key="one.id" :id="'palette-' + index" role="option"
            :aria-selected="index === current" @click="choose(one)">
            <span>{{ one.label ?? one.name }}</span><kbd v-if="one.key">{{ one.key }}</kbd></li>
        </ul>
        <p v-else class="faint">{{ words.no_such_tag }}</p>
      </div>
    </dialog>`,

  props: { tags: Array, words: Object },
  emits: ["chosen", "create"],
  data: () => ({ is_open: false, text: "", current: 0 }),
  watch: { text() { this.current = 0; } },

  computed: {
    found() {
      const text = this.text.trim().normalize("NFKC").toLowerCase();
      const told = this.tags.map((tag, index) => ({ ...tag, key: index < 9 ? index + 1 : null }));
      const place = (tag) => tag.name.normalize("NFKC").toLowerCase().indexOf(text);
      const found = told.filter((tag) => place(tag) >= 0 || tag.description?.toLowerCase().includes(text));
      const begins = (tag) => (place(tag) === 0 ? 0 : 1);
      found.sort((one, other) => begins(one) - begins(other) || one.name.length - other.name.length);
      const isNew = text && !this.tags.some((tag) => tag.name === this.text.trim());
      const made = { id: null, name: this.text.trim(), label: this.words.make.replace("{tag}", this.text.trim()) };
      return [...found.slice(0, MOST), ...(isNew ? [made] : [])];
    },
  },

  methods: {
    async open(text) {
      this.is_open = true;
      this.text = text.length === 1 ? text : "";
      this.current = 0;
      this.$refs.dialog.showModal();
      await this.$nextTick();
      this.$refs.text.focus();
    },
    close() {
      this.$refs.dialog.close();
    },
    press(event) {
      if (event.isComposing) return; // Enter ends the conversion of kana
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) this.current = (this.current + step + this.found.length) % Math.max(1, this.found.length);
      else if (event.key === "Enter") this.choose(this.found[this.current]);
      else return;
      event.preventDefault();
      this.$nextTick(() => document.getElementById(`palette-${this.current}`)?.scrollIntoView({ block: "nearest" }));
    },
    choose(tag) {
      if (!tag) return;
      this.close();
      if (tag.id) this.$emit("chosen", tag.id);
      else this.$emit("create", tag.name);
    },
  },
};
