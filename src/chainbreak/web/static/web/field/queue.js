/* What a phone in the field keeps until the server has it (离线队列): records in IndexedDB, and a queue of messages that
   are sent in order, in batches, and answered one by one. A message leaves the queue only when it was answered; its
   `event` number makes sending twice harmless. Nothing is sent by a clock alone: the order is a counter. */
"use strict";

var Field = (() => {
  const NAME = "chainbreak-field";
  const STORES = { subjects: "key", entries: "entry", outbox: "event", drafts: "place" };
  const BATCH = 50;
  const AGAIN = 15000; // ms between tries while something waits

  let opened = null;
  const database = () => {
    opened ||= new Promise((resolve, reject) => {
      const asked = indexedDB.open(NAME, 1);
      asked.onupgradeneeded = () => {
        for (const [name, keyPath] of Object.entries(STORES)) asked.result.createObjectStore(name, { keyPath });
      };
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
    });
    return opened;
  };

  /* One transaction over some stores; resolves when it is on disk. */
  const write = async (names, work) => {
    const base = await database();
    return new Promise((resolve, reject) => {
      const deed = base.transaction(names, "readwrite", { durability: "strict" });
      deed.oncomplete = () => resolve();
      deed.onerror = deed.onabort = () => reject(deed.error);
      work(...names.map((name) => deed.objectStore(name)));
    });
  };

  const read = async (name, ask) => {
    const base = await database();
    return new Promise((resolve, reject) => {
      const asked = ask(base.transaction(name).objectStore(name));
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
    });
  };

  const all = (name) => read(name, (store) => store.getAll());
  const one = (name, key) => read(name, (store) => store.get(key));
  const put = (name, value) => write([name], (store) => store.put(value));
  const remove = (name, key) => write([name], (store) => store.delete(key));

  /* The next number of this phone's counter; larger than every one before, also after a restart. */
  let last = 0;
  const order = async () => {
    if (!last) last = Math.max(0, ...(await all("entries")).map((entry) => entry.order || 0), ...(await all("outbox")).map((item) => item.message.order || 0));
    last += 1;
    return last;
  };

  /* crypto.randomUUID needs a secure context; a phone may reach the server by its address alone. */
  const uuid = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  };

  /* The page may be an old one out of the phone, so its token may be, too: the cookie has the one that counts now. */
  const token = () => document.cookie.split("; ").find((one) => one.startsWith(`${document.body.dataset.csrf}=`))?.split("=")[1] || "";

  /* How messages of a kind travel: the body of a batch, and what the reply says of each message. */
  const FORMS = {
    doors: {
      body: (items) => ({ sent_at: new Date().toISOString(), rows: items.map(({ message: { order, ...row } }) => row) }),
      answers: (reply) => reply.rows,
    },
    interview: {
      body: (items) => items.map((item) => item.message),
      answers: (reply) => reply,
    },
    swabs: {
      body: (items) => ({ ...items[0].envelope, sent_at: new Date().toISOString(), rows: items.map(({ message: { event, order, ...row } }) => ({ event_id: event, ...row })) }),
      answers: (reply) => reply.rows.map((row) => ({ event: row.event_id, outcome: row.outcome, code: row.reason || "" })),
    },
  };

  class Queue {
    /* `tell({waiting, refused, state})` is called whenever something changes; state: idle, sending, offline, signed_out. */
    constructor(tell) {
      this.tell = tell;
      this.busy = false;
      this.state = "idle";
      addEventListener("online", () => this.flush());
      setInterval(() => this.flush(), AGAIN);
    }

    async report() {
      const items = await all("outbox");
      this.tell({
        waiting: items.filter((item) => item.state === "waiting").length,
        refused: items.filter((item) => item.state === "refused" || item.state === "conflict"),
        state: this.state,
      });
    }

    /* Keep entries and their message (or several) in one transaction: all are on disk, or nothing. */
    async add(messages, ...kept) {
      await write(["entries", "outbox"], (entries, outbox) => {
        kept.forEach((entry) => entries.put(entry));
        [messages].flat().forEach(({ form, url, subject, message, envelope = null }) => outbox.put({ event: message.event, form, url, subject, message, envelope, state: "waiting" }));
      });
      await this.report();
      this.flush();
    }

    async flush() {
      this.again = true; // whoever comes while we send is sent in the same go
      if (this.busy) return;
      this.busy = true;
      try {
        while (this.again) {
          this.again = false;
          const waiting = (await all("outbox")).filter((item) => item.state === "waiting").sort((a, b) => a.message.order - b.message.order);
          if (!waiting.length) {
            this.state = "idle";
            continue;
          }
          const same = (item) => item.url === waiting[0].url && JSON.stringify(item.envelope) === JSON.stringify(waiting[0].envelope);
          const other = waiting.findIndex((item) => !same(item)); // never past a message of another round or table
          if (!(await this.send(waiting[0], waiting.slice(0, other < 0 ? BATCH : Math.min(other, BATCH))))) break;
          this.again = true;
        }
      } finally {
        this.busy = false;
        await this.report();
      }
    }

    /* True when the batch was answered and the next may go. */
    async send({ url, form }, items) {
      this.state = "sending";
      await this.report();
      let reply;
      try {
        reply = await fetch(url, {
          method: "POST",
          headers: { "Content-Type": "application/json", "X-CSRFToken": token() },
          body: JSON.stringify(FORMS[form].body(items)),
          redirect: "manual",
        });
      } catch {
        this.state = "offline";
        return false;
      }
      if (reply.type === "opaqueredirect" || reply.status === 401 || reply.status === 403) {
        this.state = "signed_out";
        return false;
      }
      if (!reply.ok) {
        this.state = reply.status >= 500 || reply.status === 429 ? "offline" : "refused";
        const after = Number(reply.headers.get("Retry-After"));
        if (after) setTimeout(() => this.flush(), after * 1000);
        return false;
      }
      const answers = new Map(FORMS[form].answers(await reply.json()).map((answer) => [answer.event, answer]));
      await write(["outbox"], (outbox) => {
        for (const item of items) {
          const answer = answers.get(item.event);
          if (answer && ["accepted", "duplicate"].includes(answer.outcome)) outbox.delete(item.event);
          else if (answer) outbox.put({ ...item, state: answer.outcome === "conflict" ? "conflict" : "refused", code: answer.code });
        }
      });
      return items.every((item) => answers.has(item.event));
    }
  }

  /* What the server has is deleted from this phone; what it has not, stays. */
  const forget = async (subject) => {
    const open = new Set((await all("outbox")).map((item) => item.subject));
    if (open.has(subject)) return false;
    const gone = (await all("entries")).filter((entry) => entry.subject === subject);
    await write(["entries", "subjects", "drafts"], (entries, subjects, drafts) => {
      gone.forEach((entry) => entries.delete(entry.entry));
      subjects.delete(subject);
      drafts.clear();
    });
    return true;
  };

  /* A sentence with its facts put in: %(name)s. */
  const say = (text, facts = {}) => text.replace(/%\((\w+)\)s/g, (_, name) => facts[name] ?? "");

  /* An element: attributes, `on…` handlers, children; what is false or nothing is left out. */
  const h = (tag, options = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(options)) {
      if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else if (value === true) made.setAttribute(name, "");
      else if (value !== false && value != null) made.setAttribute(name, value);
    }
    made.append(...children.flat().filter((child) => child != null && child !== false));
    return made;
  };

  return { Queue, h, say, all, one, put, remove, write, order, uuid, forget };
})();
