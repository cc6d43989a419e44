// Does the work that an unusual sign-up has to show (ALTCHA's proof of work, version 2), unnoticed while somebody types.
// The browser's own cryptography works beside the page, so nothing stands still. Without this script, or where it
// cannot work, one more page asks to wait for a moment instead.
const SOONEST = 2500; // milliseconds after the page was opened; nobody is quicker but a machine, or a filled-in form
const PATIENCE = 8000; // milliseconds after pressing the button

const bytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
const after = (milliseconds) => new Promise((done) => setTimeout(done, Math.max(0, milliseconds)));

async function derive(task, counter) {
  const nonce = bytes(task.nonce);
  const password = new Uint8Array(nonce.length + 4);
  password.set(nonce);
  new DataView(password.buffer).setUint32(nonce.length, counter);
  const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt: bytes(task.salt), iterations: task.cost };
  return hex(await crypto.subtle.deriveBits(how, key, task.keyLength * 8));
}

async function solve(challenge) {
  for (let counter = 0; counter < 100000; counter += 1) {
    const derivedKey = await derive(challenge.parameters, counter);
    if (derivedKey.startsWith(challenge.parameters.keyPrefix)) {
      return btoa(JSON.stringify({ challenge, solution: { counter, derivedKey } }));
    }
  }
  return "";
}

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
    form.querySelector("[data-working]").hidden = false;
    await Promise.all([Promise.race([begin(), after(PATIENCE)]), after(SOONEST - performance.now())]);
    form.submit();
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
