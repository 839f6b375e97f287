// All figures of an iteration at any threshold, made in the browser from its answers; the same as the server's.
// N images, K classes, P pairs of an image and a class; places of classes are 0 to K - 1, K stands for "none".

export const STEPS = 100; // of the threshold, from 0 to 1
export const LEAST = 0.01; // the least threshold with several tags an image; less probable ones are not told
const BINS = 15;

export class Answers {
  // told: what /performance/answers answers. Its pairs become arrays of numbers, so that a threshold costs little.
  constructor(told) {
    this.isSingle = told.kind === "multiclass";
    this.tags = told.tags;
    this.images = told.images;
    this.split = told.split;
    this.support = new Int32Array(told.tags.length);
    for (const image of told.images) for (const k of image.places) this.support[k]++;
    const there = told.tags.filter((_, k) => this.support[k] > 0);
    this.averagePrecision = there.reduce((sum, tag) => sum + tag.average_precision, 0) / (there.length || 1);
    this.placeOf = new Map(told.images.map((image, n) => [image.sha256, n]));
    this.pack();
  }

  // The pairs of image n are starts[n] to starts[n + 1]; what is there is always among them.
  pack() {
    const all = this.images.reduce((sum, image) => sum + image.likely.length, 0);
    this.starts = new Int32Array(this.images.length + 1);
    this.classes = new Int32Array(all);
    this.probs = new Float32Array(all);
    this.isThere = new Uint8Array(all);
    let pair = 0;
    this.images.forEach((image, n) => {
      for (const [k, prob] of image.likely) {
        this.classes[pair] = k;
        this.probs[pair] = prob;
        this.isThere[pair++] = image.places.includes(k);
      }
      this.starts[n + 1] = pair;
    });
  }

  get numTags() {
    return this.tags.length;
  }

  // The places of the tags that an image is given; a probability is a float32, and so is the threshold.
  given(image, threshold) {
    const least = Math.fround(threshold);
    const likely = this.isSingle ? image.likely.slice(0, 1) : image.likely;
    return likely.filter(([, prob]) => Math.fround(prob) >= least).map(([k]) => k);
  }

  // Calls for each image what it is rightly given, what it misses and what it is wrongly given; the lists are reused.
  each(threshold, tell) {
    const least = Math.fround(threshold);
    const [hit, missed, wrong] = [[], [], []];
    for (let n = 0; n < this.images.length; n++) {
      hit.length = missed.length = wrong.length = 0;
      for (let pair = this.starts[n]; pair < this.starts[n + 1]; pair++) {
        const isGiven = this.probs[pair] >= least && (!this.isSingle || pair === this.starts[n]);
        if (isGiven) (this.isThere[pair] ? hit : wrong).push(this.classes[pair]);
        else if (this.isThere[pair]) missed.push(this.classes[pair]);
      }
      tell(n, hit, missed, wrong);
    }
  }

  // Everything at a threshold: shares of each tag and of all, which images are right, and how many lie in each cell.
  at(threshold) {
    const K = this.numTags;
    const hits = new Int32Array(K), count = new Int32Array(K);
    const right = new Uint8Array(this.images.length);
    const cells = new Map();
    const add = (truth, given) => {
      const key = truth * (K + 1) + given;
      cells.set(key, (cells.get(key) ?? 0) + 1);
    };
    this.each(threshold, (n, hit, missed, wrong) => {
      for (const k of hit) count[k]++, hits[k]++, add(k, k);
      for (const k of wrong) count[k]++;
      visit(missed, wrong, K, add);
      right[n] = !missed.length && !wrong.length;
    });
    const all = (array) => array.reduce((sum, one) => sum + one, 0);
    const tags = this.tags.map((tag, k) => ({
      precision: share(hits[k], count[k]),
      recall: share(hits[k], this.support[k]),
      averagePrecision: tag.average_precision,
    }));
    return {
      threshold, tags, cells, right,
      precision: share(all(hits), all(count)),
      recall: share(all(hits), all(this.support)),
      averagePrecision: this.averagePrecision,
    };
  }

  // The images of a cell of the confusion.
  cell(threshold, truth, given) {
    const places = new Set();
    this.each(threshold, (n, hit, missed, wrong) => {
      if (truth === given && hit.includes(truth)) places.add(n);
      visit(missed, wrong, this.numTags, (one, other) => one === truth && other === given && places.add(n));
    });
    return [...places];
  }

  // The images that have a tag rightly ("right"), miss it ("missed"), or are given it wrongly ("wrong").
  ofTag(threshold, k, what) {
    const places = [];
    this.each(threshold, (n, hit, missed, wrong) => {
      if ({ right: hit, missed, wrong }[what].includes(k)) places.push(n);
    });
    return places;
  }

