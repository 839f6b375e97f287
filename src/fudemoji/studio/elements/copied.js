// A text to be copied, as a whole, with a button. `{origin}` in it is the address under which the browser knows the
// studio. Where a page may not use the clipboard (without TLS, on another machine) the text is chosen instead.

export default {
  template: `
    <div class="copied">
      <pre ref="text" tabindex="0" :aria-label="label"><code>{{ whole }}</code></pre>
      <button type="button" class="plain" :aria-label="words.copy + ': ' + label" @click="copy">{{ told }}</button>
    </div>`,
  props: { text: String, label: String, words: Object },
  data: () => ({ state: "copy" }),
  computed: {
    whole() { return this.text.replaceAll("{origin}", location.origin); },
    told() { return this.words[this.state]; },
  },
  methods: {
    async copy() {
      getSelection().selectAllChildren(this.$refs.text);
      try {
        await navigator.clipboard.writeText(this.whole);
        this.state = "done";
      } catch {
        this.state = document.execCommand("copy") ? "done" : "chosen";
      }
      setTimeout(() => { this.state = "copy"; }, 2000);
    },
  },
};
