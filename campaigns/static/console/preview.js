// Redraws the preview while the form is being typed. The server draws it, from the same template readers get; without
// scripts the Preview button does the same with a page load.
"use strict";
{
  const PAUSE_MS = 350;
  const preview = document.querySelector("[data-preview]");
  const form = preview?.closest("form");
  let timer = 0;

  // The fragment names its style as data, since no policy lets markup carry styles; whoever shows it sets it.
  function paint() {
    for (const bar of document.querySelectorAll(".tm[data-style]")) bar.style.cssText = bar.dataset.style;
  }

  let asked = null;

  function draw() {
    asked?.abort();
    const request = asked = new XMLHttpRequest();
    const body = new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string"));
    preview.setAttribute("aria-busy", "true");
    request.open("POST", preview.dataset.preview);
    request.responseType = "document"; // parsed by the browser without running anything
    request.onload = () => {
      preview.removeAttribute("aria-busy");
      const drawn = request.status === 200 && request.response?.body;
      if (drawn) preview.replaceChildren(...[...drawn.childNodes].map((node) => document.adoptNode(node)));
      paint();
    };
    request.onerror = () => preview.removeAttribute("aria-busy");
    request.send(body);
  }

  paint();
  form?.addEventListener("submit", () => clearTimeout(timer));
  form?.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(draw, PAUSE_MS);
  });
}
