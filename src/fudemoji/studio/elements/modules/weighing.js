// Part of the review: the tags that the image which is shown may have, and which of them Enter gives.
import { fill, listed } from "fudemoji-studio/api.js";
import { confidence } from "fudemoji-studio/figures.js";

const CHOICES = 9, GIVEN = 0.5;

export default {
  computed: {
    names() { return new Map(this.tags.map((tag) => [tag.id, tag])); },

    /** The likeliest tags, then those that say that there is none, then what else was chosen. */
    choices() {
      const likely = this.item.probabilities.slice(0, CHOICES);
      const here = new Set(likely.map((one) => one.tag_id));
      const more = this.multi
        ? this.tags.filter((tag) => !here.has(tag.id) && (tag.is_negative || this.chosen.includes(tag.id))) : [];
      return [...likely.map((one) => this.choice(one)), ...more.map((tag) => this.choice({ tag_id: tag.id }))];
    },

    /** The tags that Enter gives. */
    answer() {
      if (this.multi) return this.chosen;
      const best = this.choices[0];
      return best?.known ? [best.id] : [];
    },

    told() {
      return this.answer.length ? fill(this.words.confirm, { tag: this.called(this.answer) }) : this.words.choose;
    },
  },

  methods: {
    choice({ tag_id, tag, probability }) {
      const known = this.names.get(tag_id);
      return {
        id: tag_id, known: Boolean(known), name: known?.told ?? tag ?? this.words.deleted_tag, glyph: known?.glyph ?? "",
        share: probability, percent: probability === undefined ? "" : confidence(probability),
      };
    },

    called(tag_ids) {
      return listed(tag_ids.map((id) => this.names.get(id)?.name ?? ""));
    },

    /** What is chosen of an image beforehand: what the model gives it; where that is nothing, the tag that says so. */
    expected({ probabilities }) {
      const given = probabilities.filter((one) => one.probability >= GIVEN && this.names.has(one.tag_id));
      const negative = this.tags.filter((tag) => tag.is_negative);
      if (probabilities[0]?.probability < GIVEN && negative.length === 1) return [negative[0].id];
      return given.map((one) => one.tag_id);
    },

    pick(id) {
      if (!this.multi) this.confirm([id]);
      else if (this.chosen.includes(id)) this.chosen = this.chosen.filter((one) => one !== id);
      else this.other(id);
    },

    /** Give a tag, which need not be among the likeliest; one that says that there is none stands alone. */
    other(id) {
      if (!this.multi) this.confirm([id]);
      else if (this.names.get(id)?.is_negative) this.chosen = [id];
      else this.chosen = [...new Set([...this.chosen.filter((one) => !this.names.get(one)?.is_negative), id])];
    },
  },
};
