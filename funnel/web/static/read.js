// The e-book: where she stopped, only where she ticked that, and only in this browser.
const book = document.getElementById("book");

const read = () => {
  const store = memory(book.dataset.keptAs);
  const kept = store.read();
  const remember = document.getElementById("remember");
  const stopped = document.getElementById("stopped");
  const blocks = [...book.children].filter((block) => block.getClientRects().length); // not what is for paper only

  // The block at the top of the screen: the last that has begun there.
  const place = () => Math.max(0, blocks.findLastIndex((block) => block.getBoundingClientRect().top <= 80));
  const chapterOf = (at) => blocks.slice(0, at + 1).findLast((block) => block.matches("h2, h3"));

  let moved = false; // the place that is kept stands until she has gone on from somewhere
  const save = () => {
    if (remember.checked && (moved || !kept) && !store.write({ at: place() })) remember.checked = false;
  };

  remember.checked = Boolean(kept);
  document.getElementById("tools").hidden = false;
  remember.addEventListener("change", () => {
    moved = true;
    if (remember.checked) save();
    else store.forget();
  });

  if (kept && kept.at > 0 && blocks[kept.at] && !location.hash) {
    const chapter = chapterOf(kept.at);
    stopped.querySelector("[data-chapter]").textContent = chapter ? chapter.textContent : document.querySelector("h1").textContent;
    stopped.hidden = false;
    stopped.querySelector("[data-do=go-on]").addEventListener("click", () => {
      stopped.hidden = true;
      blocks[kept.at].scrollIntoView();
    });
    stopped.querySelector("[data-do=begin]").addEventListener("click", () => {
      stopped.hidden = true;
      moved = true;
      save();
    });
  }

  let timer = 0;
  addEventListener("scroll", () => {
    moved = true;
    clearTimeout(timer);
    timer = setTimeout(save, 400);
  }, { passive: true });
  addEventListener("pagehide", save);
};

if (book) read();
