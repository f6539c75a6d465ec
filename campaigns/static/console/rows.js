// Adds and removes rows of a form (milestones, ways to give) in place. Without scripts the same buttons submit the form,
// and the server answers with a row more or less.
"use strict";
for (const rows of document.querySelectorAll("[data-rows]")) {
  const form = rows.closest("form");
  const blank = rows.querySelector("template");
  const list = rows.querySelector(".rows");
  const add = form.querySelector(`[name="${rows.dataset.add}"]`);
  const changed = () => {
    add.disabled = list.children.length >= Number(rows.dataset.max);
    form.dispatchEvent(new Event("input", { bubbles: true }));
  };

  add.addEventListener("click", (event) => {
    event.preventDefault();
    const number = 1 + Math.max(-1, ...[...list.querySelectorAll("input")].map((input) => Number(input.name.split("-")[1])));
    const row = document.importNode(blank.content, true).firstElementChild;
    for (const element of row.querySelectorAll("[id], [name], [for]")) {
      for (const attribute of ["id", "name", "for"]) {
        if (element.hasAttribute(attribute)) element.setAttribute(attribute, element.getAttribute(attribute).replace("-0", `-${number}`));
      }
    }
    list.append(row);
    changed();
    row.querySelector("input").focus();
  });

  list.addEventListener("click", (event) => {
    const button = event.target.closest("button[name^=remove_]");
    if (!button) return;
    event.preventDefault();
    button.closest(".row").remove();
    changed();
    add.focus();
  });
}
