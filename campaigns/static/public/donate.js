// Shows what covering the fee costs while amount and way are chosen, and keeps ways apart that take no monthly gifts.
// The server decides all of it again; without this file the page is complete.
(function () {
  "use strict";
  const form = document.querySelector("form.give"), fee = document.getElementById("fee");
  if (!form) return;
  const digits = Number(form.dataset.digits), unit = 10 ** digits;

  function typed() {
    const own = form.elements.own_amount.value.trim(), chosen = form.querySelector("[name=amount]:checked");
    const text = own || (chosen ? chosen.value : "");
    return /^\d{1,12}(\.\d{1,4})?$/.test(text) ? Math.round(Number(text) * unit) : 0;
  }

  function way() {
    return form.querySelector("[name=method]:checked") || form.querySelector("[name=method]");
  }

  function written(minor) {
    const shown = minor % unit ? digits : 0;
    return new Intl.NumberFormat(document.documentElement.lang, {
      style: "currency", currency: form.dataset.currency, minimumFractionDigits: shown, maximumFractionDigits: shown,
    }).format(minor / unit);
  }

  function follow() {
    const monthly = form.querySelector("[name=frequency]:checked");
    for (const one of form.querySelectorAll("[data-once]")) {
      one.disabled = Boolean(monthly && monthly.value === "monthly");
      if (one.disabled && one.checked) form.querySelector("[name=method]:not([data-once])").checked = true;
    }
    if (!fee) return;
    const minor = typed(), means = way(), box = fee.closest("label");
    const part = Number(means.dataset.part || 0), fixed = Number(means.dataset.fixed || 0);
    box.hidden = !(minor && (part || fixed));
    if (box.hidden) return;
    const step = digits === 3 ? 10 : 1;
    fee.textContent = written(Math.ceil((Math.ceil((minor + fixed) * 10000 / (10000 - part)) - minor) / step) * step);
  }

  form.addEventListener("input", follow);
  // One press is one gift: a second press while the page is turning does nothing.
  let sent = false;
  form.addEventListener("submit", function (event) {
    if (sent) event.preventDefault();
    sent = true;
  });
  addEventListener("pageshow", function () { sent = false; follow(); });
})();
