// A sheet that is written on as with a brush: slow strokes are thick, fast ones thin, and the pressure of a pen counts.
// It tells of what is on it by events that rise from its element: `picture` with
// { blob: () => Promise<Blob>, isFinal, at }, and `blank`. Strokes are lists of points [x, y, ms, pressure].

const SIDE = 512; // pixels of the sheet, whatever the size in which it is shown
const THICK = 46, THIN = 8; // widths of a stroke
const HALF_SPEED = 0.9; // pixels per ms at which a stroke is halfway between the two
const SETTLE = 40; // pixels over which the width follows the speed
const SENT = 192; // pixels of the picture that is sent
const MARGIN = 0.06; // around the ink, of its longer side

// Draws one stroke point by point; each call of `to` returns the box of the ink it laid.
class Stroke {
  constructor(context, [x, y, ms, pressure]) {
    Object.assign(this, { context, x, y, ms, speed: 0, ax: 0, ay: 0 });
    this.width = 0.55 * THICK * weight(pressure);
    this.mid = [x, y, this.width];
    this.blot(x, y, this.width);
  }

  to([x, y, ms, pressure]) {
    const dx = x - this.x, dy = y - this.y, length = Math.hypot(dx, dy);
    if (length < 0.5) return;
    const speed = length / Math.max(ms - this.ms, 1);
    this.speed += (speed - this.speed) * 0.5;
    const wanted = (THIN + (THICK - THIN) / (1 + (this.speed / HALF_SPEED) ** 1.5)) * weight(pressure);
    const width = this.width + (wanted - this.width) * (1 - Math.exp(-length / SETTLE));
    const mid = [(this.x + x) / 2, (this.y + y) / 2, (this.width + width) / 2];
    this.bend(this.mid, [this.x, this.y], mid);
    Object.assign(this, { x, y, ms, width, mid, ax: dx / length, ay: dy / length });
  }

  // A brush that stops leaves a round end; one that is lifted while it moves leaves a tail.
  end() {
    const { x, y, width, ax, ay } = this;
    this.bend(this.mid, [x, y], [x, y, width]);
    const tail = this.speed > 0.5 ? Math.min(this.speed * 60, 2 * width) : 0;
    if (tail) this.bend([x, y, width], [x + (ax * tail) / 2, y + (ay * tail) / 2], [x + ax * tail, y + ay * tail, 1]);
  }

  // A quadratic curve whose width changes on the way.
  bend([x0, y0, from], [cx, cy], [x1, y1, to]) {
    const steps = Math.ceil((Math.hypot(cx - x0, cy - y0) + Math.hypot(x1 - cx, y1 - cy)) / 2) + 1;
    for (let step = 1; step <= steps; step++) {
      const t = step / steps, s = 1 - t;
      this.blot(s * s * x0 + 2 * s * t * cx + t * t * x1, s * s * y0 + 2 * s * t * cy + t * t * y1, s * from + t * to);
    }
  }

  blot(x, y, width) {
    this.context.beginPath();
    this.context.arc(x, y, width / 2, 0, 2 * Math.PI);
    this.context.fill();
  }
}

function weight(pressure) {
  return pressure ? 0.35 + 0.9 * pressure : 1;
}

// The square around all ink, a little wider than it; the whole sheet where nothing is on it.
function inkBox(context) {
  const { data } = context.getImageData(0, 0, SIDE, SIDE);
  let left = SIDE, top = SIDE, right = -1, bottom = -1;
  for (let y = 0, at = 3; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++, at += 4) {
      if (data[at] < 128) continue;
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      bottom = y;
    }
  }
  if (right < 0) return [0, 0, SIDE];
  const side = Math.max(right - left, bottom - top) * (1 + 2 * MARGIN) + 1;
  return [(left + right - side) / 2, (top + bottom - side) / 2, side];
}

