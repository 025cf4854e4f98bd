/* Knocking on doors (上门补采): the visits a worker took along, an outcome in two taps, the tube in hand. Works without a
   network; what came of a visit is kept in the phone before anything is sent. */
"use strict";

(() => {
  const words = JSON.parse(document.getElementById("words").textContent);
  const main = document.getElementById("doors");
  const status = document.getElementById("sending");
  const SUBJECT = "doors";
  const OUTCOMES = ["swabbed", "not_found", "refused", "away", "moved"];
  const AGAIN = "not_found"; // nobody there: the door stays in the list
  const { h, say } = Field;
  let mine = null; // what was taken along: {worker, may_swab, rounds, tasks, at}
  let queue = null;

  const tell = (good, text, undo = null) => {
    const box = document.getElementById("told");
    box.className = good ? "field-told field-told-yes" : "field-told field-told-no";
    box.replaceChildren(`${good ? "✓" : "✗"} ${text}`, ...(undo ? [" ", h("button", { type: "button", class: "btn btn-outline-secondary", onclick: undo }, words.undo)] : []));
    if (!good) navigator.vibrate?.([200, 80, 200]);
  };
  const roundOf = (task) => `${task.series}-${task.round}`;
  const keyOf = (task) => `door:${roundOf(task)}:${task.person}`;
  const poolOf = (task) => mine.rounds.find((one) => one.series === task.series && one.round === task.round)?.pool_size || 10;
  const entries = async (kind) => (await Field.all("entries")).filter((one) => one.kind === kind && one.subject === SUBJECT);
  const inHand = async () => (await entries("door_tube")).find((one) => !one.sealed) || null;

  /* -- What goes to the server ---------------------------------------------------------------------------------------- */
  const visit = (task, fields, order) => ({
    form: "doors", url: "/api/v1/doors:batch", subject: SUBJECT,
    message: { event: Field.uuid(), order, series: task.series, round: task.round, person: task.person, at: new Date().toISOString(), ...fields },
  });
  const swab = (tube, row, order) => ({
    form: "swabs", url: "/api/v1/swabs:batch", subject: SUBJECT, envelope: { series: tube.series, number: tube.number, site: "", table: "doors" },
    message: { event: Field.uuid(), order, at: new Date().toISOString(), barcode: tube.barcode, ...row },
  });

  const record = async (task, outcome, note) => {
    const sent = [];
    const kept = [];
    let barcode = "";
    if (outcome === "swabbed") {
      const tube = await inHand();
      if (!tube || (tube.series && (tube.series !== task.series || tube.number !== task.round))) return tell(false, words.tube_first);
      const pool = poolOf(task);
      if (tube.members.length >= pool && !tube.members.includes(task.person)) return tell(false, say(words.tube_full, { n: tube.members.length }));
      const there = tube.members.includes(task.person); // the visit was taken back, the swab was not
      const next = { ...tube, series: task.series, number: task.round, pool, members: there ? tube.members : [...tube.members, task.person] };
      barcode = tube.barcode;
      if (mine.may_swab && !there) {
        if (!tube.series) sent.push(swab(next, { op: "open", pool_limit: pool }, await Field.order()));
        sent.push(swab(next, { op: "swab", person: task.person, position: next.members.length }, await Field.order()));
      }
      kept.push(next);
    }
    const order = await Field.order();
    const told = visit(task, { outcome, barcode, note }, order);
    kept.push({ entry: keyOf(task), subject: SUBJECT, kind: "door", person: task.person, outcome, barcode, note, event: told.message.event, order });
    await queue.add([...sent, told], ...kept);
    main.querySelector("details.door[open]")?.removeAttribute("open");
    tell(true, say(words.told, { person: task.name || task.person, outcome: words[outcome] }), () => undo(task));
    await show();
  };

  const undo = async (task) => {
    const before = await Field.one("entries", keyOf(task));
    if (!before?.outcome) return;
    const order = await Field.order();
    await queue.add(visit(task, { undo: before.event, outcome: "" }, order), { ...before, outcome: "", order });
    const swabbed = before.outcome === "swabbed";
    tell(!swabbed, `${say(words.undone, { person: task.name || task.person })} ${swabbed ? words.swab_stays : ""}`.trim());
    await show();
  };

  const takeTube = async (text) => {
    const barcode = text.trim();
    const box = main.querySelector("input[name=tube]");
    if (box) box.value = "";
    if (!/^[0-9A-Za-z][0-9A-Za-z._/+-]{2,39}$/.test(barcode)) return tell(false, say(words.tube_bad, { code: barcode }));
    const known = (await entries("door_tube")).find((one) => one.barcode === barcode);
    if (known?.sealed) return tell(false, say(words.sealed_before, { code: barcode }));
    const empty = (await entries("door_tube")).filter((one) => !one.sealed && !one.members.length && one.barcode !== barcode);
    for (const one of empty) await Field.remove("entries", one.entry); // never opened on the server: another tube was scanned instead
    if (!known) await Field.put("entries", { entry: `door_tube:${barcode}`, subject: SUBJECT, kind: "door_tube", barcode, members: [], sealed: false, order: await Field.order() });
    tell(true, say(words.tube_set, { code: barcode, n: known?.members.length || 0, of: known?.pool || mine.rounds[0]?.pool_size || 10 }));
    await show();
  };

  const seal = async () => {
    const tube = await inHand();
    if (!tube?.members.length) return;
    const kept = { ...tube, sealed: true };
    if (mine.may_swab) await queue.add(swab(tube, { op: "seal", members: tube.members.length }, await Field.order()), kept);
    else await Field.put("entries", kept);
    tell(true, say(words.sealed, { code: tube.barcode, n: tube.members.length }));
    await show();
  };

  /* -- The page --------------------------------------------------------------------------------------------------------- */
  const door = (task, last) => {
    const note = h("input", { class: "form-control", maxlength: 300, autocomplete: "off", "aria-label": words.note, placeholder: words.note });
    return h("li", {}, h("details", { class: "door", name: "door", "data-key": keyOf(task) },
      h("summary", { class: "field-row" }, h("strong", {}, task.name || words.no_name), h("span", {}, task.address || words.no_address),
        h("small", {}, [task.person, task.household && say(words.household, { number: task.household }), last && say(words.before, { outcome: words[last] })].filter(Boolean).join(" · "))),
      task.phone && h("p", {}, h("a", { href: `tel:${task.phone}`, class: "btn btn-outline-secondary field-wide" }, `${words.call} ${task.phone}`)),
      h("div", { class: "field-asks" }, OUTCOMES.map((code) => h("button", { type: "button", class: `btn ${code === "swabbed" ? "btn-success" : "btn-outline-primary"}`, onclick: () => record(task, code, note.value).catch((error) => tell(false, `${words.not_kept} ${error.name}`)) }, words[code]))),
      note));
  };

  const tubeBox = (tube) => {
    const input = h("input", { name: "tube", class: "form-control field-scan", autocomplete: "off", autocapitalize: "characters", spellcheck: "false", "aria-label": words.tube_hint, placeholder: words.tube_hint });
    const form = h("form", { class: "field-form" }, input, h("button", { class: "btn btn-outline-primary field-wide" }, words.tube_take));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      takeTube(input.value).catch((error) => tell(false, `${words.not_kept} ${error.name}`));
    });
    if (!tube) return h("section", { class: "field-tube" }, h("h2", {}, words.tube), form);
    return h("section", { class: "field-tube" }, h("h2", {}, `${words.tube}: ${tube.barcode}`),
      h("p", { class: "field-count" }, `${tube.members.length} / ${tube.pool || mine.rounds[0]?.pool_size || 10}`),
      tube.members.length > 0 ? h("button", { type: "button", class: "btn btn-success field-wide", onclick: seal }, say(words.seal, { n: tube.members.length })) : form);
  };

  /* The list comes again in one go: the door that is open stays open with its note, and so does what is typed. */
  const replace = (...children) => {
    const opened = main.querySelector("details.door[open]");
    const [key, note, typed] = [opened?.dataset.key, opened?.querySelector("input")?.value, main.querySelector("input[name=tube]")?.value];
    main.replaceChildren(...children);
    const box = main.querySelector("input[name=tube]");
    if (box && typed) box.value = typed;
    const again = key && [...main.querySelectorAll("details.door")].find((one) => one.dataset.key === key);
    if (!again) return;
    again.open = true;
    again.querySelector("input").value = note;
  };

  const show = async () => {
    if (!mine?.tasks?.length) return replace(h("p", { class: "notice notice-warning" }, words.none), again(), ...(mine ? [home()] : []));
    const [known, tube] = [new Map((await entries("door")).map((one) => [one.entry, one])), await inHand()];
    const open = mine.tasks.filter((task) => [undefined, "", AGAIN].includes(known.get(keyOf(task))?.outcome));
    const done = mine.tasks.filter((task) => !open.includes(task));
    const parts = new Map();
    open.forEach((task) => parts.set(task.area_name, [...(parts.get(task.area_name) || []), task]));
    replace(...[
      h("p", { class: "field-count" }, say(words.left, { left: open.length, all: mine.tasks.length })),
      h("p", {}, words.fair), tubeBox(tube), !mine.may_swab && h("p", { class: "notice" }, words.not_sampler),
      ...[...parts].map(([area, tasks]) => h("section", {}, h("h2", {}, area), h("ul", { class: "field-list" }, tasks.map((task) => door(task, known.get(keyOf(task))?.outcome || task.last))))),
      done.length > 0 && h("details", {}, h("summary", {}, `${words.done} (${done.length})`), h("ul", { class: "field-list" }, done.map((task) => {
        const { outcome, barcode } = known.get(keyOf(task));
        return h("li", { class: "field-row" }, h("strong", {}, task.name || task.person), h("span", {}, [words[outcome], barcode].filter(Boolean).join(" · ")), h("button", { type: "button", class: "btn btn-outline-secondary", onclick: () => undo(task) }, words.undo));
      }))),
      again(), home()].filter(Boolean));
  };
  const again = () => h("p", {}, h("button", { type: "button", class: "btn btn-outline-secondary field-wide", onclick: () => fetchMine().then(show) }, words.refresh));
  const home = () => h("p", {}, h("button", { type: "button", class: "btn btn-outline-secondary field-wide", onclick: endShift }, words.end));

  /* Names and addresses leave the phone with the end of the shift; with anything left to send, nothing is deleted. */
  const endShift = async () => {
    await queue.flush();
    if (!(await Field.forget(SUBJECT))) return tell(false, words.not_yet_sent);
    mine = null;
    tell(true, words.ended);
    await show();
  };

  /* Visits that were told but have not reached the server yet stay in the list with what was told. */
  const fetchMine = async () => {
    await queue.flush();
    try {
      const reply = await fetch("/api/v1/doors", { redirect: "manual" });
      if (!reply.ok) return;
      const fresh = await reply.json();
      const told = new Set((await entries("door")).filter((one) => one.outcome).map((one) => one.entry));
      const kept = (mine?.tasks || []).filter((task) => told.has(keyOf(task)) && !fresh.tasks.some((one) => keyOf(one) === keyOf(task)));
      mine = { ...fresh, tasks: [...fresh.tasks, ...kept], rounds: [...fresh.rounds, ...(mine?.rounds || []).filter((one) => !fresh.rounds.some((other) => other.series === one.series && other.round === one.round))], key: SUBJECT, at: new Date().toISOString() };
      if (mine.tasks.length) await Field.put("subjects", mine);
    } catch {
      if (mine) tell(true, words.offline);
    }
  };

  const showStatus = ({ waiting, refused, state }) => {
    const wrong = refused.filter((item) => item.subject === SUBJECT);
    status.className = `field-status field-status-${wrong.length ? "refused" : state}`;
    status.replaceChildren(state === "signed_out" ? words.signed_out : !waiting ? words.all_sent : say(state === "sending" ? words.sending : words.not_sent, { n: waiting }));
    if (state === "signed_out") status.append(" ", h("a", { href: `/accounts/login/?next=${location.pathname}` }, words.sign_in));
    document.getElementById("refused").replaceChildren(...(wrong.length ? [h("div", { class: "notice notice-error", role: "alert" }, h("p", {}, words.refused_title),
      h("ul", {}, wrong.map((item) => h("li", {}, `${item.message.barcode || ""} ${item.message.person || ""}: ${words[`reason_${item.code}`] || item.code} `,
        h("button", { type: "button", class: "btn btn-outline-secondary", onclick: async () => { await Field.remove("outbox", item.event); await queue.report(); } }, words.understood)))))] : []));
  };

  (async () => {
    if ("serviceWorker" in navigator) navigator.serviceWorker.register("/field/worker.js", { scope: "/field/" }).catch(() => {});
    navigator.storage?.persist?.();
    queue = new Field.Queue(showStatus);
    await queue.report();
    mine = (await Field.one("subjects", SUBJECT)) || null;
    if (mine) await show();
    await fetchMine();
    await show();
  })();
})();
