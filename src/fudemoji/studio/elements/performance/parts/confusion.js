// What is taken for what: rows are what images are, columns what they are given. Few tags make a table of buttons,
// many a picture that is moved over with the pointer or the arrow keys; either opens the images behind a cell.
import Heat from "./heat.js";

const TABLE = 26; // tags that a table is made for
const MOST = 200; // tags of the picture: those with the most mistakes
const PAIRS = 12;

export default {
  components: { Heat },
  inject: ["say"],
  props: { one: Object, now: Object, names: Array },
  emits: ["open"],
  data: () => ({ cursor: null }),
  computed: {
    K() {
      return this.one.numTags;
    },
    isTable() {
      return this.K <= TABLE;
    },
    tags() {
      const all = this.names.map((_, k) => k);
      if (this.K <= MOST) return all;
      const wrong = new Int32Array(this.K); // at no threshold, so that the order stays while it moves
      for (const image of this.one.images) {
        const best = image.likely[0]?.[0];
        if (best === undefined || image.places.includes(best)) continue;
        wrong[best]++;
        for (const k of image.places) wrong[k]++;
      }
      return all.sort((a, b) => wrong[b] - wrong[a] || a - b).slice(0, MOST).sort((a, b) => a - b);
    },
    rows() {
      return this.one.isSingle ? this.tags : [...this.tags, this.K];
    },
    columns() {
      return [...this.tags, this.K];
    },
    pairs() {
      const found = [...this.now.cells].map(([key, count]) => ({ ...this.cell(key), key, count }));
      return found
        .filter(({ truth, given }) => truth !== given && truth < this.K && given < this.K)
        .sort((a, b) => b.count - a.count || a.key - b.key)
        .slice(0, PAIRS);
    },
    start() {
      return this.cursor ?? this.now.cells.keys().next().value;
    },
  },
  methods: {
    cell(key) {
      return { truth: Math.floor(key / (this.K + 1)), given: key % (this.K + 1) };
    },
    count(truth, given) {
      return this.now.cells.get(truth * (this.K + 1) + given) ?? 0;
    },
    name(k) {
      return this.names[k] ?? this.say("none");
    },
    title(truth, given) {
      const others = given === this.K ? "missedAll" : truth === this.K ? "givenToo" : "takenFor";
      const key = truth === given ? "readAs" : others;
      return this.say(key, { truth: this.name(truth), given: this.name(given) });
    },
    colour(truth, given) {
      const total = truth === this.K ? this.one.images.length : this.one.support[truth];
      const share = this.count(truth, given) / (total || 1);
      const ink = truth === given ? "var(--good)" : "var(--bad)";
      return { background: `color-mix(in srgb, ${ink} ${Math.round(8 + 40 * share)}%, transparent)` };
    },
    open(truth, given) {
      if (!this.count(truth, given)) return;
      const id = (k) => this.one.tags[k]?.tag_id ?? "none";
      const asked = truth === given ? { rightly: id(truth) } : { missed: id(truth), wrongly: id(given) };
      this.$emit("open", this.title(truth, given), this.one.cell(this.now.threshold, truth, given), null, asked);
    },
    // From one full cell to the next in a direction.
    move(event, truth, given) {
      const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
      const [down, right] = steps[event.key] ?? [0, 0];
      if (!down && !right) return;
      event.preventDefault();
      let [row, column] = [this.rows.indexOf(truth) + down, this.columns.indexOf(given) + right];
      for (; row in this.rows && column in this.columns; row += down, column += right) {
        if (!this.count(this.rows[row], this.columns[column])) continue;
        this.cursor = this.rows[row] * (this.K + 1) + this.columns[column];
        this.$nextTick(() => this.$refs.table.querySelector("[tabindex='0']")?.focus());
        return;
      }
    },
  },
  template: `
    <section>
      <h2>{{ say("confusion") }}</h2>
      <p class="faint">{{ say(one.isSingle ? "confusionOne" : "confusionSeveral") }}
        <template v-if="K > ${MOST}">{{ say("confusionMost", { count: ${MOST} }) }}</template></p>
      <div class="confusion">
        <div v-if="isTable" class="scrolls"><table ref="table" class="matrix">
          <caption class="unseen">{{ say("confusion") }}</caption>
          <thead><tr><td></td><th v-for="given in columns" :key="given" scope="col"
            :class="{ faint: given === K }"><span>{{ name(given) }}</span></th></tr></thead>
          <tbody><tr v-for="truth in rows" :key="truth">
            <th scope="row" :class="{ faint: truth === K }">{{ name(truth) }}</th>
            <td v-for="given in columns" :key="given">
              <button v-if="count(truth, given)" :style="colour(truth, given)"
                :tabindex="truth * (K + 1) + given === start ? 0 : -1" :title="title(truth, given)"
                :aria-label="title(truth, given) + ': ' + count(truth, given)"
                @keydown="move($event, truth, given)" @click="open(truth, given)">{{
                  count(truth, given) }}</button>
            </td></tr></tbody>
        </table></div>
        <heat v-else :rows="rows" :columns="columns" :count="count" :name="name" :title="title"
          :support="one.support" :now="now" @open="open" />
        <div class="pairs">
          <h3>{{ say("pairs") }}</h3>
          <p v-if="!pairs.length">{{ say("noMistake") }}</p>
          <ol v-else><li v-for="pair in pairs" :key="pair.key">
            <button class="plain" @click="open(pair.truth, pair.given)">{{ title(pair.truth, pair.given) }}:
              {{ pair.count }}</button></li></ol>
        </div>
      </div>
    </section>`,
};
