// The training: speed, keys, the line that is spoken, where she stopped (only where she ticked that, and only in this
// browser), and how much was played: each quarter is told once.
const video = document.querySelector("video[data-progress]");
const byId = (id) => document.getElementById(id);

// Stretches of the film as [from, to], joined where they touch.
const joined = (stretches) => {
  const found = [];
  for (const [from, to] of stretches.slice().sort((a, b) => a[0] - b[0])) {
    const last = found[found.length - 1];
    if (last && from <= last[1] + 0.5) last[1] = Math.max(last[1], to);
    else found.push([from, to]);
  }
  return found;
};

const clock = (seconds) => {
  const whole = Math.floor(seconds);
  const rest = String(whole % 60).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  return minutes < 60 ? `${minutes}:${rest}` : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
};

const start = () => {
  const store = memory(video.dataset.keptAs);
  const kept = store.read();
  const isStretch = (each) => Array.isArray(each) && each.length === 2 && each.every(Number.isFinite);
  const earlier = (kept && Array.isArray(kept.played) ? kept.played : []).filter(isStretch).slice(0, 500);
  const remember = byId("remember");
  const speed = byId("speed");
  const links = [...document.querySelectorAll("[data-start]")];
  const chapters = links.filter((link) => link.closest(".chapters"));
  const panel = byId("lines");
  const lines = panel ? links.filter((link) => panel.contains(link)) : [];
  const told = new Set();

  const stretches = () => {
    const now = [];
    for (let i = 0; i < video.played.length; i += 1) now.push([video.played.start(i), video.played.end(i)]);
    return joined([...earlier, ...now]);
  };

  const tell = () => {
    if (!(video.duration > 0)) return;
    // The last quarter counts a little before the end: many players stop a moment short of it.
    const seconds = stretches().reduce((sum, [from, to]) => sum + Math.min(to, video.duration) - from, 0);
    const share = seconds / video.duration + 0.02;
    for (const quarter of [1, 2, 3, 4]) {
      if (share >= quarter / 4 && !told.has(quarter)) {
        told.add(quarter);
        navigator.sendBeacon(video.dataset.progress, new URLSearchParams({ quarter: String(quarter) }));
      }
    }
  };

  let touched = false; // the place that is kept stands until she has gone on from somewhere
  const save = () => {
    if (!remember.checked) return;
    const at = touched ? (video.ended ? 0 : video.currentTime) : kept ? kept.at : video.currentTime;
    if (!store.write({ at, played: stretches(), rate: video.playbackRate })) remember.checked = false;
  };

  const setSpeed = (rate) => {
    video.playbackRate = rate;
    save();
  };

  const jump = (seconds) => {
    touched = true;
    byId("stopped").hidden = true;
    video.currentTime = seconds;
    video.play().catch(() => {}); // a browser may want the play button pressed; the place is found all the same
  };

  // The last of these that has begun.
  const current = (among) => {
    let found = null;
    for (const link of among) if (Number(link.dataset.start) <= video.currentTime + 0.05) found = link;
    return found;
  };

  const mark = (among, link) => {
    for (const each of among) {
      if (each === link) each.setAttribute("aria-current", "true");
      else each.removeAttribute("aria-current");
    }
  };

  // One stop for the Tab key among hundreds of lines; the arrows go from one to the next.
  const rove = (link) => {
    for (const each of lines) each.tabIndex = each === link ? 0 : -1;
  };

  let shown = null;
  const follow = () => {
    mark(chapters, current(chapters));
    const line = current(lines);
    if (line === shown) return;
    shown = line;
    mark(lines, line);
    if (!line) return;
    if (!panel.contains(document.activeElement)) rove(line);
    // Only the panel scrolls, never the page, and not under a hand that is reading there.
    if (panel.matches(":hover") || panel.contains(document.activeElement)) return;
    panel.scrollTop = line.offsetTop - panel.clientHeight / 3;
  };

  // An error may pass: a film that comes after all has its tools back.
  const plays = (can) => {
    byId("cannot-play").hidden = can;
    byId("tools").hidden = !can;
    const talk = byId("whole-talk");
    if (talk && !can) talk.open = true;
  };

  const captions = () => [...video.textTracks].find((track) => track.kind === "captions");
  const chapter = (step) => {
    const at = chapters.indexOf(current(chapters)) + step;
    if (chapters[at]) jump(Number(chapters[at].dataset.start));
  };
  const go = (seconds) => {
    touched = true;
    video.currentTime = Math.max(0, Math.min(video.duration || 0, video.currentTime + seconds));
  };
  const faster = (step) => {
    speed.selectedIndex = Math.max(0, Math.min(speed.options.length - 1, speed.selectedIndex + step));
    setSpeed(Number(speed.value));
  };
  const keys = {
    " ": () => (video.paused ? video.play().catch(() => {}) : video.pause()),
    ArrowLeft: () => go(-5), ArrowRight: () => go(5), j: () => go(-10), l: () => go(10),
    n: () => chapter(1), p: () => chapter(-1),
    c: () => { const track = captions(); if (track) track.mode = track.mode === "showing" ? "hidden" : "showing"; },
    m: () => { video.muted = !video.muted; },
    f: () => (document.fullscreenElement ? document.exitFullscreen() : video.requestFullscreen?.().catch(() => {})),
    ",": () => faster(-1), ".": () => faster(1),
  };
  keys.k = keys[" "];

  // Before it reaches the film, whose own controls know some of these keys and would do them a second time.
  document.addEventListener("keydown", (event) => {
    if (event.target !== video || event.ctrlKey || event.altKey || event.metaKey) return;
    const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }, { capture: true });

  for (const link of links) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      jump(Number(link.dataset.start));
      if (!lines.includes(link)) video.focus();
    });
  }

  if (panel) {
    rove(lines[0]);
    panel.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      const next = step && lines[lines.indexOf(document.activeElement) + step];
      if (!next) return;
      event.preventDefault();
      rove(next);
      next.focus();
    });
  }

  remember.checked = kept !== null;
  remember.addEventListener("change", () => {
    if (remember.checked) save();
    else store.forget();
  });
  speed.addEventListener("change", () => setSpeed(Number(speed.value)));
  if (kept && [...speed.options].some((option) => Number(option.value) === kept.rate)) {
    speed.value = String(kept.rate);
    video.playbackRate = kept.rate;
  }

  const offer = () => {
    if (!kept || touched || kept.at < 5 || kept.at > video.duration - 5 || window.location.hash) return;
    const box = byId("stopped");
    box.querySelector("[data-clock]").textContent = clock(kept.at);
    box.hidden = false;
  };
  byId("stopped").addEventListener("click", (event) => {
    const asked = event.target.dataset.do;
    if (!asked) return;
    jump(asked === "go-on" ? kept.at : 0);
    video.focus();
  });

  let savedAt = 0;
  video.addEventListener("timeupdate", () => {
    tell();
    follow();
    if (touched && Math.abs(video.currentTime - savedAt) > 5) {
      savedAt = video.currentTime;
      save();
    }
  });
  video.addEventListener("play", () => {
    // Without a poster the film shows the picture of its first second, as films begin black; it plays from the start.
    if (!touched && !video.poster && video.src.endsWith("#t=1") && video.currentTime < 1.1) video.currentTime = 0;
    touched = true;
    byId("stopped").hidden = true;
  });
  for (const moment of ["ended", "pause"]) video.addEventListener(moment, () => { tell(); save(); });
  window.addEventListener("pagehide", save);
  // Not by networkState: until the browser begins to load, it says NETWORK_NO_SOURCE of every film.
  video.addEventListener("error", () => plays(false));
  video.addEventListener("loadedmetadata", () => plays(true));
  plays(!video.error);
  if (video.readyState > 0) offer();
  else video.addEventListener("loadedmetadata", offer, { once: true });
};

if (video) start();
