/* The interview on a phone (手机流调): days backwards, and in a day home, work, meals, ways, shops. Every step is kept in
   the phone before anything is sent; the page works without a network and goes on where it was. */
"use strict";

(() => {
  const words = JSON.parse(document.getElementById("words").textContent);
  const labels = JSON.parse(document.getElementById("labels").textContent); // {place_kind: {code: words}, setting: {…}}
  let kinds = []; // of the rule pack of this outbreak: [{kind, also, setting, words}], in the order people remember
  let settings = []; // [{code, words}]
  const main = document.getElementById("interview");
  const status = document.getElementById("sending");
  const ZONE = "+08:00"; // the field's clock, as the server's
  let subject = null;
  let queue = null;

  const { h, say } = Field;
  const day = (text) => new Intl.DateTimeFormat(document.documentElement.lang, { month: "long", day: "numeric", weekday: "short", timeZone: "Asia/Shanghai" }).format(new Date(`${text}T12:00:00${ZONE}`));
  const localDay = (at) => new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Shanghai" }).format(new Date(at));
  const clock = (at) => new Intl.DateTimeFormat("en-GB", { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit" }).format(new Date(at));
  const next = (text) => localDay(new Date(new Date(`${text}T12:00:00${ZONE}`).getTime() + 86400000));
  const kindWords = (kind) => kinds.find((one) => one.kind === kind)?.words || kind;

  // -- What was told --------------------------------------------------------------------------------------------------
  const told = async (kind) => (await Field.all("entries")).filter((entry) => entry.subject === subject.key && entry.kind === kind && !entry.says.removed).sort((a, b) => (a.says.from || "").localeCompare(b.says.from || ""));
  const staysOf = async (wanted) => (await told("stay")).filter((entry) => localDay(entry.says.from) === wanted);

  const keep = async (kind, entry, says) => {
    const order = await Field.order();
    const message = { event: Field.uuid(), entry, order, said_at: new Date().toISOString(), kind, says };
    await queue.add({ form: "interview", url: `/api/v1/interviews/${subject.key}/entries`, subject: subject.key, message }, { entry, subject: subject.key, kind, order, says });
  };

  const days = () => {
    if (!subject.from_at) return [];
    const found = [];
    const first = localDay(subject.from_at);
    for (let one = localDay(subject.until); one >= first && found.length < 40; ) {
      found.push(one);
      one = localDay(new Date(new Date(`${one}T12:00:00${ZONE}`).getTime() - 86400000));
    }
    return found;
  };

  // -- Pages ----------------------------------------------------------------------------------------------------------
  const go = (...parts) => { location.hash = [subject.key, ...parts].join("/"); };
  const back = (label, ...parts) => h("p", {}, h("a", { href: `#${[subject.key, ...parts].join("/")}`, class: "btn btn-outline-secondary" }, `‹ ${label}`));

  const pageDays = async () => {
    const complete = new Set((await told("day")).filter((entry) => entry.says.complete).map((entry) => entry.says.day));
    const stays = await told("stay");
    const companions = await told("companion");
    const rows = days().map((one) => {
      const here = stays.filter((entry) => localDay(entry.says.from) === one);
      const ids = new Set(here.map((entry) => entry.entry));
      const met = companions.filter((entry) => ids.has(entry.says.stay)).length;
      return h("li", {}, h("a", { href: `#${subject.key}/${one}`, class: "field-row" },
        h("strong", {}, day(one)), h("span", {}, say(words.day_sum, { stays: here.length, met })),
        h("span", { class: complete.has(one) ? "state-done" : "state-open" }, complete.has(one) ? `✓ ${words.complete}` : `○ ${words.not_complete}`)));
    });
    return [
      h("p", {}, say(words.intro, { case: subject.case, person: subject.person })),
      onsetForm(),
      rows.length ? h("ol", { class: "field-list" }, rows) : h("p", { class: "notice notice-warning" }, words.no_window),
      h("p", {}, h("a", { href: `#${subject.key}/end`, class: "btn btn-primary field-wide" }, words.end))];
  };

  const onsetForm = () => {
    const input = h("input", { type: "date", class: "form-control", id: "onset", value: subject.onset_date || "" });
    const form = h("form", { class: "field-form" }, h("label", { for: "onset", class: "form-label" }, words.onset), input,
      h("button", { class: "btn btn-outline-primary" }, words.keep));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (!input.value) return;
      const known = (await told("onset"))[0];
      await keep("onset", known?.entry || Field.uuid(), { onset_date: input.value });
      subject.onset_date = input.value;
      await Field.put("subjects", subject);
      toast(words.kept);
    });
    return form;
  };

  const pageDay = async (one) => {
    const stays = await staysOf(one);
    const companions = await told("companion");
    const complete = (await told("day")).find((entry) => entry.says.day === one);
    const rows = stays.map((entry) => {
      const met = companions.filter((other) => other.says.stay === entry.entry);
      return h("li", { class: "field-card" },
        h("a", { href: `#${subject.key}/${one}/stay/${entry.entry}`, class: "field-row" },
          h("strong", {}, `${clock(entry.says.from)}–${clock(entry.says.until)}`), h("span", {}, `${placeName(entry.says)} · ${kindWords(entry.says.place_kind)}`)),
        met.length > 0 && h("ul", { class: "field-met" }, met.map((other) => h("li", {}, h("a", { href: `#${subject.key}/${one}/who/${entry.entry}/${other.entry}` }, other.says.name || other.says.person)))),
        h("a", { href: `#${subject.key}/${one}/who/${entry.entry}/new`, class: "btn btn-outline-primary" }, `+ ${words.add_person}`));
    });
    const asked = kinds.map((kind) => {
      const n = stays.filter((entry) => entry.says.place_kind === kind.kind).length;
      return h("a", { href: `#${subject.key}/${one}/stay/new/${kind.kind}`, class: "btn btn-outline-secondary field-ask" }, `${n ? "✓" : "+"} ${kind.words}`);
    });
    const all = days();
    const before = all[all.indexOf(one) + 1];
    return [back(words.all_days), h("h2", {}, day(one)),
      rows.length ? h("ol", { class: "field-list" }, rows) : h("p", {}, words.nothing_yet),
      h("h3", {}, words.where_else), h("div", { class: "field-asks" }, asked),
      h("p", {}, h("button", { type: "button", class: "btn btn-primary field-wide", onclick: async () => {
        await keep("day", complete?.entry || Field.uuid(), { day: one, complete: true });
        if (before) go(before); else go();
      } }, before ? say(words.day_complete_next, { day: day(before) }) : words.day_complete))];
  };

  const placeName = (says) => says.name || subject.places.find((place) => place.number === says.place)?.name || says.place;

  const pageStay = async (one, entry, kind) => {
    const stay = entry === "new" ? null : (await told("stay")).find((other) => other.entry === entry);
    const place = `${one}/stay/${entry}/${kind || ""}`;
    const says = stay?.says || {};
    const wanted = says.place_kind || kind;
    const names = subject.places.filter((other) => other.name && (kinds.find((k) => k.kind === wanted)?.also || [wanted]).includes(other.kind));
    const form = h("form", { class: "field-form", novalidate: true },
      field(words.kind, select("place_kind", kinds.map((other) => [other.kind, other.words]), wanted)),
      field(words.place, h("input", { name: "name", list: "places", maxlength: 120, required: true, class: "form-control", autocomplete: "off", value: says.place ? placeName(says) : says.name || "" }), words.place_hint),
      h("datalist", { id: "places" }, names.map((other) => h("option", { value: other.name }))),
      h("div", { class: "field-pair" },
        field(words.from, h("input", { type: "time", name: "from", required: true, class: "form-control", value: says.from ? clock(says.from) : "" })),
        field(words.until, h("input", { type: "time", name: "until", required: true, class: "form-control", value: says.until ? clock(says.until) : "" }), words.until_hint)),
      field(words.certainty, select("certainty", [["certain", words.certain], ["probable", words.probable], ["possible", words.possible]], says.certainty || "certain")),
      h("p", { role: "alert", class: "notice notice-error", hidden: true }),
      h("button", { class: "btn btn-primary field-wide" }, words.keep),
      stay && h("button", { type: "button", class: "btn btn-outline-danger field-wide", onclick: async () => { await keep("stay", entry, { removed: true }); go(one); } }, words.remove));
    await drafted(form, place);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const given = Object.fromEntries(new FormData(form));
      if (!given.name.trim() || !given.from || !given.until) return wrong(form, words.missing);
      if (given.from === given.until) return wrong(form, words.no_length);
      const known = subject.places.find((other) => other.name === given.name.trim());
      const made = entry === "new" ? Field.uuid() : entry;
      await keep("stay", made, {
        place: known?.number || "", name: known ? "" : given.name.trim(), place_kind: given.place_kind, certainty: given.certainty,
        ...span(one, given.from, given.until),
      });
      await Field.remove("drafts", place);
      go(one);
    });
    return [back(day(one), one), h("h2", {}, stay ? words.change_stay : words.new_stay), form];
  };

  const span = (one, from, until) => ({ from: `${one}T${from}:00${ZONE}`, until: `${until > from ? one : next(one)}T${until}:00${ZONE}` });

  const pageWho = async (one, stayEntry, entry) => {
    const stay = (await told("stay")).find((other) => other.entry === stayEntry);
    if (!stay) return pageDay(one);
    const companions = await told("companion");
    const companion = companions.find((other) => other.entry === entry);
    const says = companion?.says || {};
    const before = companions.filter((other) => other.entry !== entry && !other.says.same_as);
    const place = `${one}/who/${stayEntry}/${entry}`;
    const form = h("form", { class: "field-form", novalidate: true },
      before.length > 0 && field(words.named_before, select("same_as", [["", words.somebody_new], ...before.map((other) => [other.entry, other.says.name || other.says.person])], says.same_as || "")),
      field(words.name, h("input", { name: "name", maxlength: 60, class: "form-control", autocomplete: "off", value: says.name || "" })),
      field(words.phone, h("input", { name: "phone", type: "tel", maxlength: 30, class: "form-control", autocomplete: "off", value: says.phone || "" })),
      h("details", {}, h("summary", {}, words.more), field(words.id_number, h("input", { name: "id_number", maxlength: 30, class: "form-control", autocomplete: "off", value: says.id_number || "" })),
        field(words.person, h("input", { name: "person", maxlength: 40, class: "form-control", autocomplete: "off", value: says.person || "" })),
        field(words.note, h("input", { name: "note", maxlength: 300, class: "form-control", autocomplete: "off", value: says.note || "" }))),
      field(words.setting, select("setting", settings.map((other) => [other.code, other.words]), says.setting || kinds.find((kind) => kind.kind === stay.says.place_kind)?.setting)),
      h("div", { class: "field-pair" },
        field(words.from, h("input", { type: "time", name: "from", required: true, class: "form-control", value: clock(says.from || stay.says.from) })),
        field(words.until, h("input", { type: "time", name: "until", required: true, class: "form-control", value: clock(says.until || stay.says.until) }))),
      h("div", { class: "form-check" }, h("input", { type: "checkbox", class: "form-check-input", id: "protected", name: "protected", checked: says.protected === true }), h("label", { for: "protected", class: "form-check-label" }, words.protected)),
      h("p", { role: "alert", class: "notice notice-error", hidden: true }),
      h("button", { class: "btn btn-primary field-wide" }, words.keep),
      companion && h("button", { type: "button", class: "btn btn-outline-danger field-wide", onclick: async () => { await keep("companion", entry, { removed: true }); go(one); } }, words.remove));
    await drafted(form, place);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const given = Object.fromEntries(new FormData(form));
      const same = before.find((other) => other.entry === given.same_as);
      const name = given.name.trim() || same?.says.name || "";
      if (!name && !given.person.trim()) return wrong(form, words.name_missing);
      if (given.from === given.until) return wrong(form, words.no_length);
      await keep("companion", companion ? entry : Field.uuid(), {
        stay: stayEntry, name, phone: given.phone.trim() || (same?.says.phone ?? ""), id_number: given.id_number.trim(), person: given.person.trim(), note: given.note.trim(),
        setting: given.setting, protected: given.protected === "on", same_as: given.same_as || "", ...span(localDay(stay.says.from), given.from, given.until),
      });
      await Field.remove("drafts", place);
      go(one);
    });
    return [back(day(one), one), h("h2", {}, say(words.who_at, { place: placeName(stay.says) })), form];
  };

  const pageEnd = async () => {
    const [stays, companions, complete] = [await told("stay"), await told("companion"), await told("day")];
    const open = days().filter((one) => !complete.some((entry) => entry.says.day === one && entry.says.complete));
    return [back(words.all_days), h("h2", {}, words.end),
      h("p", {}, say(words.sum, { stays: stays.length, met: companions.length })),
      open.length > 0 && h("p", { class: "notice notice-warning" }, say(words.days_open, { days: open.map(day).join(words.comma) })),
      h("p", { "data-next": true }, words.preview_next),
      h("p", {}, h("a", { href: `/interviews/${subject.key}/`, class: "btn btn-primary field-wide", "data-preview": true }, words.preview))];
  };

  /* The preview is the server's: it waits until everything has reached it. */
  const settleEnd = (waiting) => {
    const link = main.querySelector("[data-preview]");
    if (!link) return;
    if (waiting) link.setAttribute("aria-disabled", "true");
    else link.removeAttribute("aria-disabled");
    main.querySelector("[data-next]").textContent = waiting ? words.wait_for_network : words.preview_next;
  };

  // -- Small parts ----------------------------------------------------------------------------------------------------
  let fields = 0;
  const field = (label, input, hint) => {
    fields += 1;
    const control = input.matches?.("input, select") ? input : input.querySelector("input, select");
    control.id = `f${fields}`;
    if (hint) control.setAttribute("aria-describedby", `h${fields}`);
    return h("div", { class: "field-part" }, h("label", { for: control.id, class: "form-label" }, label), input, hint && h("p", { id: `h${fields}`, class: "form-text" }, hint));
  };
  const select = (name, options, chosen) => h("select", { name, class: "form-select" }, options.map(([value, text]) => h("option", { value, selected: value === chosen }, text)));
  const wrong = (form, text) => {
    const box = form.querySelector("[role=alert]");
    box.textContent = text;
    box.hidden = false;
  };
  const toast = (text) => { document.getElementById("told").textContent = text; };

  /* What is being typed is in the phone too, until it is kept or thrown away. */
  const drafted = async (form, place) => {
    const draft = await Field.one("drafts", place);
    for (const [name, value] of Object.entries(draft?.values || {})) {
      const control = form.elements[name];
      if (control?.type === "checkbox") control.checked = value === "on";
      else if (control) control.value = value;
    }
    form.addEventListener("input", () => Field.put("drafts", { place, values: Object.fromEntries(new FormData(form)) }));
  };

  const showStatus = ({ waiting, refused, state }) => {
    const mine = refused.filter((item) => item.subject === subject?.key);
    status.className = `field-status field-status-${mine.length ? "refused" : state}`;
    const text = mine.length ? say(words.refused, { n: mine.length, codes: [...new Set(mine.map((item) => words[`code_${item.code}`] || item.code))].join(words.comma) })
      : state === "signed_out" ? words.signed_out
      : !waiting ? words.all_sent
      : say(state === "sending" ? words.sending : words.not_sent, { n: waiting });
    status.replaceChildren(text);
    if (state === "signed_out") status.append(" ", h("a", { href: `/accounts/login/?next=${encodeURIComponent(location.pathname + location.hash)}` }, words.sign_in));
    settleEnd(waiting);
  };

  // -- Begin ----------------------------------------------------------------------------------------------------------
  const fetchSubject = async (key) => {
    try {
      const reply = await fetch(`/api/v1/interviews/${key}`, { redirect: "manual" });
      if (!reply.ok) return null;
      const found = await reply.json();
      const known = new Map((await Field.all("entries")).map((entry) => [entry.entry, entry]));
      for (const [entry, { kind, order, ...says }] of Object.entries(found.entries)) {
        if (!known.has(entry) || known.get(entry).order < order) await Field.put("entries", { entry, subject: key, kind, order, says });
      }
      delete found.entries;
      await Field.put("subjects", found);
      return found;
    } catch {
      return null;
    }
  };

  const nodesOf = async (key, one, what, rest) => {
    if (!key) {
      const known = (await Field.all("subjects")).filter((other) => other.case);
      return [h("p", {}, known.length ? words.choose : words.none),
        h("ul", { class: "field-list" }, known.map((other) => h("li", {}, h("a", { href: `#${other.key}`, class: "field-row" }, h("strong", {}, other.case)))))];
    }
    if (subject?.key !== key) subject = (await fetchSubject(key)) || (await Field.one("subjects", key)) || null;
    if (!subject) return [h("p", { class: "notice notice-error" }, words.not_here)];
    kinds = subject.kinds.map((other) => ({ ...other, words: labels.place_kind[other.kind] || other.kind }));
    settings = subject.settings.map((code) => ({ code, words: labels.setting[code] || code }));
    if (subject.closed) {
      await Field.forget(key);
      return [h("p", { class: "notice notice-success" }, words.closed)];
    }
    if (!one) return pageDays();
    if (one === "end") return pageEnd();
    if (what === "stay") return pageStay(one, rest[0], rest[1]);
    if (what === "who") return pageWho(one, rest[0], rest[1]);
    return pageDay(one);
  };

  let turn = 0; // a page that took longer than the next one is not shown
  const show = async () => {
    const mine = ++turn;
    const [key, one, what, ...rest] = location.hash.slice(1).split("/");
    const nodes = await nodesOf(key, one, what, rest);
    if (mine !== turn) return;
    toast("");
    main.replaceChildren(...nodes);
    main.querySelector("input[name=name]")?.focus();
    window.scrollTo(0, 0);
    await queue.report();
  };

  const begin = async () => {
    if ("serviceWorker" in navigator) navigator.serviceWorker.register("/field/worker.js", { scope: "/field/" }).catch(() => {});
    navigator.storage?.persist?.();
    queue = new Field.Queue(showStatus);
    addEventListener("hashchange", show);
    await show();
    queue.flush();
  };
  main.addEventListener("click", (event) => {
    if (event.target.closest?.("[aria-disabled=true]")) event.preventDefault();
  });
  begin();
})();
