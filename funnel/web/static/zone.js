// Tells the form which time zone the browser lives in, so that eight in the morning is eight on this visitor's wall.
for (const field of document.querySelectorAll("input[data-zone]")) {
  try {
    field.value = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
  } catch {
    field.value = ""; // the practice's zone is used then
  }
}
