// All trained iterations at the same threshold, the newest first.
import { STEPS } from "./figures.js";

export default {
  inject: ["say", "percent", "project"],
  props: { iterations: Array, iteration: String, against: String, threshold: Number },
  emits: ["choose", "compare"],
  data: () => ({ curves: {} }),
  watch: { iterations: { handler: "read", immediate: true } },
  methods: {
    async read() {
      for (const { id } of this.iterations) {
        if (this.curves[id]) continue;
        const address = `/api/v1/projects/${this.project}/iterations/${id}/performance/curve`;
        const answer = await fetch(address).catch(() => null);
        if (answer) this.curves[id] = answer.ok ? await answer.json() : { why: (await answer.json()).message };
      }
    },
    value(id, name) {
      return this.percent(this.curves[id][name][Math.round(this.threshold * STEPS)]);
    },
  },
  template: `
    <section>
      <h2>{{ say("iterations") }}</h2>
      <div class="scrolls" tabindex="0" role="region" :aria-label="say('iterations')">
        <table class="table">
          <thead><tr><th scope="col">{{ say("iteration") }}</th><th scope="col">{{ say("trained") }}</th>
            <th v-for="name in ['images', 'precision', 'recall', 'averagePrecision']" scope="col" class="number">{{
              say(name === "images" ? "measured" : name) }}</th><th scope="col"><span class="unseen">{{ say("choose") }}</span></th></tr></thead>
          <tbody><tr v-for="one in iterations" :key="one.id" :class="{ chosen: one.id === iteration }">
            <th scope="row">{{ one.name }}</th><td>{{ one.trained }}</td>
            <td v-if="!curves[one.id]" colspan="4" class="faint">{{ say("reading") }}</td>
            <td v-else-if="curves[one.id].why" colspan="4" class="faint">{{ say("unmeasured") }}</td>
            <template v-else>
              <td class="number">{{ curves[one.id].num_images.toLocaleString() }}</td>
              <td class="number">{{ value(one.id, "precision") }}</td>
              <td class="number">{{ value(one.id, "recall") }}</td>
              <td class="number">{{ percent(curves[one.id].average_precision) }}</td>
            </template>
            <td class="number"><span v-if="one.id === iteration" class="faint">{{ say("shown") }}</span>
              <span v-else-if="one.id === against" class="faint">{{ say("compared") }}</span>
              <template v-else-if="curves[one.id] && !curves[one.id].why">
                <button class="plain" :aria-label="say('show') + ': ' + one.name" @click="$emit('choose', one.id)">{{
                  say("show") }}</button>
                <button class="plain" :aria-label="say('compare') + ': ' + one.name" @click="$emit('compare', one.id)">{{
                  say("compare") }}</button>
              </template></td>
          </tr></tbody>
        </table>
      </div>
    </section>`,
};
