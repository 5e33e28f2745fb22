/*
 * Gatepost's login widget: one file, no dependency, no cookie, no request but to the API it came from.
 *
 *   <div id="login"></div>
 *   <script src="https://id.example.com/widget.js"></script>
 *   <script>AuthBotsWidget.init({ app_id: "…", container: "#login", onSuccess: ({ token, user }) => … })</script>
 *
 * A module imports it for its effect, and uses the same global:
 *   import "https://id.example.com/widget.js"; AuthBotsWidget.init({ … });
 *
 * init returns { open, close, restart, destroy }; its options, of which only app_id is required:
 *   app_id
 *   poll_type   "full" (default): the page gets token and user · "status": the session_id, for its server to redeem
 *   return_url  where to go on success, with session_id added to its query
 *   container   element or selector; default: the place of the script tag, or a modal if that has none
 *   mode        "inline" | "modal"
 *   auto_open   false: wait for open()
 *   locale      "auto" (the page's lang, then the browser's) | "ru" | "en"
 *   theme       "auto" | "light" | "dark"
 *   platforms   such as ["max", "telegram"]: only these, in this order (but the one used last comes first)
 *   qr          default: on wide screens with a fine pointer
 *   base_url    the API; default: the origin of this file
 *   onReady(session), onOpened({session_id}), onSuccess({session_id, app_id, token?, user?}),
 *   onCancel({session_id, reason}), onExpire({session_id}), onError({code, message})
 * The container gets events authbots:ready|opened|success|cancel|expire|error with the same as `detail`. onSuccess
 * comes before the redirect; if it returns (a promise of) false, or the event's default is prevented, there is none.
 * Errors that may pass are told once.
 *
 * A Content-Security-Policy needs the API in script-src and connect-src (img-src for a logo), and no 'unsafe-inline'.
 */
