// ---- The receiver, between the internet and your code. Nothing below needs to be edited. ----
//
// The function URL is public: the signature IS the authentication. A request is checked in this order: size, headers,
// time, signature over the raw body (Standard Webhooks 1.0.0); only then is it parsed. Each `webhook-id` is processed
// once: the table holds a lease while it is processed, and the reply after success. In all other cases the sender
// retries.

const { createHmac, randomUUID, timingSafeEqual } = require("node:crypto");
const { DeleteItemCommand, DynamoDBClient, PutItemCommand } = require("@aws-sdk/client-dynamodb");
const { GetSecretValueCommand, SecretsManagerClient } = require("@aws-sdk/client-secrets-manager");

const TOLERANCE_SECONDS = 300; // Maximum difference between the sender's clock and ours, and maximum age of a copied request.
const KEYS_MS = 300_000; // How long a signing secret is cached.
const KEYS_AGAIN_MS = 10_000; // Minimum time between reads after a failure or an unknown signature, so that strangers cannot cause more.
const KEYS_AT_MOST_MS = 900_000; // How long it is used while it cannot be read.
const MAXIMUM_REPLY_BYTES = 262_144; // What the sender accepts, and what fits into an item of the table.
const MAXIMUM_BODY_BYTES = Number(process.env.MAXIMUM_BODY_BYTES);
const REMEMBER_SECONDS = Number(process.env.REMEMBER_DAYS) * 86_400;
const TABLE = process.env.DELIVERIES_TABLE;
const SECRET = process.env.SIGNING_SECRET_ARN;

// The sender waits 3 seconds: two short attempts are better than one long one.
const patience = { maxAttempts: 2, requestHandler: { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true } };
const dynamodb = new DynamoDBClient(patience);
const secretsManager = new SecretsManagerClient(patience);

// Answers the request with this status. The sender retries 429 and 5xx; any other status ends the delivery.
class Refused extends Error {
  constructor(status, message, retryAfter) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

// The current and the previous signing key, so that a rotation interrupts nothing.
const keys = {
  keys: [],
  readAt: -Infinity,
  triedAt: -Infinity,

  async current() {
    // Wall-clock time, so that a cached key ages while the function is frozen.
    const age = Date.now() - this.readAt;
    if (this.keys.length === 0 || age >= KEYS_AT_MOST_MS) {
      await this.read();
    } else if (age >= KEYS_MS && Date.now() - this.triedAt >= KEYS_AGAIN_MS) {
      await this.read().catch((error) => { if (this.keys.length === 0) throw error; });
    }
    return this.keys;
  },

  // Reads again, unless that was done a moment ago. Returns whether the keys have changed.
  async changed() {
    const before = this.keys;
    if (Date.now() - this.triedAt >= KEYS_AGAIN_MS) await this.read();
    // The last read failed. There may be a new key, so nothing is refused for good.
    else if (this.readAt < this.triedAt) throw unreadable();
    return this.keys.length !== before.length || this.keys.some((key, index) => !key.equals(before[index]));
  },

  async read() {
    if (Date.now() - this.triedAt < 1_000) throw unreadable();
    this.triedAt = Date.now();
    let current, previous;
    try {
      // Without a rotation there is no previous key.
      const ifAny = (error) => { if (error.name !== "ResourceNotFoundException") throw error; };
      [current, previous] = await Promise.all([secretVersion("AWSCURRENT"), secretVersion("AWSPREVIOUS").catch(ifAny)]);
    } catch (error) {
      log("error", `The signing secret cannot be read: ${error.name}`);
      throw unreadable();
    }
    const key = decodeKey(current);
    if (!key) {
      this.keys = []; // Secrets Manager works, so the old keys are no longer valid.
      log("error", "The signing secret cannot be used: it is not the base64 of 24 to 64 bytes");
      throw new Refused(503, "The signing secret cannot be used.", 60);
    }
    // The previous value was not a key.
    this.keys = [key, decodeKey(previous)].filter(Boolean);
    this.readAt = Date.now();
  },
};

const unreadable = () => new Refused(503, "The signing secret cannot be read.", 1);

async function secretVersion(stage) {
  const { SecretString } = await secretsManager.send(new GetSecretValueCommand({ SecretId: SECRET, VersionStage: stage }));
  return SecretString;
}

// The bytes of a signing secret: base64, with or without the prefix `whsec_`.
function decodeKey(value) {
  const key = decode((value ?? "").trim().replace(/^whsec_/, ""));
  return key && key.length >= 24 && key.length <= 64 ? key : undefined;
}

// Node.js skips invalid characters in base64; here they make a signature or key invalid.
function decode(text) {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text) ? Buffer.from(text, "base64") : undefined;
}

