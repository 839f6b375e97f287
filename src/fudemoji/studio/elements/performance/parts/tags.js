// The figures of each tag; what is right, missed and wrongly given opens its images.
import { points } from "./words.js";

const OUTCOMES = { right: "rightly", missed: "missed", wrong: "wrongly" }; // in the words of the API
const FIRST = 25; // rows that are shown before all are asked for

export default {
  inject: ["say", "percent"],
  props: { one: Object, now: Object, other: Object, then: Object, names: Array },
  emits: ["open"],
  data: () => ({ by: "place", falls: false, wanted: "", all: false }),
  computed: {
    rows() {
      const places = this.other ? new Map(this.other.tags.map((tag, k) => [tag.tag_id, k])) : null;
      return this.now.tags.map((tag, k) => {
        const m = places?.get(this.one.tags[k].tag_id);
        return {
          place: k,
          name: this.names[k],
          images: tag.recall.count,
          figures: { precision: tag.precision.value, recall: tag.recall.value, averagePrecision: tag.averagePrecision },
          isEmpty: { precision: !tag.precision.count, recall: !tag.recall.count, averagePrecision: !tag.recall.count },
          deviations: { precision: tag.precision.deviation, recall: tag.recall.deviation },
          before: m === undefined ? null : flat(this.then.tags[m]),
          right: tag.recall.hits,
          missed: tag.recall.count - tag.recall.hits,
          wrong: tag.precision.count - tag.precision.hits,
        };
      });
    },
    found() {
      const wanted = this.wanted.trim().toLocaleLowerCase();
      const rows = wanted ? this.rows.filter((row) => row.name.toLocaleLowerCase().includes(wanted)) : [...this.rows];
      const of = (row) => row.figures[this.by] ?? row[this.by];
      const compare = (a, b) => (this.by === "name" ? of(a).localeCompare(of(b)) : of(a) - of(b));
      return rows.sort((a, b) => (this.falls ? -1 : 1) * compare(a, b) || a.place - b.place);
    },
    shown() {
      return this.all ? this.found : this.found.slice(0, FIRST);
    },
  },
  methods: {
    sort(by) {
      this.falls = this.by === by && !this.falls;
      this.by = by;
    },
    sorted(by) {
      return this.by === by ? (this.falls ? "descending" : "ascending") : "none";
    },
    change(row, name) {
      return this.say("points", { change: points(row.figures[name] - row.before[name], 0) });
    },
    open(row, what) {
      const asked = { [OUTCOMES[what]]: this.one.tags[row.place].tag_id };
      const places = this.one.ofTag(this.now.threshold, row.place, what);
      this.$emit("open", this.say(`${what}Of`, { tag: row.name }), places, null, asked);
    },
  },
  template: `
    <section>
      <h2>{{ say("tags") }}</h2>
      <label v-if="rows.length > 12" class="finds"><span>{{ say("findTag") }}</span>
        <input type="search" v-model="wanted"></label>
      <div class="scrolls" tabindex="0" role="region" :aria-label="say('tags')">
        <table class="table">
          <thead><tr>
            <th v-for="by in ['name', 'images', 'precision', 'recall', 'averagePrecision', 'right', 'missed', 'wrong']"
              scope="col" :class="{ number: by !== 'name' }" :aria-sort="sorted(by)">
              <button @click="sort(by)">{{ say(by) }}<i aria-hidden="true">{{
                by === this.by ? (falls ? " ↓" : " ↑") : "" }}</i></button></th>
          </tr></thead>
          <tbody><tr v-for="row in shown" :key="row.place">
            <th scope="row">{{ row.name }}</th>
            <td class="number">{{ row.images.toLocaleString() }}</td>
            <td v-for="name in ['precision', 'recall', 'averagePrecision']" class="number share"
              :style="{ '--share': row.figures[name] }"
              :title="row.deviations[name] === undefined ? null : '± ' + percent(row.deviations[name])">
              {{ row.isEmpty[name] ? "–" : percent(row.figures[name]) }}
              <small v-if="row.before" :class="row.figures[name] < row.before[name] ? 'worse' : 'better'">{{
                change(row, name) }}</small></td>
            <td v-for="what in ['right', 'missed', 'wrong']" class="number">
              <button v-if="row[what]" class="opens" :class="what" @click="open(row, what)"
                :aria-label="say(what + 'Of', { tag: row.name }) + ': ' + row[what]">{{ row[what] }}</button>
              <span v-else class="faint">0</span></td>
          </tr></tbody>
        </table>
      </div>
      <button v-if="found.length > shown.length" class="plain" @click="all = true">{{
        say("allTags", { count: found.length }) }}</button>
    </section>`,
};

const flat = (tag) => ({
  precision: tag.precision.value, recall: tag.recall.value, averagePrecision: tag.averagePrecision,
});
