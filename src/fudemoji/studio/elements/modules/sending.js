// Files on their way to a project: a few requests at a time, tried again when the studio does not answer.
import { ask, read, Refusal } from "fudemoji-studio/api.js";

const MOST_FILES = 16, MOST_BYTES = 6 * 2 ** 20; // of a request; the server lets larger ones wait
const PARALLEL = 3;
const WAIT_MS = 2000;
const POLL_MS = 1000;

export class Sending {
  /**
   * project: the address of its API. most: bytes that an image's file may have. told(entry, outcome) is called for each
   * entry { file, path, tag } with { status, message, image }; waits(is) when the studio does not answer, and when it
   * does again.
   */
  constructor({ project, most, told, waits }) {
    Object.assign(this, { project, most, told, waits });
    this.queue = [];
    this.running = 0;
    this.stopper = new AbortController();
  }

  /** Send these; resolves when all were dealt with. What ends everything, a session that is over, is thrown. */
  async send(entries) {
    this.queue = entries.filter((entry) => this.isFit(entry));
    await Promise.all(Array.from({ length: PARALLEL }, () => this.work()));
  }

  /** Send an archive, and follow what the server makes of it: shown(filling) each second. */
  async fill({ file, path }, hasTags, shown) {
    const query = new URLSearchParams({ name: path.split("/").at(-1), has_tags: hasTags });
    const { signal } = this.stopper;
    const headers = { "Content-Type": "application/octet-stream" };
    const address = `${this.project}/fillings`;
    const answer = await fetch(`${address}?${query}`, { method: "POST", body: file, headers, signal }).catch(unanswered);
    for (let filling = await read(answer); ; filling = await ask(`${address}/${filling.id}`, { signal })) {
      this.filling = filling.ended ? null : `${address}/${filling.id}`;
      shown(filling);
      if (filling.ended) return;
      await pause(POLL_MS);
    }
  }

  stop() {
    this.queue = [];
    this.stopper.abort();
    if (this.filling) ask(`${this.filling}/cancel`, { method: "POST" }).catch(() => {}); // it may have ended just now
  }

  isFit(entry) {
    if (entry.file && entry.file.size <= this.most) return true;
    this.told(entry, { status: entry.file ? "ErrorImageSize" : "Unreadable", message: "", image: null });
    return false;
  }

  async work() {
    while (this.queue.length) {
      const batch = this.take();
      try {
        const { images } = await this.post(batch);
        batch.forEach((entry, index) => this.told(entry, images[index]));
      } catch (error) {
        if (error.name === "AbortError") return;
        if (error.status === 401 || error.status === 403 || error.status === 404) {
          this.queue = [];
          throw error;
        }
        batch.forEach((entry) => this.told(entry, { status: "Refused", message: error.message, image: null }));
      }
    }
  }

  /** The next files that fit into one request; they get the same tag. */
  take() {
    const batch = [this.queue.shift()];
    let bytes = batch[0].file.size;
    while (this.queue.length && batch.length < MOST_FILES && this.queue[0].tag === batch[0].tag) {
      bytes += this.queue[0].file.size;
      if (bytes > MOST_BYTES) break;
      batch.push(this.queue.shift());
    }
    return batch;
  }

  async post(batch) {
    const form = new FormData();
    for (const { file, path } of batch) form.append("images", file, path);
    const query = batch[0].tag ? `?tag_ids=${batch[0].tag}` : "";
    for (;;) {
      const { signal } = this.stopper;
      const sent = fetch(`${this.project}/images${query}`, { method: "POST", body: form, signal });
      try {
        const told = await read(await sent.catch(unanswered));
        this.waits(false);
        return told;
      } catch (error) {
        if (error.name === "AbortError" || ![0, 429, 503].includes(error.status)) throw error;
        this.waits(true);
        await pause(WAIT_MS);
        if (signal.aborted) throw new DOMException("stopped", "AbortError");
      }
    }
  }
}

function unanswered(error) {
  if (error.name === "AbortError") throw error;
  throw new Refusal(0, "");
}

function pause(ms) {
  return new Promise((go) => { setTimeout(go, ms); });
}
