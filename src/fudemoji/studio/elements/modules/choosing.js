// Part of the gallery: focus and selection, by mouse, finger and keyboard.

export default {
  methods: {
    /** Choose these, as far as they are shown; another part of the page asks for it. */
    async choose({ detail }) {
      await this.load();
      const wanted = new Set(detail);
      this.selection.all(this.ids.filter((id) => wanted.has(id)));
    },

    click(index, event) {
      const id = this.ids[index];
      this.cursor = index;
      this.said = "";
      if (event.shiftKey) this.selection.reach(this.ids, id, { adds: event.ctrlKey || event.metaKey });
      else if (event.ctrlKey || event.metaKey || event.pointerType === "touch") this.selection.toggle(id);
      else this.selection.only(id);
      this.$refs.list.focus({ preventScroll: true });
    },

    press(event) {
      const rows = Math.max(1, Math.floor(innerHeight / this.row) - 1);
      const steps = {
        ArrowRight: 1, ArrowLeft: -1, ArrowDown: this.columns, ArrowUp: -this.columns, Home: -this.num, End: this.num,
        PageDown: rows * this.columns, PageUp: -rows * this.columns,
      };
      const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
      const { key } = event;
      if (key in steps && !event.altKey) this.go(steps[key], event);
      else if (key === "a" && !isPlain) this.selection.all(this.ids);
      else if (key === "z" && !isPlain) this.undo();
      else if (!isPlain) return;
      else if (this.keys.includes(key)) this.$emit("key", { key, id: this.ids[this.cursor] });
      else if (key === " ") this.selection.toggle(this.ids[this.cursor]);
      else if (key === "Enter") this.open(this.cursor);
      else if (key === "Escape") this.selection.clear();
      else if (key === "Delete") this.ask_removal();
      else if (/^[1-9]$/.test(key)) this.tagged(this.tags[key - 1]?.id);
      else if (/^[\p{L}/]$/u.test(key) || key === "Process") this.$refs.palette.open(key === "/" ? "" : key);
      else return;
      event.preventDefault();
    },

    /** A change is taken back from the whole page, for instance after a click on a tag. */
    pressElsewhere(event) {
      const isUndo = event.key === "z" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
      if (!isUndo || event.defaultPrevented || event.target.closest("input, textarea, dialog, .q-dialog")) return;
      event.preventDefault();
      this.undo();
    },

    /** Move the focus; the selection comes along, or reaches from where it began, or stays. */
    go(step, { shiftKey, ctrlKey, metaKey }) {
      const place = this.cursor + step;
      const isRow = Math.abs(step) === this.columns && this.columns < this.num;
      if (isRow && (place < 0 || place >= this.num)) return; // no jump to the side at the ends
      this.cursor = Math.min(this.num - 1, Math.max(0, place));
      this.said = "";
      const id = this.ids[this.cursor];
      if (shiftKey) this.selection.reach(this.ids, id);
      else if (!ctrlKey && !metaKey) this.selection.only(id);
      this.reveal();
    },

    /** Scroll as little as shows the tile with the focus whole. */
    reveal() {
      const covered = this.$refs.bar.offsetHeight + 8;
      const top = this.$refs.list.getBoundingClientRect().top + Math.floor(this.cursor / this.columns) * this.row;
      if (top < covered) scrollBy(0, top - covered);
      else if (top + this.row > innerHeight) scrollBy(0, top + this.row - innerHeight);
      this.look();
    },

    select() {
      this.ticks += 1;
      if (!this.selection.size && !this.was_told) return;
      this.telling ??= setTimeout(() => { this.telling = null; this.tell(); }, 50);
    },

    /** Let the page know how many are chosen, and which tags they have, as far as that is known. */
    tell() {
      const images = [...this.selection.chosen].map((id) => this.details.get(id)).filter(Boolean);
      const tags = {};
      images.forEach((image) => image.tags.forEach((tag) => { tags[tag.id] = (tags[tag.id] ?? 0) + 1; }));
      this.was_told = this.selection.size > 0; // that nothing is chosen is told once
      this.$emit("selected", { count: this.selection.size, known: images.length, tags });
    },

    // ---- one image large

    open(index) {
      this.cursor = index;
      this.is_large = true;
      this.$refs.viewer.open();
    },

    openChosen() {
      if (!this.selection.has(this.ids[this.cursor])) this.cursor = this.ids.findIndex((id) => this.selection.has(id));
      this.open(this.cursor);
    },

    leaf(step) {
      this.cursor = Math.min(this.num - 1, Math.max(0, this.cursor + step));
      this.said = "";
      this.reveal();
    },

    closed() {
      this.is_large = false;
      this.$refs.list.focus({ preventScroll: true });
    },
  },
};
