// Shows the statements of a quiz one at a time. Without this script they stand on one page, and nothing else differs.
// What was answered is kept for this tab only, so that a reload loses nothing, and forgotten once the result is shown;
// the page's seal stays with the tab, so that whoever goes back and answers again is counted once.
const kept = {
  read(name) {
    try {
      return JSON.parse(sessionStorage.getItem(name)) ?? {};
    } catch {
      return {};
    }
  },
  write(name, value) {
    try {
      sessionStorage.setItem(name, JSON.stringify(value));
    } catch {
      // A browser that keeps nothing: a reload then begins anew.
    }
  },
  forget(name) {
    try {
      sessionStorage.removeItem(name);
    } catch {
      // There was nothing.
    }
  },
};

const LOOK = 220; // milliseconds in which one sees what one has chosen
const PRESS = 1000; // milliseconds that a finger, or a mouse button, is down for

function oneByOne(form) {
  const name = `quiz:${form.dataset.quiz}`;
  const before = document.querySelectorAll("[data-before]");
  const title = document.querySelector("[data-title]");
  const statements = [...form.querySelectorAll("[data-statement]")];
  const [progress, back, on, send] = ["progress", "back", "on", "send"].map((part) =>
    form.querySelector(`[data-${part}]`),
  );
  const last = statements.length - 1;
  let at = -1; // the words before the first statement
  let begun = false;
  let waiting = 0;
  let pressed = -Infinity;

  const chosen = (statement) => statement.querySelector("input:checked");
  const answers = () => Object.fromEntries(statements.map(chosen).filter(Boolean).map((box) => [box.name, box.value]));
  const keep = () => kept.write(name, { at, answers: answers(), begun: form.elements.begun.value });

  function show({ focus = true } = {}) {
    for (const words of before) words.hidden = at >= 0;
    title.classList.toggle("unseen", at >= 0); // a page always has its heading, for who hears it
    for (const [place, statement] of statements.entries()) statement.hidden = place !== at;
    progress.hidden = at < 0;
    progress.textContent = at < 0 ? "" : progress.dataset.says.replace("{n}", at + 1).replace("{all}", statements.length);
    back.hidden = at < 0;
    on.hidden = at >= last;
    on.className = at < 0 || chosen(statements[at]) ? "" : "quiet";
    on.textContent = at < 0 ? on.dataset.begin : chosen(statements[at]) ? on.dataset.next : on.dataset.open;
    send.hidden = at < last;
    form.querySelector("[data-after]").hidden = at >= 0 && at < last;
    if (!focus) return;
    window.scrollTo({ top: 0, behavior: "instant" });
    if (at < 0) on.focus();
    else (chosen(statements[at]) ?? statements[at].querySelector("input")).focus({ preventScroll: true });
  }

  function go(to) {
    clearTimeout(waiting);
    at = Math.max(-1, Math.min(last, to));
    keep();
    show();
  }

  // The server counts each seal once. Where it cannot be asked now, the quiz is counted with its result.
  function sayBegun() {
    if (begun) return;
    begun = true;
    const body = new URLSearchParams({ begun: form.elements.begun.value });
    fetch(form.dataset.begun, { method: "POST", body }).catch(() => {});
  }

  const { at: was = -1, answers: had = {}, begun: seal } = kept.read(name);
  if (typeof seal === "string") form.elements.begun.value = seal; // a page that is reloaded counts once
  for (const box of form.querySelectorAll("input[type=radio]")) {
    if (had[box.name] === box.value) box.checked = true;
  }
  at = Number.isInteger(was) ? Math.max(-1, Math.min(last, was)) : -1;

  form.addEventListener("change", () => {
    sayBegun();
    keep();
    show({ focus: false });
  });
  // Whoever points goes on by choosing; whoever uses the arrow keys is still choosing, and goes on with Enter.
  form.addEventListener("pointerdown", () => {
    pressed = performance.now();
  });
  form.addEventListener("keydown", () => {
    pressed = -Infinity; // a finger a moment ago does not make an arrow key one
  });
  form.addEventListener("click", (event) => {
    if (event.target.type !== "radio" || performance.now() - pressed > PRESS || at >= last) return;
    const from = at;
    clearTimeout(waiting);
    waiting = setTimeout(() => at === from && go(at + 1), LOOK);
  });
  back.addEventListener("click", () => go(at - 1));
  on.addEventListener("click", () => go(at + 1));
  form.addEventListener("submit", (event) => {
    if (at >= last) return;
    event.preventDefault();
    go(at + 1);
  });
  show({ focus: false });
}

for (const form of document.querySelectorAll("form[data-quiz]")) oneByOne(form);
for (const page of document.querySelectorAll("[data-quiz-done]")) {
  const name = `quiz:${page.dataset.quizDone}`;
  const { begun } = kept.read(name);
  if (begun) kept.write(name, { begun });
  else kept.forget(name);
}