export default {
  template: `
    <div class="brush">
      <canvas ref="sheet" width="${SIDE}" height="${SIDE}" role="img" :aria-label="words.sheet"
        @pointerdown="begin" @pointermove="move" @pointerup="finish" @pointercancel="finish"></canvas>
      <div class="brush-tools">
        <button type="button" class="plain roomy" :disabled="!strokes.length" @click="undo">{{ words.undo }}</button>
        <button type="button" class="plain roomy" :disabled="!strokes.length" @click="clear">{{ words.clear }}</button>
        <label><input type="checkbox" v-model="crops" @change="tell(true)"> {{ words.crop }}</label>
      </div>
    </div>`,
  props: { words: Object, keep: String }, // keep: the name under which the strokes outlive a reload
  data: () => ({ strokes: [], crops: true }),
  mounted() {
    this.context = this.$refs.sheet.getContext("2d", { willReadFrequently: true });
    this.onKey = (event) => {
      const isTyping = event.target.closest?.("input, textarea, select");
      if ((event.ctrlKey || event.metaKey) && event.key === "z" && !isTyping && this.strokes.length) {
        event.preventDefault();
        this.undo();
      }
    };
    window.addEventListener("keydown", this.onKey);
    this.restore();
  },
  beforeUnmount() {
    window.removeEventListener("keydown", this.onKey);
  },
  methods: {
    begin(event) {
      if (this.stroke || event.button) return;
      event.preventDefault();
      this.$refs.sheet.setPointerCapture(event.pointerId);
      this.pointer = event.pointerId;
      const point = this.pointOf(event);
      this.strokes.push([point]);
      this.stroke = new Stroke(this.context, point);
    },
    move(event) {
      if (!this.stroke || event.pointerId !== this.pointer) return;
      const events = event.getCoalescedEvents?.() ?? [];
      for (const one of events.length ? events : [event]) this.follow(this.pointOf(one));
      this.tell(false, event.timeStamp);
    },
    follow(point) {
      this.strokes.at(-1).push(point);
      this.stroke.to(point);
    },
    finish(event) {
      if (!this.stroke || event.pointerId !== this.pointer) return;
      this.stroke.end();
      this.stroke = null;
      this.remember();
      this.tell(true, event.timeStamp);
    },
    pointOf(event) {
      const box = this.$refs.sheet.getBoundingClientRect(), scale = SIDE / box.width;
      const pressure = event.pointerType === "pen" ? event.pressure : 0;
      const place = [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale, event.timeStamp];
      return [...place.map((value) => Math.round(value * 10) / 10), Math.round(pressure * 100) / 100];
    },
    undo() {
      this.strokes.pop();
      this.redraw();
      this.remember();
      this.tell(true);
    },
    clear() {
      this.strokes = [];
      this.redraw();
      this.remember();
      this.tell(true);
    },
    redraw() {
      this.context.clearRect(0, 0, SIDE, SIDE);
      for (const [first, ...others] of this.strokes) {
        const stroke = new Stroke(this.context, first);
        others.forEach((point) => stroke.to(point));
        stroke.end();
      }
    },
    tell(isFinal, at = performance.now()) {
      const name = this.strokes.length ? "picture" : "blank";
      const detail = { blob: () => this.picture(), isFinal, at };
      this.$el.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
    },
    // Black ink on white, as a PNG.
    picture() {
      const [x, y, side] = this.crops ? inkBox(this.context) : [0, 0, SIDE];
      const canvas = new OffscreenCanvas(SENT, SENT), context = canvas.getContext("2d");
      context.imageSmoothingQuality = "high";
      context.fillStyle = "white";
      context.fillRect(0, 0, SENT, SENT);
      context.drawImage(this.$refs.sheet, x, y, side, side, 0, 0, SENT, SENT);
      return canvas.convertToBlob();
    },
    remember() {
      try {
        sessionStorage.setItem(this.keep, JSON.stringify(this.strokes));
      } catch { /* full, or switched off: the sheet works without */ }
    },
    restore() {
      try {
        this.strokes = JSON.parse(sessionStorage.getItem(this.keep)) ?? [];
      } catch {
        this.strokes = [];
      }
      if (!this.strokes.length) return;
      this.redraw();
      this.$nextTick(() => this.tell(true));
    },
  },
};
