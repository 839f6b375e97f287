// Where images come from that a person is to decide on: suggestions for untagged images, and stored predictions.
import { ask, Refusal } from "fudemoji-studio/api.js";

const TAKE = 48; // at once

/** Untagged images with what an iteration takes them for. */
export class Suggestions {
  constructor(project, list) {
    Object.assign(this, { project, list, canUndo: true, canDelete: false });
  }

  /** The next ones after those that are here: { items, ended }. */
  async next(num_here) {
    const told = await ask(this.list, { query: { take: TAKE, skip: num_here } });
    const items = told.map(({ image, uncertainty, probabilities }) => ({
      id: image.id, name: image.name, uncertainty, probabilities, picture: `${this.project}/images/${image.id}/thumbnail`,
    }));
    return { items, ended: items.length < TAKE };
  }

  async confirm(item, tag_ids) {
    const told = await ask(`${this.project}/images/tags`, { method: "POST", json: { image_ids: [item.id], tag_ids } });
    if (told.exceeded.length) throw new Refusal(409, "");
  }

  async undo(item, tag_ids) {
    await ask(`${this.project}/images/tags`, { method: "DELETE", query: { image_ids: [item.id], tag_ids } });
  }

  restart() {}
}

/** Images that programs had classified, with the answers. */
export class Predictions {
  constructor(project, list) {
    Object.assign(this, { project, list, canUndo: false, canDelete: true, continuation: "" });
  }

  async next() {
    const told = await ask(this.list, { query: { take: TAKE, continuation: this.continuation } });
    this.continuation = told.continuation;
    const items = told.predictions.map(({ id, application, created, uncertainty, probabilities }) => ({
      id, application, created, uncertainty, probabilities, picture: `${this.project}/predictions/${id}/thumbnail`,
    }));
    return { items, ended: !told.continuation };
  }

  async confirm(item, tag_ids) {
    const told = await ask(`${this.project}/predictions/images`, {
      method: "POST", json: { predictions: { [item.id]: tag_ids } },
    });
    const [one] = told.images;
    if (!one.status.startsWith("OK")) throw new Refusal(400, one.message);
  }

  async remove(item) {
    await ask(`${this.project}/predictions`, { method: "DELETE", query: { prediction_ids: [item.id] } });
  }

  restart() {
    this.continuation = "";
  }
}
