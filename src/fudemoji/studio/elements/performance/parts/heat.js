// The confusion of many tags as a picture.
const [LEAST, GREATEST] = [4, 18]; // pixels of a cell
const LEGIBLE = 11;

export default {
  inject: ["say"],
  props: { rows: Array, columns: Array, count: Function, name: Function, title: Function, support: Object, now: Object },
  emits: ["open"],
  data: () => ({ at: null, size: GREATEST, side: 0 }),
  computed: {
    base() {
      return this.support.length + 1; // of the keys of cells
    },
    rowOf() {
      return new Map(this.rows.map((k, row) => [k, row]));
    },
    columnOf() {
      return new Map(this.columns.map((k, column) => [k, column]));
    },
    told() {
      if (!this.at) return this.say("heatHint");
      const [truth, given] = this.cell();
      return `${this.title(truth, given)}: ${this.count(truth, given)}`;
    },
  },
  mounted() {
    this.watcher = new ResizeObserver(() => this.measure());
    this.watcher.observe(this.$refs.box);
  },
  unmounted() {
    this.watcher.disconnect();
  },
  watch: {
    now: "draw",
    at: "draw",
  },
  methods: {
    cell() {
      return [this.rows[this.at[0]], this.columns[this.at[1]]];
    },
    // The sizes, as far as the room and the names allow.
    measure() {
      const canvas = this.$refs.canvas;
      const paint = canvas.getContext("2d");
      paint.font = `12px ${getComputedStyle(canvas).fontFamily}`;
      const names = this.rows.map((k) => this.name(k));
      const side = Math.min(96, Math.max(...names.map((name) => paint.measureText(name).width)) + 6);
      const room = this.$refs.box.clientWidth - side;
      this.size = Math.max(LEAST, Math.min(GREATEST, Math.floor(room / this.columns.length)));
      this.side = this.size >= LEGIBLE ? side : 0;
      const [width, height] = [this.columns, this.rows].map((line) => this.side + this.size * line.length);
      const ratio = window.devicePixelRatio || 1;
      Object.assign(canvas, { width: width * ratio, height: height * ratio });
      Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
      paint.scale(ratio, ratio);
      this.draw();
    },
    draw() {
      const canvas = this.$refs.canvas;
      const paint = canvas.getContext("2d");
      const { size, side } = this;
      const style = getComputedStyle(canvas);
      const [ink, soft, good, bad] = ["--ink", "--soft", "--good", "--bad"].map((name) => style.getPropertyValue(name));
      paint.clearRect(0, 0, canvas.width, canvas.height);
      paint.fillStyle = soft;
      paint.fillRect(side, side, size * this.columns.length, size * this.rows.length);
      if (side) this.label(paint, ink);
      for (const [key, count] of this.now.cells) {
        const [truth, given] = [Math.floor(key / this.base), key % this.base];
        const [row, column] = [this.rowOf.get(truth), this.columnOf.get(given)];
        if (row === undefined || column === undefined) continue;
        paint.globalAlpha = 0.25 + 0.75 * Math.min(1, count / (this.support[truth] || count));
        paint.fillStyle = truth === given ? good : bad;
        paint.fillRect(side + column * size, side + row * size, size - (size > 6), size - (size > 6));
      }
      paint.globalAlpha = 1;
      if (!this.at) return;
      paint.strokeStyle = ink;
      paint.lineWidth = 2;
      paint.strokeRect(side + this.at[1] * size, side + this.at[0] * size, size, size);
    },
    label(paint, ink) {
      const { size, side } = this;
      paint.fillStyle = ink;
      paint.font = `${Math.min(12, size)}px ${getComputedStyle(paint.canvas).fontFamily}`;
      paint.textBaseline = "middle";
      this.rows.forEach((k, row) => {
        paint.textAlign = "right";
        paint.fillText(this.name(k), side - 4, side + (row + 0.5) * size, side - 6);
      });
      this.columns.forEach((k, column) => {
        paint.save();
        paint.translate(side + (column + 0.5) * size, side - 4);
        paint.textAlign = "left";
        paint.rotate(-Math.PI / 2);
        paint.fillText(this.name(k), 0, 0, side - 6);
        paint.restore();
      });
    },
    point(event) {
      const box = this.$refs.canvas.getBoundingClientRect();
      const place = (value) => Math.floor((value - this.side) / this.size);
      const [row, column] = [place(event.clientY - box.top), place(event.clientX - box.left)];
      this.at = row in this.rows && column in this.columns ? [row, column] : null;
    },
    press(event) {
      const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
      const open = event.key === "Enter" || event.key === " ";
      if (!(event.key in steps) && !open) return;
      event.preventDefault();
      if (open) return this.open();
      const [down, right] = steps[event.key];
      const [row, column] = this.at ? [this.at[0] + down, this.at[1] + right] : [0, 0];
      if (row in this.rows && column in this.columns) this.at = [row, column];
    },
    open() {
      if (this.at) this.$emit("open", ...this.cell());
    },
  },
  template: `
    <div class="heat" ref="box">
      <p class="faint" role="status">{{ told }}</p>
      <div class="scrolls"><canvas ref="canvas" tabindex="0" role="button" :aria-label="say('confusion') + '. ' + told"
        @pointermove="point" @pointerleave="at = null" @pointerdown="point" @click="open" @keydown="press"></canvas></div>
    </div>`,
};
