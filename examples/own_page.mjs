// Way 3, a page of your own on the API: it starts a login, shows links and number, and waits for the answer.
// GATEPOST_URL=http://127.0.0.1:8080 APP_ID=… PORT=8083 node examples/own_page.mjs
// `make demo` prints these settings; for a Gatepost and an app of your own see README.md.
import { verify } from "node:crypto";
import { createServer } from "node:http";

const { GATEPOST_URL: GATEPOST, APP_ID, PORT } = process.env;
const SITE = `http://127.0.0.1:${PORT}`; // as visitors see it
const PAGE = `<!doctype html><html lang="en"><title>My site</title><h1 role="status"></h1><nav></nav>
<script type="module">(${logIn})("${GATEPOST}/api/v1/auth/session", "${APP_ID}")</script>`;
let keys = new Map();
const ask = async (path) => (await fetch(GATEPOST + path)).json();
const decode = (part) => JSON.parse(Buffer.from(part, "base64url"));

// Exchange a confirmed session, which works once, and return the claims of its token, verified.
async function redeem(sessionId) {
  const { token } = await ask(`/api/v1/auth/session/${encodeURIComponent(sessionId)}?type=full`);
  if (!token) throw new Error("This login was not confirmed, or is used up.");
  const [head, body, signature] = token.split(".");
  const [{ alg, kid }, claims] = [decode(head), decode(body)];
  if (!keys.has(kid)) keys = new Map((await ask("/.well-known/jwks.json")).keys.map((key) => [key.kid, key]));
  const [signed, key] = [Buffer.from(`${head}.${body}`), { key: keys.get(kid), format: "jwk" }];
  const isSigned = alg === "RS256" && key.key && verify("sha256", signed, key, Buffer.from(signature, "base64url"));
  const isOurs = claims.iss === GATEPOST && claims.aud === APP_ID && claims.exp > Date.now() / 1000 - 30;
  if (!isSigned || !isOurs) throw new Error("This token is not valid here.");
  return claims;
}

async function logIn(sessions, app_id) { // runs in the visitor's browser
  const [said, nav] = document.querySelectorAll("h1, nav");
  const ask = async (path, options) => (await fetch(sessions + path, options)).json();
  const rest = () => new Promise((wake) => setTimeout(wake, 2000, { status: "pending" })); // the connection was lost
  const headers = { "Content-Type": "application/json" }, body = JSON.stringify({ app_id, match: true });
  const session = await ask("", { method: "POST", headers, body });
  if (!session.success) return (said.textContent = session.message);
  said.textContent = `Pick ${session.match_number} in the bot`;
  const link = (name) => ({ text: name, href: session.links[name], target: "_blank" });
  for (const name of session.display_order) nav.append(Object.assign(document.createElement("a"), link(name)), " ");
  let state;
  do state = await ask(`/${session.session_id}?type=status&poll=true`).catch(rest); while (state.status === "pending");
  const isIn = state.status === "confirmed" && await fetch("/log-in", { method: "POST", body: session.session_id });
  said.textContent = isIn ? await isIn.text() : `Not logged in: ${state.cancel_reason ?? state.status ?? state.error}`;
}

async function answer(request, response) {
  if (request.method === "POST") {
    if (request.headers.origin !== SITE) throw new Error("Not from here."); // who could log you in as somebody else
    let sessionId = "";
    for await (const chunk of request) if ((sessionId += chunk).length > 24) throw new Error("That is no session.");
    const claims = await redeem(sessionId); // now set your session cookie, as hosted_redirect.mjs does
    response.end(`Hello, ${claims.first_name}!`);
  } else {
    response.writeHead(200, { "Content-Type": "text/html" }).end(PAGE);
  }
}

const refuse = (response, why) => response.writeHead(403, { "Content-Type": "text/plain" }).end(why.message);
createServer((request, response) => answer(request, response).catch((why) => refuse(response, why)))
  .listen(PORT, "127.0.0.1", () => console.log(`Running on ${SITE}`));
