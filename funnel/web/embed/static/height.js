// On a page of the practice's own site: gives each frame of ours the height that the page in it says it has, and tells
// it whether this page is dark. Served in one function with HOME, the address of /embed/, and ground.js.
const LOWEST = 80;
const HIGHEST = 5000;
// As in the snippet: a strict policy of this page takes styles in the tag away, and leaves those set here.
const SHAPE = { display: "block", width: "100%", "max-width": "100%", border: "0" };
const ours = new URL(HOME).origin;
const frames = () => Array.from(document.querySelectorAll("iframe")).filter((frame) => frame.src.startsWith(HOME));

addEventListener("message", (event) => {
  if (event.origin !== ours) return;
  const frame = frames().find((each) => each.contentWindow === event.source);
  const height = event.data?.funnelHeight;
  if (!frame || !Number.isFinite(height)) return;
  frame.style.setProperty("height", `${Math.min(Math.max(Math.ceil(height), LOWEST), HIGHEST)}px`, "important");
  for (const [name, value] of Object.entries(SHAPE)) frame.style.setProperty(name, value, "important");
  // Where the two schemes differ, a browser paints the frame's ground (CSS Color Adjustment, 2.2).
  const theme = onDark(frame.parentElement) ? "dark" : "light";
  frame.style.setProperty("color-scheme", theme, "important");
  if (event.data.funnelTheme !== theme) frame.contentWindow.postMessage({ funnelTheme: theme }, ours);
  // What is said after sending stands at the top, and the frame has become shorter.
  if (event.data.funnelSaid && frame.getBoundingClientRect().top < 0) frame.scrollIntoView({ block: "start" });
});

// A frame that was there first has said it already. It may not have come to our address yet, so the question goes to
// whoever is in it: it says nothing.
for (const frame of frames()) frame.contentWindow.postMessage({ funnelAsks: "height" }, "*");
