/** What a script knows of its run; also the global `hook`. */
export interface Hook {
  readonly name: string;
  readonly version: number;
  readonly stage: Stage;
  readonly correlationId: string;
  /** The same in every attempt at a delivery, for vendors that take an idempotency key. Absent from a synchronous run. */
  readonly deliveryId?: string;
  /** The variables of the application and the binding. */
  readonly variables: Readonly<Record<string, string>>;
  /** The secrets that the hook lists; of `optionalSecrets`, those that have a value. */
  readonly secrets: Readonly<Record<string, string>>;
  /** The milliseconds that are left. */
  remainingMs(): number;
}

/**
 * A hook as an ES module: `export default async function (event, hook) { … }`. In JavaScript:
 * `/** @type {import("./hookpoint").HookFunction<"beforeRegistration">} *\/`.
 *
 * Names that are no effects are found where the result is declared:
 * `function (event: Events["beforeRegistration"], hook: Hook): Returned<"beforeRegistration">`, in JavaScript with `@param` and `@returns`.
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

// The globals beside the language itself (`"lib": ["es2023"], "types": []` in tsconfig.json); `@types/node` is not needed, and declares them
// otherwise. `Intl` is that of the language, for `en`, `en-US` and `en-GB`. `Atomics`,
// `SharedArrayBuffer`, `WeakRef` and `FinalizationRegistry` are absent; `eval` and `Function` throw.
declare global {
  var hook: Hook;

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
  type BodyInit = string | URLSearchParams | BufferSource | Blob | FormData | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;
  type HeadersInit = Headers | Iterable<readonly [string, string]> | Record<string, string>;

  interface RequestInit {
    method?: string;
    headers?: HeadersInit;
    body?: BodyInit | null;
    redirect?: "follow" | "error" | "manual";
    signal?: AbortSignal | null;
    /** For bodies that are streams; they are read to their end before the request is sent. */
    duplex?: "half";
  }
  interface ResponseInit {
    status?: number;
    statusText?: string;
    headers?: HeadersInit;
  }
  interface Body {
    readonly body: ReadableStream<Uint8Array> | null;
    readonly bodyUsed: boolean;
    arrayBuffer(): Promise<ArrayBuffer>;
    blob(): Promise<Blob>;
    bytes(): Promise<Uint8Array>;
    formData(): Promise<FormData>;
    text(): Promise<string>;
    json(): Promise<any>;
  }
  class Request {
    constructor(input: string | URL | Request, init?: RequestInit);
    readonly url: string;
    readonly method: string;
    readonly headers: Headers;
    readonly redirect: "follow" | "error" | "manual";
    readonly signal: AbortSignal;
    clone(): Request;
  }
  interface Request extends Body {}
  class Response {
    constructor(body?: BodyInit | null, init?: ResponseInit);
    static error(): Response;
    static json(data: unknown, init?: ResponseInit): Response;
    static redirect(url: string | URL, status?: number): Response;
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
    readonly bubbles: boolean;
    readonly cancelable: boolean;
    readonly defaultPrevented: boolean;
    readonly target: EventTarget | null;
    readonly currentTarget: EventTarget | null;
    preventDefault(): void;
    stopPropagation(): void;
    stopImmediatePropagation(): void;
  }
  type EventListener = ((event: Event) => void) | { handleEvent(event: Event): void };
  class EventTarget {
    addEventListener(type: string, listener: EventListener | null, options?: boolean | { once?: boolean; signal?: AbortSignal }): void;
    removeEventListener(type: string, listener: EventListener | null): void;
    dispatchEvent(event: Event): boolean;
  }
  class AbortSignal extends EventTarget {
    private constructor();
    static abort(reason?: unknown): AbortSignal;
    static timeout(milliseconds: number): AbortSignal;
    static any(signals: Iterable<AbortSignal>): AbortSignal;
    readonly aborted: boolean;
    readonly reason: any;
    onabort: ((event: Event) => void) | null;
    throwIfAborted(): void;
  }
  class DOMException extends Error {
    constructor(message?: string, name?: string);
    readonly code: number;
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
    readonly encoding: string;
    readonly fatal: boolean;
    readonly ignoreBOM: boolean;
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
  var crypto: {
    randomUUID(): string;
    getRandomValues<T extends ArrayBufferView>(view: T): T;
    readonly subtle: SubtleCrypto;
  };
  type AlgorithmIdentifier = string | { name: string; [parameter: string]: any };
  class SubtleCrypto {
    private constructor();
    digest(algorithm: AlgorithmIdentifier, data: BufferSource): Promise<ArrayBuffer>;
    importKey(format: "jwk", key: object, algorithm: AlgorithmIdentifier, extractable: boolean, usages: readonly string[]): Promise<CryptoKey>;
    importKey(format: "raw" | "pkcs8" | "spki", key: BufferSource, algorithm: AlgorithmIdentifier, extractable: boolean, usages: readonly string[]): Promise<CryptoKey>;
    exportKey(format: "jwk", key: CryptoKey): Promise<any>;
    exportKey(format: "raw" | "pkcs8" | "spki", key: CryptoKey): Promise<ArrayBuffer>;
    sign(algorithm: AlgorithmIdentifier, key: CryptoKey, data: BufferSource): Promise<ArrayBuffer>;
    verify(algorithm: AlgorithmIdentifier, key: CryptoKey, signature: BufferSource, data: BufferSource): Promise<boolean>;
    encrypt(algorithm: AlgorithmIdentifier, key: CryptoKey, data: BufferSource): Promise<ArrayBuffer>;
    decrypt(algorithm: AlgorithmIdentifier, key: CryptoKey, data: BufferSource): Promise<ArrayBuffer>;
    deriveBits(algorithm: AlgorithmIdentifier, key: CryptoKey, length: number): Promise<ArrayBuffer>;
    deriveKey(algorithm: AlgorithmIdentifier, key: CryptoKey, derived: AlgorithmIdentifier, extractable: boolean, usages: readonly string[]): Promise<CryptoKey>;
    wrapKey(format: string, key: CryptoKey, wrapping: CryptoKey, algorithm: AlgorithmIdentifier): Promise<ArrayBuffer>;
    unwrapKey(format: string, wrapped: BufferSource, unwrapping: CryptoKey, algorithm: AlgorithmIdentifier, unwrapped: AlgorithmIdentifier, extractable: boolean, usages: readonly string[]): Promise<CryptoKey>;
    /** RSA keys are imported, not made. */
    generateKey(algorithm: AlgorithmIdentifier, extractable: boolean, usages: readonly string[]): Promise<CryptoKey | CryptoKeyPair>;
  }
  class Blob {
    constructor(parts?: Iterable<string | BufferSource | Blob>, options?: { type?: string; endings?: "transparent" | "native" });
    readonly size: number;
    readonly type: string;
    slice(start?: number, end?: number, type?: string): Blob;
    arrayBuffer(): Promise<ArrayBuffer>;
    bytes(): Promise<Uint8Array>;
    text(): Promise<string>;
    stream(): ReadableStream<Uint8Array>;
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
    forEach(callback: (value: string | File, name: string, form: FormData) => void, self?: unknown): void;
    entries(): IterableIterator<[string, string | File]>;
    keys(): IterableIterator<string>;
    values(): IterableIterator<string | File>;
    [Symbol.iterator](): IterableIterator<[string, string | File]>;
  }

  interface QueuingStrategy<T = any> {
    highWaterMark?: number;
    size?: (chunk: T) => number;
  }
  class ByteLengthQueuingStrategy {
    constructor(init: { highWaterMark: number });
    readonly highWaterMark: number;
    readonly size: (chunk: ArrayBufferView) => number;
  }
  class CountQueuingStrategy {
    constructor(init: { highWaterMark: number });
    readonly highWaterMark: number;
    readonly size: () => number;
  }
  interface UnderlyingSource<T = any> {
    start?(controller: ReadableStreamDefaultController<T>): unknown;
    pull?(controller: ReadableStreamDefaultController<T>): unknown;
    cancel?(reason?: unknown): unknown;
  }
  interface UnderlyingByteSource {
    type: "bytes";
    autoAllocateChunkSize?: number;
    start?(controller: ReadableByteStreamController): unknown;
    pull?(controller: ReadableByteStreamController): unknown;
    cancel?(reason?: unknown): unknown;
  }
  interface StreamPipeOptions {
    preventAbort?: boolean;
    preventCancel?: boolean;
    preventClose?: boolean;
    signal?: AbortSignal;
  }
  type StreamResult<T> = { done: false; value: T } | { done: true; value?: T };
  /** The body of a response is one; it arrives whole. */
  class ReadableStream<T = any> {
    constructor(source: UnderlyingByteSource, strategy?: QueuingStrategy<Uint8Array>);
    constructor(source?: UnderlyingSource<T>, strategy?: QueuingStrategy<T>);
    static from<T>(values: Iterable<T> | AsyncIterable<T>): ReadableStream<T>;
    readonly locked: boolean;
    cancel(reason?: unknown): Promise<void>;
    getReader(options: { mode: "byob" }): ReadableStreamBYOBReader;
    getReader(): ReadableStreamDefaultReader<T>;
    pipeThrough<U>(transform: { readable: ReadableStream<U>; writable: WritableStream<T> }, options?: StreamPipeOptions): ReadableStream<U>;
    pipeTo(target: WritableStream<T>, options?: StreamPipeOptions): Promise<void>;
    tee(): [ReadableStream<T>, ReadableStream<T>];
    values(options?: { preventCancel?: boolean }): AsyncIterableIterator<T>;
    [Symbol.asyncIterator](): AsyncIterableIterator<T>;
  }
  class ReadableStreamDefaultReader<T = any> {
    constructor(stream: ReadableStream<T>);
    readonly closed: Promise<void>;
    read(): Promise<StreamResult<T>>;
    cancel(reason?: unknown): Promise<void>;
    releaseLock(): void;
  }
  class ReadableStreamBYOBReader {
    constructor(stream: ReadableStream);
    readonly closed: Promise<void>;
    read<V extends ArrayBufferView>(view: V): Promise<StreamResult<V>>;
    cancel(reason?: unknown): Promise<void>;
    releaseLock(): void;
  }
  class ReadableStreamBYOBRequest {
    private constructor();
    readonly view: Uint8Array | null;
    respond(written: number): void;
    respondWithNewView(view: ArrayBufferView): void;
  }
  class ReadableStreamDefaultController<T = any> {
    private constructor();
    readonly desiredSize: number | null;
    enqueue(chunk: T): void;
    close(): void;
    error(reason?: unknown): void;
  }
  class ReadableByteStreamController {
    private constructor();
    readonly byobRequest: ReadableStreamBYOBRequest | null;
    readonly desiredSize: number | null;
    enqueue(chunk: ArrayBufferView): void;
    close(): void;
    error(reason?: unknown): void;
  }
  interface UnderlyingSink<T = any> {
    start?(controller: WritableStreamDefaultController): unknown;
    write?(chunk: T, controller: WritableStreamDefaultController): unknown;
    close?(): unknown;
    abort?(reason?: unknown): unknown;
  }
  class WritableStream<T = any> {
    constructor(sink?: UnderlyingSink<T>, strategy?: QueuingStrategy<T>);
    readonly locked: boolean;
    abort(reason?: unknown): Promise<void>;
    close(): Promise<void>;
    getWriter(): WritableStreamDefaultWriter<T>;
  }
  class WritableStreamDefaultWriter<T = any> {
    constructor(stream: WritableStream<T>);
    readonly closed: Promise<void>;
    readonly desiredSize: number | null;
    readonly ready: Promise<void>;
    write(chunk: T): Promise<void>;
    close(): Promise<void>;
    abort(reason?: unknown): Promise<void>;
    releaseLock(): void;
  }
  class WritableStreamDefaultController {
    private constructor();
    error(reason?: unknown): void;
  }
  interface Transformer<I = any, O = any> {
    start?(controller: TransformStreamDefaultController<O>): unknown;
    transform?(chunk: I, controller: TransformStreamDefaultController<O>): unknown;
    flush?(controller: TransformStreamDefaultController<O>): unknown;
  }
  class TransformStream<I = any, O = any> {
    constructor(transformer?: Transformer<I, O>, writable?: QueuingStrategy<I>, readable?: QueuingStrategy<O>);
    readonly readable: ReadableStream<O>;
    readonly writable: WritableStream<I>;
  }
  class TransformStreamDefaultController<O = any> {
    private constructor();
    readonly desiredSize: number | null;
    enqueue(chunk: O): void;
    error(reason?: unknown): void;
    terminate(): void;
  }
  class TextEncoderStream {
    readonly encoding: "utf-8";
    readonly readable: ReadableStream<Uint8Array>;
    readonly writable: WritableStream<string>;
  }
  class TextDecoderStream {
    constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
    readonly encoding: string;
    readonly fatal: boolean;
    readonly ignoreBOM: boolean;
    readonly readable: ReadableStream<string>;
    readonly writable: WritableStream<BufferSource>;
  }
  /** Throws when it is made: use `node:zlib`. */
  class CompressionStream {
    private constructor();
  }
  /** Throws when it is made: use `node:zlib`. */
  class DecompressionStream {
    private constructor();
  }

  var global: typeof globalThis;
  var self: typeof globalThis;
  /** No system is behind it: `env` is empty, and what would end or change a process throws. */
  var process: import("process").Process;

  type BufferEncoding = "utf8" | "utf-8" | "utf16le" | "utf-16le" | "ucs2" | "ucs-2" | "base64" | "base64url" | "latin1" | "binary" | "hex" | "ascii";
  interface Buffer extends Uint8Array {
    toString(encoding?: BufferEncoding, start?: number, end?: number): string;
    toJSON(): { type: "Buffer"; data: number[] };
    equals(other: Uint8Array): boolean;
    compare(other: Uint8Array, targetStart?: number, targetEnd?: number, sourceStart?: number, sourceEnd?: number): -1 | 0 | 1;
    copy(target: Uint8Array, targetStart?: number, sourceStart?: number, sourceEnd?: number): number;
    slice(start?: number, end?: number): Buffer & ReturnType<Uint8Array["slice"]>;
    subarray(start?: number, end?: number): Buffer;
    write(text: string, encoding?: BufferEncoding): number;
    write(text: string, offset: number, encoding?: BufferEncoding): number;
    write(text: string, offset: number, length: number, encoding?: BufferEncoding): number;
    fill(value: string | number | Uint8Array, start?: number, end?: number, encoding?: BufferEncoding): this;
    includes(value: string | number | Uint8Array, start?: number, encoding?: BufferEncoding): boolean;
    indexOf(value: string | number | Uint8Array, start?: number, encoding?: BufferEncoding): number;
    lastIndexOf(value: string | number | Uint8Array, start?: number, encoding?: BufferEncoding): number;
    swap16(): this;
    swap32(): this;
    swap64(): this;
    readUInt8(offset?: number): number;
    writeUInt8(value: number, offset?: number): number;
    readUint8(offset?: number): number;
    writeUint8(value: number, offset?: number): number;
    readInt8(offset?: number): number;
    writeInt8(value: number, offset?: number): number;
    readUInt16LE(offset?: number): number;
    writeUInt16LE(value: number, offset?: number): number;
    readUInt16BE(offset?: number): number;
    writeUInt16BE(value: number, offset?: number): number;
    readUint16LE(offset?: number): number;
    writeUint16LE(value: number, offset?: number): number;
    readUint16BE(offset?: number): number;
    writeUint16BE(value: number, offset?: number): number;
    readInt16LE(offset?: number): number;
    writeInt16LE(value: number, offset?: number): number;
    readInt16BE(offset?: number): number;
    writeInt16BE(value: number, offset?: number): number;
    readUInt32LE(offset?: number): number;
    writeUInt32LE(value: number, offset?: number): number;
    readUInt32BE(offset?: number): number;
    writeUInt32BE(value: number, offset?: number): number;
    readUint32LE(offset?: number): number;
    writeUint32LE(value: number, offset?: number): number;
    readUint32BE(offset?: number): number;
    writeUint32BE(value: number, offset?: number): number;
    readInt32LE(offset?: number): number;
    writeInt32LE(value: number, offset?: number): number;
    readInt32BE(offset?: number): number;
    writeInt32BE(value: number, offset?: number): number;
    readFloatLE(offset?: number): number;
    writeFloatLE(value: number, offset?: number): number;
    readFloatBE(offset?: number): number;
    writeFloatBE(value: number, offset?: number): number;
    readDoubleLE(offset?: number): number;
    writeDoubleLE(value: number, offset?: number): number;
    readDoubleBE(offset?: number): number;
    writeDoubleBE(value: number, offset?: number): number;
    readBigInt64LE(offset?: number): bigint;
    writeBigInt64LE(value: bigint, offset?: number): number;
    readBigInt64BE(offset?: number): bigint;
    writeBigInt64BE(value: bigint, offset?: number): number;
    readBigUInt64LE(offset?: number): bigint;
    writeBigUInt64LE(value: bigint, offset?: number): number;
    readBigUInt64BE(offset?: number): bigint;
    writeBigUInt64BE(value: bigint, offset?: number): number;
    readBigUint64LE(offset?: number): bigint;
    writeBigUint64LE(value: bigint, offset?: number): number;
    readBigUint64BE(offset?: number): bigint;
    writeBigUint64BE(value: bigint, offset?: number): number;
    readIntLE(offset: number, byteLength: number): number;
    writeIntLE(value: number, offset: number, byteLength: number): number;
    readIntBE(offset: number, byteLength: number): number;
    writeIntBE(value: number, offset: number, byteLength: number): number;
    readUIntLE(offset: number, byteLength: number): number;
    writeUIntLE(value: number, offset: number, byteLength: number): number;
    readUIntBE(offset: number, byteLength: number): number;
    writeUIntBE(value: number, offset: number, byteLength: number): number;
    readUintLE(offset: number, byteLength: number): number;
    writeUintLE(value: number, offset: number, byteLength: number): number;
    readUintBE(offset: number, byteLength: number): number;
    writeUintBE(value: number, offset: number, byteLength: number): number;
  }
  interface BufferConstructor {
    /** @deprecated Use `Buffer.from` or `Buffer.alloc`. */
    new (text: string, encoding?: BufferEncoding): Buffer;
    /** @deprecated Use `Buffer.from` or `Buffer.alloc`. */
    new (value: number | ArrayBuffer | Uint8Array | readonly number[]): Buffer;
    /** @deprecated Use `Buffer.from` or `Buffer.alloc`. */
    (text: string, encoding?: BufferEncoding): Buffer;
    /** @deprecated Use `Buffer.from` or `Buffer.alloc`. */
    (value: number | ArrayBuffer | Uint8Array | readonly number[]): Buffer;
    readonly prototype: Buffer;
    poolSize: number;
    from(text: string, encoding?: BufferEncoding): Buffer;
    from(bytes: ArrayBuffer, byteOffset?: number, length?: number): Buffer;
    from(bytes: Uint8Array | readonly number[] | { type: "Buffer"; data: readonly number[] } | { valueOf(): string | Uint8Array }): Buffer;
    of(...bytes: number[]): Buffer;
    alloc(size: number, fill?: string | number | Uint8Array, encoding?: BufferEncoding): Buffer;
    allocUnsafe(size: number): Buffer;
    allocUnsafeSlow(size: number): Buffer;
    byteLength(text: string | BufferSource, encoding?: BufferEncoding): number;
    compare(left: Uint8Array, right: Uint8Array): -1 | 0 | 1;
    concat(list: readonly Uint8Array[], length?: number): Buffer;
    copyBytesFrom(view: ArrayBufferView, offset?: number, length?: number): Buffer;
    isBuffer(value: unknown): value is Buffer;
    isEncoding(encoding: string): encoding is BufferEncoding;
  }
  var Buffer: BufferConstructor;

  interface Timer {
    ref(): this;
    unref(): this;
    hasRef(): boolean;
  }
  function setTimeout<A extends unknown[]>(callback: (...values: A) => void, delay?: number, ...values: A): Timer;
  function setInterval<A extends unknown[]>(callback: (...values: A) => void, delay?: number, ...values: A): Timer;
  function setImmediate<A extends unknown[]>(callback: (...values: A) => void, ...values: A): Timer;
  function clearTimeout(timer: Timer | undefined): void;
  function clearInterval(timer: Timer | undefined): void;
  function clearImmediate(timer: Timer | undefined): void;
  function queueMicrotask(callback: () => void): void;
  function structuredClone<T>(value: T, options?: { transfer?: readonly unknown[] }): T;

  var performance: { now(): number; readonly timeOrigin: number };
  /** Lines of the run's log, at most 64 KB. */
  var console: {
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
