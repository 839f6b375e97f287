// Which of a list's ids are chosen.

export class Selection {
  /** changed() is called after each change. */
  constructor(changed) {
    this.changed = changed;
    this.chosen = new Set();
    this.anchor = null; // from where a range goes
  }

  get size() {
    return this.chosen.size;
  }

  has(id) {
    return this.chosen.has(id);
  }

  only(id) {
    this.put(new Set([id]), id);
  }

  toggle(id) {
    const chosen = new Set(this.chosen);
    if (!chosen.delete(id)) chosen.add(id);
    this.put(chosen, id);
  }

  /** All from the anchor to this one, in the order of the ids; those before are chosen too where it adds. */
  reach(ids, id, { adds = false } = {}) {
    const from = Math.max(0, ids.indexOf(this.anchor)), to = ids.indexOf(id);
    const range = ids.slice(Math.min(from, to), Math.max(from, to) + 1);
    this.put(new Set(adds ? [...this.chosen, ...range] : range), ids[from]);
  }

  all(ids) {
    this.put(new Set(ids), this.anchor);
  }

  clear() {
    this.put(new Set(), this.anchor);
  }

  /** Let go of what is not among these any more. */
  keep(ids) {
    const there = new Set(ids);
    const chosen = [...this.chosen].filter((id) => there.has(id));
    if (chosen.length < this.size) this.put(new Set(chosen), this.anchor);
  }

  put(chosen, anchor) {
    this.chosen = chosen;
    this.anchor = anchor;
    this.changed();
  }
}
