// Looks for the gift in the background, so that the page turns without being loaded again.
(function () {
  "use strict";
  const FIRST_MS = 400, PAUSE_MS = 2000, ANSWER_MS = 10000, TRIES_MAX = 100;
  const PARTS = ["headline", "said", "transfer", "bar", "actions", "share"]; // `said` is a live region: it stays, its words change

  let tries = 0;

  function look() {
    const request = new XMLHttpRequest();
    request.open("GET", document.getElementById("thanks").dataset.again);
    request.responseType = "document";
    request.timeout = ANSWER_MS;
    request.onload = function () {
      const found = request.status === 200 && request.response && request.response.getElementById("thanks");
      if (!found) return later();
      turn(found);
      if (found.dataset.state === "waiting") later();
    };
    request.onerror = request.ontimeout = later;
    request.send();
  }

  function turn(found) {
    const shown = document.getElementById("thanks");
    const changed = shown.dataset.state !== found.dataset.state;
    shown.dataset.state = found.dataset.state;
    shown.dataset.again = found.dataset.again;
    if (!changed) return;
    for (const name of PARTS) document.getElementById(name).replaceChildren(...found.querySelector("#" + name).childNodes);
  }

  function later() {
    tries += 1;
    if (tries < TRIES_MAX) setTimeout(look, PAUSE_MS);
  }

  setTimeout(look, FIRST_MS);
})();
