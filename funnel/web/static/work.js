// ALTCHA's proof of work, version 2: what an unusual sign-up has to show. The browser's own cryptography works beside
// the page, so nothing stands still. Used by proof.js on our pages, and by the form on other sites.
const bytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
const after = (milliseconds) => new Promise((done) => setTimeout(done, Math.max(0, milliseconds)));
// Milliseconds after a form was shown; nobody is quicker but a machine, or a form that a browser filled in.
const SOONEST = 2500;

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
