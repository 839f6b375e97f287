// Requests to the API of this studio.

/** Why a request came to nothing; its message is for people, its status 0 where there was no answer. */
export class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** The JSON that the API answers; null where it answers nothing. A list in the query is a name several times. */
export async function ask(path, { method = "GET", query = {}, json, signal } = {}) {
  const address = new URL((window.path_prefix ?? "") + path, location.origin);
  for (const [name, value] of Object.entries(query)) {
    for (const one of [value].flat()) address.searchParams.append(name, one);
  }
  const options = { method, signal, headers: {} };
  if (json !== undefined) {
    options.body = JSON.stringify(json);
    options.headers["Content-Type"] = "application/json";
  }
  let answer;
  try {
    answer = await fetch(address, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal(0, "");
  }
  return read(answer);
}

/** The JSON of an answer; a refusal is thrown. */
export async function read(answer) {
  const told = answer.status === 204 ? null : await answer.json().catch(() => null);
  if (!answer.ok) throw new Refusal(answer.status, told?.message ?? answer.statusText);
  return told;
}

/** A list in pieces of at most so many. */
export function batches(list, most) {
  const found = [];
  for (let start = 0; start < list.length; start += most) found.push(list.slice(start, start + most));
  return found;
}

/** A text with its values in place of {name}; of [one, several] the first where the count is 1. */
export function fill(text, values = {}) {
  const chosen = Array.isArray(text) ? text[values.count === 1 ? 0 : 1] : text;
  return chosen.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = values[name] ?? whole;
    return typeof value === "number" ? value.toLocaleString(document.documentElement.lang) : value;
  });
}

/** Names one after another, as the visitor's language lists them. */
export function listed(names) {
  return new Intl.ListFormat(document.documentElement.lang, { style: "narrow", type: "conjunction" }).format(names);
}
