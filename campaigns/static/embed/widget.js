/* <tidemark-progress>: the server's fragment in a shadow root, fetched again while it is looked at.
   No cookie, no storage, no markup made from text; the link inside stays until there is something better. */
(() => {
  "use strict";
  const NAME = "tidemark-progress", EVERY = 10000, SLOWEST = 300000, FOLDABLE = 30;
  if (customElements.get(NAME)) return;
  const own = document.currentScript || document.querySelector('script[src*="/widget."]');
  const base = new URL(own ? own.src : location.href).origin;
  const place = new CSSStyleSheet();
  place.replaceSync(":host{display:block;container:tm-host/inline-size}:host([hidden]){display:none}");

  // What comes after, by the path of its module: the sheet that all kinds share, and for a kind what dresses its bars.
  // A browser may remember a failure under its address: another try has another one.
  const ready = {}, tries = {}, SHEET = "%sheet%";
  const bring = async (path) => {
    if (path) try { ready[path] = await import(base + path + (tries[path] || "")); } catch { tries[path] = "?" + Date.now(); }
  };
  bring(SHEET);
  const feeds = new Map(); // one per address: what several bars on a page share
  const feed = (address) => {
    if (!feeds.has(address)) feeds.set(address, { address, bars: new Set(), near: new Set(), wait: EVERY, at: 0 });
    return feeds.get(address);
  };
  const awake = (it) => it.near.size && document.visibilityState === "visible";
  const plan = (it) => {
    clearTimeout(it.timer);
    if (awake(it) && !it.busy) it.timer = setTimeout(load, Math.max(0, it.at + it.wait - Date.now()), it);
  };
  const load = (it) => {
    if (it.busy || !awake(it)) return;
    it.busy = true;
    const request = new XMLHttpRequest();
    request.open("GET", it.address);
    request.responseType = "document"; // scripts in it do not run
    request.timeout = 15000;
    request.onloadend = () => {
      const bar = request.status === 200 && request.response && request.response.querySelector(".tm");
      it.busy = false;
      it.at = Date.now();
      it.wait = bar ? EVERY : Math.min(it.wait * 2, SLOWEST);
      const isNew = bar && (!it.bar || it.bar.dataset.version !== bar.dataset.version);
      if (isNew) it.bar = bar;
      if (bar) it.bars.forEach((element) => (isNew || !element.bar) && element.show(it.bar));
      plan(it);
    };
    request.send();
  };
  document.addEventListener("visibilitychange", () => feeds.forEach(plan));

  // Near the screen a bar is kept fresh; off the screen it may change its height, since nobody sees the page move: below
  // the screen always, above it where the browser holds the reader's place.
  const unseen = ({ top, bottom }) => top > innerHeight || bottom < 0 && CSS.supports("overflow-anchor", "auto");
  const nearby = new IntersectionObserver((entries) => entries.forEach(({ target, isIntersecting }) => {
    if (target.feed) target.feed.near[isIntersecting ? "add" : "delete"](target), plan(target.feed);
  }), { rootMargin: "200px" });
  const onScreen = new IntersectionObserver((entries) => entries.forEach(({ target, isIntersecting }) => {
    if (!isIntersecting && unseen(target.getBoundingClientRect())) target.unfold();
  }));

  const ATTRIBUTES = ["kind", "accent", "lang", "embed", "campaign", "theme", "source"];
  class Bar extends HTMLElement {
    static observedAttributes = ATTRIBUTES;

    connectedCallback() {
      if (!this.shadowRoot) {
        this.attachShadow({ mode: "open" }).adoptedStyleSheets = [place];
        this.shadowRoot.append(document.createElement("slot"));
      }
      this.follow();
    }

    disconnectedCallback() { this.leave(); }

    attributeChangedCallback(name, before, now) {
      if (!this.feed || before === now) return;
      if (name === "campaign" && this.bar) { // another campaign's numbers are not to stand there while we ask
        this.unfold();
        this.bar.replaceWith(document.createElement("slot"));
        this.bar = this.last = null;
      }
      this.follow();
    }

    follow() {
      this.leave();
      const campaign = this.getAttribute("campaign");
      if (!campaign) return;
      const address = new URL(base + "/embed/" + encodeURIComponent(campaign) + "/fragment");
      for (const name of ATTRIBUTES.slice(0, 4)) {
        if (this.getAttribute(name)) address.searchParams.set(name, this.getAttribute(name));
      }
      this.feed = feed(address.href);
      this.feed.bars.add(this);
      nearby.observe(this);
      const drawn = this.querySelector(".tm"); // on our own pages the server has drawn it already
      if (drawn && !this.feed.bar) {
        this.feed.bar = drawn, this.feed.at = Date.now();
        return bring(drawn.dataset.module).then(() => this.show(drawn)); // and would lose its amounts for a moment
      }
      if (this.feed.bar) this.show(this.feed.bar);
    }

    leave() {
      nearby.unobserve(this);
      if (!this.feed) return;
      this.feed.bars.delete(this);
      this.feed.near.delete(this);
      plan(this.feed);
      this.feed = null;
    }

    show(bar) {
      const { module, waits } = bar.dataset, root = this.shadowRoot;
      const lacks = () => [SHEET, (waits || this.bar) && module].filter((path) => path && !ready[path]);
      if (lacks().length) {
        return Promise.all(lacks().map(bring)).then(() => lacks().length || this.feed && this.feed.bar === bar && this.show(bar));
      }
      if (root.adoptedStyleSheets.length < 2) root.adoptedStyleSheets = [place, ready[SHEET].sheet];
      const old = this.bar || root.querySelector("slot");
      const next = this.bar = document.importNode(bar, true), theme = this.getAttribute("theme");
      if (theme) next.dataset.theme = theme;
      next.style.cssText = next.dataset.style || "";
      this.credit(next.querySelector(".tm-go"));
      const dress = () => ready[module] && ready[module].dress(this);
      const dressed = dress(); // before its height is measured
      if (old.localName === "slot") this.replace(old, next);
      else ready[module].glide(old, next, root);
      this.tell(JSON.parse(next.dataset.document));
      dressed || bring(module).then(dress);
    }

    /* `source` tells which page the gift came from: its place without query and fragment; empty for the page itself. */
    credit(go) {
      if (!go || !this.hasAttribute("source")) return;
      const { origin, pathname } = new URL(this.getAttribute("source"), location.href), to = new URL(go.href);
      to.searchParams.set("source", origin + pathname);
      go.href = to;
    }

    /* In place of the picture. Where that would push what is being read, the bar folds into the picture's height; not on our
       own pages, where the bar stands already, perhaps before its sheets are there to be measured by. */
    replace(slot, next) {
      const box = this.getBoundingClientRect(), height = box.height;
      const focused = this !== document.activeElement && this.contains(document.activeElement);
      slot.replaceWith(next);
      if (focused) (next.querySelector(".tm-go") || next.querySelector("a")).focus({ preventScroll: true });
      if (height < FOLDABLE || this.querySelector(".tm") || unseen(box) || this.offsetHeight < height + 1) return;
      this.style.setProperty("height", height + "px");
      this.style.setProperty("container-type", "size");
      next.classList.add("tm-tight");
      onScreen.observe(this);
    }

    unfold() {
      onScreen.unobserve(this);
      this.bar.classList.remove("tm-tight");
      this.style.removeProperty("height");
      this.style.removeProperty("container-type");
    }

    tell(now) {
      const before = this.last;
      const say = (name) => this.dispatchEvent(
        new CustomEvent("tidemark:" + name, { bubbles: true, composed: true, detail: now }));
      this.last = now;
      if (!before) return say("ready");
      if (before.version === now.version && before.language === now.language) return; // another look, the same numbers
      say("update");
      const had = before.milestones.filter((step) => step.reached).map((step) => step.amount.amount);
      if (now.milestones.some((step) => step.reached && !had.includes(step.amount.amount))) {
        this.bar.classList.add("tm-glow");
        say("milestone");
      }
    }
  }
  customElements.define(NAME, Bar);

  const upgrade = () => document.querySelectorAll("a[data-tidemark],div[data-tidemark]").forEach((old) => {
    const bar = document.createElement(NAME);
    bar.setAttribute("campaign", old.dataset.tidemark);
    for (const name of ATTRIBUTES) if (name !== "campaign" && name in old.dataset) bar.setAttribute(name, old.dataset[name]);
    old.removeAttribute("data-tidemark");
    old.replaceWith(bar);
    bar.append(old);
  });
  upgrade();
  document.addEventListener("DOMContentLoaded", upgrade);
})();
