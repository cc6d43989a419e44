// The page that says what a button did is the answer to a form. Loaded again it is the room as it is, and no button
// is pressed a second time.
if (document.querySelector("[data-done]")) history.replaceState(null, "", location.href);