// Returns if the request is genuine and fresh, else throws. Compares every signature with every key in constant time.
async function verify(headers, raw) {
  const id = headers["webhook-id"] ?? "";
  const timestamp = headers["webhook-timestamp"] ?? "";
  const signatures = headers["webhook-signature"] ?? "";
  // No dots in the id: `<id>.<timestamp>.<body>` must be unambiguous.
  if (!/^[!-\-/-~]{1,255}$/.test(id) || !/^[0-9]{1,12}$/.test(timestamp)) {
    throw new Refused(401, "The headers webhook-id and webhook-timestamp are missing or malformed.");
  }
  if (Math.abs(Date.now() / 1_000 - Number(timestamp)) > TOLERANCE_SECONDS) {
    throw new Refused(401, "The header webhook-timestamp is more than five minutes from now.");
  }
  const offered = signatures
    .slice(0, 2048)
    .split(" ")
    .filter((signature) => signature.startsWith("v1,"))
    .map((signature) => decode(signature.slice(3)))
    .filter((bytes) => bytes?.length === 32);
  if (offered.length === 0) throw new Refused(401, "The header webhook-signature has no v1 signature.");
  const signed = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), raw]);
  if (fits(await keys.current(), signed, offered)) return;
  if ((await keys.changed()) && fits(await keys.current(), signed, offered)) return;
  throw new Refused(401, "No signature matches.");
}

function fits(candidates, signed, offered) {
  let found = false;
  for (const key of candidates) {
    const expected = createHmac("sha256", key).update(signed).digest();
    for (const signature of offered) found = timingSafeEqual(expected, signature) || found;
  }
  return found;
}

function bodyOf(request) {
  const body = request.body ?? "";
  const tooLarge = () => new Refused(413, `The body has more than ${MAXIMUM_BODY_BYTES} bytes.`);
  if (body.length > (MAXIMUM_BODY_BYTES * 4) / 3 + 4) throw tooLarge();
  const raw = Buffer.from(body, request.isBase64Encoded ? "base64" : "utf8");
  if (raw.length > MAXIMUM_BODY_BYTES) throw tooLarge();
  return raw;
}

function parse(raw) {
  let event;
  try {
    event = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(raw));
  } catch {
    throw new Refused(400, "The body is not JSON.");
  }
  const kind = event !== null && typeof event === "object" && !Array.isArray(event) ? event.eventType : undefined;
  if (typeof kind !== "string" || !/^[A-Za-z0-9_-]{1,128}$/.test(kind)) {
    throw new Refused(400, "The body is not an event: it has no eventType.");
  }
  return event;
}

// Leases the delivery for this attempt. Returns the attempt's token, or the stored reply of an earlier success.
async function claim(id, context) {
  const token = randomUUID();
  const now = Date.now();
  const seconds = Math.floor(now / 1_000);
  // Lambda ends this attempt at its timeout, so the lease need not last longer.
  const lease = now + context.getRemainingTimeInMillis() + 500;
  let found;
  try {
    await dynamodb.send(
      new PutItemCommand({
        TableName: TABLE,
        Item: {
          id: { S: id },
          phase: { S: "working" },
          claimedBy: { S: token },
          leaseUntil: { N: String(lease) },
          expires: { N: String(seconds + REMEMBER_SECONDS) },
        },
        // Items may exist for days after `expires`, so it is checked here as well.
        ConditionExpression: "attribute_not_exists(id) OR expires <= :now OR (phase = :working AND leaseUntil <= :nowMs)",
        ExpressionAttributeValues: { ":now": { N: String(seconds) }, ":nowMs": { N: String(now) }, ":working": { S: "working" } },
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      }),
    );
    return { token };
  } catch (error) {
    if (error.name !== "ConditionalCheckFailedException") {
      log("error", `The table is unreachable: ${error.name}`, { webhookId: id });
      throw new Refused(503, "The table is unreachable.", 1);
    }
    found = error.Item ?? {};
  }
  // The first attempt of this call succeeded after all.
  if (found.claimedBy?.S === token) return { token };
  if (found.phase?.S === "done") return { stored: answer(Number(found.status.N), found.reply.S, { "hookpoint-replayed": "true" }) };
  // Not 409, which the sender would treat as final.
  const left = Math.ceil((Number(found.leaseUntil?.N ?? 0) - now) / 1_000);
  throw new Refused(503, "This delivery is being processed.", Math.max(1, left));
}

