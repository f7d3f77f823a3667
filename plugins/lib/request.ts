// Requests to a vendor's API: within the time that is left, with failures that say what the vendor did.

/** What the time of a run depends on: the second argument of a hook. */
export interface Clock {
  remainingMs(): number;
}

/** A request. At most one of `json`, `form`, `text`. */
export interface Call {
  /** The vendor's name, for messages. */
  vendor: string;
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  url: string;
  headers?: Record<string, string>;
  json?: unknown;
  form?: Record<string, string>;
  text?: string;
  /** Headers that authorise the request. Asked again, with `true`, after a 401: then a token must be fetched anew. */
  authorize?: (again: boolean) => Promise<Record<string, string>>;
  /** Signs the request as it is sent: method, URL, headers and body. Returns all headers. */
  sign?: (request: Outgoing) => Promise<Record<string, string>>;
  /** Statuses besides 2xx that are no failure, such as 404 for "not there". */
  accept?: number[];
  /** What the reply must be: `json` (an object or array), `text`, or `any` when it is not read. */
  expect?: "json" | "text" | "any";
  /** The vendor's word for a failure inside a reply with a good status; `undefined` when there is none. Gets the JSON or the text. */
  failure?: (body: any) => string | undefined;
  /** The most milliseconds that one attempt may take. */
  timeoutMs?: number;
}

