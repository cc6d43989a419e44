// <funnel-form offer="ebook" source="blog"> on a page of the practice's own site: our form in a shadow root, where the
// page's styles do not reach. Served in one function with HOME, the address of /embed/, work.js and ground.js.
// Until the form is there, and wherever it cannot be, the link that stands inside the element is what one sees.
const asItIs = { createHTML: (html) => html };
// A host may let HTML come from named policies only (W3C, Trusted Types). What we show is our own site's answer.
const trusted = globalThis.trustedTypes?.createPolicy("funnel-form", asItIs) ?? asItIs;

class FunnelForm extends HTMLElement {
  #shown = 0;
  #sending = false;

  async connectedCallback() {
    if (this.shadowRoot) return;
    try {
      this.#show(await this.#ask({}));
    } catch {
      // The link stays: our site is away, does not know this one, or the browser is too old.
    }
  }

  // No cookie, and nothing of the page that asks but its site, which the browser adds.
  async #ask(how) {
    const said = new URLSearchParams();
    if (this.getAttribute("source")) said.set("source", this.getAttribute("source"));
    const language = this.closest("[lang]")?.lang;
    if (language) said.set("lang", language);
    const url = `${HOME}${encodeURIComponent(this.getAttribute("offer") ?? "")}/part?${said}`;
    const answer = await fetch(url, { credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer", ...how });
    if (!(answer.headers.get("Content-Type") ?? "").startsWith("application/json")) throw new Error("no form");
    return answer.json();
  }

  #show(part) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(part.css);
    const parsed = new DOMParser().parseFromString(trusted.createHTML(part.html), "text/html");
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    root.replaceChildren(...parsed.body.childNodes);
    root.firstElementChild.dataset.theme = this.getAttribute("theme") ?? (onDark(this) ? "dark" : "light");
    this.#shown = performance.now();
    for (const field of root.querySelectorAll("input[data-zone]")) field.value = zone();
    for (const form of root.querySelectorAll("form")) {
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        this.#send(form, event.submitter);
      });
      if (form.dataset.atOnce) this.#goOn(form);
    }
  }

  async #send(form, pressed) {
    if (this.#sending) return;
    this.#sending = true;
    const root = this.shadowRoot;
    const typed = new URLSearchParams(new FormData(form));
    if (pressed?.name) typed.append(pressed.name, pressed.value);
    for (const note of root.querySelectorAll("[data-working]")) note.hidden = false;
    for (const note of root.querySelectorAll("[data-failed]")) note.hidden = true;
    await after(SOONEST - (performance.now() - this.#shown));
    try {
      this.#show(await this.#ask({ method: "POST", body: typed }));
      root.querySelector("[aria-invalid], [data-said]")?.focus();
    } catch {
      for (const note of root.querySelectorAll("[data-working]")) note.hidden = true;
      for (const note of root.querySelectorAll("[data-failed]")) note.hidden = false;
    } finally {
      this.#sending = false;
    }
  }

  // One more step: the work is done at once, or a moment is waited for.
  async #goOn(form) {
    const root = this.shadowRoot;
    for (const note of root.querySelectorAll("[data-plain]")) note.hidden = true;
    for (const note of root.querySelectorAll("[data-working]")) note.hidden = false;
    try {
      form.elements.altcha.value = await solve(JSON.parse(form.dataset.atOnce));
    } catch {
      await after((Number(form.dataset.seconds) + 1) * 1000);
    }
    if (form.isConnected) await this.#send(form, null);
  }
}

function zone() {
  try {
    return Intl.DateTimeFormat().resolvedOptions().timeZone || "";
  } catch {
    return ""; // the practice's zone is used then
  }
}

if (!customElements.get("funnel-form")) customElements.define("funnel-form", FunnelForm);
