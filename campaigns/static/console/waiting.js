// An endpoint's page that waits for its first message: asks every few seconds, and shows it once it has come.
"use strict";

(() => {
  const line = document.querySelector("[data-waits-for]");
  if (!line) return;
  const EVERY_MS = 3000;
  const look = async () => {
    try {
      const answer = await fetch(line.dataset.waitsFor, { headers: { Accept: "application/json" } });
      if (answer.ok && (await answer.json()).reached) {
        line.closest("li").className = "done";
        line.textContent = "Received: the first message has come.";
        return;
      }
    } catch {
      // the next look may succeed
    }
    setTimeout(look, EVERY_MS);
  };
  setTimeout(look, EVERY_MS);
})();
