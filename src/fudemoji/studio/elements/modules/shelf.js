// Things that are fetched by id when they come into view: many ids a request, what is wanted now first.

const RETRY_MS = 2000;

export class Shelf {
  /**
   * load(ids) gives a Map of what there is; arrived() is called when some came; told(error) when none could come, with
   * null when they come again. At most `most` ids a request, `parallel` requests, `kept` things.
   */
  constructor({ load, arrived, told, most, parallel, kept }) {
    Object.assign(this, { load, arrived, told, most, parallel, kept });
    this.found = new Map(); // null: it is gone
    this.stale = new Set();
    this.underway = new Set();
    this.queue = [];
  }

  get(id) {
    return this.found.get(id);
  }

  needs(id) {
    return !this.found.has(id) || this.stale.has(id);
  }

  /** Fetch these next, in this order; what was waiting and is not among them is not fetched. */
  want(ids) {
    this.queue = ids.filter((id) => this.needs(id) && !this.underway.has(id));
    this.pump();
  }

  /** What is here may have changed: it is fetched again when it is wanted, and shown until then. */
  doubt() {
    this.stale = new Set(this.found.keys());
    this.underway = new Set(); // an answer that is on its way may be of before
  }

  /** These things as they are at this moment; those that are gone are left out. Refusals are thrown. */
  async fresh(ids) {
    const found = [];
    for (let start = 0; start < ids.length; start += this.most) {
      const some = ids.slice(start, start + this.most);
      const arrivals = await this.load(some);
      found.push(...some.map((id) => arrivals.get(id)).filter(Boolean));
    }
    return found;
  }

  close() {
    clearTimeout(this.retry);
    this.queue = [];
    this.parallel = 0;
  }

  pump() {
    while (this.queue.length && this.underway.size < this.parallel * this.most) {
      this.fetch(this.queue.splice(0, this.most));
    }
  }

  async fetch(ids) {
    const underway = this.underway;
    ids.forEach((id) => underway.add(id));
    let arrivals = null;
    try {
      arrivals = await this.load(ids);
    } catch (error) {
      this.told(error);
      clearTimeout(this.retry);
      this.retry = setTimeout(() => this.want([...ids, ...this.queue]), RETRY_MS);
    }
    ids.forEach((id) => underway.delete(id));
    if (!arrivals || underway !== this.underway) return;
    ids.forEach((id) => this.put(id, arrivals.get(id) ?? null));
    this.told(null);
    this.arrived();
    this.pump();
  }

  put(id, thing) {
    this.found.delete(id);
    this.found.set(id, thing);
    this.stale.delete(id);
    if (this.found.size > this.kept) this.found.delete(this.found.keys().next().value); // the first that came
  }
}
