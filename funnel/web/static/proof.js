// Shows what an unusual sign-up has to show, unnoticed while somebody types; work.js does it. Without this script, or
// where it cannot work, one more page asks to wait for a moment instead.
const PATIENCE = 8000; // milliseconds after pressing the button

function whileTyping(form) {
  let work = null;
  let sending = false;
  const begin = () => {
    work ??= (async () => {
      try {
        const answer = await fetch(form.dataset.challenge, { cache: "no-store" });
        if (answer.status === 200) form.elements.altcha.value = await solve(await answer.json());
      } catch {
        form.elements.altcha.value = ""; // the next page asks to wait
      }
    })();
    return work;
  };
  form.addEventListener("input", begin);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (sending) return;
    sending = true;
    const pressed = event.submitter;
    form.querySelector("[data-working]").hidden = false;
    await Promise.all([Promise.race([begin(), after(PATIENCE)]), after(SOONEST - performance.now())]);
    // A form that a script sends does not say which of its buttons was pressed.
    const said = document.createElement("input");
    if (pressed?.name) form.append(Object.assign(said, { type: "hidden", name: pressed.name, value: pressed.value }));
    form.submit();
    said.remove();
  });
  // Whoever comes back finds a form that can be sent once more, with new work.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    sending = false;
    work = null;
    form.elements.altcha.value = "";
    form.querySelector("[data-working]").hidden = true;
  });
}

async function atOnce(form) {
  document.querySelector("[data-plain]").hidden = true;
  document.querySelector("[data-working]").hidden = false;
  form.querySelector("button").hidden = true;
  try {
    form.elements.altcha.value = await solve(JSON.parse(form.dataset.atOnce));
  } catch {
    await after((Number(form.dataset.seconds) + 1) * 1000);
  }
  form.submit();
}

for (const form of document.querySelectorAll("form[data-challenge]")) whileTyping(form);
for (const form of document.querySelectorAll("form[data-at-once]")) atOnce(form);
