// A folder as a tar file, packed in the browser: the files stay where they are until they are sent.

const BLOCK = 512, LONGEST_NAME = 100;
const text = new TextEncoder();

/** A tar of { file, path } in the order of their paths. */
export function tar(files) {
  const parts = [];
  for (const { file, path } of [...files].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const name = text.encode(path.normalize("NFC"));
    if (name.length > LONGEST_NAME) { // as GNU does it: the name is a file before the file
      parts.push(header(text.encode("././@LongLink"), name.length + 1, "L"), padded(name));
    }
    parts.push(header(name.slice(0, LONGEST_NAME), file.size, "0"), file, new Uint8Array(-file.size & (BLOCK - 1)));
  }
  parts.push(new Uint8Array(2 * BLOCK));
  return new Blob(parts);
}

function header(name, size, type) {
  const block = new Uint8Array(BLOCK);
  block.set(name, 0);
  const put = (place, content) => block.set(text.encode(content), place);
  put(100, "0000644\0");
  put(124, `${size.toString(8).padStart(11, "0")}\0`);
  put(136, "00000000000\0");
  put(148, " ".repeat(8)); // the checksum counts itself as blanks
  put(156, type);
  put(257, "ustar\0" + "00");
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(148, `${sum.toString(8).padStart(6, "0")}\0 `);
  return block;
}

function padded(name) {
  const block = new Uint8Array(Math.ceil((name.length + 1) / BLOCK) * BLOCK);
  block.set(name);
  return block;
}
