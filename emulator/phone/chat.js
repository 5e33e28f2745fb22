// One chat on the screen: its messages and keyboards, what stands in the entry field, and taps.

import { bubble, dress, element } from "/phone/bubbles.js";
import { MESSENGERS, stamp, wordsOf } from "/phone/messengers.js";
import { question, toast, attempt } from "/phone/notices.js";
import { act, at, keyOf, needsStart, openChat, phone } from "/phone/state.js";
import { shownPhone, texts } from "/phone/texts.js";

let drawn = new Map(); // message id -> {source, item} on the screen
let readLast = ""; // the message id that the business was told of last
const entries = new Map(); // chat -> {draft, text}: the draft a link brought last, and what stands in the entry field

export function clearChat() {
  drawn = new Map();
  at("messages").replaceChildren();
}

function drawMessages(chat) {
  const scroll = at("scroll");
  const wasAtEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;
  const seen = new Set();
  let before = null;
  for (const message of chat.messages) {
    seen.add(message.message_id);
    const source = JSON.stringify(message);
    const known = drawn.get(message.message_id);
    let item = known?.item;
    if (known?.source !== source) {
      const answered = chat.messages.find((each) => each.message_id === message.reply_to_message_id);
      item = bubble(message, answered, tap);
      if (known) known.item.replaceWith(item);
      else if (before) before.after(item);
      else at("messages").prepend(item);
      drawn.set(message.message_id, { source, item });
    }
    before = item;
  }
  for (const [id, { item }] of drawn) {
    if (seen.has(id)) continue;
    item.remove();
    drawn.delete(id);
  }
  if (wasAtEnd) scroll.scrollTop = scroll.scrollHeight;
}

function drawKeyboard(markup) {
  const keyboard = at("keyboard");
  keyboard.hidden = !markup;
  at("entry").placeholder = markup?.input_field_placeholder || texts.message;
  const source = JSON.stringify(markup);
  if (keyboard.dataset.source === source) return;
  keyboard.dataset.source = source;
  keyboard.replaceChildren(...(markup?.keyboard ?? []).map((row) =>
    element("div", "", ...row.map((key) => {
      const button = element("button", "", key.text);
      button.type = "button";
      button.addEventListener("click", () => (key.request_contact ? shareMine() : act("text", { text: key.text })));
      return button;
    }))));
}

// A draft comes with a link and is the person's from then on: only the next link replaces what they make of it.
function drawEntry(chat) {
  const draft = chat.draft ?? "";
  const known = entries.get(keyOf(chat)) ?? { draft: "", text: "" };
  const text = draft && draft !== known.draft ? draft : known.text;
  entries.set(keyOf(chat), { draft, text });
  if (at("entry").value !== text) at("entry").value = text;
}

function tellWhatIsRead(chat) {
  const newest = chat.messages.findLast((message) => message.from_bot);
  if (!MESSENGERS[chat.messenger].tellsWhatIsRead || !newest) return;
  if (newest.status === "read" || newest.message_id === readLast) return;
  readLast = newest.message_id;
  act("read");
}

export function drawChat() {
  const chat = openChat();
  const own = wordsOf(chat.messenger);
  dress(at("chat-avatar"), chat.bot_name, chat.bot);
  stamp(at("chat-mark"), chat.messenger);
  at("chat-title").textContent = chat.bot_name;
  const quiet = `${own.bot} · ${MESSENGERS[chat.messenger].name}`;
  at("chat-state").textContent = chat.blocked ? own.blocked : chat.action ? own.typing : quiet;
  at("menu-block").textContent = chat.blocked ? own.unblock : own.block;
  const canWrite = !chat.blocked && !needsStart(chat);
  at("start").hidden = canWrite;
  at("start").textContent = needsStart(chat) ? own.start : own.unblock;
  at("composer").hidden = !canWrite;
  drawMessages(chat);
  drawKeyboard(canWrite ? chat.reply_keyboard : null);
  drawEntry(chat);
  tellWhatIsRead(chat);
}

// Lets a link just opened bring its draft once more, whatever became of it before.
export function forgetEntry(chat) {
  if (chat.draft) entries.delete(keyOf(chat));
}

// Puts the keyboard's focus where the next thing is to be done.
export function focusNext() {
  at("scroll").scrollTop = at("scroll").scrollHeight;
  if (!at("start").hidden) {
    at("start").focus();
  } else if (at("entry").value) {
    at("entry").focus();
    at("entry").setSelectionRange(at("entry").value.length, at("entry").value.length);
  }
}

export function keepEntry() {
  const known = entries.get(keyOf(phone.open));
  entries.set(keyOf(phone.open), { ...known, text: at("entry").value });
}

export async function sendEntry() {
  const text = at("entry").value.trim();
  const where = phone.open;
  at("entry").value = "";
  keepEntry();
  if (!text || (await act(openChat().draft ? "draft" : "text", { text }))) return;
  if (phone.open !== where || at("entry").value) return;
  at("entry").value = text;
  keepEntry();
}

async function tap(message, button, shown) {
  if (button.copy_text) {
    await attempt(() => navigator.clipboard.writeText(button.copy_text.text));
    toast(texts.copied);
    return;
  }
  if (button.request_contact) {
    await shareMine();
    return;
  }
  if (button.message) {
    await act("text", { text: button.text });
    return;
  }
  if (!button.callback_data || shown.ariaBusy === "true") return;
  shown.ariaBusy = "true";
  const wait = MESSENGERS[phone.open.messenger].answersTaps ? 30 : 0;
  const { bot_name: asked } = openChat();
  const body = { message_id: message.message_id, button: button.text, data: button.callback_data, wait };
  const { answer } = (await act("tap", body)) ?? {};
  shown.ariaBusy = "false";
  if (answer?.text && answer.show_alert) await question(asked, answer.text, texts.ok);
  else if (answer?.text) toast(answer.text);
}

async function shareMine() {
  const text = texts.shareText(openChat().bot_name, shownPhone(phone.me.phone));
  if (await question(texts.shareTitle, text, texts.share, texts.cancel)) await act("share_contact");
}
