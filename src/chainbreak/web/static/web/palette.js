/* Getting around by keyboard (键盘): Ctrl-K goes to any page, "/" searches, "?" shows the keys, [ and ] move the day. */
"use strict";

(() => {
  const palette = document.getElementById("palette");
  const keys = document.getElementById("keys");
  const search = document.getElementById("search");
  if (!palette || typeof palette.showModal !== "function") return;
  const input = palette.querySelector("input");
  const list = palette.querySelector("ul");
  let items = [];
  let shown = [];
  let at = 0;

  const text = (node) => node.textContent.replace(/\s+/g, " ").trim();

  const gather = () => {
    // what this page offers first, then the menu, then the tools at the top
    const deeds = [...document.querySelectorAll("main [data-palette]")].map((node) => ({ words: node.dataset.palette || text(node), node }));
    const menu = [...document.querySelectorAll("#menu li > *")].map((node) => {
      const place = node.closest("ul").previousElementSibling;
      const closed = node.tagName !== "A";
      const small = node.querySelector("small");
      return { words: small ? text(node).replace(text(small), "").trim() : text(node), place: closed && small ? text(small) : text(place), node, closed };
    });
    const tools = [...document.querySelectorAll(".themes button, .languages button, .frame-tools > a, .frame-tools > form:not(.languages) button")].map((node) => ({ words: text(node), node }));
    return [...deeds, ...menu, ...tools];
  };

  const fits = (words, typed) => {
    // all letters in their order: "ll" finds "Line list"; Chinese is found by any of its characters in order
    let from = 0;
    const low = words.toLowerCase();
    for (const letter of typed.toLowerCase().replace(/\s+/g, "")) {
      from = low.indexOf(letter, from) + 1;
      if (!from) return false;
    }
    return true;
  };

  const draw = () => {
    const typed = input.value.trim();
    shown = items.filter((item) => fits(`${item.words} ${item.closed ? "" : item.place || ""}`, typed));
    const rank = (item) => (item.words.toLowerCase().startsWith(typed.toLowerCase()) ? 0 : 1);
    if (typed) {
      shown.sort((a, b) => rank(a) - rank(b));
      shown.push({ words: `${palette.dataset.more}: ${typed}`, search: typed });
    }
    at = Math.min(at, Math.max(shown.length - 1, 0));
    list.replaceChildren(...shown.map((item, index) => {
      const row = document.createElement("li");
      row.id = `palette-${index}`;
      row.setAttribute("role", "option");
      row.setAttribute("aria-selected", String(index === at));
      if (item.closed) row.setAttribute("aria-disabled", "true");
      const words = document.createElement("span");
      words.textContent = item.words;
      row.append(words);
      if (item.place) {
        const place = document.createElement("small");
        place.textContent = item.place;
        row.append(place);
      }
      row.addEventListener("click", () => { at = index; go(); });
      return row;
    }));
    input.setAttribute("aria-activedescendant", shown.length ? `palette-${at}` : "");
    list.children[at]?.scrollIntoView({ block: "nearest" });
  };

  const go = () => {
    const item = shown[at];
    if (!item || item.closed) return;
    palette.close();
    if (item.search) {
      search.value = item.search;
      search.form.requestSubmit();
    } else {
      item.node.click();
    }
  };

  const open = () => {
    items = gather();
    input.value = "";
    at = 0;
    draw();
    palette.showModal();
    input.focus();
  };

  input.addEventListener("input", () => { at = 0; draw(); });
  palette.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      at = (at + step + shown.length) % Math.max(shown.length, 1);
      draw();
    } else if (event.key === "Enter") {
      event.preventDefault();
      go();
    }
  });
  palette.addEventListener("click", (event) => { if (event.target === palette) palette.close(); });

  const moveDay = (by) => {
    const field = document.querySelector("form.asof input[name=as_of]");
    if (!field || !field.value) return;
    const day = new Date(`${field.value}T12:00:00Z`);
    day.setUTCDate(day.getUTCDate() + by);
    field.value = day.toISOString().slice(0, 10);
    field.form.requestSubmit();
  };

  const types = (node) => node.closest("input, textarea, select, [contenteditable]") && !["checkbox", "radio", "button", "submit"].includes(node.type);

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      if (palette.open) palette.close(); else open();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || types(event.target) || palette.open || keys.open) return;
    const deeds = {
      "/": () => search.focus(),
      "?": () => keys.showModal(),
      "[": () => moveDay(-1),
      "]": () => moveDay(1),
      "0": () => document.querySelector(".banner-past a")?.click(),
      "n": () => document.querySelector("a[rel=next]")?.click(),
      "w": () => document.querySelector("[data-wall]")?.click(),
    };
    const deed = deeds[event.key];
    if (deed) {
      event.preventDefault();
      deed();
    }
  });

  // -- The board on the wall: the whole screen, by itself up to date --------------------------------------------------
  const wall = document.querySelector("[data-wall]");
  if (wall) {
    const toggle = (on) => document.body.classList.toggle("wall", on);
    wall.addEventListener("click", (event) => {
      event.preventDefault();
      const on = toggle();
      if (on && document.documentElement.requestFullscreen) document.documentElement.requestFullscreen().catch(() => {});
      if (!on && document.fullscreenElement) document.exitFullscreen();
    });
    document.addEventListener("fullscreenchange", () => { if (!document.fullscreenElement) toggle(false); });
    document.addEventListener("keydown", (event) => { if (event.key === "Escape") toggle(false); });
    const stale = (yes) => document.querySelectorAll("[data-stale]").forEach((node) => { node.hidden = !yes; });
    document.addEventListener("htmx:afterRequest", (event) => {
      if (!event.detail.elt.matches("[data-live]")) return;
      stale(!event.detail.successful);
      const clock = document.querySelector("[data-fresh]");
      if (event.detail.successful && clock) clock.textContent = new Date().toLocaleTimeString("en-GB", { timeZone: "Asia/Shanghai" });
    });
  }

  const offline = document.querySelector("[data-offline]");
  if (offline) {
    const say = () => { offline.hidden = navigator.onLine; };
    addEventListener("offline", say);
    addEventListener("online", say);
    say();
  }
})();
