// Keeps the current section in sight where the navigation scrolls sideways. Everything works without it.
"use strict";
document.querySelector(".sections [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
document.getElementById("errors")?.focus();
