// Shows the statements of a quiz one at a time. Without this script they stand on one page, and nothing else differs.
// What was answered is kept for this tab only, so that a reload loses nothing, and forgotten once the result is shown.
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
  const before = document.querySelector("[data-before]");
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
  const keep = () => kept.write(name, { at, answers: answers() });

  function show({ focus = true } = {}) {
    before.hidden = at >= 0;
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
    window.scrollTo(0, 0);
    if (at < 0) on.focus();
    else (chosen(statements[at]) ?? statements[at].querySelector("input")).focus({ preventScroll: true });
  }

  function go(to) {
    clearTimeout(waiting);
    at = Math.max(-1, Math.min(last, to));
    keep();
    show();
  }

  async function sayBegun() {
    if (begun) return;
    begun = true;
    try {
      const answer = await fetch(form.dataset.begun, { method: "POST" });
      if (answer.ok) form.elements.begun.value = await answer.text();
    } catch {
      form.elements.begun.value = ""; // it is counted with the result then
    }
  }

  const { at: was = -1, answers: had = {} } = kept.read(name);
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
  // Whoever comes back from the result may answer once more, which is counted once more.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    begun = false;
    form.elements.begun.value = "";
  });
  show({ focus: false });
}

for (const form of document.querySelectorAll("form[data-quiz]")) oneByOne(form);
for (const page of document.querySelectorAll("[data-quiz-done]")) kept.forget(`quiz:${page.dataset.quizDone}`);
