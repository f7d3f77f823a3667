import assert from "node:assert/strict";
import { jsonHeaders, signed } from "../aws";

// The expected signatures are those of botocore 1.43.127.
const keys = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
const now = () => new Date("2026-01-02T03:04:05Z");

function signature(headers: Record<string, string>): string {
  return (headers.authorization ?? "").replace("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/", "");
}

export default async function () {
  const events = await signed(
    keys,
    "eu-central-1",
    "events",
    now,
  )({
    method: "POST",
    url: "https://events.eu-central-1.amazonaws.com/",
    headers: jsonHeaders("AWSEvents.PutEvents", "1.1"),
    body: '{"Entries":[{"Detail":"ü"}]}',
  });
  assert.equal(
    signature(events),
    "eu-central-1/events/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=955a766f2c2e98b8ac562f52c481e8ea6dd76f8a93ac9b85c5fe28e74aab0b43",
  );
  const object = await signed(
    { ...keys, sessionToken: "token/1" },
    "eu-central-1",
    "s3",
    now,
  )({
    method: "PUT",
    url: "https://b.s3.eu-central-1.amazonaws.com/a%20b/%C3%BC.json?x-id=PutObject&a=b%20c",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
  assert.equal(
    signature(object),
    "eu-central-1/s3/aws4_request, SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token, Signature=aedaecd4dd3e078afc6348db7730be979186d31d21b28f57ae96fd707d52042b",
  );
  assert.equal(object["x-amz-security-token"], "token/1");
  assert.equal(object.host, undefined);
  const other = await signed(
    keys,
    "us-east-1",
    "execute-api",
    now,
  )({
    method: "GET",
    url: "https://x.execute-api.us-east-1.amazonaws.com/a%20b/c",
    headers: { "X-B": "  two   blanks " },
    body: "",
  });
  assert.equal(
    signature(other),
    "us-east-1/execute-api/aws4_request, SignedHeaders=host;x-amz-date;x-b, Signature=43b64224e0bbeffa18c5c94e5e5ef90fe8ba6aa0396736d7f2931fcb8c86125e",
  );
}
