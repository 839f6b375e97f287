// The files that a person drops, pastes or chooses, with the folders in which they lie.

const ARCHIVE = /\.(zip|tar|tar\.(gz|bz2|xz)|tgz|tbz2?|txz)$/i;
const OF_SYSTEMS = /^(\..*|Thumbs\.db|desktop\.ini)$/; // what systems leave in folders

/** { file, path } of each, folders gone through; found(num) is told how many there are so far. */
export async function dropped(transfer, found = () => {}) {
  const items = [...transfer.items].filter((item) => item.kind === "file");
  const entries = items.map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile()); // they are gone after the event
  const files = [];
  for (const entry of entries) {
    if (entry instanceof File) files.push({ file: entry, path: entry.name });
    else if (entry) await walk(entry, files, found);
  }
  return files.filter(isMeant);
}

/** The same of a form's field. */
export function chosen(list) {
  return [...list].map((file) => ({ file, path: file.webkitRelativePath || file.name })).filter(isMeant);
}

export function isArchive({ path }) {
  return ARCHIVE.test(path);
}

/** The folder that a file lies in; empty where it came alone. */
export function folderOf({ path }) {
  return (path.split("/").at(-2) ?? "").normalize("NFC"); // some systems take が apart
}

function isMeant({ path }) {
  return !path.split("/").some((part) => OF_SYSTEMS.test(part) || part === "__MACOSX");
}

async function walk(entry, files, found) {
  const path = entry.fullPath.replace(/^\//, "");
  if (entry.isFile) {
    const file = await new Promise((give) => { entry.file(give, () => give(null)); });
    files.push({ file, path }); // null: the system does not let it be read
    found(files.length);
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const some = await new Promise((give) => { reader.readEntries(give, () => give([])); }); // up to 100 at a time
    if (!some.length) return;
    for (const one of some) await walk(one, files, found);
  }
}
