import { COPY_SCRIPT } from "../pages/script.ts";

/**
 * The console's script. Everything works without it. It copies, closes the menu on narrow screens, looks again at what is
 * being written, and saves drafts: three seconds after the last key, one save at a time, each with the version that the last
 * one answered. What could not be saved is tried again, and leaving warns.
 */
export const SCRIPT = `"use strict";
${COPY_SCRIPT}
const menu = document.querySelector("details.menu");
if (menu && matchMedia("(max-width: 47.99rem)").matches) menu.open = false;

const again = document.querySelector("[data-again]");
if (again) setTimeout(() => location.reload(), Number(again.dataset.again) * 1000);

const form = document.querySelector("form[data-autosave]");
if (form) {
  const status = document.getElementById("save-state");
  const words = status.dataset;
  const dialog = document.getElementById("session-ended");
  let timer = 0, saving = false, changed = false, failures = 0;
  const say = (text, isBad) => { status.textContent = text; status.classList.toggle("error", Boolean(isBad)); };
  const later = (ms) => { clearTimeout(timer); timer = setTimeout(save, ms); };
  const failed = (text) => { changed = true; failures++; say(text, true); later(Math.min(3000 * failures, 15000)); };

  async function save() {
    if (saving || !changed) return;
    saving = true;
    changed = false;
    say(words.saving);
    try {
      const response = await fetch(form.dataset.autosave, {
        method: "POST", body: new FormData(form), headers: { "x-autosave": "1" }, redirect: "manual",
      });
      if (response.status === 401) {
        changed = true;
        say(words.session, true);
        if (dialog && !dialog.open) dialog.showModal();
      } else if (response.status === 412) {
        say(words.conflict, true);
        form.submit();
      } else if (!response.ok) failed(words.failed);
      else {
        const saved = await response.json();
        failures = 0;
        form.elements._version.value = saved.version;
        form.action = saved.action;
        form.dataset.autosave = saved.action;
        if (saved.address) history.replaceState(null, "", saved.address);
        say(saved.saved);
        if (changed) later(3000);
      }
    } catch { failed(words.failed); }
    saving = false;
  }

  form.addEventListener("input", (event) => {
    if (event.target.name === undefined || event.target.name === "") return;
    changed = true;
    if (failures === 0) say(words.unsaved);
    later(3000);
  });
  form.addEventListener("submit", () => { changed = false; clearTimeout(timer); });
  addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });

  const enter = dialog?.querySelector("form");
  enter?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const response = await fetch(enter.action, {
      method: "POST", body: new FormData(enter), headers: { "x-autosave": "1" },
    });
    const answer = await response.json();
    if (!response.ok) { dialog.querySelector("[role=alert]").textContent = answer.detail; return; }
    for (const field of document.querySelectorAll("input[name=_csrf]")) field.value = answer.csrf;
    dialog.close();
    save();
  });
}
`;
