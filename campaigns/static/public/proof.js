// Computes the proof of work that busy hours ask for, while the form is filled in. What is computed is a number that
// fits a challenge of our own server (ALTCHA's protocol): nothing about the reader, their browser or their device.
(function () {
  "use strict";
  const AT_ONCE = 4, ROOM = 0x100000000; // tries under way at the same time; the browser computes them beside the page
  const ANSWER_MS = 10000; // for the challenge; without one the form goes as it is
  const GOOD_FOR_MS = 9 * 60 * 1000; // a little less than the server takes it for
  const TOUCHES = ["focusin", "pointerdown", "input"];

  const place = document.getElementById("proof");
  const form = place && place.closest("form");
  if (!form || !window.fetch) return;
  const field = place.querySelector("[name=proof]"), said = place.querySelector("[role=status]");
  const asked = place.dataset.wanted === "yes"; // the server wants one for what was just sent
  let working = null; // while a proof is being computed: its promise
  let pressed = null; // the button that waits for it

  TOUCHES.forEach(function (name) { form.addEventListener(name, begin); });
  form.addEventListener("submit", hold, true);
  window.addEventListener("pageshow", function (event) { if (event.persisted) forget(); });
  if (asked) {
    if (place.dataset.goesOn === "yes") pressed = form.querySelector("[type=submit]");
    said.textContent = place.dataset.checking;
    place.scrollIntoView({ block: "center" });
    begin();
  }

  function begin() {
    if (working) return;
    working = compute().then(finish, fail);
  }

  function hold(event) {
    if (!working || working === true) return; // there is nothing to wait for
    event.preventDefault();
    event.stopImmediatePropagation();
    pressed = event.submitter || pressed || form.querySelector("[type=submit]");
    said.textContent = place.dataset.checking;
  }

  async function compute() {
    const challenge = await ask();
    if (!challenge) return "";
    return write(challenge, await solve(challenge.parameters));
  }

  async function ask() {
    const giveUp = new AbortController();
    const late = setTimeout(function () { giveUp.abort(); }, ANSWER_MS);
    const url = place.dataset.url + (asked ? joint() + "wanted=1" : "");
    const answer = await fetch(url, { credentials: "omit", cache: "no-store", signal: giveUp.signal });
    if (!answer.ok) throw new Error("no challenge");
    const challenge = (await answer.json()).challenge;
    clearTimeout(late);
    return challenge;
  }

  function joint() { return place.dataset.url.includes("?") ? "&" : "?"; }

  async function solve(parameters) {
    const nonce = bytes(parameters.nonce), salt = bytes(parameters.salt);
    const began = performance.now();
    for (let first = 0; first < ROOM; first += AT_ONCE) {
      const tries = Array.from({ length: AT_ONCE }, function (_, step) { return derive(parameters, nonce, salt, first + step); });
      const keys = await Promise.all(tries);
      const fits = keys.findIndex(function (key) { return key.startsWith(parameters.keyPrefix); });
      if (fits >= 0) return { counter: first + fits, derivedKey: keys[fits], time: Math.round(performance.now() - began) };
    }
    throw new Error("no solution");
  }

  async function derive(parameters, nonce, salt, counter) {
    const password = new Uint8Array(nonce.length + 4);
    password.set(nonce);
    new DataView(password.buffer).setUint32(nonce.length, counter);
    const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
    const how = { name: "PBKDF2", hash: parameters.algorithm.split("/")[1], salt: salt, iterations: parameters.cost };
    return hex(new Uint8Array(await crypto.subtle.deriveBits(how, key, parameters.keyLength * 8)));
  }

  function finish(text) {
    working = true;
    field.value = text;
    if (text) setTimeout(forget, GOOD_FOR_MS);
    if (said.textContent) said.textContent = place.dataset.done;
    go();
  }

  // No proof can be made here: the form goes without it, and the server says what to do instead.
  function fail() {
    working = true;
    said.textContent = place.dataset.failed;
    if (!asked) go();
  }

  function go() {
    const button = pressed;
    pressed = null;
    if (button) form.requestSubmit(button);
  }

  function forget() { field.value = ""; said.textContent = ""; working = null; }

  function write(challenge, solution) { return btoa(JSON.stringify({ challenge: challenge, solution: solution })); }

  function bytes(text) { return Uint8Array.from(text.match(/../g), function (pair) { return parseInt(pair, 16); }); }

  function hex(data) { return Array.from(data, function (one) { return one.toString(16).padStart(2, "0"); }).join(""); }
})();
