// Figures and moments as people read them; reports and the pages' Python write them in the same way.

/** A share in 0..1 as a percentage. */
export function percent(share, digits = 1) {
  return `${(100 * share).toFixed(digits)}\u00a0%`;
}

/** A probability as a percentage that is never rounded to certainty. */
export function confidence(share) {
  if (share > 0.999) return ">\u00a099.9\u00a0%";
  return share < 0.001 ? "<\u00a00.1\u00a0%" : percent(share);
}

/** A moment of the API on the visitor's clock: 2026-11-21 01:22. */
export function moment(told) {
  const date = new Date(told), two = (number) => String(number).padStart(2, "0");
  const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()].map(two).join("-");
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
