/* <tidemark-progress>: the server's fragment in a shadow root, fetched again while it is looked at.
   No cookie, no storage, no markup made from text; the link inside stays until there is something better. */
(() => {
  "use strict";
  const NAME = "tidemark-progress", EVERY = 10000, SLOWEST = 300000;
  if (customElements.get(NAME)) return;
  const base = new URL(document.currentScript ? document.currentScript.src : location.href).origin;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("%css%");

  const feeds = new Map(); // one per address: what several bars on a page share
  const feed = (address) => {
    if (!feeds.has(address)) feeds.set(address, { address, bars: new Set(), seen: new Set(), wait: EVERY, at: 0 });
    return feeds.get(address);
  };
  const awake = (it) => it.seen.size && document.visibilityState === "visible";
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
      it.busy = false;
      it.at = Date.now();
      const bar = request.status === 200 && request.response && request.response.querySelector(".tm");
      it.wait = bar ? EVERY : Math.min(it.wait * 2, SLOWEST);
      if (bar && (!it.bar || it.bar.dataset.version !== bar.dataset.version)) {
        it.bar = bar;
        it.bars.forEach((element) => element.show(bar));
      }
      plan(it);
    };
    request.send();
  };
  const watcher = new IntersectionObserver((entries) => entries.forEach(({ target, isIntersecting }) => {
    if (!target.feed) return;
    target.feed.seen[isIntersecting ? "add" : "delete"](target);
    plan(target.feed);
  }), { rootMargin: "200px" });
  document.addEventListener("visibilitychange", () => feeds.forEach(plan));

  class Bar extends HTMLElement {
    static observedAttributes = ["campaign", "kind", "theme", "accent", "lang", "source"];

    connectedCallback() {
      if (!this.shadowRoot) {
        this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet];
        this.shadowRoot.append(document.createElement("slot"));
      }
      this.follow();
    }

    disconnectedCallback() { this.leave(); }

    attributeChangedCallback() { if (this.isConnected && this.shadowRoot) this.follow(); }

    follow() {
      this.leave();
      const campaign = this.getAttribute("campaign");
      if (!campaign) return;
      const address = new URL(base + "/embed/" + encodeURIComponent(campaign) + "/fragment");
      for (const name of ["kind", "theme", "accent", "lang"]) {
        if (this.hasAttribute(name)) address.searchParams.set(name, this.getAttribute(name));
      }
      this.feed = feed(address.href);
      this.feed.bars.add(this);
      watcher.observe(this);
      if (this.feed.bar) this.show(this.feed.bar);
    }

    leave() {
      watcher.unobserve(this);
      if (!this.feed) return;
      this.feed.bars.delete(this);
      this.feed.seen.delete(this);
      plan(this.feed);
      this.feed = null;
    }

    show(bar) {
      const old = this.bar, next = document.importNode(bar, true), data = next.dataset;
      const source = this.getAttribute("source"), go = next.querySelector(".tm-go");
      if (source && go) go.href += "?source=" + encodeURIComponent(source);
      if (data.accent) {
        this.style.setProperty("--tm-accent", data.accent);
        this.style.setProperty("--tm-accent-ink", data.accentInk);
      }
      if (old && old.isConnected) {
        // The old drawing stays for one frame under the new numbers, so that the fill can glide.
        const from = [...old.querySelectorAll(".tm-fill")].map((fill) => [fill.getAttribute("width"), fill.getAttribute("x")]);
        const fills = [...next.querySelectorAll(".tm-fill")];
        const to = fills.map((fill) => [fill.getAttribute("width"), fill.getAttribute("x")]);
        const put = (values) => fills.forEach((fill, i) => values[i] && (fill.setAttribute("width", values[i][0]), fill.setAttribute("x", values[i][1])));
        const focused = this.shadowRoot.activeElement && this.shadowRoot.activeElement.getAttribute("href");
        put(from);
        old.replaceWith(next);
        if (focused) { const again = [...next.querySelectorAll("a")].find((a) => a.getAttribute("href") === focused); if (again) again.focus({ preventScroll: true }); }
        next.getBoundingClientRect();
        put(to);
      } else {
        const slot = this.shadowRoot.querySelector("slot");
        if (slot) slot.replaceWith(next); else this.shadowRoot.append(next);
      }
      this.bar = next;
      this.tell(JSON.parse(data.document));
    }

    tell(now) {
      const before = this.last, say = (name) =>
        this.dispatchEvent(new CustomEvent("tidemark:" + name, { bubbles: true, composed: true, detail: now }));
      this.last = now;
      if (!before) return say("ready");
      say("update");
      const had = new Set(before.milestones.filter((m) => m.reached).map((m) => m.amount.amount));
      if (now.milestones.some((m) => m.reached && !had.has(m.amount.amount))) {
        this.bar.classList.add("tm-glow");
        say("milestone");
      }
    }
  }
  customElements.define(NAME, Bar);

  const upgrade = () => document.querySelectorAll("a[data-tidemark],div[data-tidemark]").forEach((old) => {
    const bar = document.createElement(NAME);
    bar.setAttribute("campaign", old.dataset.tidemark);
    for (const name of ["kind", "theme", "accent", "lang", "source"]) if (old.dataset[name]) bar.setAttribute(name, old.dataset[name]);
    old.removeAttribute("data-tidemark");
    old.before(bar);
    bar.append(old);
  });
  upgrade();
  document.addEventListener("DOMContentLoaded", upgrade);
})();
