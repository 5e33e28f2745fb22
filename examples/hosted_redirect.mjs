// Way 1, the hosted page: a link to Gatepost's own login page, which sends the visitor back to /callback.
// GATEPOST_URL=http://127.0.0.1:8080 APP_ID=… PORT=8083 node examples/hosted_redirect.mjs
// `make demo` prints these settings; for a Gatepost and an app of your own see README.md.

import { randomBytes, verify } from "node:crypto";
import { createServer } from "node:http";

const { GATEPOST_URL: GATEPOST, APP_ID, PORT } = process.env;
const SITE = `http://127.0.0.1:${PORT}`; // as visitors see it; once that is https, add Secure to the cookies
const names = new Map(); // who is logged in, by the random value of their cookie
let keys = new Map();

const ask = async (path) => (await fetch(GATEPOST + path)).json();
const decode = (part) => JSON.parse(Buffer.from(part, "base64url"));
const random = () => randomBytes(32).toString("base64url");
const escape = (text) => text.replace(/[<>&"]/g, (mark) => `&#${mark.charCodeAt()};`);

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
  const { pathname, searchParams } = new URL(request.url, SITE);
  const cookies = new Map((request.headers.cookie ?? "").split("; ").map((cookie) => cookie.split("=")));
  if (pathname === "/log-in") {
    const state = random();
    const returnUrl = encodeURIComponent(`${SITE}/callback?state=${state}`);
    response.setHeader("Set-Cookie", `state=${state}; Path=/; Max-Age=900; HttpOnly; SameSite=Lax`);
    response.writeHead(303, { Location: `${GATEPOST}/login/${APP_ID}?return_url=${returnUrl}` }).end();
  } else if (pathname === "/callback") {
    const isOurs = cookies.get("state") && cookies.get("state") === searchParams.get("state");
    if (!isOurs) throw new Error("This login was started in another browser."); // whose link would log you in as them
    const [claims, visitor] = [await redeem(searchParams.get("session_id") ?? ""), random()];
    names.set(visitor, claims.first_name);
    const mine = `visitor=${visitor}; Path=/; HttpOnly; SameSite=Lax`;
    response.setHeader("Set-Cookie", [mine, "state=; Path=/; Max-Age=0"]);
    response.writeHead(303, { Location: "/" }).end();
  } else {
    const name = names.get(cookies.get("visitor"));
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    response.end(name ? `Hello, ${escape(name)}!` : '<a href="/log-in">Log in</a>');
  }
}

const refuse = (response, why) => response.writeHead(403, { "Content-Type": "text/plain" }).end(why.message);
createServer((request, response) => answer(request, response).catch((why) => refuse(response, why)))
  .listen(PORT, "127.0.0.1", () => console.log(`Running on ${SITE}`));
