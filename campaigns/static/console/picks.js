// Says how many rows are chosen, and offers to choose all of a page. Without it the same form is sent.
"use strict";
for (const form of document.querySelectorAll("form:has(.pick)")) {
  const boxes = [...form.querySelectorAll(".picks .pick input")];
  const told = form.querySelector("[data-picked]");
  const head = form.querySelector(".picks thead th");
  const all = document.createElement("input");

  function tell() {
    const count = form.querySelectorAll(".pick input[name]:checked").length;
    told.textContent = count ? `${count} chosen` : "";
    all.checked = boxes.every((box) => box.checked);
    all.indeterminate = !all.checked && boxes.some((box) => box.checked);
  }

  if (boxes.length > 1 && head) {
    const label = document.createElement("label");
    label.className = "pick";
    all.type = "checkbox";
    all.setAttribute("aria-label", "Choose all on this page");
    label.append(all);
    head.replaceChildren(label);
    all.addEventListener("change", () => {
      for (const box of boxes) box.checked = all.checked;
      tell();
    });
  }
  form.addEventListener("change", tell);
  tell();
}