  // Precision and recall of all tags together at each step of the threshold.
  curve() {
    if (this.cachedCurve) return this.cachedCurve;
    const given = new Int32Array(STEPS + 2), hits = new Int32Array(STEPS + 2);
    const steps = Float32Array.from({ length: STEPS + 1 }, (_, step) => step / STEPS);
    for (const image of this.images) {
      for (const [k, prob] of this.isSingle ? image.likely.slice(0, 1) : image.likely) {
        let reached = Math.min(STEPS, Math.round(prob * STEPS) + 1);
        while (reached >= 0 && steps[reached] > Math.fround(prob)) reached--;
        given[reached]++;
        if (image.places.includes(k)) hits[reached]++;
      }
    }
    const total = this.support.reduce((sum, one) => sum + one, 0);
    const points = [];
    let sumGiven = 0, sumHits = 0;
    for (let step = STEPS; step >= 0; step--) {
      sumGiven += given[step];
      sumHits += hits[step];
      points.unshift({ threshold: step / STEPS, precision: share(sumHits, sumGiven), recall: share(sumHits, total) });
    }
    this.cachedCurve = points;
    return points;
  }

  // How wrong the answer for an image is, 0 to 1: of one tag how little is left for it, of several the worst of all.
  wrongness(image) {
    const probs = new Map(image.likely);
    const missed = image.places.map((k) => 1 - (probs.get(k) ?? 0));
    if (this.isSingle) return missed[0] ?? 0;
    const given = image.likely.filter(([k]) => !image.places.includes(k)).map(([, prob]) => prob);
    return Math.max(0, ...missed, ...given);
  }

  worst() {
    const wrong = this.images.map((image) => this.wrongness(image));
    return wrong.map((_, n) => n).sort((a, b) => wrong[b] - wrong[a]);
  }

  // Bins of stated probability: of the likeliest tag, or of every tag that an image with several may have.
  reliability() {
    const bins = Array.from({ length: BINS }, () => ({ count: 0, stated: 0, hits: 0, places: [] }));
    this.images.forEach((image, n) => {
      for (const [k, prob] of this.isSingle ? image.likely.slice(0, 1) : image.likely) {
        if (!this.isSingle && prob < LEAST) continue; // of those only the ones that are there were told
        const bin = bins[Math.min(BINS - 1, Math.max(0, Math.ceil(prob * BINS) - 1))];
        bin.count++;
        bin.stated += prob;
        bin.hits += image.places.includes(k);
        if (bin.places.at(-1) !== n) bin.places.push(n);
      }
    });
    const full = bins.map((bin, number) => ({ ...bin, from: number / BINS, to: (number + 1) / BINS }));
    return full
      .filter((bin) => bin.count)
      .map((bin) => ({ ...bin, stated: bin.stated / bin.count, right: bin.hits / bin.count }));
  }
}

// The cells that an image lies in for what it misses and is wrongly given.
function visit(missed, wrong, none, tell) {
  for (const k of missed) {
    if (!wrong.length) tell(k, none);
    for (const other of wrong) tell(k, other);
  }
  if (!missed.length) for (const k of wrong) tell(none, k);
}

// So many of so many, with the standard deviation under Jeffreys' prior, as the server has it.
export function share(hits, count) {
  const a = hits + 0.5, b = count - hits + 0.5;
  return { hits, count, value: count ? hits / count : 0, deviation: Math.sqrt((a * b) / (a + b + 1)) / (a + b) };
}

// How far the stated probability is from the share that is right, on average.
export function calibrationError(bins) {
  const total = bins.reduce((sum, bin) => sum + bin.count, 0);
  return bins.reduce((sum, bin) => sum + bin.count * Math.abs(bin.right - bin.stated), 0) / (total || 1);
}

// Two iterations on the images that both were measured on; the places are those of the first.
export function compare(one, oneRight, other, otherRight) {
  const found = { common: 0, oneRight: 0, otherRight: 0, onlyOne: [], onlyOther: [] };
  one.images.forEach((image, n) => {
    const m = other.placeOf.get(image.sha256);
    if (m === undefined) return;
    found.common++;
    found.oneRight += oneRight[n];
    found.otherRight += otherRight[m];
    if (oneRight[n] && !otherRight[m]) found.onlyOne.push(n);
    if (otherRight[m] && !oneRight[n]) found.onlyOther.push(n);
  });
  return { ...found, pValue: mcnemar(found.onlyOne.length, found.onlyOther.length) };
}

// Two-sided p value of the exact test of McNemar.
export function mcnemar(onlyOne, onlyOther) {
  const num = onlyOne + onlyOther;
  let logTerm = -num * Math.LN2; // of 0 of num
  let sum = 0;
  for (let k = 0; k <= Math.min(onlyOne, onlyOther); k++) {
    sum += Math.exp(logTerm);
    logTerm += Math.log((num - k) / (k + 1));
  }
  return Math.min(1, 2 * sum);
}
