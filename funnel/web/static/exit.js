// Leaves a page at once: what is on the screen goes first, and the back button does not lead here again.
// After the pattern "Exit a page quickly" of the GOV.UK Design System; without this script the link is a plain link.
const exit = document.querySelector("a[data-exit]");
const LONGEST = 1500; // milliseconds between two presses

function leave(event) {
  event.preventDefault();
  document.title = "…";
  document.body.hidden = true;
  window.location.replace(exit.href);
}

if (exit) {
  let pressed = 0;
  exit.addEventListener("click", leave);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.repeat) return;
    if (event.timeStamp - pressed < LONGEST && pressed) leave(event);
    else pressed = event.timeStamp;
  });
  document.querySelector("[data-keys]").hidden = false;
  // Whoever comes back through the browser's memory of the page finds it empty, and is led away again.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted && document.body.hidden) window.location.replace(exit.href);
  });
}
