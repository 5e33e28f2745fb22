// One message as it looks in a chat: words with their formatting, a contact, buttons under it.

import { clockTime, shownPhone, texts } from "/phone/texts.js";

const WRAPPERS = {
  bold: "b", italic: "i", underline: "u", strikethrough: "s", code: "code", pre: "pre",
  blockquote: "blockquote", expandable_blockquote: "blockquote",
};
const TICKS = { sent: "✓", delivered: "✓✓", read: "✓✓", failed: "!" };
const WEB_LINK = /https?:\/\/[^\s<>"]+[^\s<>".,;:!?)]/g;

export function element(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

export function avatar(name, key) {
  const made = element("span", "avatar");
  dress(made, name, key);
  return made;
}

export function dress(target, name, key) {
  const hue = [...String(key)].reduce((sum, character) => sum + character.charCodeAt(0), 0) % 6;
  target.className = `avatar hue-${hue}`;
  target.textContent = [...name][0]?.toUpperCase() ?? "?";
  target.ariaHidden = "true";
}

export function isSafeLink(url) {
  return /^(https?|tg|max|whatsapp):/i.test(url);
}

function link(url, ...children) {
  if (!isSafeLink(url)) return element("span", "", ...children);
  const made = element("a", "", ...children);
  made.href = url;
  made.target = "_blank";
  made.rel = "noopener noreferrer";
  return made;
}

function linked(text) {
  const parts = [];
  let end = 0;
  for (const found of text.matchAll(WEB_LINK)) {
    parts.push(text.slice(end, found.index), link(found[0], found[0]));
    end = found.index + found[0].length;
  }
  return [...parts, text.slice(end)];
}

function wrapped(inner, entity) {
  if (entity.type === "text_link") return link(entity.url, ...inner);
  if (entity.type === "bot_command") return element("span", "command", ...inner);
  if (entity.type === "spoiler") {
    const made = element("span", "spoiler", ...inner);
    made.addEventListener("click", () => made.classList.add("is-open"));
    return made;
  }
  return element(WRAPPERS[entity.type] ?? "span", "", ...inner);
}

// Entities may nest but not cross, and come sorted: each takes what begins inside it.
function formatted(text, entities, from, to) {
  const parts = [];
  let position = from;
  for (let index = 0; index < entities.length; index += 1) {
    const entity = entities[index];
    const end = Math.min(entity.offset + entity.length, to);
    if (entity.offset < position || entity.offset >= to) continue;
    parts.push(...linked(text.slice(position, entity.offset)));
    const inside = entities.slice(index + 1).filter((each) => each.offset < end);
    const inner = entity.type === "text_link" || entity.type === "code" || entity.type === "pre"
      ? [text.slice(entity.offset, end)]
      : formatted(text, inside, entity.offset, end);
    parts.push(wrapped(inner, entity));
    position = end;
  }
  return [...parts, ...linked(text.slice(position, to))];
}

function contactCard(contact) {
  const name = [contact.first_name, contact.last_name].filter(Boolean).join(" ");
  const number = shownPhone(contact.phone_number.replace(/\D/g, ""));
  return element("div", "contact", avatar(name, contact.user_id ?? name),
    element("div", "", element("strong", "", name), element("small", "", number)));
}

// What is sent along is named and not fetched: the page loads nothing from elsewhere.
function enclosed({ kind, url, name }) {
  const shown = name ?? decodedName(url);
  return element("div", "contact", avatar(kind, kind), element("div", "", element("strong", "", link(url, shown)),
    element("small", "", texts.media[kind])));
}

function decodedName(url) {
  const last = new URL(url).pathname.split("/").pop() || url;
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}

function keyboard(message, tap) {
  const rows = message.reply_markup.inline_keyboard.map((row) =>
    element("div", "", ...row.map((button) => inlineButton(message, button, tap))));
  return element("div", "inline", ...rows);
}

function inlineButton(message, button, tap) {
  const isLink = button.url && isSafeLink(button.url);
  const made = isLink ? link(button.url, button.text) : element("button", "", button.text);
  if (button.description) made.append(element("small", "", button.description));
  if (button.style) made.dataset.style = button.style;
  if (!button.url) {
    made.type = "button";
    made.addEventListener("click", () => tap(message, button, made));
  }
  return made;
}

function ticks({ from_bot: isFromBot, status }) {
  if (isFromBot || !TICKS[status]) return [];
  const made = element("span", "ticks", TICKS[status]);
  made.dataset.status = status;
  made.role = "img";
  made.ariaLabel = texts[status];
  return [made];
}

export function bubble(message, answered, tap) {
  const inside = element("div", "bubble");
  if (message.forward_origin) inside.append(element("div", "quote", texts.forwarded));
  if (answered) inside.append(element("div", "quote", answered.text ?? ""));
  if (message.contact) inside.append(contactCard(message.contact));
  inside.append(...(message.media ?? []).map(enclosed));
  if (message.text) {
    inside.append(element("span", "words", ...formatted(message.text, message.entities ?? [], 0, message.text.length)));
  }
  const edited = message.edit_date ? `${texts.edited} ` : "";
  inside.append(element("span", "stamp", `${edited}${clockTime(message.date)}`, ...ticks(message)));
  if (message.reaction) inside.append(element("span", "reaction", message.reaction));
  const made = element("li", message.from_bot ? "message" : "message mine", inside);
  if (message.reply_markup) {
    made.classList.add("has-buttons");
    made.append(keyboard(message, tap));
  }
  return made;
}
