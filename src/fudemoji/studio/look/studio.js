/* When the connection is lost, NiceGUI says so and tries again; where the studio was started anew meanwhile, it loads
   the page again. This script says why that happened, gives back what was being typed, and leads to the door where the
   session has ended. A page that keeps from being loaded again, as while it uploads, is loaded again when it is idle. */
(() => {
  const KEPT = "fudemoji-lost";
  const LONGEST = 100_000; // characters that are kept
  const words = JSON.parse(document.currentScript.dataset.words);
  const typed = new Map(); // what was typed, by the field
  let isLost = false, isStale = false;

  addEventListener("input", ({ target, isTrusted }) => {
    if (isTrusted && target.matches('input:not([type]), input[type="text"], input[type="search"], textarea')) {
      typed.set(target, target.value.slice(0, LONGEST));
    }
  }, true);

  function watch() {
    if (!window.socket) return setTimeout(watch, 100);
    window.socket.on("disconnect", () => { isLost = true; });
    window.socket.on("connect", () => setTimeout(() => { if (window.socket.connected && !isStale) isLost = false; }, 3000));
    window.socket.on("connect_error", leaveIfClosed);
    return undefined;
  }

  async function leaveIfClosed() {
    const answer = await fetch(location.href, { method: "HEAD" }).catch(() => null); // no answer: it is still down
    if (answer?.status === 401) location.reload();
  }

  addEventListener("beforeunload", () => { isStale ||= isLost; });
  addEventListener("fudemoji-idle", () => { if (isStale) location.reload(); });

  addEventListener("pagehide", () => {
    if (!isLost) return;
    const left = [...typed].filter(([field, value]) => value && field.isConnected);
    sessionStorage.setItem(KEPT, JSON.stringify(left.map(([, value]) => value)));
  });

  function part(tag, content = "") {
    return Object.assign(document.createElement(tag), { textContent: content });
  }

  function tell(left) {
    const note = part("div");
    note.className = "came-back";
    note.setAttribute("role", "status");
    note.append(part("p", words.lost));
    if (left.length) note.append(part("p", words.typed), ...left.map((value) => part("pre", value)));
    const close = part("button", words.close);
    close.type = "button";
    close.onclick = () => note.remove();
    note.append(close);
    document.body.append(note);
  }

  addEventListener("DOMContentLoaded", () => {
    const kept = sessionStorage.getItem(KEPT);
    sessionStorage.removeItem(KEPT);
    if (kept) tell(JSON.parse(kept));
    watch();
  });
})();
