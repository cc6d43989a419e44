// Chapters that can be pressed, and how much of the training was played: each quarter is told once.
const video = document.querySelector("video[data-progress]");
if (video) {
  const told = new Set();

  const played = () => {
    let seconds = 0;
    for (let i = 0; i < video.played.length; i += 1) seconds += video.played.end(i) - video.played.start(i);
    return video.duration > 0 ? seconds / video.duration : 0;
  };

  const tell = () => {
    // The last quarter counts a little before the end: many players stop a moment short of it.
    const share = played() + 0.02;
    for (const quarter of [1, 2, 3, 4]) {
      if (share >= quarter / 4 && !told.has(quarter)) {
        told.add(quarter);
        navigator.sendBeacon(video.dataset.progress, new URLSearchParams({ quarter: String(quarter) }));
      }
    }
  };

  video.addEventListener("timeupdate", tell);
  video.addEventListener("ended", tell);

  for (const link of document.querySelectorAll("[data-start]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      video.currentTime = Number(link.dataset.start);
      video.focus();
      video.play().catch(() => {}); // a browser may want the play button pressed; the place is found all the same
    });
  }
}
