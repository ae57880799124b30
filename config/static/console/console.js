// Live figures: every element with data-live asks its address each two seconds and fills what it holds.
// [data-field=name] gets the text of that name, <progress data-bar=name> its value and whether it is known.
(() => {
  "use strict";
  const EVERY_MS = 2000;

  function fill(box, fields) {
    box.querySelectorAll("[data-field]").forEach((spot) => {
      const text = fields[spot.dataset.field];
      if (text !== undefined && spot.textContent !== text) spot.textContent = text;
    });
    box.querySelectorAll("progress[data-bar]").forEach((bar) => {
      const value = fields[bar.dataset.bar];
      if (value === null || value === undefined) bar.removeAttribute("value");
      else if (bar.value !== value) bar.value = value;
    });
  }

  function watch(box) {
    async function look() {
      if (document.hidden) return void setTimeout(look, EVERY_MS);
      try {
        const answer = await fetch(box.dataset.live, { headers: { Accept: "application/json" }, credentials: "same-origin" });
        if (!answer.ok) return;  // signed out or gone: the page stays as it is
        const { fields, final } = await answer.json();
        fill(box, fields);
        if (final) return void location.reload();  // once, for the buttons and lists that depend on the end
      } catch (fault) {
        if (!(fault instanceof TypeError)) throw fault;  // no connection: ask again
      }
      setTimeout(look, EVERY_MS);
    }
    setTimeout(look, EVERY_MS);
  }

  // A picture that does not load leaves its gray square, not a broken one.
  function quietPictures(event) {
    const picture = event.target;
    if (!(picture instanceof HTMLImageElement) || picture.dataset.quiet === undefined) return;
    delete picture.dataset.quiet;
    picture.src = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";
  }

  document.addEventListener("error", quietPictures, true);
  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-live]").forEach(watch);
    document.querySelectorAll("[data-copy]").forEach((button) =>  // a prepared text
      button.addEventListener("click", async () => {
        const text = document.querySelector(button.dataset.copy);
        text.select();
        if (navigator.clipboard) await navigator.clipboard.writeText(text.value);
        else document.execCommand("copy");
      }));
    document.querySelectorAll("[data-check-all]").forEach((toggle) =>
      toggle.addEventListener("change", () =>
        document.querySelectorAll(toggle.dataset.checkAll).forEach((check) => { if (!check.disabled) check.checked = toggle.checked; })));
    document.querySelectorAll("[data-shows]").forEach((select) => {  // a field that matters for some choices only
      const show = () => document.querySelectorAll("[data-only]").forEach((part) => {
        part.hidden = !part.dataset.only.split(" ").includes(select.value);
      });
      select.addEventListener("change", show);
      show();
    });
  });
})();
