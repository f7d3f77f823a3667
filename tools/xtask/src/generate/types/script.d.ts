/** What a script knows of its run; also the global `hook`. */
export interface Hook {
  readonly name: string;
  readonly version: number;
  readonly stage: Stage;
  readonly correlationId: string;
  /** The variables of the application and the binding. */
  readonly variables: Readonly<Record<string, string>>;
  /** The secrets that the hook declares. */
  readonly secrets: Readonly<Record<string, string>>;
  /** The milliseconds that are left. */
  remainingMs(): number;
}

/**
 * A hook as an ES module: `export default async function (event, hook) { … }`. In JavaScript:
 * `/** @type {import("./hookpoint").HookFunction<"beforeRegistration">} *\/`.
 */
export type HookFunction<S extends Stage = Stage> = (event: Events[S], hook: Hook) => Returned<S> | Promise<Returned<S>>;

/** What a hook may return; nothing at all means "no effects". */
export type Returned<S extends Stage> = Results[S] | null | undefined | void;

/** A hook in the form of Strivacity's: `module.exports = async function ({ customer }, callback, deny) { … }`, with snake_case names. */
export type CommonJsHook = (
  event: any,
  callback: (result?: unknown) => void,
  deny: (error?: unknown, description?: string) => void,
  hook: Hook,
) => unknown;

