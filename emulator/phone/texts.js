// Every word the phone says by itself, in Russian and English; the browser's language chooses.

const TEXTS = {
  en: {
    caption: "An emulated phone for trying things out. No real messenger is involved.",
    chats: "Chats", people: "Whose phone is this?", newPerson: "Somebody new", firstName: "First name",
    lastName: "Last name", phone: "Phone", language: "Language", make: "Use this phone", close: "Close",
    changePerson: "Choose or make a person", pasteLink: "Paste a bot's link", noChats: "Open a bot's link to begin.",
    back: "Back to the chats", menu: "Menu", block: "Block the bot", unblock: "Unblock the bot", start: "START",
    bot: "bot", typing: "typing…", blocked: "blocked", message: "Message", send: "Send", attach: "Send a contact",
    whoseContact: "Whose contact do you send?", shareTitle: "Share your phone number?",
    shareText: (bot, phone) => `${bot} will learn your number ${phone}.`, share: "Share", cancel: "Cancel",
    ok: "OK", edited: "edited", forwarded: "Forwarded", draft: "Draft", pressStart: "Press START",
    write: "Write a message", trouble: "That did not work", sent: "sent", delivered: "delivered", read: "read",
    failed: "not sent", media: { photo: "Photo", video: "Video", document: "File" },
    messages: "Messages", copied: "Copied", mine: (name) => `${name} (you)`,
    person: { first_name: "Anna", last_name: "Petrova", phone: "+79991234567", language_code: "en" },
    only: {
      max: {
        start: "Start", pressStart: "Press Start", block: "Stop the bot", unblock: "Start the bot again",
        blocked: "stopped",
      },
      whatsapp: { bot: "business", block: "Block the business", unblock: "Unblock the business" },
    },
  },
  ru: {
    caption: "Игрушечный телефон для проб. Настоящий мессенджер здесь не участвует.",
    chats: "Чаты", people: "Чей это телефон?", newPerson: "Кто-то новый", firstName: "Имя",
    lastName: "Фамилия", phone: "Телефон", language: "Язык", make: "Взять этот телефон", close: "Закрыть",
    changePerson: "Выбрать или создать человека", pasteLink: "Вставьте ссылку на бота",
    noChats: "Откройте ссылку на бота, чтобы начать.",
    back: "Назад к чатам", menu: "Меню", block: "Заблокировать бота", unblock: "Разблокировать бота", start: "СТАРТ",
    bot: "бот", typing: "печатает…", blocked: "заблокирован", message: "Сообщение", send: "Отправить",
    attach: "Отправить контакт", whoseContact: "Чей контакт отправить?", shareTitle: "Поделиться номером телефона?",
    shareText: (bot, phone) => `${bot} узнает ваш номер ${phone}.`, share: "Поделиться", cancel: "Отмена",
    ok: "ОК", edited: "изменено", forwarded: "Переслано", draft: "Черновик", pressStart: "Нажмите СТАРТ",
    write: "Напишите сообщение", trouble: "Не получилось", sent: "отправлено", delivered: "доставлено",
    read: "прочитано", failed: "не отправлено",
    media: { photo: "Фото", video: "Видео", document: "Файл" },
    messages: "Сообщения", copied: "Скопировано", mine: (name) => `${name} (вы)`,
    person: { first_name: "Анна", last_name: "Иванова", phone: "+79991234567", language_code: "ru" },
    only: {
      max: {
        start: "Начать", pressStart: "Нажмите «Начать»", block: "Остановить бота", unblock: "Запустить бота снова",
        blocked: "остановлен",
      },
      whatsapp: {
        bot: "компания", block: "Заблокировать компанию", unblock: "Разблокировать компанию",
        blocked: "заблокирована",
      },
    },
  },
};

export const language = navigator.language.toLowerCase().startsWith("ru") ? "ru" : "en";
export const texts = TEXTS[language];

const CLOCK = new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit" });

export function clockTime(seconds) {
  return CLOCK.format(new Date(seconds * 1000));
}

export function fullName(person) {
  return [person.first_name, person.last_name].filter(Boolean).join(" ");
}

export function shownPhone(digits) {
  return digits.replace(/^(\d)(\d{3})(\d{3})(\d{2})(\d{2})$/, "+$1\u00a0$2\u00a0$3-$4-$5").replace(/^(?!\+)/, "+");
}