/** A request as it is sent. */
export interface Outgoing {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** A reply that is no failure. */
export interface Reply {
  status: number;
  headers: Headers;
  /** The parsed body, where JSON was expected and there is a body. */
  json: any;
  text: string;
}

/**
 * A vendor that did not do what it was asked. The message names neither secrets nor what a customer typed. An asynchronous hook that
 * throws it is run again later if the failure is temporary.
 */
export class VendorError extends Error {
  constructor(
    readonly vendor: string,
    /** The status; 0 when there was no reply. */
    readonly status: number,
    what: string,
    /** Whether another attempt may succeed. */
    isTemporary = mayPass(status),
  ) {
    super(`${vendor} ${what}`);
    // The name that asks Hookpoint for a retry.
    this.name = isTemporary ? "RetryableError" : "VendorError";
  }
}

/** Whether a status reports what may pass: no reply, too early, too many requests, or a failure of the server. */
function mayPass(status: number): boolean {
  return status === 0 || status === 408 || status === 425 || status === 429 || status >= 500;
}

/** Whether a vendor's code reports what may pass: AWS throttles, and fails, with the status 400 or inside a 200. */
export function isTemporaryCode(code: string | undefined): boolean {
  return code !== undefined && /(Throttl|TooManyRequests|LimitExceeded$|SlowDown|ServiceUnavailable|Internal)/i.test(code);
}

/** Time that a hook needs after its last reply. */
const RESERVE_MS = 60;
/** An attempt with less time than this is not worth making. */
const LEAST_MS = 80;

/**
 * Makes a request and returns its reply. After a 401 it is made once more with a new token; after a 429 or 503 with `Retry-After` once
 * more when the wait fits into the time that is left. Throws a `VendorError` otherwise.
 */
export async function call(clock: Clock, request: Call): Promise<Reply> {
  let waited = false;
  let renewed = false;
  for (;;) {
    const response = await attempt(clock, request, renewed);
    if (response.status === 401 && request.authorize && !renewed) {
      renewed = true;
      continue;
    }
    if (response.status === 429 || response.status === 503) {
      const wait = retryAfter(response.headers.get("retry-after"));
      if (wait !== undefined && !waited && clock.remainingMs() - wait > RESERVE_MS + LEAST_MS) {
        waited = true;
        await new Promise<void>((resolve) => setTimeout(() => resolve(), wait));
        continue;
      }
    }
    return understood(request, response);
  }
}

interface Answer {
  status: number;
  headers: Headers;
  text: string;
}

async function attempt(clock: Clock, request: Call, again: boolean): Promise<Answer> {
  const outgoing = await prepared(request, again);
  const left = Math.min(request.timeoutMs ?? Infinity, clock.remainingMs() - RESERVE_MS);
  if (left < LEAST_MS) throw new VendorError(request.vendor, 0, "was not asked: there is no time left");
  try {
    const response = await fetch(outgoing.url, {
      method: outgoing.method,
      headers: outgoing.headers,
      ...(outgoing.body === "" ? {} : { body: outgoing.body }),
      redirect: "manual",
      signal: AbortSignal.timeout(left),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  } catch (error) {
    throw lost(request.vendor, left, error as Error & { code?: string });
  }
}

/** Why there is no reply. Hookpoint's reason names the host, and nothing else of the URL, which may be a secret. */
function lost(vendor: string, left: number, error: Error & { code?: string }): VendorError {
  if (error.name === "TimeoutError" || error.name === "AbortError" || error.code === "timeout")
    return new VendorError(vendor, 0, `did not answer within ${Math.round(left)} ms`);
  const reason = error.message.replace(/^fetch failed: /, "");
  switch (error.code) {
    case "connection":
      return new VendorError(vendor, 0, `cannot be reached: ${reason}${remedy(reason)}`);
    case "egress-refused":
      return new VendorError(vendor, 0, `may not be reached: ${reason}`, false);
    case "bad-response":
    case "too-large":
      return new VendorError(vendor, 0, `gave an answer that cannot be used: ${reason}`, false);
    case "bad-request":
      return new VendorError(vendor, 0, `was not asked: ${reason}`, false);
    default:
      // JavaScript's own errors may show the URL or a header.
      return new VendorError(vendor, 0, "was not asked: its URL or a header is not valid", false);
  }
}

/** What to check, unless the reason says it. */
function remedy(reason: string): string {
  if (/resolved/.test(reason)) return "; check its name";
  if (/certificate|TLS/.test(reason)) return "";
  return "; check that it is up, and that your network lets hooks reach it";
}

async function prepared(request: Call, again: boolean): Promise<Outgoing> {
  const headers: Record<string, string> = { accept: "application/json", ...request.headers };
  let body = request.text ?? "";
  if (request.json !== undefined) {
    headers["content-type"] ??= "application/json";
    body = JSON.stringify(request.json);
  } else if (request.form) {
    headers["content-type"] = "application/x-www-form-urlencoded";
    body = new URLSearchParams(request.form).toString();
  }
  if (request.authorize) Object.assign(headers, await request.authorize(again));
  const outgoing = { method: request.method ?? (body === "" ? "GET" : "POST"), url: request.url, headers, body };
  return request.sign ? { ...outgoing, headers: await request.sign(outgoing) } : outgoing;
}

/** The wait that a vendor asks for, in milliseconds: a number of seconds, or a date. */
export function retryAfter(value: string | null, now = Date.now()): number | undefined {
  if (value === null || value.trim() === "") return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return seconds >= 0 ? Math.ceil(seconds * 1000) : undefined;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function understood(request: Call, { status, headers, text }: Answer): Reply {
  const { vendor, expect = "json", accept = [] } = request;
  const isGood = (status >= 200 && status < 300) || accept.includes(status);
  if (!isGood) {
    const code = errorCode(parsed(text));
    throw new VendorError(vendor, status, refusal(status, headers, text), mayPass(status) || isTemporaryCode(code));
  }
  // A status that was asked for, such as 404, may come from a gateway with a page of its own.
  const mayBeOther = status >= 300 || status === 204 || expect === "any";
  const json = expect === "text" ? undefined : parsed(text);
  if (expect === "json" && json === undefined && !mayBeOther) {
    throw new VendorError(vendor, status, `answered ${status} with ${description(headers, text)}`);
  }
  const failure = mayBeOther ? undefined : request.failure?.(expect === "text" ? text : json);
  if (failure !== undefined) {
    const what = `answered ${status} with the failure ${word(failure)}`;
    throw new VendorError(vendor, status, what, isTemporaryCode(failure));
  }
  return { status, headers, json, text };
}

/** An object or array; `undefined` for anything else. */
function parsed(text: string): any {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** What stands where JSON should. */
function description(headers: Headers, text: string): string {
  const body = text.trim();
  if (body === "") return "an empty body";
  if (body.startsWith("<") || (headers.get("content-type") ?? "").includes("html"))
    return "a page of HTML instead of JSON";
  return /^[[{]/.test(body) ? "JSON that is cut off or broken" : "something that is no JSON object";
}

function refusal(status: number, headers: Headers, text: string): string {
  const code = errorCode(parsed(text)) ?? errorCode(text.trim());
  const said = code === undefined ? "" : ` (${code})`;
  if (status === 401 || status === 403) return `refused the credentials or what they may do: ${status}${said}`;
  if (status === 429) {
    const wait = retryAfter(headers.get("retry-after"));
    return `limits requests: 429${said}${wait === undefined ? "" : `, and asks to wait ${Math.ceil(wait / 1000)} s`}`;
  }
  if (status >= 300 && status < 400) return `answered with a redirect (${status}), which is not followed`;
  return `answered ${status}${said}`;
}

/**
 * The vendor's code for a failure: `errorCode`, `error.code`, `error`, `category`, `code` or `__type`. Only a word counts: sentences of
 * vendors repeat what a customer typed.
 */
export function errorCode(body: any): string | undefined {
  const first = Array.isArray(body) ? body[0] : body;
  const candidates = [
    first,
    first?.errorCode,
    first?.error?.code,
    first?.error,
    first?.category,
    first?.code,
    first?.__type,
  ];
  for (const candidate of candidates) {
    if (typeof candidate === "number") return String(candidate);
    if (typeof candidate === "string" && /^[A-Za-z][\w.#-]{0,63}$/.test(candidate)) return candidate;
  }
  return undefined;
}

function word(text: string): string {
  return /^[\w.#-]{1,64}$/.test(text) ? text : "(not a code)";
}
