/* The framed page. From its address it takes over which page the gifts come from. Under WordPress, whose sandbox lets no
   link out, the frame is hidden until a message with its secret comes; a click is handed to the page around it, which
   follows links to the frame's own host only. */
(() => {
  "use strict";
  const source = new URLSearchParams(location.search).get("source");
  if (source) document.querySelector("tidemark-progress").setAttribute("source", source);
  const secret = new URLSearchParams(location.hash.replace(/^#\??/, "")).get("secret");
  if (!secret || parent === window) return;
  const tell = (message, value) => parent.postMessage({ message, value, secret }, "*");
  const show = () => tell("show"); // not "height": that word would stretch a frame to 200 pixels
  show();
  addEventListener("load", show);
  addEventListener("message", (event) => event.data && event.data.message === "ready" && show());
  document.addEventListener("click", (event) => {
    const link = event.composedPath().find((node) => node.localName === "a" && node.href);
    if (!link || !event.isTrusted) return;
    event.preventDefault();
    const to = new URL(link.href);
    tell("link", to.host === location.host ? to.href : document.querySelector("link[rel=canonical]").href);
  });
})();
