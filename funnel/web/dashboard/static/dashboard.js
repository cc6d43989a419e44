// Keeps the figures fresh while somebody looks: every ten seconds the same page is asked for and what has changed is
// put in place. Nothing depends on it; without scripts the page is simply as of when it was opened.
(() => {
  "use strict";
  const EVERY = 10000;
  const opened = (part) => part.querySelector("details[open]") !== null;
  const busy = (part) => part.contains(document.activeElement) || opened(part) || !document.getSelection().isCollapsed;

  async function refresh() {
    if (document.hidden) return;
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, redirect: "error" });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of document.querySelectorAll("[data-live]")) {
      const next = fresh.getElementById(part.id);
      if (next && next.innerHTML !== part.innerHTML && !busy(part)) part.replaceChildren(...next.childNodes);
    }
  }

  function again() {
    // A service that is away for a moment is asked again; the figures on the page stay as they are.
    refresh().catch(() => undefined).finally(() => setTimeout(again, EVERY));
  }
  setTimeout(again, EVERY);
})();
