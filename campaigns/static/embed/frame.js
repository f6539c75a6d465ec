/* The framed page. From its address it takes over which page the gifts come from. To the page around it, it tells how high
   it is: {type: "tidemark:height", height} in pixels, at first and whenever that changes.
   Under WordPress, whose sandbox lets no link out, the frame is hidden until a message with its secret comes; a click is
   handed to the page around it, which follows links to the frame's own host only. */
(() => {
  "use strict";
  const LEAST = 200; // WordPress stretches a frame that says "height" to this; a lower bar says "show" instead
  const source = new URLSearchParams(location.search).get("source");
  if (source) document.querySelector("tidemark-progress").setAttribute("source", source);
  if (parent === window) return;
  const secret = new URLSearchParams(location.hash.replace(/^#\??/, "")).get("secret");
  const high = () => Math.ceil(document.documentElement.getBoundingClientRect().height);
  const tell = (message, value) => parent.postMessage({ message, value, secret }, "*");
  const show = () => {
    const height = high();
    if (!secret) parent.postMessage({ type: "tidemark:height", height }, "*");
    else if (height >= LEAST) tell("height", height);
    else tell("show");
  };
  show();
  addEventListener("load", show);
  new ResizeObserver(show).observe(document.documentElement);
  if (!secret) return;
  addEventListener("message", (event) => event.data && event.data.message === "ready" && show());
  document.addEventListener("click", (event) => {
    const link = event.composedPath().find((node) => node.localName === "a" && node.href);
    if (!link || !event.isTrusted) return;
    event.preventDefault();
    const to = new URL(link.href);
    tell("link", to.host === location.host ? to.href : document.querySelector("link[rel=canonical]").href);
  });
})();
