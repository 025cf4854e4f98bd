/* Where I am (当前位置): offered only where the browser can tell; without a script the township is chosen instead. */
"use strict";

(() => {
  const form = document.getElementById("nearby");
  if (!form || !navigator.geolocation || !isSecureContext) return;
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    if (form.latitude.value) return;
    event.preventDefault();
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => { form.latitude.value = coords.latitude.toFixed(4); form.longitude.value = coords.longitude.toFixed(4); form.submit(); },
      () => { form.querySelector("[role=status]").textContent = form.dataset.denied; },
      { timeout: 10000, maximumAge: 60000 });
  });
})();
