// @slack/webhook
import { IncomingWebhook } from "@slack/webhook";
const check = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`);
export default async ({ context: { server } }) => {
  const send = (path, message, options) => new IncomingWebhook(server + path, options).send(message);
  check("sent", JSON.parse((await send("/services/x", { text: "ü", attachments: [] }, { channel: "#logins" })).text));
  check("text", JSON.parse((await send("/services/x", "hello")).text).body);
  check("missing", await send("/missing", "hello").catch((error) => [error.code, error.message]));
  check("timeout", await send("/never", "hello", { timeout: 20 }).catch((error) => [error.code]));
  check("redirect", await send("/redirect", "hello").catch((error) => [error.code]));
};
