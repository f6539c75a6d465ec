// Keeps the URL to paste in step with the name while it is typed. The server makes the real one.
"use strict";
for (const name of document.querySelectorAll("[data-name]")) {
  const url = document.getElementById(name.dataset.name);
  const base = url.textContent.slice(0, url.textContent.length - name.value.length);
  name.addEventListener("input", () => { url.textContent = base + name.value.trim(); });
}
