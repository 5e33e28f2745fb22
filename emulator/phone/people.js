// Whose phone it is: the people to choose from, for the phone itself and for a contact to send.

import { avatar, element } from "/phone/bubbles.js";
import { ask } from "/phone/control.js";
import { attempt } from "/phone/notices.js";
import { at, phone } from "/phone/state.js";
import { fullName, language, shownPhone, texts } from "/phone/texts.js";

const PERSON_KEY = "gatepost-emulator-person";

function personLine(person, choose) {
  const isMine = person.id === phone.me?.id;
  const text = element("span", "", isMine ? texts.mine(fullName(person)) : fullName(person),
    element("small", "", shownPhone(person.phone)));
  const button = element("button", "", avatar(person.first_name, person.id), text);
  button.type = "button";
  button.ariaCurrent = String(isMine);
  button.addEventListener("click", () => choose(person));
  return element("li", "", button);
}

// Shows everybody in the list of a dialog, and tells `choose` who was picked.
export async function choosePerson(list, choose) {
  const { people } = (await attempt(() => ask("people"))) ?? { people: [] };
  const dialog = at(list).closest("dialog");
  at(list).replaceChildren(...people.map((person) => personLine(person, (chosen) => {
    dialog.close();
    choose(chosen);
  })));
  dialog.showModal();
}

export function rememberPerson(person) {
  localStorage.setItem(PERSON_KEY, String(person.id));
}

// The person the address names, else the one of last time, else anybody who speaks the page's language, or somebody new.
export async function firstPerson() {
  const { people } = await ask("people");
  const wanted = new URLSearchParams(location.search).get("person") ?? localStorage.getItem(PERSON_KEY);
  return people.find((person) => String(person.id) === wanted)
    ?? people.find((person) => person.language_code === language) ?? ask("people", { body: texts.person });
}

export function makePerson(form) {
  return attempt(() => ask("people", { body: Object.fromEntries(new FormData(form)) }));
}
