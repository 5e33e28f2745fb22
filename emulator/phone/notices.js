// What the phone tells and asks besides the chats: a toast, a failure in words, a question with two answers.

import { texts } from "/phone/texts.js";

const at = (id) => document.getElementById(id);
let toastTimer = 0;

export function toast(text) {
  const shown = at("toast");
  shown.textContent = text;
  shown.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { shown.hidden = true; }, 3500);
}

export async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    toast(error.message || texts.trouble);
    return null;
  }
}

export function question(title, text, yes, no) {
  const dialog = at("ask-dialog");
  at("ask-title").textContent = title;
  at("ask-text").textContent = text;
  at("ask-yes").textContent = yes;
  at("ask-no").textContent = no ?? "";
  at("ask-no").hidden = !no;
  dialog.returnValue = "no";
  dialog.showModal();
  at("ask-yes").focus();
  return new Promise((answer) => {
    dialog.addEventListener("close", () => answer(dialog.returnValue === "yes"), { once: true });
  });
}
