// A button beside each text that is to be copied; without this script one selects it by hand.
for (const line of document.querySelectorAll(".copy")) {
  const button = line.querySelector("[data-copy]");
  const said = line.querySelector("[role=status]");
  const text = document.getElementById(button.dataset.copy);
  button.addEventListener("click", async () => {
    text.select();
    try {
      await navigator.clipboard.writeText(text.value);
      said.textContent = "Copied.";
    } catch {
      said.textContent = "It is selected: copy it with the keyboard.";
    }
  });
  line.hidden = false;
}
