// The slider over an outbreak's days. It asks for the same page with another `as_of`; without this file the date field does.
const DAY = 86400000;
const WAIT = 250; // milliseconds without a move before the page is asked for

for (const place of document.querySelectorAll("[data-asof-slider]")) {
  const first = Date.parse(place.dataset.first), last = Date.parse(place.dataset.last);
  const day = (at) => new Date(first + at * DAY).toISOString().slice(0, 10);
  const label = document.createElement("label");
  const slider = document.createElement("input");
  const shown = document.createElement("output");
  slider.type = "range";
  slider.className = "form-range";
  slider.min = "0";
  slider.max = String(Math.round((last - first) / DAY));
  slider.value = String(Math.round((Date.parse(place.dataset.day) - first) / DAY));
  const said = () => {
    shown.value = day(Number(slider.value));
    slider.setAttribute("aria-valuetext", shown.value);
  };
  label.append(`${place.dataset.words} `, shown, slider);
  place.append(label);
  place.hidden = false;
  said();

  let timer = 0, asked = null;
  const show = async () => {
    const address = new URL(location.href);
    if (slider.value === slider.max) address.searchParams.delete("as_of");
    else address.searchParams.set("as_of", shown.value);
    asked?.abort();
    asked = new AbortController();
    const desk = document.getElementById("desk");
    desk.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(address, { signal: asked.signal, headers: { Accept: "text/html" } });
      if (!answer.ok || answer.redirected) { location.assign(address); return; }
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of ["#desk", "#menu", "form.asof", ".banner-past, .asof-note"]) {
        const old = document.querySelector(part), found = fresh.querySelector(part);
        if (old && found) old.replaceWith(document.adoptNode(found));
      }
      history.replaceState(null, "", address);
    } catch (problem) {
      if (problem.name !== "AbortError") location.assign(address);
      return;
    }
    document.getElementById("desk").removeAttribute("aria-busy");
  };
  slider.addEventListener("input", () => { said(); clearTimeout(timer); timer = setTimeout(show, WAIT); });
}