// The globals beside the language itself (`"lib": ["es2023"], "types": []` in tsconfig.json). `Atomics`,
// `SharedArrayBuffer`, `WeakRef` and `FinalizationRegistry` are absent; `eval` and `Function` throw.
declare global {
  const hook: Hook;

  class RegistrationData {
    constructor(attributes?: object | null, additionalAuthenticators?: AdditionalAuthenticator[] | null, session?: object | null);
    constructor(members: { attributes?: object | null; additionalAuthenticators?: AdditionalAuthenticator[] | null; session?: object | null });
  }
  class AdditionalAuthenticator {
    constructor(type: string, target: string);
    constructor(members: { type: string; target: string });
  }
  class AllowAuthentication {
    constructor(session?: object | null, allowRememberedAuthenticators?: boolean, authenticatorsToIgnore?: string[]);
    constructor(members: { session?: object | null; allowRememberedAuthenticators?: boolean; authenticatorsToIgnore?: string[] });
  }
  class RedirectRequest {
    constructor(redirectUrl: string, session?: object | null);
    constructor(members: { redirectUrl: string; session?: object | null });
  }
  class ShowErrorMessage {
    constructor(message?: string | null, session?: object | null);
    constructor(members: { message?: string | null; session?: object | null });
  }
  class DenyRequest {
    constructor(error?: string, description?: string);
    constructor(members: { error?: string; description?: string });
  }

  var module: { exports: any };
  function require(name: string): any;

  type BufferSource = ArrayBuffer | ArrayBufferView;
  type BodyInit = string | URLSearchParams | BufferSource;
  type HeadersInit = Headers | Iterable<readonly [string, string]> | Record<string, string>;

  interface RequestInit {
    method?: string;
    headers?: HeadersInit;
    body?: BodyInit | null;
    redirect?: "follow" | "error" | "manual";
    signal?: AbortSignal | null;
  }
  interface ResponseInit {
    status?: number;
    statusText?: string;
    headers?: HeadersInit;
  }
  interface Body {
    readonly body: null;
    readonly bodyUsed: boolean;
    arrayBuffer(): Promise<ArrayBuffer>;
    bytes(): Promise<Uint8Array>;
    text(): Promise<string>;
    json(): Promise<any>;
  }
  class Request {
    constructor(input: string | URL | Request, init?: RequestInit);
    readonly url: string;
    readonly method: string;
    readonly headers: Headers;
    readonly redirect: "follow" | "error" | "manual";
    readonly signal: AbortSignal | null;
  }
  interface Request extends Body {}
  class Response {
    constructor(body?: BodyInit | null, init?: ResponseInit);
    static json(data: unknown, init?: ResponseInit): Response;
    readonly ok: boolean;
    readonly status: number;
    readonly statusText: string;
    readonly headers: Headers;
    readonly url: string;
    readonly redirected: boolean;
    readonly type: string;
    clone(): Response;
  }
  interface Response extends Body {}
  class Headers {
    constructor(init?: HeadersInit | null);
    append(name: string, value: string): void;
    set(name: string, value: string): void;
    get(name: string): string | null;
    has(name: string): boolean;
    delete(name: string): void;
    getSetCookie(): string[];
    forEach(callback: (value: string, name: string, headers: Headers) => void, self?: unknown): void;
    entries(): IterableIterator<[string, string]>;
    keys(): IterableIterator<string>;
    values(): IterableIterator<string>;
    [Symbol.iterator](): IterableIterator<[string, string]>;
  }
  /** Reaches the hosts that the hook declares; 20 requests a run. */
  function fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;

  class Event {
    constructor(type: string, init?: { bubbles?: boolean; cancelable?: boolean });
    readonly type: string;
  }
  class EventTarget {
    addEventListener(type: string, listener: (event: Event) => void, options?: { once?: boolean }): void;
    removeEventListener(type: string, listener: (event: Event) => void): void;
    dispatchEvent(event: Event): boolean;
  }
  class AbortSignal extends EventTarget {
    private constructor();
    static abort(reason?: unknown): AbortSignal;
    static timeout(milliseconds: number): AbortSignal;
    static any(signals: Iterable<AbortSignal>): AbortSignal;
    readonly aborted: boolean;
    readonly reason: any;
    throwIfAborted(): void;
  }
  class AbortController {
    readonly signal: AbortSignal;
    abort(reason?: unknown): void;
  }

  class URL {
    constructor(url: string | URL, base?: string | URL);
    static canParse(url: string | URL, base?: string | URL): boolean;
    static parse(url: string | URL, base?: string | URL): URL | null;
    href: string;
    readonly origin: string;
    protocol: string;
    username: string;
    password: string;
    host: string;
    hostname: string;
    port: string;
    pathname: string;
    search: string;
    hash: string;
    readonly searchParams: URLSearchParams;
    toString(): string;
    toJSON(): string;
  }
  class URLSearchParams {
    constructor(init?: string | Iterable<readonly [string, string]> | Record<string, string>);
    readonly size: number;
    append(name: string, value: string): void;
    delete(name: string, value?: string): void;
    get(name: string): string | null;
    getAll(name: string): string[];
    has(name: string, value?: string): boolean;
    set(name: string, value: string): void;
    sort(): void;
    forEach(callback: (value: string, name: string, params: URLSearchParams) => void, self?: unknown): void;
    entries(): IterableIterator<[string, string]>;
    keys(): IterableIterator<string>;
    values(): IterableIterator<string>;
    [Symbol.iterator](): IterableIterator<[string, string]>;
    toString(): string;
  }

  class TextEncoder {
    readonly encoding: "utf-8";
    encode(text?: string): Uint8Array;
    encodeInto(text: string, target: Uint8Array): { read: number; written: number };
  }
  class TextDecoder {
    constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
    decode(source?: BufferSource, options?: { stream?: boolean }): string;
  }
  function atob(text: string): string;
  function btoa(text: string): string;

  interface CryptoKeyPair {
    readonly privateKey: CryptoKey;
    readonly publicKey: CryptoKey;
  }
  class CryptoKey {
    private constructor();
    readonly type: "secret" | "private" | "public";
    readonly extractable: boolean;
    readonly algorithm: any;
    readonly usages: readonly string[];
  }
  const crypto: {
    randomUUID(): string;
    getRandomValues<T extends ArrayBufferView>(view: T): T;
    /** Digests, HMAC, RSA and ECDSA signatures. */
    readonly subtle: {
      digest(algorithm: string | { name: string }, data: BufferSource): Promise<ArrayBuffer>;
      importKey(format: string, data: any, algorithm: any, extractable: boolean, usages: readonly string[]): Promise<CryptoKey>;
      exportKey(format: string, key: CryptoKey): Promise<any>;
      sign(algorithm: any, key: CryptoKey, data: BufferSource): Promise<ArrayBuffer>;
      verify(algorithm: any, key: CryptoKey, signature: BufferSource, data: BufferSource): Promise<boolean>;
      generateKey(algorithm: any, extractable: boolean, usages: readonly string[]): Promise<any>;
    };
  };
  class SubtleCrypto {
    private constructor();
  }
  class Blob {
    constructor(parts?: Iterable<string | BufferSource | Blob>, options?: { type?: string; endings?: "transparent" | "native" });
    readonly size: number;
    readonly type: string;
    slice(start?: number, end?: number, type?: string): Blob;
    arrayBuffer(): Promise<ArrayBuffer>;
    bytes(): Promise<Uint8Array>;
    text(): Promise<string>;
    stream(): any;
  }
  class File extends Blob {
    constructor(parts: Iterable<string | BufferSource | Blob>, name: string, options?: { type?: string; lastModified?: number });
    readonly name: string;
    readonly lastModified: number;
  }
  class FormData {
    append(name: string, value: string | Blob, filename?: string): void;
    set(name: string, value: string | Blob, filename?: string): void;
    delete(name: string): void;
    get(name: string): string | File | null;
    getAll(name: string): (string | File)[];
    has(name: string): boolean;
    [Symbol.iterator](): IterableIterator<[string, string | File]>;
  }
  const global: typeof globalThis;
  const self: typeof globalThis;
  /** Node's `Buffer`, as far as `node:buffer` has it here. */
  const Buffer: any;

  interface Timer {}
  function setTimeout<A extends unknown[]>(callback: (...values: A) => void, delay?: number, ...values: A): Timer;
  function setInterval<A extends unknown[]>(callback: (...values: A) => void, delay?: number, ...values: A): Timer;
  function setImmediate<A extends unknown[]>(callback: (...values: A) => void, ...values: A): Timer;
  function clearTimeout(timer: Timer | undefined): void;
  function clearInterval(timer: Timer | undefined): void;
  function clearImmediate(timer: Timer | undefined): void;
  function queueMicrotask(callback: () => void): void;
  function structuredClone<T>(value: T, options?: { transfer?: readonly unknown[] }): T;

  const performance: { now(): number; readonly timeOrigin: number };
  /** Lines of the run's log, at most 64 KB. */
  const console: {
    log(...values: unknown[]): void;
    info(...values: unknown[]): void;
    debug(...values: unknown[]): void;
    warn(...values: unknown[]): void;
    error(...values: unknown[]): void;
    trace(...values: unknown[]): void;
    dir(value: unknown): void;
    table(value: unknown): void;
    assert(condition: unknown, ...values: unknown[]): void;
    count(label?: string): void;
    countReset(label?: string): void;
    group(...values: unknown[]): void;
    groupCollapsed(...values: unknown[]): void;
    groupEnd(): void;
    time(label?: string): void;
    timeLog(label?: string, ...values: unknown[]): void;
    timeEnd(label?: string): void;
  };
}
