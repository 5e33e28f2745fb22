// What the phone knows of each messenger: its name, its mark, its links, and the words that only it uses.

import { element } from "/phone/bubbles.js";
import { texts } from "/phone/texts.js";

export const MESSENGERS = {
  telegram: { name: "Telegram", letter: "T", hasStart: true, answersTaps: true, tellsWhatIsRead: false },
  max: { name: "MAX", letter: "M", hasStart: true, answersTaps: true, tellsWhatIsRead: false },
  whatsapp: { name: "WhatsApp", letter: "W", hasStart: false, answersTaps: false, tellsWhatIsRead: true },
};

export function mark(messenger) {
  const made = element("span", "mark");
  stamp(made, messenger);
  return made;
}

export function stamp(target, messenger) {
  target.dataset.messenger = messenger;
  target.textContent = MESSENGERS[messenger].letter;
  target.ariaHidden = "true";
}

export function wordsOf(messenger) {
  return { ...texts, ...texts.only[messenger] };
}

// Links come as the messengers write them, or as the emulator does: with the messenger's host as the first folder.
export function messengerOf(link) {
  if (/^whatsapp:|\b(wa\.me|whatsapp\.com)\//i.test(link)) return "whatsapp";
  return /^max:|\bmax\.ru\//i.test(link) ? "max" : "telegram";
}

// The link that the page itself was opened with, or null.
export function linkIn(query) {
  const bot = query.get("bot");
  if (!bot) return null;
  const name = encodeURIComponent(bot);
  if (query.get("messenger") === "whatsapp") {
    return `https://wa.me/${name}?text=${encodeURIComponent(query.get("text") ?? "")}`;
  }
  const host = query.get("messenger") === "max" ? "max.ru" : "t.me";
  return `https://${host}/${name}?${new URLSearchParams({ start: query.get("start") ?? "" })}`;
}
