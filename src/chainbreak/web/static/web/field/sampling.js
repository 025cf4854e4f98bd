/* The sampling table (采样台): one box to scan into. A tube's barcode opens it, a person's number adds the person, the
   same barcode again seals it. What can be known on the spot is refused on the spot, with sound and colour; the rest is
   told when the server has it. Works for a whole shift without a network. */
"use strict";

(() => {
  const words = JSON.parse(document.getElementById("words").textContent);
  const main = document.getElementById("sampling");
  const status = document.getElementById("sending");
  const URL_BATCH = "/api/v1/swabs:batch";
  const SUBJECT = "sampling";
  let table = null; // {series, number, site, table, pool}
  let tube = null; // {entry, barcode, members: [number], sealed}
  let queue = null;
  let sound = null;

  const { h, say } = Field;

  // -- Sound and colour: low and twice for no, high and once for yes ---------------------------------------------------
  const beep = (good) => {
    try {
      sound ||= new AudioContext();
      for (const [at, pitch] of good ? [[0, 880]] : [[0, 220], [0.22, 220]]) {
        const tone = sound.createOscillator();
        tone.frequency.value = pitch;
        tone.connect(sound.destination);
        tone.start(sound.currentTime + at);
        tone.stop(sound.currentTime + at + 0.15);
      }
    } catch {
      /* no sound here: the colour and the words say it */
    }
    if (!good) navigator.vibrate?.([200, 80, 200]);
  };
  const tell = (good, text) => {
    const box = document.getElementById("told");
    box.className = good ? "field-told field-told-yes" : "field-told field-told-no";
    box.textContent = `${good ? "✓" : "✗"} ${text}`;
    beep(good);
  };

  // -- What is known in this phone -------------------------------------------------------------------------------------
  const round = () => `${table.series}-${table.number}`;
  const tubes = async () => (await Field.all("entries")).filter((one) => one.kind === "tube" && one.round === round()).sort((a, b) => a.order - b.order);
  const where = async (person) => (await tubes()).find((one) => one.members.includes(person));

  /* The check digit of a resident identity number (GB 11643): weights 2^(17-i) mod 11. */
  const identityHolds = (text) => {
    const sum = [...text.slice(0, 17)].reduce((all, digit, place) => all + Number(digit) * (2 ** (17 - place) % 11), 0);
    return "10X98765432"[sum % 11] === text[17].toUpperCase();
  };
  /* A card reader or a QR code may give more than the number: take the identity number out of it. */
  const personOf = (text) => (text.match(/(?<!\d)\d{17}[\dXx](?!\d)/)?.[0] || text).toUpperCase();

  const send = async (op, row, kept) => {
    const order = await Field.order();
    const message = { event: Field.uuid(), order, op, at: new Date().toISOString(), ...row };
    const { series, number, site, table: name } = table;
    await queue.add({ form: "swabs", url: URL_BATCH, subject: SUBJECT, message, envelope: { series, number, site, table: name } }, { ...kept, order: kept.order || order });
  };

  // -- The deeds -------------------------------------------------------------------------------------------------------
  const scanned = async (text) => {
    const code = text.trim();
    if (!code) return;
    if (tube && code === tube.barcode) return seal();
    if (!tube) return openTube(code);
    return add(personOf(code));
  };

  const openTube = async (barcode) => {
    if (!/^[0-9A-Za-z][0-9A-Za-z._/+-]{2,39}$/.test(barcode)) return tell(false, say(words.not_a_barcode, { code: barcode }));
    if (/^\d{17}[\dXx]$/.test(barcode) && identityHolds(barcode)) return tell(false, words.tube_first);
    const before = (await tubes()).find((one) => one.barcode === barcode);
    if (before?.sealed) return tell(false, say(words.sealed_before, { code: barcode }));
    tube = before || { entry: `tube:${round()}:${barcode}`, subject: SUBJECT, kind: "tube", round: round(), barcode, members: [], sealed: false };
    if (!before) await send("open", { barcode, pool_limit: table.pool }, tube);
    tell(true, say(words.opened, { code: barcode }));
    await show();
  };

  const add = async (person) => {
    if (/^\d{17}.$/.test(person) && !identityHolds(person)) return tell(false, say(words.bad_identity, { number: person }));
    if (!/^[^\s\\]{2,40}$/.test(person)) return tell(false, say(words.not_a_person, { number: person }));
    const other = await where(person);
    if (other) return tell(false, say(words.swabbed_already, { number: person, code: other.barcode }));
    if (tube.members.length >= table.pool) return tell(false, say(words.full, { n: table.pool }));
    tube = { ...tube, members: [...tube.members, person] };
    await send("swab", { barcode: tube.barcode, person, position: tube.members.length }, tube);
    tell(true, say(words.added, { number: person, n: tube.members.length, of: table.pool }));
    await show();
  };

  const seal = async () => {
    if (!tube.members.length) return tell(false, words.empty_tube);
    tube = { ...tube, sealed: true };
    await send("seal", { barcode: tube.barcode, members: tube.members.length }, tube);
    tell(true, say(words.sealed, { code: tube.barcode, n: tube.members.length }));
    tube = null;
    await show();
  };

  // -- Pages -----------------------------------------------------------------------------------------------------------
  /* The box stays while the page changes around it, and scans are worked off one after the other: a scanner is faster
     than a phone. */
  let before = Promise.resolve();
  const input = h("input", { name: "code", class: "form-control field-scan", autocomplete: "off", autocapitalize: "characters", spellcheck: "false", enterkeyhint: "done" });
  const enter = h("button", { class: "btn btn-primary field-wide" });
  const scanBox = h("form", { class: "field-form" }, input,
    h("div", { class: "field-pair" }, enter, "BarcodeDetector" in window && navigator.mediaDevices ? h("button", { type: "button", class: "btn btn-outline-primary field-wide", onclick: () => camera() }, words.camera) : null));
  scanBox.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = input.value;
    input.value = "";
    before = before.then(() => scanned(text)).catch((error) => tell(false, `${words.not_kept} ${error.name}`));
  });

  const camera = async () => {
    const video = h("video", { playsinline: true, muted: true, class: "field-camera" });
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      return tell(false, words.no_camera);
    }
    scanBox.append(video);
    video.srcObject = stream;
    await video.play();
    const detector = new window.BarcodeDetector();
    const stop = () => { stream.getTracks().forEach((track) => track.stop()); video.remove(); };
    const look = async () => {
      if (!video.isConnected) return stop();
      const [found] = await detector.detect(video).catch(() => []);
      if (!found) return setTimeout(look, 150);
      stop();
      input.value = found.rawValue;
      scanBox.requestSubmit();
    };
    look();
  };

  const show = async () => {
    if (!table) return showSetup();
    const all = await tubes();
    const people = all.reduce((sum, one) => sum + one.members.length, 0);
    const hint = tube ? words.scan_person : words.scan_tube;
    input.setAttribute("aria-label", hint);
    input.placeholder = hint;
    enter.textContent = tube ? words.add : words.open;
    above.replaceChildren(
      h("p", {}, say(words.where, { round: round(), site: table.site_name || table.site || "–", table: table.table || "–" }), " ", h("button", { type: "button", class: "btn btn-sm btn-outline-secondary", onclick: () => { table = null; show(); } }, words.change)),
      tube ? h("section", { class: "field-tube" }, h("h2", {}, say(words.tube, { code: tube.barcode })), h("p", { class: "field-count" }, `${tube.members.length} / ${table.pool}`),
        h("ol", {}, tube.members.map((person) => h("li", {}, masked(person))))) : h("p", { class: "field-count" }, words.no_tube));
    below.replaceChildren(...[
      tube && h("button", { type: "button", class: "btn btn-success field-wide", onclick: () => { before = before.then(seal); } }, say(words.seal, { n: tube.members.length })),
      h("p", {}, say(words.today, { tubes: all.filter((one) => one.sealed).length, people })),
      !tube && all.length > 0 && h("p", {}, h("button", { type: "button", class: "btn btn-outline-secondary", onclick: endShift }, words.end_shift)),
      all.length > 0 && h("details", {}, h("summary", {}, words.tubes), h("ul", {}, all.slice().reverse().map((one) => h("li", {}, `${one.sealed ? "✓" : "○"} ${one.barcode} · ${one.members.length}`))))].filter(Boolean));
    if (!scanBox.isConnected) {
      main.replaceChildren(above, scanBox, below);
      input.focus();
    }
  };
  const above = h("div");
  const below = h("div");

  /* What has reached the server is deleted from this phone; with anything left to send, nothing is. */
  const endShift = async () => {
    await queue.flush();
    if (!(await Field.forget(SUBJECT))) return tell(false, words.not_yet_sent);
    table = null;
    tell(true, words.shift_ended);
    await show();
  };

  const masked = (person) => (/^\d{17}[\dX]$/.test(person) ? `${person.slice(0, 6)}********${person.slice(14)}` : person);

  const showSetup = async () => {
    let known = await Field.one("subjects", SUBJECT);
    try {
      const reply = await fetch("/api/v1/sampling", { redirect: "manual" });
      if (reply.ok) {
        known = { ...(known || {}), key: SUBJECT, ...(await reply.json()) };
        await Field.put("subjects", known);
      }
    } catch {
      /* the last known rounds and sites do */
    }
    if (!known?.rounds?.length) return main.replaceChildren(h("p", { class: "notice notice-warning" }, words.no_round));
    const choice = known.choice || {};
    const pick = (name, options, chosen) => h("select", { name, id: name, class: "form-select" }, options.map(([value, text]) => h("option", { value, selected: value === chosen }, text)));
    const form = h("form", { class: "field-form" },
      h("div", {}, h("label", { for: "round", class: "form-label" }, words.round), pick("round", known.rounds.map((one) => [`${one.series}-${one.number}`, one.words]), choice.round)),
      h("div", {}, h("label", { for: "site", class: "form-label" }, words.site), pick("site", [["", words.no_site], ...known.sites.map((one) => [one.number, one.name])], choice.site)),
      h("div", {}, h("label", { for: "table", class: "form-label" }, words.table), h("input", { name: "table", id: "table", maxlength: 20, class: "form-control", value: choice.table || "1" })),
      h("button", { class: "btn btn-primary field-wide" }, words.begin));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const given = Object.fromEntries(new FormData(form));
      const of = known.rounds.find((one) => `${one.series}-${one.number}` === given.round);
      await Field.put("subjects", { ...known, choice: given });
      await begin({ series: of.series, number: of.number, pool: of.pools?.[given.site] ?? of.pool_size, site: given.site, site_name: known.sites.find((one) => one.number === given.site)?.name, table: given.table });
    });
    main.replaceChildren(form);
  };

  const begin = async (chosen) => {
    table = chosen;
    tube = (await tubes()).find((one) => !one.sealed) || null; // a tube that was open when the phone went dark
    await show();
  };

  let heard = null; // what the server refused when the page was loaded makes no sound again
  const showStatus = ({ waiting, refused, state }) => {
    const mine = refused.filter((item) => item.subject === SUBJECT);
    const newest = mine.filter((item) => heard && !heard.has(item.event)).pop();
    heard = new Set(mine.map((item) => item.event));
    if (newest) tell(false, `${newest.message.barcode} ${masked(newest.message.person || "")}: ${words[`reason_${newest.code}`] || newest.code}`);
    status.className = `field-status field-status-${mine.length ? "refused" : state}`;
    status.replaceChildren(state === "signed_out" ? words.signed_out : !waiting ? words.all_sent : say(state === "sending" ? words.sending : words.not_sent, { n: waiting }));
    if (state === "signed_out") status.append(" ", h("a", { href: `/accounts/login/?next=${location.pathname}` }, words.sign_in));
    const box = document.getElementById("refused");
    box.replaceChildren(...(mine.length ? [h("div", { class: "notice notice-error", role: "alert" }, h("p", {}, words.refused_title),
      h("ul", {}, mine.map((item) => h("li", {}, `${item.message.barcode} ${masked(item.message.person || "")}: ${words[`reason_${item.code}`] || item.code} `,
        h("button", { type: "button", class: "btn btn-sm btn-outline-secondary", onclick: () => seen(item) }, item.state === "conflict" ? words.understood : words.take_out)))))] : []));
  };

  /* A refused row is in no tube on the server: it leaves the tube here too. A conflict is there, for people to decide. */
  const seen = async (item) => {
    const kept = (await tubes()).find((one) => one.barcode === item.message.barcode);
    await Field.remove("outbox", item.event);
    if (item.state === "refused" && item.message.op === "swab" && kept) {
      const without = { ...kept, members: kept.members.filter((person) => person !== item.message.person) };
      await Field.put("entries", without);
      if (tube?.entry === kept.entry) tube = without;
    }
    await queue.report();
    await show();
  };

  (async () => {
    if ("serviceWorker" in navigator) navigator.serviceWorker.register("/field/worker.js", { scope: "/field/" }).catch(() => {});
    navigator.storage?.persist?.();
    queue = new Field.Queue(showStatus);
    await queue.report();
    const known = await Field.one("subjects", SUBJECT);
    const of = known?.choice && known.rounds.find((one) => `${one.series}-${one.number}` === known.choice.round);
    if (of) await begin({ series: of.series, number: of.number, pool: of.pools?.[known.choice.site] ?? of.pool_size, site: known.choice.site, site_name: known.sites.find((one) => one.number === known.choice.site)?.name, table: known.choice.table });
    else await show();
    queue.flush();
  })();
})();
