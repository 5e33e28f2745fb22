// The shop's page: it opens the widget, hands the confirmed session to the shop's server, and shows what that verified.
"use strict";

const english = {
  demo: "This is a demo, and nothing leaves this machine.",
  demo_tab: "The messenger buttons open a pretend phone in a new tab.",
  demo_back: "The messenger buttons open a pretend phone; go back from it to come back here.",
  demo_qr: "(A real phone cannot follow the QR code.)",
  about: "An example shop that lets people in through Gatepost.",
  welcome: "Come in!",
  how: "No password and no form: you confirm in your messenger that it is you.",
  log_in: "Log in",
  login: "Log in",
  not_in: "You are not logged in",
  refused: "The shop could not verify the login.",
  again: "Try again",
  hello: "Hello,",
  verified: "You are logged in: the shop's server has verified your token.",
  phone: "Your phone:",
  no_phone: "not shared",
  order: "Order The Jade",
  sent: "Thank you! We have written to you in",
  not_sent: "We could not write to you just now. Please try again.",
  details: "What the shop was told",
  claims: "What the token says, once its signature was checked:",
  token: "The token itself:",
  log_out: "Log out",
  jade: "The Jade",
  jade_price: "$32",
  clay: "The Clay",
  clay_price: "$24",
  ink: "The Ink",
  ink_price: "$28",
};
const russian = {
  demo: "Это демонстрация, и ничего не уходит с этого компьютера.",
  demo_tab: "Кнопки мессенджеров открывают ненастоящий телефон в новой вкладке.",
  demo_back: "Кнопки мессенджеров открывают ненастоящий телефон; вернитесь с него сюда кнопкой «Назад».",
  demo_qr: "(Настоящему телефону QR-код здесь не поможет.)",
  about: "Магазин-пример: сюда входят через Gatepost.",
  welcome: "Добро пожаловать!",
  how: "Без пароля и анкет: просто подтвердите в мессенджере, что это вы.",
  log_in: "Войти",
  login: "Вход",
  not_in: "Войти не получилось",
  refused: "Магазин не смог проверить вход.",
  again: "Попробовать ещё раз",
  hello: "Здравствуйте,",
  verified: "Вы вошли: сервер магазина проверил ваш токен.",
  phone: "Ваш телефон:",
  no_phone: "не указан",
  order: "Заказать «Нефрит»",
  sent: "Спасибо! Мы написали вам в",
  not_sent: "Сейчас написать вам не получилось. Попробуйте ещё раз.",
  details: "Что узнал магазин",
  claims: "Что сказано в токене (его подпись проверена):",
  token: "Сам токен:",
  log_out: "Выйти",
  jade: "Нефрит",
  jade_price: "2900 ₽",
  clay: "Глина",
  clay_price: "2200 ₽",
  ink: "Тушь",
  ink_price: "2500 ₽",
};
const messengers = { telegram: "Telegram", max: "MAX", whatsapp: "WhatsApp" };
const isRussian = navigator.language.toLowerCase().startsWith("ru");
const say = isRussian ? russian : english;
const part = (id) => document.getElementById(id);
document.documentElement.lang = isRussian ? "ru" : "en"; // the widget follows
for (const place of document.querySelectorAll("[data-text]")) place.textContent = say[place.dataset.text];

const widget = AuthBotsWidget.init({
  app_id: part("login").dataset.app,
  container: "#login",
  poll_type: "status",
  auto_open: false,
  onReady: () => sessionStorage.setItem("waiting", "yes"),
  onSuccess: ({ session_id }) => enter(session_id),
  onCancel: ({ reason }) => {
    stopWaiting();
    if (reason === "by_site") leave();
  },
  onExpire: stopWaiting,
});

function show(id) {
  for (const name of ["start", "waiting", "refused", "done"]) part(name).hidden = name !== id;
  part(id).querySelector("h2").focus();
}

function logIn() {
  show("waiting");
  widget.open();
}

function leave() {
  widget.close();
  show("start");
}

// After a reload the widget goes on with the login that it kept, once somebody opens it.
function stopWaiting() {
  sessionStorage.removeItem("waiting");
}

async function enter(sessionId) {
  stopWaiting();
  const answer = await fetch("/log-in", { method: "POST", body: sessionId }).catch(() => null);
  widget.close();
  if (!answer?.ok) return show("refused");
  const { user, claims, token } = await answer.json();
  part("who").textContent = [user.first_name, user.last_name].filter(Boolean).join(" ");
  part("phone").textContent = user.phone || say.no_phone;
  part("claims").textContent = JSON.stringify(claims, null, 2);
  part("token").textContent = token;
  part("ordered").textContent = "";
  show("done");
}

async function order() {
  part("order").disabled = true;
  const url = `/order?lang=${document.documentElement.lang}`;
  const answer = await fetch(url, { method: "POST", body: part("token").textContent }).catch(() => null);
  const { platform } = answer?.ok ? await answer.json() : {};
  part("ordered").textContent = platform ? `${say.sent} ${messengers[platform] ?? platform}.` : say.not_sent;
  part("order").disabled = false;
}

part("log-in").onclick = logIn;
part("again").onclick = logIn;
part("order").onclick = order;
part("log-out").onclick = leave;

// The hosted page returns here. A shop with accounts would first check that it sent this visitor there (a `state`, as
// in examples/hosted_redirect.py): else a stranger's link could log people in as the stranger.
const returned = new URLSearchParams(location.search).get("session_id");
if (returned) {
  history.replaceState(null, "", "/");
  enter(returned);
} else if (sessionStorage.getItem("waiting")) {
  logIn();
}
