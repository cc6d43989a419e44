// A place that this browser keeps, and nobody else: { at, day } and whatever else belongs to it. Null where she has
// not ticked that, or it is older than 180 days.
const memory = (key) => {
  const name = `place.${key}`;
  const today = Math.floor(Date.now() / 86400000);
  return {
    read() {
      try {
        const kept = JSON.parse(localStorage.getItem(name));
        if (kept && today - kept.day <= 180 && Number.isFinite(kept.at)) return kept;
        localStorage.removeItem(name);
      } catch {
        // storage is switched off, or something else lies there
      }
      return null;
    },
    write(kept) {
      try {
        localStorage.setItem(name, JSON.stringify({ ...kept, day: today }));
        return true;
      } catch {
        return false;
      }
    },
    forget() {
      try {
        localStorage.removeItem(name);
      } catch {
        // switched off: nothing is there
      }
    },
  };
};
