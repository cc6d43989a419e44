// Reloads the page when a file has been saved, and turns to the next letter with the arrow keys.
"use strict";

const root = document.documentElement;
const live = document.querySelector(".live");
const sayStopped = "The preview has stopped. Start it again with: funnel preview";
const sayFollowing = "Follows what you save";

function say(words, stopped) {
  if (!live || live.firstElementChild.textContent === words) return;
  live.firstElementChild.textContent = words;
  live.classList.toggle("stopped", stopped);
  live.classList.toggle("following", !stopped);
}

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function untilVisible() {
  if (!document.hidden) return Promise.resolve();
  return new Promise((resolve) => document.addEventListener("visibilitychange", () => resolve(), { once: true }));
}

// A page in the background asks nothing: a browser keeps only a few connections to one server.
async function follow() {
  const address = root.dataset.changes + "?since=" + encodeURIComponent(root.dataset.mark);
  for (;;) {
    await untilVisible();
    try {
      say(sayFollowing, false);
      const answer = await fetch(address, { cache: "no-store" });
      if (!answer.ok) throw new Error(answer.statusText);
      if ((await answer.json()).changed) {
        location.reload();
        return;
      }
    } catch {
      say(sayStopped, true);
      await pause(1500);
    }
  }
}

function turn(event) {
  const which = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
  if (!which || event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  // In a text wider than its box the arrows move the text.
  const box = event.target.closest("pre, input, select, textarea");
  if (box && (box.tagName !== "PRE" || box.scrollWidth > box.clientWidth)) return;
  const link = document.querySelector(`a[rel="${which}"]`);
  if (link) {
    event.preventDefault();
    location.assign(link.href);
  }
}

// The place in a letter outlives a reload, and a look at the same letter as somebody else.
const frame = document.querySelector("iframe");
const text = document.querySelector(".as-text");
const letter = location.pathname + (text ? "#text" : "");

function keepPlace() {
  const place = text ? text.scrollTop : frame ? frame.contentWindow.scrollY : 0;
  sessionStorage.setItem("place", JSON.stringify({ letter, place, page: scrollY }));
}

function findPlace() {
  const kept = JSON.parse(sessionStorage.getItem("place") || "{}");
  if (kept.letter !== letter) return;
  if (text) text.scrollTop = kept.place;
  else frame.contentWindow.scrollTo(0, kept.place);
  scrollTo(0, kept.page);
}

function frameReady() {
  findPlace();
  frame.contentDocument.addEventListener("keydown", turn);
}

addEventListener("pagehide", keepPlace);
if (text) findPlace();
if (frame) {
  frame.addEventListener("load", frameReady);
  const inside = frame.contentDocument;
  if (inside && inside.readyState === "complete" && inside.URL !== "about:blank") frameReady();
}

// On a narrow screen the list would push the letter off the page; it opens when asked.
const list = document.querySelector("details.list");
if (list && matchMedia("(max-width: 64rem)").matches) list.open = false;
const here = document.querySelector(".list a[aria-current]");
if (here && list.open) here.scrollIntoView({ block: "nearest" });

document.addEventListener("keydown", turn);
follow();
