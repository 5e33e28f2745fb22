// A site's server on the types that openapi-typescript made: two logins, a message, and a refusal.
// It says which link and which button the visitor is to use, and goes on when it is told that they have.

import { createInterface } from "node:readline";
import createClient from "openapi-fetch";
import type { paths } from "./gatepost.js";

const [address, appId, key] = process.argv.slice(2) as [string, string, string];
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

function must<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error("it was refused");
  return value;
}

async function show(link: string, button: string): Promise<void> {
  console.log(JSON.stringify({ link, button }));
  await lines.next();
}

const page = createClient<paths>({ baseUrl: address });
const session = must((await page.POST("/api/v1/auth/session", { body: { app_id: appId } })).data);
await show(must(session.links["telegram"]), String(session.match_number ?? "Log in"));
const path = { session_id: session.session_id };
const redeemed = must((await page.GET("/api/v1/auth/session/{session_id}", { params: { path } })).data);
if (!("user" in redeemed)) throw new Error("nobody logged in");

const server = createClient<paths>({ baseUrl: address, headers: { Authorization: `Bearer ${key}` } });
const started = must((await server.POST("/v1/auth/session", { body: {} })).data);
await show(must(started.telegram_link), "Log in");
const asked = await server.GET("/v1/auth/session/{session_id}/status", {
  params: { path: { session_id: started.session_id } },
});
const code = must(must(asked.data).code);
const user = must((await server.POST("/v1/auth/verify", { body: { code } })).data);

const letter = { subscriber_id: user.subscriber_id, text: "Your tea is ready" };
must((await server.POST("/v1/send", { body: letter })).data);
const refused = must((await server.POST("/v1/send", { body: { ...letter, subscriber_id: "nobody" } })).error);
console.log(JSON.stringify({ phone: redeemed.user.phone, name: user.first_name, refused: refused.code }));
process.exit();
