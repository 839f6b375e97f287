// The tags that an image has now, which can be changed: some images are taken wrongly because they are tagged wrongly.
export default {
  inject: ["say", "project"],
  props: { image: Object, before: Array, isSingle: Boolean },
  data: () => ({ tags: null, all: [], problem: "" }),
  created() {
    this.read();
  },
  computed: {
    others() {
      const own = new Set(this.tags.map((tag) => tag.id));
      return this.all.filter((tag) => !own.has(tag.id));
    },
    isChanged() {
      return this.tags.map((tag) => tag.id).sort().join() !== [...this.before].sort().join();
    },
  },
  methods: {
    // What the API answers to a request about the project; null where it refuses, and then the page says why.
    async ask(path, options) {
      this.problem = "";
      try {
        const answer = await fetch(`/api/v1/projects/${this.project}${path}`, options);
        if (answer.ok) return answer.status === 204 ? {} : await answer.json();
        this.problem = (await answer.json()).message;
      } catch {
        this.problem = this.say("unreachable");
      }
      return null;
    },
    async read() {
      const [image, all] = await Promise.all([this.ask(`/images/${this.image.image_id}`), this.ask("/tags")]);
      if (image && all) Object.assign(this, { tags: image.tags, all });
    },
    async give(event) {
      const tagId = event.target.value;
      event.target.value = "";
      const body = JSON.stringify({ image_ids: [this.image.image_id], tag_ids: [tagId], replace: this.isSingle });
      const headers = { "Content-Type": "application/json" };
      if (await this.ask("/images/tags", { method: "POST", headers, body })) await this.read();
    },
    async take(tag) {
      const query = new URLSearchParams({ image_ids: this.image.image_id, tag_ids: tag.id });
      if (await this.ask(`/images/tags?${query}`, { method: "DELETE" })) await this.read();
      this.$refs.more.focus(); // the button that was pressed is gone
    },
  },
  template: `
    <div class="retag">
      <p v-if="problem" class="problem" role="alert">{{ problem }}</p>
      <template v-if="tags">
        <p role="status">{{ isChanged ? say("changed") : say("nowTagged") }}
          <template v-if="!tags.length">{{ say("none") }}</template></p>
        <div class="bar">
          <button v-for="tag in tags" :key="tag.id" class="plain" :aria-label="say('take', { tag: tag.name })"
            @click="take(tag)">{{ tag.name }} ×</button>
          <select ref="more" :aria-label="say(isSingle ? 'instead' : 'give')" @change="give">
            <option value="">{{ say(isSingle ? "instead" : "give") }}</option>
            <option v-for="tag in others" :key="tag.id" :value="tag.id">{{ tag.name }}</option>
          </select>
        </div>
      </template>
    </div>`,
};
