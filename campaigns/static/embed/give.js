/* What a bar needs beside the script: the sheet of its kind, moving from one number to the next, and choosing an amount where
   gifts are taken. It draws what the chosen gift would do, says it, and writes the choice into the Donate link. Amounts are
   written by the server alone. */
const sheet = new CSSStyleSheet();
sheet.replaceSync("%css%");
const choices = new WeakMap(); // what was chosen in each bar, kept while its numbers change

// How often a bar was really seen, guessed from one view in ten: the server knows the rate. No cookie, no name of anybody.
const SAMPLED = 0.1, SEEN_AFTER_MS = 1000, seen = new Set(), timers = new WeakMap();
const watching = new IntersectionObserver((entries) => entries.forEach(({ target, isIntersecting }) => {
  clearTimeout(timers.get(target));
  if (isIntersecting) timers.set(target, setTimeout(note, SEEN_AFTER_MS, target));
}), { threshold: 0.5 });

function note(element) {
  const slug = element.getAttribute("campaign");
  if (seen.has(slug) || !element.bar) return;
  watching.unobserve(element);
  seen.add(slug);
  if (navigator.globalPrivacyControl || navigator.doNotTrack === "1" || Math.random() >= SAMPLED) return;
  const go = element.bar.querySelector(".tm-go"), source = go && new URL(go.href).searchParams.get("source") || "";
  const told = { method: "POST", body: slug + "\n" + source, keepalive: true, mode: "no-cors", credentials: "omit" };
  fetch(new URL("/api/v1/seen", import.meta.url), told).catch(() => {});
}

export function dress(element) {
  const root = element.shadowRoot, bar = element.bar, form = bar && bar.querySelector(".tm-choose");
  if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  if (!form || form.dressed) return true;
  form.dressed = true;
  for (const [name, value] of choices.get(element) || []) {
    for (const field of form.elements) {
      if (field.name === name) field.type === "radio" ? field.checked = field.value === value : field.value = value;
    }
  }
  const follow = (event) => {
    if (event && event.target.name === "own_amount" && event.target.value) {
      for (const field of form.querySelectorAll("[name=amount]")) field.checked = false;
    } else if (event && event.target.name === "amount") form.elements.own_amount.value = "";
    choices.set(element, [...new FormData(form)]);
    preview(bar, form);
  };
  form.addEventListener("input", follow);
  form.addEventListener("submit", (event) => { // a host's policy may forbid forms; a link it lets through
    event.preventDefault();
    bar.querySelector(".tm-go").click();
  });
  // In the folded strip there is no room to choose: the first press makes it, by the reader's own act.
  bar.querySelector(".tm-go").addEventListener("click", (event) => {
    if (!bar.classList.contains("tm-tight") || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    element.unfold();
    form.querySelector("[name=amount]").focus();
  });
  preview(bar, form);
  watching.observe(element);
  return true;
}

/* The new bar begins with the old one's fill, and the sheet lets it glide. */
export function glide(old, next, root) {
  const parts = (bar) => [...bar.querySelectorAll(".tm-fill,.tm-rider")];
  const value = (part, name) => part && part.getAttribute(name);
  const moves = parts(next).map((part, i) => {
    const name = part.localName === "svg" ? "x" : "stroke-dasharray", from = parts(old)[i];
    const to = value(part, name);
    part.setAttribute(name, value(from, name) || to);
    return () => part.setAttribute(name, to);
  });
  const focused = root.activeElement;
  const place = focused && [...old.querySelectorAll("a")].indexOf(focused);
  next.classList.toggle("tm-tight", old.classList.contains("tm-tight"));
  old.replaceWith(next);
  if (focused) (next.querySelectorAll("a")[place] || next).focus({ preventScroll: true });
  next.getBoundingClientRect();
  moves.forEach((move) => move());
}

function preview(bar, form) {
  const own = form.elements.own_amount.value.trim().replace(",", "."), picked = form.querySelector("[name=amount]:checked");
  const major = own ? (/^\d{1,12}(\.\d{1,4})?$/.test(own) ? own : "") : picked ? picked.value : "";
  const monthly = form.querySelector("[name=frequency]:checked"), go = bar.querySelector(".tm-go"), to = new URL(go.href);
  for (const [name, value] of [["amount", major], ["frequency", monthly && monthly.value !== "once" ? monthly.value : ""]]) {
    value ? to.searchParams.set(name, value) : to.searchParams.delete(name);
  }
  go.href = to.href;
  const said = form.querySelector(".tm-would"), ghost = bar.querySelector(".tm-ghost");
  const words = !own && picked ? picked.dataset.says : "";
  if (said.textContent !== words) said.textContent = words;
  if (!ghost) return;
  const now = JSON.parse(bar.dataset.document), minor = Number(major) * Number(form.dataset.unit);
  const whole = Math.max(now.raised.amount, now.goal.amount);
  ghost.setAttribute("stroke-dasharray", (minor ? Math.min(100, (now.raised.amount + minor) / whole * 100) : 0) + " 200");
}
