// What the parts say, and how they write numbers.

// A function of a key of the page's words, and of values for the names in braces.
export function words(told, language) {
  return (key, values = {}) =>
    told[key].replace(/\{(\w+)\}/g, (_, name) =>
      typeof values[name] === "number" ? values[name].toLocaleString(language) : values[name]);
}

// A difference of shares in percentage points, with its sign.
export function points(by, digits) {
  return `${by > 0 ? "+" : by < 0 ? "−" : "±"}${(100 * Math.abs(by)).toFixed(digits)}`;
}
