// Copy buttons: shown only where scripts run, since the text can be selected by hand anyway.
"use strict";
for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const text = document.getElementById(button.dataset.copy).textContent;
    const status = button.parentElement.querySelector("[role=status]");
    try {
      await navigator.clipboard.writeText(text);
      status.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(document.getElementById(button.dataset.copy));
      status.textContent = "Selected: press Ctrl or ⌘ and C";
    }
    setTimeout(() => { status.textContent = ""; }, 4000);
  });
}
