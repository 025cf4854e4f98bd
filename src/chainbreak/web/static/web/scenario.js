// Sliders beside the numbers of a scenario's form. Without this file the numbers are written by hand.
for (const slot of document.querySelectorAll("[data-slider-most]")) {
  const number = slot.querySelector("input");
  const slider = document.createElement("input");
  slider.type = "range";
  slider.className = "form-range";
  slider.min = "0";
  slider.max = slot.dataset.sliderMost;
  slider.step = slot.dataset.sliderStep === "1" ? "1" : String(Number(slot.dataset.sliderMost) / 200);
  slider.value = number.value || "0";
  slider.setAttribute("aria-label", number.getAttribute("aria-label"));
  slider.addEventListener("input", () => { number.value = String(Number(Number(slider.value).toPrecision(4))); });
  number.addEventListener("input", () => { slider.value = number.value || "0"; });
  slot.querySelector(".scenario-inputs").after(slider);
}