// Stores the reply, so that a duplicate gets the same one. If that fails, the work stays done.
async function finish(id, token, response) {
  try {
    await dynamodb.send(
      new PutItemCommand({
        TableName: TABLE,
        Item: {
          id: { S: id },
          phase: { S: "done" },
          claimedBy: { S: token },
          status: { N: String(response.statusCode) },
          reply: { S: response.body },
          expires: { N: String(Math.floor(Date.now() / 1_000) + REMEMBER_SECONDS) },
        },
        ConditionExpression: "claimedBy = :token",
        ExpressionAttributeValues: { ":token": { S: token } },
      }),
    );
  } catch (error) {
    log("error", `The reply could not be stored; a duplicate will run again: ${error.name}`, { webhookId: id });
  }
}

// Releases the delivery after a failure, so that it can be retried at once.
async function release(id, token) {
  try {
    await dynamodb.send(
      new DeleteItemCommand({
        TableName: TABLE,
        Key: { id: { S: id } },
        ConditionExpression: "claimedBy = :token",
        ExpressionAttributeValues: { ":token": { S: token } },
      }),
    );
  } catch (error) {
    log("warn", `The delivery stays leased until its lease ends: ${error.name}`, { webhookId: id });
  }
}

function replyOf(value) {
  if (value === undefined || value === null) return answer(204, "");
  if (typeof value !== "object" || Array.isArray(value)) throw new TypeError("the reply must be an object or undefined");
  const text = JSON.stringify(value);
  if (Buffer.byteLength(text) > MAXIMUM_REPLY_BYTES) throw new RangeError(`the reply has more than ${MAXIMUM_REPLY_BYTES} bytes`);
  return answer(200, text);
}

function answer(statusCode, body, headers = {}) {
  return { statusCode, headers: { ...(body && { "content-type": "application/json" }), ...headers }, body };
}

// One line of JSON. Never a body, a signature or a secret.
function log(level, message, fields = {}) {
  process.stdout.write(`${JSON.stringify({ level, message, ...fields })}\n`);
}

async function work(delivery) {
  const { token, stored } = await claim(delivery.id, delivery.context);
  if (stored) return stored;
  let response;
  try {
    response = replyOf(await hook(delivery.event, delivery));
  } catch (error) {
    await release(delivery.id, token);
    throw error;
  }
  await finish(delivery.id, token, response);
  return response;
}

// The handler of requests to the function URL.
exports.handler = async (request, context) => {
  const started = Date.now();
  const fields = {};
  let response;
  try {
    if (request.requestContext.http.method !== "POST") throw new Refused(405, "Only POST is allowed.");
    const { headers } = request;
    const raw = bodyOf(request);
    await verify(headers, raw);
    const id = headers["webhook-id"];
    fields.webhookId = id;
    const event = parse(raw);
    const correlationId = (headers["nlx-correlation-id"] ?? "").replace(/[^!-~]/g, "").slice(0, 64);
    Object.assign(fields, { correlationId, eventType: event.eventType });
    response = await work({ id, correlationId, headers, raw, event, context });
  } catch (error) {
    if (error instanceof Refused) {
      const headers = error.retryAfter ? { "retry-after": String(error.retryAfter) } : {};
      response = answer(error.status, JSON.stringify({ error: error.message }), headers);
      fields.reason = error.message;
    } else {
      // Logs where it happened, without the message, which may quote an event.
      const frames = String(error?.stack ?? "").split("\n").filter((line) => /^ +at /.test(line)).map((line) => line.trim());
      log("error", "The event could not be processed", { error: error?.name, frames: frames.slice(0, 8), ...fields });
      response = answer(500, JSON.stringify({ error: "The event could not be processed." }));
    }
  }
  Object.assign(fields, { status: response.statusCode, milliseconds: Date.now() - started });
  log(response.statusCode < 500 ? "info" : "error", "Delivery answered", fields);
  return response;
};
