import assert from "node:assert/strict";
import { mail } from "../mail";

const message = { from: "shop@example.com", to: "alice@example.com", subject: "New\r\nBcc: x@y", text: "Hello\n😀" };

export default function () {
  const { failure, ...postmark } = mail("api.postmarkapp.com", "key-1", message);
  assert.deepEqual(postmark, {
    vendor: "Postmark",
    method: "POST",
    url: "https://api.postmarkapp.com/email",
    headers: { "x-postmark-server-token": "key-1" },
    json: {
      From: "shop@example.com",
      To: "alice@example.com",
      Subject: "New Bcc: x@y",
      TextBody: "Hello\n😀",
      MessageStream: "outbound",
    },
  });
  assert.equal(failure?.({ ErrorCode: 0, Message: "OK" }), undefined);
  assert.equal(failure?.({ ErrorCode: 406, Message: "inactive" }), "406");
  assert.equal(failure?.({}), "no-error-code");

  const grid = mail("api.eu.sendgrid.com", "key-2", message);
  assert.equal(grid.url, "https://api.eu.sendgrid.com/v3/mail/send");
  assert.deepEqual(grid.headers, { authorization: "Bearer key-2" });
  assert.deepEqual(grid.json, {
    personalizations: [{ to: [{ email: "alice@example.com" }] }],
    from: { email: "shop@example.com" },
    subject: "New Bcc: x@y",
    content: [{ type: "text/plain", value: "Hello\n😀" }],
    tracking_settings: { click_tracking: { enable: false, enable_text: false }, open_tracking: { enable: false } },
  });
}
