// Pictures that are not drawn: chosen, dropped anywhere on the page, pasted, or taken with the camera. It tells of each
// by the event `picture` that rises from its element, as the brush does, and of what is none by `trouble` with a text.

const LONGEST = 1600; // pixels of the longer side that a picture is made smaller to, where it is too large to be sent

export default {
  template: `
    <div class="picking">
      <button type="button" class="plain roomy" @click="$refs.file.click()">{{ words.choose }}</button>
      <button type="button" class="plain roomy" @click="open">{{ words.camera }}</button>
      <span class="faint">{{ words.hint }}</span>
      <input ref="file" type="file" accept="image/*" hidden :aria-label="words.choose" @change="chosen">
      <input ref="shot" type="file" accept="image/*" capture="environment" hidden :aria-label="words.camera"
        @change="chosen">
      <dialog ref="dialog" class="camera" :aria-label="words.camera" @close="stop">
        <video ref="video" autoplay muted playsinline></video>
        <div class="camera-acts">
          <button type="button" class="plain roomy strong" :disabled="!isLive" @click="take">{{ words.take }}</button>
          <button type="button" class="plain roomy" @click="$refs.dialog.close()">{{ words.cancel }}</button>
        </div>
      </dialog>
    </div>`,
  props: { words: Object, most: Number }, // most: bytes of a picture
  data: () => ({ isLive: false }),
  mounted() {
    this.on = {
      paste: (event) => event.clipboardData.files.length && this.given(event, event.clipboardData.files),
      dragover: (event) => this.hover(event, true),
      dragleave: (event) => event.relatedTarget || this.hover(event, false),
      drop: (event) => {
        this.hover(event, false);
        this.given(event, event.dataTransfer.files);
      },
    };
    for (const [name, handle] of Object.entries(this.on)) window.addEventListener(name, handle);
  },
  beforeUnmount() {
    for (const [name, handle] of Object.entries(this.on)) window.removeEventListener(name, handle);
    this.stop();
  },
  methods: {
    hover(event, isOver) {
      if (isOver) event.preventDefault(); // else nothing may be dropped
      document.body.classList.toggle("drop-here", isOver);
    },
    given(event, files) {
      event.preventDefault();
      const file = [...files].find((one) => one.type.startsWith("image/")) ?? files[0];
      if (!file) return this.rise("trouble", this.words.nothing);
      this.send(file, event.timeStamp);
      return files.length > 1 && this.rise("trouble", this.words.several);
    },
    chosen(event) {
      const [file] = event.target.files;
      event.target.value = "";
      if (file) this.send(file, event.timeStamp);
    },
    send(file, at) {
      const blob = file.size > this.most ? smaller(file) : Promise.resolve(file);
      this.rise("picture", { blob: () => blob, isFinal: true, at });
    },
    async open() {
      if (!navigator.mediaDevices) return this.$refs.shot.click(); // without TLS a page may only ask for a photograph
      try {
        this.stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      } catch {
        return this.rise("trouble", this.words.refused);
      }
      this.$refs.video.srcObject = this.stream;
      this.$refs.video.onplaying = () => { this.isLive = true; };
      return this.$refs.dialog.showModal();
    },
    take(event) {
      const blob = drawn(this.$refs.video, this.$refs.video.videoWidth, this.$refs.video.videoHeight);
      this.rise("picture", { blob: () => blob, isFinal: true, at: event.timeStamp });
      this.$refs.dialog.close();
    },
    stop() {
      this.stream?.getTracks().forEach((track) => track.stop());
      this.stream = null;
      this.isLive = false;
    },
    rise(name, detail) {
      this.$el.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
    },
  },
};

// What the server would refuse as too large is made smaller; what the browser cannot read goes as it is.
async function smaller(file) {
  try {
    const bitmap = await createImageBitmap(file);
    return await drawn(bitmap, bitmap.width, bitmap.height);
  } catch {
    return file;
  }
}

function drawn(source, width, height) {
  const scale = Math.min(1, LONGEST / Math.max(width, height));
  const canvas = new OffscreenCanvas(Math.round(width * scale) || 1, Math.round(height * scale) || 1);
  canvas.getContext("2d").drawImage(source, 0, 0, canvas.width, canvas.height);
  return canvas.convertToBlob({ type: "image/jpeg", quality: 0.92 });
}
