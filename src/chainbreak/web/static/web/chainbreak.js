/* The few things that pages do in the browser: open the menu, keep what is typed, ask before a deed that is hard to
   take back. Nothing depends on it: without it every page and form still works. */
"use strict";

(() => {
  const root = document.documentElement;
  root.classList.replace("no-js", "js");

  const KEPT = 8 * 60 * 60 * 1000;  // as long as a session, at most
  const START = "chainbreak.draft.";
  const user = document.body.dataset.user;
  const trouble = Number(document.body.dataset.status || 200) >= 400;

  // -- What is typed is kept in this browser until the server has it ---------------------------------------------------
  const secret = (field) =>
    !field.name || field.name === "csrfmiddlewaretoken" || field.disabled || "private" in field.dataset ||
    ["password", "file", "hidden", "submit", "button"].includes(field.type);

  const keptForms = () => [...document.querySelectorAll("form[method=post]")].filter(
    (form) => !("forgetsDrafts" in form.dataset) && !("forgetsNothing" in form.dataset) && ![...form.elements].some((field) => field.type === "password") &&
      [...form.elements].some((field) => !secret(field) && field.tagName !== "BUTTON"));

  const keyOf = (form, index) => `${START}${user}.${location.pathname}#${form.id || index}`;

  const drafts = () => Object.keys(localStorage).filter((key) => key.startsWith(START));

  const readDraft = (key) => {
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch {
      return null;
    }
  };

  const values = (form) => [...form.elements].filter((field) => !secret(field) && field.tagName !== "BUTTON").map(
    (field) => [field.name, field.type, ["checkbox", "radio"].includes(field.type) ? [field.value, field.checked] : field.value]);

  const keep = (form, key, sent) => {
    try {
      localStorage.setItem(key, JSON.stringify({ at: Date.now(), sent, values: values(form) }));
    } catch {
      /* no room or not allowed: the form still works */
    }
  };

  const putBack = (form, draft) => {
    for (const [name, type, value] of draft.values) {
      const fields = [...form.elements].filter((field) => field.name === name && field.type === type);
      if (type === "checkbox" || type === "radio") {
        const field = fields.find((one) => one.value === value[0]);
        if (field) field.checked = value[1];
      } else if (fields.length) {
        fields[0].value = value;
      }
    }
  };

  // A form has arrived when the page that follows it says it comes from there; after a failed network it does not.
  const arrived = (key) => {
    const from = document.referrer.startsWith(location.origin) ? new URL(document.referrer).pathname : "";
    const [way] = performance.getEntriesByType("navigation");
    return way?.type !== "back_forward" && key.slice(START.length).startsWith(`${user}.${from}#`);
  };

  const tidy = () => {
    for (const key of drafts()) {
      const draft = readDraft(key);
      if (!draft || Date.now() - draft.at > KEPT) localStorage.removeItem(key);
      else if (draft.sent && (!user || trouble)) localStorage.setItem(key, JSON.stringify({ ...draft, sent: false }));
      else if (draft.sent && key.startsWith(`${START}${user}.`) && arrived(key)) localStorage.removeItem(key);
    }
  };

  const offer = (form, key, draft) => {
    const box = document.querySelector("[data-draft-offer]");
    if (!box || !box.hidden) return;
    box.hidden = false;
    box.querySelector("[data-draft-restore]").addEventListener("click", () => {
      putBack(form, draft);
      box.hidden = true;
      const first = [...form.elements].find((field) => !secret(field));
      if (first) first.focus();
    });
    box.querySelector("[data-draft-forget]").addEventListener("click", () => {
      localStorage.removeItem(key);
      box.hidden = true;
    });
  };

  const watchForms = () => {
    keptForms().forEach((form, index) => {
      const key = keyOf(form, index);
      const draft = readDraft(key);
      if (draft && JSON.stringify(draft.values) !== JSON.stringify(values(form))) offer(form, key, draft);
      form.addEventListener("input", () => keep(form, key, false));
      form.addEventListener("change", () => keep(form, key, false));
      form.addEventListener("submit", (event) => {
        if (event.defaultPrevented) return;
        if (!navigator.onLine) {  // it would be lost on the browser's own page of errors
          event.preventDefault();
          document.querySelector("[data-offline]")?.scrollIntoView({ block: "nearest" });
        }
        keep(form, key, navigator.onLine);
      });
    });
    document.querySelectorAll("form[data-forgets-drafts]").forEach((form) => form.addEventListener("submit", () => {
      drafts().filter((key) => key.startsWith(`${START}${user}.`)).forEach((key) => localStorage.removeItem(key));
    }));
  };

  // -- Ask before what is hard to take back ---------------------------------------------------------------------------
  const askFirst = (form) => {
    const dialog = document.getElementById(form.dataset.asks);
    if (!dialog || typeof dialog.showModal !== "function") return;
    form.addEventListener("submit", (event) => {
      if (form.dataset.sure) return;
      event.preventDefault();
      dialog.showModal();
    });
    dialog.querySelector("[data-yes]").addEventListener("click", () => {
      form.dataset.sure = "yes";
      dialog.close();
      form.requestSubmit();
    });
    dialog.querySelector("[data-no]").addEventListener("click", () => dialog.close());
  };

  // -- Small things ---------------------------------------------------------------------------------------------------
  const toggles = (button) => {
    const target = document.getElementById(button.dataset.toggles);
    button.addEventListener("click", () => {
      const open = target.classList.toggle("open");
      button.setAttribute("aria-expanded", String(open));
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && target.classList.contains("open")) {
        target.classList.remove("open");
        button.setAttribute("aria-expanded", "false");
        button.focus();
      }
    });
  };

  const movesOutbreak = (select) => select.form.addEventListener("submit", () => {
    // A page whose address holds the outbreak: choosing another one goes to that one's page.
    const was = `/${select.dataset.movesOutbreak}/`;
    if (!location.pathname.includes(was) || select.value === select.dataset.movesOutbreak) return;
    select.form.action = location.pathname.split(was)[0] + `/${select.value}/`;
    select.form.querySelectorAll("[name=as_of], [name=as_known]").forEach((field) => { field.disabled = true; });
  });

  const refreshes = (box) => setTimeout(() => location.reload(), Number(box.dataset.refreshes) * 1000);

  const waits = () => {
    // Whoever waits longer than half a second for the next page is told so.
    const words = document.querySelector("[data-waiting]");
    let soon = 0;
    const begin = (event) => {
      if (event.defaultPrevented) return;
      soon = setTimeout(() => { words.hidden = false; }, 500);
    };
    addEventListener("pageshow", () => { clearTimeout(soon); words.hidden = true; });
    document.querySelectorAll("form:not([data-stays])").forEach((form) => form.addEventListener("submit", begin));
    document.querySelectorAll("a[href^='/']:not([data-stays])").forEach((link) => link.addEventListener("click", (event) => {
      if (!event.ctrlKey && !event.metaKey && !event.shiftKey) begin(event);
    }));
  };

  document.querySelectorAll("[data-toggles]").forEach(toggles);
  document.querySelectorAll("[data-moves-outbreak]").forEach(movesOutbreak);
  document.querySelectorAll("form[data-asks]").forEach(askFirst);
  document.querySelectorAll("[data-refreshes]").forEach(refreshes);
  document.querySelectorAll("[data-prints]").forEach((button) => button.addEventListener("click", () => window.print()));
  document.querySelectorAll("[data-goes-back]").forEach((link) => link.addEventListener("click", (event) => {
    if (document.referrer && new URL(document.referrer).origin === location.origin) {
      event.preventDefault();
      location.assign(document.referrer);
    }
  }));
  tidy();
  if (user) watchForms();
  document.querySelectorAll("form.asof input[name=as_known]").forEach((field) => field.form.addEventListener("submit", () => {
    if (!field.value) field.disabled = true;
  }));
  waits();  // last: it leaves alone what another handler has stopped
})();
