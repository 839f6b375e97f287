// The tags of a project: a click gives one to the chosen images, or where none is chosen shows those that have it.
import { fill } from "fudemoji-studio/api.js";

const MANY = 12; // from here on they can be searched

export default {
  template: `
    <section class="tags" :aria-label="words.tags">
      <h2>{{ words.tags }}</h2>
      <p class="faint tags-hint">{{ hint }}</p>
      <input v-if="tags.length > many" v-model="text" type="search" class="tags-search" :aria-label="words.search"
        :placeholder="words.search">
      <ul>
        <li v-for="tag in found" :key="tag.id">
          <button type="button" class="tag" :class="{ shown: tag.id === shown }" :title="tag.description || tag.name"
            :aria-pressed="chosen.count ? has(tag) : tag.id === shown" @click="$emit('pick', { id: tag.id })">
            <kbd>{{ tag.key }}</kbd>
            <span class="tag-name">{{ tag.name }}</span>
            <span v-if="tag.kind === 'negative'" class="tag-kind">{{ words.negative }}</span>
            <span class="tag-mark" aria-hidden="true">{{ mark(tag) }}</span>
            <span class="faint">{{ tag.num_images.toLocaleString() }}</span>
          </button>
          <button type="button" class="tag-more" :aria-label="change(tag)" @click="$emit('edit', { id: tag.id })">⋯</button>
        </li>
      </ul>
      <p v-if="!tags.length" class="faint">{{ words.none }}</p>
      <button type="button" class="plain" @click="$emit('create', {})">{{ words.create }}</button>
    </section>`,

  props: { tags: Array, chosen: Object, shown: String, words: Object },
  emits: ["pick", "edit", "create"],
  data: () => ({ text: "", many: MANY }),

  computed: {
    hint() {
      return this.chosen.count ? fill(this.words.gives, { count: this.chosen.count }) : this.words.shows;
    },
    found() {
      const text = this.text.trim().normalize("NFKC").toLowerCase();
      const all = this.tags.map((tag, index) => ({ ...tag, key: index < 9 ? index + 1 : "" }));
      return text ? all.filter((tag) => `${tag.name} ${tag.description}`.normalize("NFKC").toLowerCase().includes(text)) : all;
    },
  },

  methods: {
    num(tag) {
      return this.chosen.tags?.[tag.id] ?? 0;
    },
    /** Whether the chosen images have it, in the words of aria-pressed. */
    has(tag) {
      if (!this.num(tag)) return "false";
      return this.num(tag) === this.chosen.known ? "true" : "mixed";
    },
    mark(tag) {
      return this.chosen.count ? { true: "✓", mixed: "–", false: "" }[this.has(tag)] : "";
    },
    change(tag) {
      return fill(this.words.change, { tag: tag.name });
    },
  },
};
