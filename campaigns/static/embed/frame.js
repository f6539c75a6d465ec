/* The framed page: asks again for its bar while it is looked at, and speaks with WordPress, whose sandbox lets no link
   out: there a click is handed to the page around it. */
(() => {
  "use strict";
  const secret = new URLSearchParams(location.hash.replace(/^#\??/, "")).get("secret");
  const tell = (message, value) => parent !== window && parent.postMessage({ message, value, secret }, "*");
  const show = () => secret && tell("show", document.documentElement.scrollHeight);
  const size = () => secret || tell("tidemark:height", Math.ceil(document.documentElement.scrollHeight));
  show();
  addEventListener("load", () => { show(); size(); });
  addEventListener("message", (event) => event.data && event.data.message === "ready" && show());
  addEventListener("resize", size);
  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest("a[href]");
    if (!secret || !link || !event.isTrusted) return;
    const to = new URL(link.href, location.href);
    if (to.host !== location.host) return;
    event.preventDefault();
    tell("link", to.href);
  });

  let wait = 10000;
  const again = () => {
    if (document.visibilityState !== "visible") return setTimeout(again, wait);
    const request = new XMLHttpRequest();
    const address = new URL(location.href);
    address.pathname += "/fragment";
    address.hash = "";
    request.open("GET", address);
    request.responseType = "document";
    request.onloadend = () => {
      const next = request.status === 200 && request.response && request.response.querySelector(".tm");
      const old = document.querySelector(".tm");
      wait = next ? 10000 : Math.min(wait * 2, 300000);
      if (next && old && next.dataset.version !== old.dataset.version) old.replaceWith(document.adoptNode(next));
      setTimeout(again, wait);
    };
    request.send();
  };
  setTimeout(again, wait);
})();
