// Way 2, the widget: visitors log in on the site's own page, which hands the session to the site's server.
// GATEPOST_URL=http://127.0.0.1:8080 APP_ID=… PORT=8083 node examples/widget.mjs
// `make demo` prints these settings; for a Gatepost and an app of your own see README.md.

import { verify } from "node:crypto";
import { createServer } from "node:http";

const { GATEPOST_URL: GATEPOST, APP_ID, PORT } = process.env;
const SITE = `http://127.0.0.1:${PORT}`; // as visitors see it
const POLICY = `default-src 'none'; script-src 'self' ${GATEPOST}; connect-src 'self' ${GATEPOST}; img-src ${GATEPOST}`;
const PAGE = `<!doctype html><html lang="en"><title>My site</title><meta name="viewport" content="width=device-width">
<h1 id="said">Log in</h1><div id="login" data-app="${APP_ID}"></div>
<script src="${GATEPOST}/widget.js"></script><script src="/page.js"></script>`;
const SCRIPT = `AuthBotsWidget.init({
  app_id: document.getElementById("login").dataset.app, container: "#login", poll_type: "status",
  onSuccess: async ({ session_id }) => {
    const answer = await fetch("/log-in", { method: "POST", body: session_id });
    document.getElementById("said").textContent = await answer.text();
  },
});`;
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

async function answer(request, response) {
  if (request.method === "POST") {
    if (request.headers.origin !== SITE) throw new Error("Not from here."); // who could log you in as somebody else
    let sessionId = "";
    for await (const chunk of request) if ((sessionId += chunk).length > 24) throw new Error("That is no session.");
    const claims = await redeem(sessionId); // now set your session cookie, as hosted_redirect.mjs does
    response.end(`Hello, ${claims.first_name}!`);
  } else if (request.url === "/page.js") {
    response.writeHead(200, { "Content-Type": "text/javascript" }).end(SCRIPT);
  } else {
    response.writeHead(200, { "Content-Type": "text/html", "Content-Security-Policy": POLICY }).end(PAGE);
  }
}

const refuse = (response, why) => response.writeHead(403, { "Content-Type": "text/plain" }).end(why.message);
createServer((request, response) => answer(request, response).catch((why) => refuse(response, why)))
  .listen(PORT, "127.0.0.1", () => console.log(`Running on ${SITE}`));