(() => {
  "use strict";

  const TEXTS = {
    en: {
      log_in: "Log in",
      log_in_to: (name) => `Log in to ${name}`,
      preparing: "One moment, preparing your login",
      confirm: "Confirm in your messenger that it is you",
      opened: "Opened in your messenger, waiting for your answer",
      lapsed: "The bot waited a minute. Open the messenger again, and it asks anew",
      confirmed: "Confirmed, one moment",
      pick: "Pick this number in the bot",
      your_number: "Your number:",
      open: (messenger) => `Open ${messenger}`,
      last_used: "last used",
      prepared: "The message is prepared: press send there.",
      app: "Open the app directly",
      scan: "Or scan with your phone",
      qr: (messenger) => `QR code that opens ${messenger}`,
      download: "Download QR code",
      send_code: "or send this code to the bot in",
      left: (time) => `${time} left`,
      minute: "One minute left.",
      cancel: "Cancel",
      close: "Close",
      again: "Try again",
      done: "You are in",
      expired: "The time for confirming ran out.",
      by_site: "You cancelled the login.",
      cancelled: "The login was cancelled in the messenger.",
      wrong_number: "A different number was picked in the messenger, so the login was stopped.",
      not_me: "Somebody said no in the messenger, so the login was stopped.",
      lost: "You confirmed the login, but the answer got lost on the way.",
      failed: "Logging in does not work right now.",
      offline: "No connection, I keep trying",
      busy: "Too many attempts at once, it goes on in a moment",
    },
    ru: {
      log_in: "Вход",
      log_in_to: (name) => `Вход на сайт ${name}`,
      preparing: "Секунду, готовим вход",
      confirm: "Подтвердите в мессенджере, что это вы",
      opened: "Мессенджер открыт, ждём вашего ответа",
      lapsed: "Бот ждал минуту. Откройте мессенджер снова, и он спросит ещё раз",
      confirmed: "Подтверждено, секунду",
      pick: "Выберите это число в боте",
      your_number: "Ваше число:",
      open: (messenger) => `Открыть ${messenger}`,
      last_used: "в прошлый раз",
      prepared: "Сообщение уже готово: нажмите там «Отправить».",
      app: "Открыть сразу в приложении",
      scan: "Или отсканируйте телефоном",
      qr: (messenger) => `QR-код, который открывает ${messenger}`,
      download: "Скачать QR-код",
      send_code: "или отправьте этот код боту в",
      left: (time) => `Осталось ${time}`,
      minute: "Осталась одна минута.",
      cancel: "Отменить",
      close: "Закрыть",
      again: "Попробовать ещё раз",
      done: "Вы вошли",
      expired: "Время на подтверждение вышло.",
      by_site: "Вы отменили вход.",
      cancelled: "Вход отменили в мессенджере.",
      wrong_number: "В мессенджере выбрали другое число, поэтому вход остановлен.",
      not_me: "В мессенджере ответили «нет», поэтому вход остановлен.",
      lost: "Вы подтвердили вход, но ответ потерялся по дороге.",
      failed: "Войти сейчас не получается.",
      offline: "Нет связи, пробуем снова",
      busy: "Слишком много попыток сразу, сейчас продолжим",
    },
  };

  // Such __NAMES__ are filled in by http_api/site/looks.py.
  const MESSENGERS = __MESSENGERS__;
  const ICONS = {
    done: "M5 13l4.5 4.5L19 7",
    cross: "M7 7l10 10M17 7L7 17",
    clock: "M12 6.5V12l3.5 2.5M12 2.5a9.5 9.5 0 1 1 0 19 9.5 9.5 0 0 1 0-19z",
  };
  const PLACEHOLDER = { links: {}, app_links: __APP_LINKS__, code: "XXXX-XXXX-XXXX", match_number: 0 };
  // Readable on the card, and below the number.
  const GROUNDS = { light: ["#ffffff", "#f4f4f6"], dark: ["#1d1e22", "#292a30"] };

  const SECOND = 1000;
  const MINUTE = 60 * SECOND;
  const USUAL_LIFETIME = 5 * MINUTE; // until a poll tells
  const REDEEM_GRACE = 5 * MINUTE; // a confirmed login can be fetched so long
  const REQUEST_LIMIT = 25 * SECOND; // after sleep a connection may be dead; polls are held for 10 s
  const BACK_OFF_LIMIT = 30 * SECOND;
  const HIDDEN_LIMIT = 10 * MINUTE;
  const DONE_SHOWN = 1.5 * SECOND;
  const STATES = ["pending", "confirmed", "expired", "cancelled"];
  const LOST = "TOKEN_CONSUMED";
  const USUAL_WAYS = __USUAL_WAYS__;
  const FOREVER = 2 ** 31 - 1;

  const loader = document.currentScript;
  const origin = ownOrigin();
  let hiddenSince = document.hidden ? Date.now() : null;
  let widgetCount = 0;

  // A module knows no currentScript, but a stack begins with the file it is made in.
  function ownOrigin() {
    const address = loader?.src || String(new Error().stack).match(/https?:\/\/[^\s()@]+/)?.[0];
    return address ? new URL(address).origin : null;
  }

  class Trouble extends Error {
    constructor(code, message, { isFinal = false, after = 0 } = {}) {
      super(message);
      Object.assign(this, { code, isFinal, after });
    }
  }

  // Return the answer's body; throw Trouble if it is no success, or there is none.
  async function call(address, { signal, ...options } = {}) {
    const giveUp = new AbortController();
    const timer = setTimeout(() => giveUp.abort(), REQUEST_LIMIT);
    signal?.addEventListener("abort", () => giveUp.abort());
    let answer, body;
    try {
      answer = await fetch(address, { credentials: "omit", cache: "no-store", ...options, signal: giveUp.signal });
      body = await answer.json().catch((error) => {
        if (!(error instanceof SyntaxError)) throw error;
        return null;
      });
    } catch {
      throw new Trouble("NETWORK", `No answer. If the network is fine: does the app allow ${location.origin}?`);
    } finally {
      clearTimeout(timer);
    }
    if (answer.ok && body && typeof body === "object") return body;
    throw new Trouble(body?.error ?? `HTTP_${answer.status}`, body?.message ?? answer.statusText, {
      isFinal: answer.status < 500 && answer.status !== 429,
      after: (Number(answer.headers.get("Retry-After")) || 0) * SECOND,
    });
  }

  class Api {
    constructor(base) {
      this.base = base;
      this.sessions = `${base}/api/v1/auth/session`;
    }

    create(body) {
      const headers = { "Content-Type": "application/json" };
      return call(this.sessions, { method: "POST", headers, body: JSON.stringify(body) });
    }

    status(session_id, poll, signal) {
      return call(this.#statusAddress({ session_id, type: "status", poll }), { signal });
    }

    redeem(session_id, verifier) {
      return call(this.#statusAddress({ session_id, type: "full", ...(verifier && { code_verifier: verifier }) }));
    }

    // Best effort: what nobody cancels expires.
    cancel(session_id) {
      call(`${this.sessions}/${session_id}`, { method: "DELETE", keepalive: true }).catch(() => {});
    }

    #statusAddress(query) {
      return `${this.base}/api/v1/widget/session/status?${new URLSearchParams(query)}`;
    }
  }

  // RFC 7636; where browsers cannot digest (insecure contexts), sessions go unbound.
  async function proofKey() {
    if (!globalThis.crypto?.subtle) return {};
    const verifier = base64url(crypto.getRandomValues(new Uint8Array(32)));
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
    return { verifier, challenge: base64url(new Uint8Array(digest)) };
  }

  function base64url(bytes) {
    return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  }

  class Line {
    isOpen = true;
    #turn = new AbortController();
    #weather;

    constructor(weather) {
      this.#weather = weather;
    }

    async ask(request) {
      for (let tries = 0, failures = 0; this.isOpen; tries++) {
        if (isLongHidden()) {
          await this.rest(FOREVER);
          continue;
        }
        const signal = this.#next();
        try {
          const answer = await request(signal, tries);
          if (this.isOpen) this.#weather(null, 0);
          return answer;
        } catch (trouble) {
          if (!(trouble instanceof Trouble) || trouble.isFinal) throw trouble;
          if (signal.aborted) continue;
          failures += 1;
          this.#weather(trouble, failures);
          await this.rest(Math.max(trouble.after, backOff(failures)));
        }
      }
      throw new Trouble("HUNG_UP");
    }

    // Do nothing for some milliseconds, or until nudged.
    rest(duration) {
      const signal = this.#next();
      return new Promise((resolve) => {
        const timer = setTimeout(resolve, duration);
        signal.onabort = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }

    nudge() {
      this.#turn.abort();
    }

    hangUp() {
      this.isOpen = false;
      this.nudge();
    }

    #next() {
      this.#turn = new AbortController();
      return this.#turn.signal;
    }
  }

  function backOff(failures) {
    return Math.min(BACK_OFF_LIMIT, SECOND * 2 ** (failures - 1)) * (0.75 + Math.random() / 2);
  }

  function isLongHidden() {
    return hiddenSince !== null && Date.now() - hiddenSince > HIDDEN_LIMIT;
  }

  const storage = {
    read(kind, key) {
      try {
        return JSON.parse(globalThis[kind].getItem(key));
      } catch {
        return null;
      }
    },
    write(kind, key, value) {
      try {
        if (value) globalThis[kind].setItem(key, JSON.stringify(value));
        else globalThis[kind].removeItem(key);
      } catch {
      }
    },
  };

  // Make an element from "tag.class"; functions are listeners.
  function make(kind, attributes, ...children) {
    const [tag, className] = kind.split(".");
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries({ class: className, ...attributes })) {
      if (typeof value === "function") made.addEventListener(name, value);
      else if (value !== false && value != null) made.setAttribute(name, value);
    }
    made.append(...children);
    return made;
  }

  function draw(viewBox, attributes, ...paths) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    for (const [name, value] of Object.entries({ viewBox, ...attributes })) svg.setAttribute(name, value);
    for (const [d, name] of paths) {
      const path = document.createElementNS(svg.namespaceURI, "path");
      path.setAttribute("d", d);
      if (name) path.setAttribute("class", name);
      svg.append(path);
    }
    return svg;
  }

  function icon(name) {
    return draw("0 0 24 24", { "aria-hidden": "true", class: "icon" }, [ICONS[name]]);
  }

  function mark(messenger) {
    const { shape, letter } = MESSENGERS[messenger] ?? { shape: "M12 0a12 12 0 1 1 0 24 12 12 0 0 1 0-24z", letter: "" };
    return draw("0 0 24 24", { "aria-hidden": "true", class: "mark" }, [shape, "shape"], [letter, "letter"]);
  }

  function nameOf(messenger) {
    return MESSENGERS[messenger]?.name ?? messenger;
  }

  // WCAG 2.2, relative luminance and contrast ratio; colours are #rrggbb.
  function luminance(colour) {
    const [red, green, blue] = [1, 3, 5].map((at) => {
      const share = parseInt(colour.slice(at, at + 2), 16) / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }

  function contrast(one, other) {
    const [darker, lighter] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (lighter + 0.05) / (darker + 0.05);
  }

  function isAccent(colour, theme) {
    return /^#[0-9a-f]{6}$/i.test(colour ?? "") && GROUNDS[theme].every((ground) => contrast(colour, ground) >= 4.5);
  }

  const STYLE = `
:host { display: block; max-width: 416px; margin: 0 auto; }
:host([data-qr]) { max-width: 720px; }
:host([hidden]), [hidden] { display: none !important; }
* { box-sizing: border-box; margin: 0; padding: 0; }
.card { all: initial; box-sizing: border-box; --card: #fff; --tile: #f4f4f6; --ink: #18181b; --quiet: #5b5c66; --line: #e3e3e8; --edge: #8b8c96;
  --accent: #18181b; --good: #15803d; --warn: #9a5b00; color-scheme: light; position: relative; display: block;
  padding: 24px; border: 1px solid var(--line); border-radius: 22px; box-shadow: 0 8px 32px #10182814;
  background: var(--card); color: var(--ink); font: 16px/1.4 system-ui, "Segoe UI", Roboto, sans-serif; text-align: center; }
.dark { --card: #1d1e22; --tile: #292a30; --ink: #f4f4f5; --quiet: #a9aab4; --line: #35363d; --edge: #777984;
  --accent: #f4f4f5; --good: #4ade80; --warn: #fbbf24; color-scheme: dark; }
dialog.card { position: fixed; inset: 0; margin: auto; width: min(416px, 100% - 32px); height: fit-content;
  max-height: calc(100dvh - 32px); overflow: auto; }
:host([data-qr]) dialog { width: min(720px, 100% - 32px); }
dialog:not([open]) { display: none; }
dialog::backdrop { background: #0b0c10a6; }
button, a { font: inherit; color: inherit; cursor: pointer; }
button { border: 1px solid transparent; background: none; }
:focus-visible, :focus-visible + span { outline: 3px solid var(--accent); outline-offset: 2px; }
.head { display: flex; align-items: center; gap: 12px; min-height: 40px; padding-inline-end: 44px; margin-bottom: 16px; text-align: start; }
.head img { width: 40px; height: 40px; border-radius: 10px; object-fit: contain; }
h2 { font-size: 20px; line-height: 1.25; font-weight: 650; overflow-wrap: anywhere; }
.close { position: absolute; top: 22px; inset-inline-end: 16px; width: 44px; height: 44px; border-radius: 50%; color: var(--quiet); }
.close:hover, .cancel:hover { background: var(--tile); color: var(--ink); }
.icon, .letter { fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
.icon { display: block; width: 22px; margin: auto; }
.stage { display: grid; container-type: inline-size; }
.panel { grid-area: 1 / 1; min-width: 0; display: flex; flex-direction: column; gap: 14px 28px; }
.panel[inert] { visibility: hidden; }
.status { grid-area: status; align-content: center; min-height: 2.8em; font-weight: 600; text-wrap: balance; outline: 0; }
.dot { display: none; width: 10px; height: 10px; margin-inline-end: 10px; border-radius: 50%; background: var(--warn); }
:is([data-state=opened], [data-state=trouble]) .dot { display: inline-block; }
[data-state=opened] .dot { background: var(--good); animation: pulse 1.6s ease-out infinite; }
[data-state=trouble] .status { color: var(--warn); }
.number { grid-area: number; padding: 14px 16px 16px; border: 2px solid transparent; border-radius: 14px; background: var(--tile); }
[data-state=opened] .number { border-color: var(--accent); transition: border-color .3s; }
.digits { display: block; font-size: 68px; line-height: 72px; font-weight: 700; letter-spacing: .06em; text-indent: .06em;
  font-variant-numeric: tabular-nums; color: var(--accent); }
.ways { grid-area: ways; display: grid; align-content: start; gap: 10px; list-style: none; --own: #3f3f46; }
__COLOURS__
.way { position: relative; display: grid; place-content: center; min-height: 52px; padding: 6px 42px; border: 1px solid transparent;
  border-radius: 14px; background: var(--own); color: #fff; font-weight: 600; line-height: 1.25; text-decoration: none; }
.way:hover, .again:hover { filter: brightness(1.1); }
.mark { position: absolute; inset-inline-start: 14px; align-self: center; width: 26px; height: 26px; fill: #fff; }
.letter { stroke: var(--own); stroke-width: 2.4; }
small { font-size: 12px; font-weight: 500; }
.hint, .save, .code, .foot, .number p, .scan p { color: var(--quiet); font-size: 14px; text-wrap: balance; }
.hint { margin-top: 6px; }
.hint a, .save { display: block; width: fit-content; margin: 2px auto -6px; padding: 4px 6px; border-radius: 6px; text-underline-offset: 3px; }
.hint a:hover, .save:hover, .chats a:hover { color: var(--ink); }
.chats a { display: inline-block; padding: 3px 0; }
.chats a:not(:last-child)::after { content: ","; display: inline-block; }
.scan { grid-area: qr; display: none; flex-direction: column; align-items: center; gap: 10px; }
:host([data-qr]) .scan { display: flex; }
.choice { display: flex; padding: 3px; border-radius: 11px; background: var(--tile); }
.choice label { position: relative; }
.choice input { position: absolute; inset: 0; opacity: 0; cursor: pointer; }
.choice span { display: block; padding: 5px 9px; border: 1px solid transparent; border-radius: 8px; color: var(--quiet); font-size: 13px; font-weight: 550; }
.choice :checked + span { background: var(--card); border-color: var(--edge); color: var(--ink); }
.qr { width: 216px; height: 216px; border: 1px solid var(--line); border-radius: 14px; overflow: hidden; background: #fff; }
.code { grid-area: code; }
code { font: 600 14px/1.5 ui-monospace, Menlo, Consolas, monospace; white-space: nowrap; user-select: all; }
.typed { display: inline-block; color: var(--ink); }
.foot { grid-area: foot; display: flex; align-items: center; justify-content: space-between; padding-top: 8px; margin-bottom: -8px;
  border-top: 1px solid var(--line); font-variant-numeric: tabular-nums; }
.cancel { min-height: 40px; margin-inline-end: -12px; padding: 0 12px; border-radius: 14px; }
[data-state=loading] :is(.way, .qr, .digits > [aria-hidden]) { border-radius: 14px; background: var(--tile); animation: breathe 1.4s ease-in-out infinite alternate; }
[data-state=loading] .digits > [aria-hidden] { display: inline-block; background: var(--line); color: transparent; }
[data-state=loading] :is(.hint, .choice, .save, .code, .time, .way *, .qr *, .spoken) { visibility: hidden; }
.end { align-items: center; justify-content: center; gap: 16px; }
.disc { display: grid; width: 76px; height: 76px; border-radius: 50%; background: var(--tile); color: var(--quiet); animation: appear .3s; }
.disc .icon { width: 36px; }
.done .disc { background: var(--good); color: var(--card); }
.done .icon { stroke-width: 2.6; stroke-dasharray: 24; animation: stroke .5s .15s ease-out backwards; }
.why { max-width: 22em; font-size: 17px; text-wrap: balance; outline: 0; }
.done .why { font-size: 22px; font-weight: 650; }
.error { color: var(--quiet); }
.again { min-height: 48px; padding: 10px 24px; border-radius: 14px; background: var(--accent); color: var(--card); font-weight: 600; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@container (min-width: 520px) {
  :host([data-qr]) .wait { display: grid; grid-template: "status status" "number qr" "ways qr" 1fr "code qr" "foot foot" / 1fr 276px; }
  .scan { justify-content: center; padding-inline-start: 28px; border-inline-start: 1px solid var(--line); }
  .status { min-height: 1.8em; font-size: 17px; }
}
@media (max-width: 480px) {
  .card { padding: 20px; }
  dialog.card { width: 100% !important; max-width: none; max-height: 100dvh; margin-bottom: 0; border-width: 1px 0 0; border-radius: 22px 22px 0 0; }
}
@keyframes pulse { from { box-shadow: 0 0 0 0 var(--good); } to { box-shadow: 0 0 0 9px transparent; } }
@keyframes breathe { to { opacity: .55; } }
@keyframes appear { from { opacity: 0; transform: scale(.8); } }
@keyframes stroke { from { stroke-dashoffset: 24; } }
@media (prefers-reduced-motion) { * { animation: none !important; transition: none !important; } }
@media (forced-colors: active) { button, .way { border-color: ButtonText; } .choice :checked + span { background: Highlight; } }
`;

  class View {
    #theme;
    #showsQr;
    #sheet = new CSSStyleSheet(); // which a policy without 'unsafe-inline' allows
    #colour;
    #picture; // the address of the QR code to download
    #darkness = matchMedia("(prefers-color-scheme: dark)");
    #repaint = () => this.#paint();

    // `hears` is what the visitor can do: cancel, leave, again, take(messenger).
    constructor({ language, isModal, theme, showsQr, hears }) {
      this.texts = TEXTS[language];
      this.isModal = isModal;
      this.#theme = theme;
      this.hears = hears;
      this.host = make("div");
      this.#showsQr = showsQr;
      this.root = this.host.attachShadow({ mode: "open" });
      this.root.adoptedStyleSheets = [this.#sheet];
      this.card = isModal ? this.#dialog() : make("section", { "aria-label": this.texts.log_in });
      this.card.lang = language;
      this.card.append(make("div.stage", {}, this.#waitPanel(), this.#endPanel()));
      this.card.append(make("p.news unseen", { role: "status" }));
      this.root.append(this.card);
      this.#darkness.addEventListener("change", this.#repaint);
      this.#paint();
    }

    show() {
      this.host.hidden = false;
      if (this.isModal && !this.card.open) this.card.showModal();
    }

    hide() {
      if (this.isModal) this.card.close();
      this.host.hidden = true;
    }

    remove() {
      this.hide();
      URL.revokeObjectURL(this.#picture);
      this.#darkness.removeEventListener("change", this.#repaint);
      this.host.remove();
    }

    prepare(order) {
      this.#show("wait", () => this.#turn("loading", this.texts.preparing));
      const qr = Object.fromEntries(order.map((each) => [each, { size: 1, path: "" }]));
      this.#fill({ ...PLACEHOLDER, qr }, order);
    }

    offer(session, order, last) {
      this.#dress(session.app ?? {});
      this.#fill(session, order, last);
      this.calm();
      if (session.match_number != null) this.announce(`${this.#part("spoken").textContent} ${this.texts.pick}.`);
    }

    #fill(session, order, last) {
      this.#part("ways").replaceChildren(...order.map((each) => this.#way(each, session, each === last)));
      this.#write("typed", session.code ?? "");
      this.#part("chats").replaceChildren(...order.flatMap((each) => [this.#chat(each, session), " "]));
      this.#part("code").hidden = !session.code;
      this.#writeNumber(session.match_number);
      if (this.#showsQr) this.#offerQr(session.qr ?? {}, order);
    }

    calm(isOpened, isLapsed) {
      const text = isLapsed ? this.texts.lapsed : isOpened ? this.texts.opened : this.texts.confirm;
      this.#turn(isOpened && !isLapsed ? "opened" : "waiting", text);
      if (isOpened) this.announce(text);
    }

    confirmed() {
      this.#turn("opened", this.texts.confirmed);
    }

    trouble(text) {
      const { dataset } = this.#part("wait");
      this.#turn(dataset.state === "loading" ? "loading" : "trouble", text);
      this.announce(text);
    }

    // `kind`: done, or clock or cross with the way to try again.
    end(kind, text, code = "") {
      this.#show("end", () => {
        this.#part("end").className = `panel end ${kind}`;
        this.#part("disc").replaceChildren(icon(kind));
        this.#part("again").hidden = kind === "done";
        this.#write("why", text);
        this.#write("error", code);
      });
      this.announce(text);
    }

    timeLeft(milliseconds) {
      const seconds = Math.max(0, Math.ceil(milliseconds / SECOND));
      const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
      this.#write("time", this.texts.left(time));
    }

    announce(text) {
      this.#write("news", text);
    }

    #part(name) {
      return this.root.querySelector(`.${name}`);
    }

    #write(name, text) {
      this.#part(name).textContent = text;
    }

    #dialog() {
      const leave = (event) => {
        event.preventDefault();
        this.hears.leave();
      };
      // A browser may close it without asking: then `close` tells.
      const close = () => this.card.open || this.host.hidden || this.hears.leave();
      return make(
        "dialog",
        { role: "dialog", "aria-modal": "true", "aria-labelledby": "title", cancel: leave, close },
        make("div.head", {}, make("h2", { id: "title" }, this.texts.log_in)),
        make("button.close", { type: "button", "aria-label": this.texts.close, click: leave }, icon("cross")),
      );
    }

    #waitPanel() {
      const { texts, hears } = this;
      return make(
        "div.panel wait",
        {},
        make("p.status", { tabindex: -1, autofocus: this.isModal }, make("span", {}, make("span.dot"), make("span.said"))),
        make("div.number", {}, make("strong.digits"), make("p", {}, texts.pick)),
        make("ul.ways", { role: "list" }),
        make(
          "div.scan",
          {},
          make("p", {}, texts.scan),
          make("div.choice", { role: "radiogroup", "aria-label": texts.scan }),
          make("div.qr"),
          make("a.save", {}, texts.download),
        ),
        make("p.code", {}, texts.send_code, " ", make("span.chats"), make("code.typed")),
        make(
          "div.foot",
          {},
          make("span.time", { role: "timer", "aria-live": "off" }),
          make("button.cancel", { type: "button", click: () => hears.cancel() }, texts.cancel),
        ),
      );
    }

    #endPanel() {
      return make(
        "div.panel end",
        { inert: "" },
        make("div.disc"),
        make("p.why", { tabindex: -1 }),
        make("code.error"),
        make("button.again", { type: "button", click: () => this.hears.again() }, this.texts.again),
      );
    }

    #way(messenger, session, isLast) {
      const { texts } = this;
      const click = () => this.hears.take(messenger);
      const isPhone = matchMedia("(hover: none) and (pointer: coarse)").matches;
      const away = isPhone ? {} : { target: "_blank", rel: "noopener" };
      const label = make("span", {}, texts.open(nameOf(messenger)));
      const link = make("a.way", { href: session.links[messenger], ...away, click }, mark(messenger), label);
      if (isLast) link.append(" ", make("small", {}, texts.last_used));
      const item = make("li", { "data-messenger": messenger }, link);
      if (__PREPARES_TEXT__) item.append(make("p.hint", {}, texts.prepared));
      const app = isPhone ? session.app_links?.[messenger] : undefined;
      if (app !== undefined) item.append(make("p.hint", {}, make("a", { href: app, click }, texts.app)));
      return item;
    }

    #chat(messenger, session) {
      const href = session.links[messenger]?.split("?")[0];
      return make("a", { href, target: "_blank", rel: "noopener" }, nameOf(messenger));
    }

    #writeNumber(number) {
      this.#part("number").hidden = number == null;
      const digits = String(number ?? "").padStart(2, "0");
      const spoken = `${this.texts.your_number} ${[...digits].join(" ")}.`;
      const seen = make("span", { "aria-hidden": "true" }, digits);
      this.#part("digits").replaceChildren(seen, make("span.spoken unseen", {}, spoken));
    }

    #offerQr(codes, order) {
      const known = order.filter((messenger) => codes[messenger]);
      this.host.toggleAttribute("data-qr", known.length > 0);
      if (!known.length) return;
      this.#part("choice").hidden = known.length < 2;
      this.#part("choice").replaceChildren(
        ...known.map((messenger) => {
          const change = () => this.#showQr(messenger, codes[messenger]);
          const input = make("input", { type: "radio", name: "qr", checked: messenger === known[0], change });
          return make("label", {}, input, make("span", {}, nameOf(messenger)));
        }),
      );
      this.#showQr(known[0], codes[known[0]]);
    }

    #showQr(messenger, { size, path }) {
      const label = { role: "img", "aria-label": this.texts.qr(nameOf(messenger)), "shape-rendering": "crispEdges" };
      const drawing = draw(`0 0 ${size} ${size}`, label, [`M0 0h${size}v${size}H0z`], [path]);
      drawing.firstChild.setAttribute("fill", "#fff");
      this.#part("qr").replaceChildren(drawing);
      URL.revokeObjectURL(this.#picture);
      const picture = new Blob([new XMLSerializer().serializeToString(drawing)], { type: "image/svg+xml" });
      this.#picture = URL.createObjectURL(picture);
      Object.assign(this.#part("save"), { href: this.#picture, download: `${messenger}-qr.svg` });
    }

    #dress({ color, name, logo }) {
      this.#colour = color;
      this.#paint();
      if (!this.isModal) return;
      const head = this.#part("head");
      if (name) head.lastChild.textContent = this.texts.log_in_to(name);
      head.querySelector("img")?.remove();
      if (logo) head.prepend(make("img", { src: logo, alt: "", error: (event) => event.target.remove() }));
    }

    #paint() {
      const isDark = this.#theme === "dark" || (this.#theme !== "light" && this.#darkness.matches);
      const theme = isDark ? "dark" : "light";
      this.card.className = `card ${theme}`;
      const accent = isAccent(this.#colour, theme) ? `.card.card { --accent: ${this.#colour}; }` : "";
      this.#sheet.replaceSync(STYLE + accent);
    }

    #turn(state, text) {
      this.#part("wait").dataset.state = state;
      this.#write("said", text);
    }

    // Focus goes along from one panel to the other.
    #show(name, fill) {
      const hadFocus = this.root.activeElement;
      fill();
      for (const each of ["wait", "end"]) this.#part(each).inert = each !== name;
      const goesTo = name === "wait" ? "status" : this.#part("again").hidden ? "why" : "again";
      if (hadFocus) this.#part(goesTo).focus({ preventScroll: true });
    }
  }

  class Widget {
    #options;
    #api;
    #view;
    #target;
    #key;
    #line = null;
    #login = null; // { session, verifier, received, lifetime }, while it waits
    #isOpen = false;
    #saidMinute = false;
    #isTroubled = false;
    #clock = null;
    #outings = new AbortController();

    constructor(options) {
      const base = options.base_url ?? origin;
      if (!options.app_id) throw new TypeError("AuthBotsWidget.init: app_id is missing");
      if (!base) throw new TypeError("AuthBotsWidget.init: base_url is missing, and this file's origin is not known");
      const place = placeOf(options);
      this.#options = { poll_type: "full", ...options };
      if (options.return_url) this.#options.return_url = new URL(options.return_url, location.href).href;
      this.#api = new Api(new URL(base, location.href).href.replace(/\/+$/, ""));
      this.#view = this.#makeView(place.isModal);
      this.#target = place.container ?? this.#view.host;
      const spot = `${place.container?.id ?? ""} ${widgetCount++}`;
      const { app_id, poll_type, return_url } = this.#options;
      this.#key = ["authbots", this.#api.base, app_id, poll_type, return_url, spot].join(" ");
      place.put(this.#view.host);
      this.#view.host.hidden = true;
      this.#watchThePage();
    }

    open() {
      if (this.#isOpen || this.#outings.signal.aborted) return;
      this.#isOpen = true;
      this.#view.show();
      this.#start({ mayResume: true });
    }

    close() {
      if (!this.#isOpen) return;
      this.#isOpen = false;
      this.#giveUp();
      this.#view.hide();
    }

    restart() {
      if (!this.#isOpen) return this.open();
      this.#giveUp();
      this.#start({ mayResume: false });
    }

    destroy() {
      this.close();
      this.#outings.abort();
      this.#view.remove();
    }

    #makeView(isModal) {
      const { locale, theme, qr } = this.#options;
      const language = languageOf(locale);
      const showsQr = qr ?? matchMedia("(min-width: 640px) and (pointer: fine)").matches;
      this.#options = { ...this.#options, qr: showsQr, locale: locale && locale !== "auto" ? locale : language };
      const hears = {
        cancel: () => this.#cancelByHand(isModal),
        leave: () => this.#cancelByHand(true),
        again: () => this.restart(),
        take: (messenger) => this.#rememberHabit({ last: messenger }),
      };
      return new View({ language, isModal, theme, showsQr, hears });
    }


    async #start({ mayResume }) {
      const line = new Line((trouble, failures) => this.#weather(trouble, failures));
      this.#line = line;
      this.#isTroubled = false;
      this.#view.prepare(this.#usualOrder());
      try {
        await this.#logIn(line, mayResume);
      } catch (trouble) {
        if (!(trouble instanceof Trouble)) throw trouble;
        if (line.isOpen) this.#fail(trouble);
      }
    }

    async #logIn(line, mayResume) {
      const kept = mayResume ? this.#takeKept() : null;
      const login = kept ?? (await this.#create(line));
      if (!line.isOpen) return this.#api.cancel(login.session.session_id);
      this.#offer(login);
      const state = await this.#watch(line, login).catch((trouble) => {
        if (trouble.code === "SESSION_NOT_FOUND") return { status: "expired" };
        throw trouble;
      });
      if (kept && state.status === "expired") {
        this.#settle();
        return this.#start({ mayResume: false });
      }
      if (state.status === "confirmed") await this.#succeed(line, login);
      else this.#end(login, state);
    }

    async #create(line) {
      const { app_id, locale, return_url, qr, poll_type } = this.#options;
      // With "status" the site's server redeems, and knows no verifier.
      const { verifier, challenge } = poll_type === "full" ? await proofKey() : {};
      const binding = challenge && { code_challenge: challenge, code_challenge_method: "S256" };
      const wishes = { app_id, locale, return_url, match: true, qr, ...binding };
      const session = await line.ask(() => this.#api.create(wishes));
      if (!session.session_id || !session.links || !Array.isArray(session.display_order)) throw new Trouble("UNEXPECTED");
      return { session, verifier, received: Date.now(), lifetime: USUAL_LIFETIME };
    }

    #offer(login) {
      this.#login = login;
      this.#saidMinute = false;
      const { session } = login;
      const offered = session.display_order.filter((messenger) => session.links[messenger]);
      const wanted = this.#options.platforms?.filter((messenger) => session.links[messenger]);
      const order = this.#lastFirst(wanted?.length ? wanted : offered);
      this.#rememberHabit({ order });
      this.#view.offer(session, order, this.#habits().last);
      this.#tick();
      this.#clock = setInterval(() => this.#tick(), SECOND);
      this.#tell("ready", session);
    }

    // The first poll is not held: it tells the lifetime, and after a reload how things stand.
    async #watch(line, login) {
      for (let isHeld = false; ; isHeld = true) {
        const asked = Date.now();
        const { session_id } = login.session;
        const state = await line.ask((signal, tries) => this.#api.status(session_id, isHeld && tries === 0, signal));
        if (!STATES.includes(state.status)) throw new Trouble("UNEXPECTED");
        if (state.status !== "pending") return state;
        if (state.created_at) login.lifetime = Date.parse(state.expires_at) - Date.parse(state.created_at);
        if (state.messenger_opened && !login.isOpened) this.#hearOpened(login);
        if ("answer_seconds" in state) this.#hearAsked(login, state.answer_seconds);
        // A proxy that does not hold must not make this a storm.
        if (isHeld) await line.rest(SECOND - (Date.now() - asked));
      }
    }

    #hearOpened(login) {
      login.isOpened = true;
      this.#view.calm(true);
      this.#tell("opened", { session_id: login.session.session_id });
    }

    #hearAsked(login, seconds) {
      login.answerUntil = Date.now() + seconds * SECOND;
      if (seconds && login.isLapsed) this.#view.calm(true, (login.isLapsed = false));
    }

    async #succeed(line, login) {
      const { session_id, app_id, redirect_url } = login.session;
      const { poll_type, return_url } = this.#options;
      this.#view.confirmed();
      const gain = poll_type === "full" ? await this.#redeem(line, login) : {};
      this.#settle();
      this.#view.end("done", this.#view.texts.done);
      const mayLeave = await this.#tell("success", { session_id, app_id, ...gain });
      if (!mayLeave || this.#line !== line) return;
      if (return_url) return leaveFor(redirect_url ?? return_url, session_id);
      if (this.#view.isModal) setTimeout(() => this.#line === line && this.close(), DONE_SHOWN);
    }

    // Asks again until there is an answer, or none can come.
    async #redeem(line, login) {
      const answer = await line.ask(() => this.#api.redeem(login.session.session_id, login.verifier));
      if (answer.token) return { token: answer.token, user: answer.user };
      throw new Trouble(answer.token_consumed ? LOST : "SESSION_EXPIRED", "the login was confirmed, but no token arrived");
    }

    #end({ session }, { status, cancel_reason }) {
      const { session_id } = session;
      const { texts } = this.#view;
      this.#settle();
      if (status === "expired") {
        this.#view.end("clock", texts.expired);
        return this.#tell("expire", { session_id });
      }
      this.#view.end("cross", texts[cancel_reason] ?? texts.cancelled);
      this.#tell("cancel", { session_id, reason: cancel_reason ?? "cancelled" });
    }

    #fail({ code, message }) {
      this.#settle();
      const { texts } = this.#view;
      if (code === LOST) this.#view.end("cross", texts.lost);
      else this.#view.end("cross", texts.failed, code);
      this.#tell("error", { code, message });
    }

    #cancelByHand(isLeaving) {
      const wasWaiting = this.#line?.isOpen;
      const session_id = this.#login?.session.session_id;
      if (isLeaving) {
        this.close();
      } else {
        this.#giveUp();
        this.#view.end("cross", this.#view.texts.by_site);
      }
      if (wasWaiting) this.#tell("cancel", { session_id, reason: "by_site" });
    }

    #giveUp() {
      if (this.#login) this.#api.cancel(this.#login.session.session_id);
      this.#settle();
    }

    #settle() {
      this.#line?.hangUp();
      clearInterval(this.#clock);
      this.#login = null;
      storage.write("sessionStorage", this.#key, null);
    }


    #tick() {
      const { received, lifetime } = this.#login;
      const left = lifetime - (Date.now() - received);
      this.#view.timeLeft(left);
      if (left <= MINUTE && left > 0 && !this.#saidMinute) {
        this.#saidMinute = true;
        this.#view.announce(this.#view.texts.minute);
      }
      if (Date.now() >= this.#login.answerUntil && !this.#login.isLapsed && !this.#isTroubled) {
        this.#view.calm(true, (this.#login.isLapsed = true));
      }
      if (left <= 0 && !this.#login.isOverdue) {
        this.#login.isOverdue = true;
        this.#line.nudge();
      }
    }

    #weather(trouble, failures) {
      const { texts } = this.#view;
      if (!trouble) {
        if (this.#isTroubled) this.#view.calm(this.#login?.isOpened, this.#login?.isLapsed);
        this.#isTroubled = false;
        return;
      }
      if (this.#isTroubled || (failures < 2 && navigator.onLine && trouble.code !== "RATE_LIMITED")) return;
      this.#isTroubled = true;
      this.#view.trouble(trouble.code === "RATE_LIMITED" ? texts.busy : texts.offline);
      this.#tell("error", { code: trouble.code, message: trouble.message });
    }

    #watchThePage() {
      const { signal } = this.#outings;
      const outOfSight = () => this.#keep();
      const inSight = () => {
        storage.write("sessionStorage", this.#key, null);
        this.#line?.nudge();
      };
      const look = () => (document.hidden ? outOfSight() : inSight());
      document.addEventListener("visibilitychange", look, { signal });
      addEventListener("pagehide", outOfSight, { signal });
      addEventListener("pageshow", (event) => event.persisted && inSight(), { signal });
      addEventListener("online", () => this.#line?.nudge(), { signal });
    }


    // Only while out of sight: a duplicated tab copies its storage, and must not share the login.
    #keep() {
      if (this.#login) storage.write("sessionStorage", this.#key, this.#login);
    }

    #takeKept() {
      const login = storage.read("sessionStorage", this.#key);
      storage.write("sessionStorage", this.#key, null);
      if (!login || Date.now() - login.received > login.lifetime + REDEEM_GRACE) return null;
      return { ...login, isOpened: false, isOverdue: false };
    }

    #habits() {
      return storage.read("localStorage", `authbots ${this.#options.app_id}`) ?? {};
    }

    #rememberHabit(habit) {
      storage.write("localStorage", `authbots ${this.#options.app_id}`, { ...this.#habits(), ...habit });
    }

    #usualOrder() {
      const { platforms } = this.#options;
      return this.#lastFirst(platforms?.length ? platforms : (this.#habits().order ?? USUAL_WAYS));
    }

    #lastFirst(order) {
      const { last } = this.#habits();
      return order.includes(last) ? [last, ...order.filter((each) => each !== last)] : order;
    }

    // Return whether the page lets the widget go on.
    async #tell(name, detail) {
      const init = { detail, bubbles: true, composed: true, cancelable: true };
      try {
        const answer = this.#options[`on${name[0].toUpperCase()}${name.slice(1)}`]?.(detail);
        const isUnhindered = this.#target.dispatchEvent(new CustomEvent(`authbots:${name}`, init));
        return isUnhindered && (await answer) !== false;
      } catch (error) {
        reportError(error); // the page's own; the login goes on
        return true;
      }
    }
  }

  function languageOf(locale) {
    const wishes = locale && locale !== "auto" ? [locale] : [document.documentElement.lang, ...navigator.languages];
    const languages = wishes.map((wish) => wish.toLowerCase().split("-")[0]);
    return languages.find((language) => Object.hasOwn(TEXTS, language)) ?? "en";
  }

  function placeOf({ container, mode }) {
    const element = typeof container === "string" ? document.querySelector(container) : container;
    if (container && !element) throw new TypeError(`AuthBotsWidget.init: no element matches ${container}`);
    const script = document.currentScript ?? loader;
    const hasSpot = document.body?.contains(script) ?? false;
    const isModal = mode === "modal" || !(element || hasSpot);
    if (element) return { container: element, isModal, put: (host) => element.append(host) };
    if (isModal) return { isModal, put: (host) => (document.body ?? document.documentElement).append(host) };
    return { isModal, put: (host) => script.after(host) };
  }

  // What the query holds stays as it is written.
  function leaveFor(address, sessionId) {
    const target = new URL(address, location.href);
    target.search += `${target.search ? "&" : "?"}session_id=${sessionId}`;
    if (/^https?:$/.test(target.protocol)) location.assign(target);
  }

  document.addEventListener("visibilitychange", () => {
    hiddenSince = document.hidden ? Date.now() : null;
  });

  function init(options = {}) {
    const widget = new Widget(options);
    if (options.auto_open !== false) widget.open();
    return Object.fromEntries(["open", "close", "restart", "destroy"].map((name) => [name, () => widget[name]()]));
  }

  globalThis.AuthBotsWidget ??= Object.freeze({ init });
})();
