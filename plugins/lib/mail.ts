// Mail through the API of a provider.

import { plain } from "./markup";
import { url } from "./query";
import { type Call, type Clock, VendorError, call } from "./request";
import { wellFormed } from "./text";

/** A message as plain text. */
export interface Mail {
  from: string;
  to: string;
  subject: string;
  text: string;
}

/** The host of Postmark; those of SendGrid are `api.sendgrid.com` and `api.eu.sendgrid.com`. */
const POSTMARK = "api.postmarkapp.com";

/** Sends a mail through the API at `host`. Throws a `VendorError` when the provider did not take it. */
export async function send(clock: Clock, host: string, key: string, message: Mail): Promise<void> {
  const request = mail(host, key, message);
  const { status } = await call(clock, request);
  // SendGrid takes mail with 202 and an empty body; a page with another status comes from elsewhere.
  if (request.expect === "any" && status !== 202) {
    throw new VendorError(request.vendor, status, `answered ${status}, which does not say that it took the mail`);
  }
}

/** The request that sends a mail. `key` is SendGrid's API key, or the token of a server of Postmark. */
export function mail(host: string, key: string, { from, to, subject, text }: Mail): Call {
  const title = plain(subject, 200);
  const body = wellFormed(text);
  if (host === POSTMARK) {
    return {
      vendor: "Postmark",
      method: "POST",
      url: url`https://${host}/email`,
      headers: { "x-postmark-server-token": key },
      json: { From: from, To: to, Subject: title, TextBody: body, MessageStream: "outbound" },
      failure: (reply) => (reply.ErrorCode === 0 ? undefined : String(reply.ErrorCode ?? "no-error-code")),
    };
  }
  return {
    vendor: "SendGrid",
    method: "POST",
    url: url`https://${host}/v3/mail/send`,
    headers: { authorization: `Bearer ${key}` },
    json: {
      personalizations: [{ to: [{ email: to }] }],
      from: { email: from },
      subject: title,
      content: [{ type: "text/plain", value: body }],
      // Links stay as they are written: people should see where they lead.
      tracking_settings: { click_tracking: { enable: false, enable_text: false }, open_tracking: { enable: false } },
    },
    expect: "any",
  };
}
