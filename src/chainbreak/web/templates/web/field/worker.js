/* The pages of the field without a network (离线页面): the shells and what they need are kept; a page comes from the
   network while there is one, from the phone when there is none. No answer of the server with people in it is kept. */
"use strict";

const KEPT = "chainbreak-field-{{ version }}";
const SHELLS = {{ shells|safe }};
const NEEDED = {{ needed|safe }};
const PATIENCE = 4000; // ms until the kept page is shown instead

self.addEventListener("install", (event) => {
  // A shell that this account may not open is left out; the rest is kept all the same.
  event.waitUntil(caches.open(KEPT).then((kept) => Promise.all([kept.addAll(NEEDED), ...SHELLS.map((shell) => kept.add(shell).catch(() => {}))])).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(caches.keys().then((names) => Promise.all(names.filter((name) => name.startsWith("chainbreak-field-") && name !== KEPT).map((name) => caches.delete(name)))).then(() => self.clients.claim()));
});

const fresh = async (request) => {
  const kept = await caches.open(KEPT);
  const path = new URL(request.url).pathname;
  try {
    const reply = await Promise.race([fetch(request), new Promise((_, reject) => setTimeout(reject, PATIENCE))]);
    if (reply.ok && !reply.redirected) await kept.put(path, reply.clone());
    if (reply.status < 500) return reply;
  } catch {
    /* no network, or one that does not answer */
  }
  return (await kept.match(path)) || Response.error();
};

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (SHELLS.includes(url.pathname)) event.respondWith(fresh(event.request));
  else if (NEEDED.includes(url.pathname)) event.respondWith(caches.match(event.request, { cacheName: KEPT }).then((kept) => kept || fetch(event.request)));
});
