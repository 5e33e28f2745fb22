// What the page remembers: whose phone it is, who can be written to, the chats, and which of them is on the screen.

import { ask } from "/phone/control.js";
import { attempt } from "/phone/notices.js";
import { MESSENGERS } from "/phone/messengers.js";

export const phone = { me: null, bots: [], chats: [], open: null }; // open: {messenger, bot}

export const at = (id) => document.getElementById(id);

export const keyOf = (chat) => `${chat.messenger} ${chat.bot.toLowerCase()}`;

export const isOpen = (chat) => phone.open !== null && keyOf(chat) === keyOf(phone.open);

export function openChat() {
  const known = phone.chats.find(isOpen);
  if (known) return known;
  const bot = phone.bots.find((each) => isOpen({ messenger: each.messenger, bot: each.username }));
  return untouched({ ...phone.open, bot_name: bot?.first_name ?? phone.open.bot });
}

export function untouched(chat) {
  return {
    ...chat, started: false, blocked: false, start_payload: null, draft: null, action: "", messages: [],
    reply_keyboard: null,
  };
}

export function needsStart(chat) {
  return MESSENGERS[chat.messenger].hasStart && (!chat.started || chat.start_payload !== null);
}

// Does something in the open chat; the answer is null when that did not work, which the person was told.
export function act(verb, more = {}) {
  const { messenger, bot } = phone.open;
  return attempt(() => ask(`${messenger}/${verb}`, { body: { person: phone.me.id, bot, ...more } }));
}
