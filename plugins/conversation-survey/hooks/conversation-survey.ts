// Sends a link to a survey when a conversation has ended.
import type { Events, Hook } from "../../../hookpoint";
import { normalPhone } from "../../lib/customer";
import { sha256 } from "../../lib/hash";
import { plain } from "../../lib/markup";
import { url } from "../../lib/query";
import { call } from "../../lib/request";

type Event = Events["conversationEnd"];

export default async function survey(event: Event, hook: Hook): Promise<void> {
  const conversation = plain(event.context?.conversationId ?? "", 100);
  // Users of web chats have ids, not numbers. A number without a calling code could be that of anyone.
  const user = String(event.context?.userId ?? "");
  const to = user.trim().startsWith("+") ? normalPhone(user) : undefined;
  const reason = whyNot(event, hook, conversation, to);
  if (reason !== undefined) return console.log(`no survey: ${reason}`);

  const account = hook.variables.SurveyAccountSid ?? "";
  const from = hook.variables.SurveyFrom ?? "";
  await call(hook, {
    vendor: "Twilio",
    method: "POST",
    url: url`https://api.twilio.com/2010-04-01/Accounts/${account}/Messages.json`,
    headers: { authorization: `Basic ${btoa(`${account}:${hook.secrets.SurveyAuthToken ?? ""}`)}` },
    form: {
      To: to ?? "",
      ...(/^MG[0-9a-f]{32}$/.test(from) ? { MessagingServiceSid: from } : { From: from }),
      Body: `${hook.variables.SurveyText ?? "How did we do?"} ${hook.variables.SurveyUrl ?? ""}${url`${conversation}`}`,
    },
    failure: ({ sid, error_code: code }) => (typeof sid === "string" && !code ? undefined : String(code ?? "no-sid")),
  });
}

/** Why the user is not asked; `undefined` when they are. */
function whyNot(event: Event, hook: Hook, conversation: string, to?: string): string | undefined {
  if (to === undefined) return "the user has no phone number";
  if (conversation === "" || conversation === "." || conversation === "..") return "the conversation has no id";
  const intents = (hook.variables.SurveyIntents ?? "").split(",").map((intent) => intent.trim());
  const isMeant = intents.join("") === "" || intents.includes(event.context?.intentId ?? "");
  if (!isMeant) return "the intent is not among SurveyIntents";
  const share = Number(hook.variables.SurveyShare ?? 100);
  return lot(conversation) < share ? undefined : "the lot fell on others";
}

/** A number from 0 to 99.99 that is the same whenever this conversation is delivered. */
function lot(conversation: string): number {
  return (Number.parseInt(sha256(conversation).slice(0, 8), 16) % 10_000) / 100;
}
