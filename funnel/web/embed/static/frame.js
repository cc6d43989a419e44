// In the frame: tells the page around it, of the one site this form was made for, how high the form is, and looks by
// day or by night as that page does. Where no script runs there, it is as the visitor's system says.
const site = document.documentElement.dataset.site;
const form = document.querySelector(".ff");
const said = document.querySelector("[data-said], [aria-invalid]") !== null;

function tell() {
  // The body's own box: what scrolls is never reported to be lower than the frame.
  const height = document.body.getBoundingClientRect().height;
  const theme = form?.dataset.theme ?? "";
  parent.postMessage({ funnelHeight: Math.ceil(height), funnelSaid: said, funnelTheme: theme }, site);
}

if (parent !== window) {
  new ResizeObserver(tell).observe(document.body);
  addEventListener("message", (event) => {
    if (event.origin !== site || event.source !== parent) return;
    const theme = event.data?.funnelTheme;
    if (["light", "dark"].includes(theme)) form.dataset.theme = document.documentElement.dataset.theme = theme;
    if (event.data?.funnelAsks === "height") tell();
  });
}
