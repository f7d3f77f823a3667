// Posts one adaptive card to Microsoft Teams for each event.
import type { Events, Hook } from "../../../hookpoint";
import { sentence, unmarked } from "../../lib/feed";
import { VendorError, call } from "../../lib/request";

type Event = Events["afterSelfServiceLogin"] | Events["afterMfaChange"] | Events["afterConsentUpdate"];

const TITLES = {
  afterSelfServiceLogin: "Login",
  afterMfaChange: "Second factor changed",
  afterConsentUpdate: "Consent changed",
};

export default async function teamsFeed(event: Event, hook: Hook): Promise<void> {
  const target = URL.parse(hook.secrets.TeamsUrl ?? "");
  if (target?.protocol !== "https:" || target.hostname !== hook.variables.TeamsHost) {
    throw new Error("the secret TeamsUrl is not a URL of a workflow at the host TeamsHost");
  }
  const line = sentence(event, hook.variables.TeamsShowAddress !== "no", unmarked);
  const { status } = await call(hook, {
    vendor: "Microsoft Teams",
    method: "POST",
    url: target.href,
    json: message(TITLES[event.eventType], line),
    expect: "any",
  });
  // A workflow that was started says 202; another status with a body comes from elsewhere.
  if (status !== 202) {
    throw new VendorError("Microsoft Teams", status, `answered ${status} instead of 202, so no workflow was started`);
  }
}

function message(title: string, line: string): unknown {
  // Text blocks read Markdown. Runs of text do not: what a customer typed stays as it is.
  const content = {
    type: "AdaptiveCard",
    version: "1.2",
    body: [
      { type: "TextBlock", text: title, weight: "Bolder" },
      { type: "RichTextBlock", inlines: [{ type: "TextRun", text: line }] },
    ],
  };
  return {
    type: "message",
    attachments: [{ contentType: "application/vnd.microsoft.card.adaptive", contentUrl: null, content }],
  };
}
