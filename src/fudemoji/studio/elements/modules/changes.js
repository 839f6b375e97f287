// Changes to many images, in batches that the API takes, and how they are taken back.
import { ask, batches } from "fudemoji-studio/api.js";

const MOST = 256; // ids of a request

/**
 * Give a tag to images; tags that cannot stand beside it give way. `shelf` holds the images' details; done(n) is called
 * after each batch. Gives what `retag` needs, of those that were changed; `error` says why the others were not.
 */
export function tagAll(project, shelf, ids, tag, done) {
  return change(shelf, ids, done, (some) =>
    ask(`${project}/images/tags`, { method: "POST", json: { image_ids: some, tag_ids: [tag], replace: true } }));
}

/** Take a tag from images; the rest as `tagAll`. */
export function untagAll(project, shelf, ids, tag, done) {
  return change(shelf, ids, done, (some) =>
    ask(`${project}/images/tags`, { method: "DELETE", query: { image_ids: some, tag_ids: [tag] } }));
}

/** Delete images; the rest as `tagAll`, but nothing takes it back. */
export function deleteAll(project, shelf, ids, done) {
  return change(shelf, ids, done, (some) =>
    ask(`${project}/images`, { method: "DELETE", query: { image_ids: some } }));
}

/**
 * Let an iteration's suggestions become tags; `address` confirms them. What is tagged or gone by now is passed over, and
 * counted. The rest as `tagAll`.
 */
export async function confirmAll(address, ids, least, done) {
  const before = new Map();
  let num_passed = 0;
  for (const image_ids of batches(ids, MOST)) {
    try {
      const told = await ask(address, { method: "POST", json: { image_ids, least } });
      for (const [image, got] of Object.entries(told.created)) before.set(image, { had: [], got });
      num_passed += told.passed_over.length;
      done(image_ids.length - told.passed_over.length);
    } catch (error) {
      return { before, error, num_passed };
    }
  }
  return { before, error: null, num_passed };
}

/**
 * Give images the tags that they had: `before` is a Map of image ids and { had, got } of tag ids; those that do not have
 * what they `got`, where that is told, were changed by somebody meanwhile, and stay. Refusals are thrown.
 */
export async function retag(project, shelf, before, done) {
  const images = await shelf.fresh([...before.keys()]);
  const given = new Map(), taken = new Map(); // image ids by tag
  const note = (map, tag, image) => map.set(tag, [...(map.get(tag) ?? []), image]);
  for (const image of images) {
    const { had, got } = before.get(image.id), has = image.tags.map((tag) => tag.id);
    if (got && !(got.length === has.length && got.every((tag) => has.includes(tag)))) continue;
    has.filter((tag) => !had.includes(tag)).forEach((tag) => note(taken, tag, image.id));
    had.filter((tag) => !has.includes(tag)).forEach((tag) => note(given, tag, image.id));
  }
  const wishes = [...pieces(taken, "DELETE"), ...pieces(given, "POST")];
  for (const { method, ids, tag } of wishes) {
    const pair = { image_ids: ids, tag_ids: [tag] };
    await ask(`${project}/images/tags`, method === "POST" ? { method, json: pair } : { method, query: pair });
    done(ids.length);
  }
}

function pieces(map, method) {
  return [...map].flatMap(([tag, all]) => batches(all, MOST).map((ids) => ({ method, ids, tag })));
}

async function change(shelf, ids, done, send) {
  const before = new Map();
  for (const wanted of batches(ids, MOST)) {
    try {
      done(await attempt(shelf, wanted, send, before));
    } catch (error) {
      return { before, error };
    }
  }
  return { before, error: null };
}

async function attempt(shelf, wanted, send, before) {
  for (let again = false; ; again = true) {
    const images = await shelf.fresh(wanted);
    try {
      if (images.length) await send(images.map((image) => image.id));
      images.forEach((image) => before.set(image.id, { had: image.tags.map((tag) => tag.id) }));
      return images.length;
    } catch (error) {
      if (error.status !== 404 || again) throw error; // else some were deleted just now: the others are meant all the same
    }
  }
}
