declare module "hookpoint:password" {
  /** Whether a password belongs to the hash that another system kept. Throws if the format is unknown, or the derivation too expensive. */
  export function verify(hash: string | object, password: string | Uint8Array): Promise<boolean>;
}

declare module "assert" {
  type Reason = string | Error;
  type Expected = RegExp | Function | object | Error;
  function assert(value: unknown, message?: Reason): asserts value;
  namespace assert {
    class AssertionError extends Error {
      constructor(options: { message?: string; actual?: unknown; expected?: unknown; operator?: string });
      actual: unknown;
      expected: unknown;
      operator: string;
      generatedMessage: boolean;
      code: "ERR_ASSERTION";
    }
    function ok(value: unknown, message?: Reason): asserts value;
    function fail(message?: Reason): never;
    function equal(actual: unknown, expected: unknown, message?: Reason): void;
    function notEqual(actual: unknown, expected: unknown, message?: Reason): void;
    function strictEqual<T>(actual: unknown, expected: T, message?: Reason): asserts actual is T;
    function notStrictEqual(actual: unknown, expected: unknown, message?: Reason): void;
    function deepEqual(actual: unknown, expected: unknown, message?: Reason): void;
    function notDeepEqual(actual: unknown, expected: unknown, message?: Reason): void;
    function deepStrictEqual<T>(actual: unknown, expected: T, message?: Reason): asserts actual is T;
    function notDeepStrictEqual(actual: unknown, expected: unknown, message?: Reason): void;
    function match(value: string, pattern: RegExp, message?: Reason): void;
    function doesNotMatch(value: string, pattern: RegExp, message?: Reason): void;
    function throws(call: () => unknown, expected?: Expected | string, message?: Reason): void;
    function doesNotThrow(call: () => unknown, expected?: Expected | string, message?: Reason): void;
    function rejects(call: Promise<unknown> | (() => Promise<unknown>), expected?: Expected | string, message?: Reason): Promise<void>;
    function doesNotReject(call: Promise<unknown> | (() => Promise<unknown>), expected?: Expected | string, message?: Reason): Promise<void>;
    function ifError(value: unknown): asserts value is null | undefined;
    const strict: typeof assert;
  }
  export = assert;
}

declare module "assert/strict" {
  import { strict } from "assert";
  export = strict;
}

declare module "buffer" {
  export const Buffer: BufferConstructor;
  export type Buffer = globalThis.Buffer;
  export import Blob = globalThis.Blob;
  export import File = globalThis.File;
  export const atob: typeof globalThis.atob;
  export const btoa: typeof globalThis.btoa;
  /** @deprecated Use `Buffer.allocUnsafeSlow`. */
  export function SlowBuffer(size: number): Buffer;
  export function transcode(source: Uint8Array, from: BufferEncoding, to: BufferEncoding): Buffer;
  export function isUtf8(source: BufferSource): boolean;
  export function isAscii(source: BufferSource): boolean;
  export const constants: { readonly MAX_LENGTH: number; readonly MAX_STRING_LENGTH: number };
  export const kMaxLength: number;
  export const kStringMaxLength: number;
  export const INSPECT_MAX_BYTES: number;
}

declare module "console" {
  const exported: typeof globalThis.console;
  export = exported;
}

declare module "constants" {
  const exported: Readonly<Record<string, number>>;
  export = exported;
}

declare module "crypto" {
  import { Transform } from "stream";
  type Bytes = string | BufferSource;
  type Encoding = "hex" | "base64" | "base64url" | "latin1" | "binary";
  type KeyInput = string | Uint8Array | KeyObject | { key: string | Uint8Array | KeyObject | object; format?: "pem" | "der" | "jwk"; type?: string; padding?: number; saltLength?: number; dsaEncoding?: "der" | "ieee-p1363"; oaepHash?: string; oaepLabel?: Uint8Array; [option: string]: unknown };
  type Done<T> = (error: Error | null, result: T) => void;

  export class Hash extends Transform {
    private constructor();
    update(data: Bytes, encoding?: BufferEncoding): this;
    digest(): Buffer;
    digest(encoding: Encoding): string;
    copy(): Hash;
  }
  export class Hmac extends Transform {
    private constructor();
    update(data: Bytes, encoding?: BufferEncoding): this;
    digest(): Buffer;
    digest(encoding: Encoding): string;
  }
  export class Sign {
    private constructor();
    update(data: Bytes, encoding?: BufferEncoding): this;
    sign(key: KeyInput): Buffer;
    sign(key: KeyInput, encoding: Encoding): string;
  }
  export class Verify {
    private constructor();
    update(data: Bytes, encoding?: BufferEncoding): this;
    verify(key: KeyInput, signature: Bytes, encoding?: Encoding): boolean;
  }
  class Cipher extends Transform {
    update(data: Bytes, input?: BufferEncoding): Buffer;
    update(data: Bytes, input: BufferEncoding | undefined, output: BufferEncoding): string;
    final(): Buffer;
    final(encoding: BufferEncoding): string;
    setAAD(data: BufferSource, options?: object): this;
    setAutoPadding(pads?: boolean): this;
  }
  export class Cipheriv extends Cipher {
    private constructor();
    getAuthTag(): Buffer;
  }
  export class Decipheriv extends Cipher {
    private constructor();
    setAuthTag(tag: Bytes, encoding?: BufferEncoding): this;
  }
  export class KeyObject {
    private constructor();
    readonly type: "secret" | "public" | "private";
    readonly asymmetricKeyType?: string;
    readonly asymmetricKeyDetails?: { modulusLength?: number; publicExponent?: bigint; namedCurve?: string };
    readonly symmetricKeySize?: number;
    equals(other: KeyObject): boolean;
    toCryptoKey(algorithm: AlgorithmIdentifier, extractable: boolean, usages: readonly string[]): CryptoKey;
    export(options: { format: "jwk" }): any;
    export(options: { format: "pem"; type: string }): string;
    export(options?: { format?: "der" | "buffer"; type?: string }): Buffer;
  }
  interface KeyPair {
    publicKey: any;
    privateKey: any;
  }

  export function createHash(name: string, options?: object): Hash;
  export function createHmac(name: string, secret: Bytes | KeyObject, options?: object): Hmac;
  export function createSign(name: string, options?: object): Sign;
  export function createVerify(name: string, options?: object): Verify;
  /** AES: GCM with tags of 16 bytes, CBC, CTR and ECB. */
  export function createCipheriv(name: string, key: Bytes | KeyObject, iv: Bytes | null, options?: { authTagLength?: number }): Cipheriv;
  export function createDecipheriv(name: string, key: Bytes | KeyObject, iv: Bytes | null, options?: { authTagLength?: number }): Decipheriv;
  export function createPrivateKey(key: KeyInput): KeyObject;
  export function createPublicKey(key: KeyInput): KeyObject;
  export function createSecretKey(key: BufferSource): KeyObject;
  export function createSecretKey(key: string, encoding?: BufferEncoding): KeyObject;
  export function hash(name: string, data: Bytes, encoding?: Encoding): string;
  export function hash(name: string, data: Bytes, encoding: "buffer"): Buffer;
  export function sign(algorithm: string | null | undefined, data: Bytes, key: KeyInput): Buffer;
  export function sign(algorithm: string | null | undefined, data: Bytes, key: KeyInput, done: Done<Buffer>): void;
  export function verify(algorithm: string | null | undefined, data: Bytes, key: KeyInput, signature: BufferSource): boolean;
  export function verify(algorithm: string | null | undefined, data: Bytes, key: KeyInput, signature: BufferSource, done: Done<boolean>): void;
  export function pbkdf2Sync(password: Bytes, salt: Bytes, iterations: number, length: number, digest: string): Buffer;
  export function pbkdf2(password: Bytes, salt: Bytes, iterations: number, length: number, digest: string, done: Done<Buffer>): void;
  export function scryptSync(password: Bytes, salt: Bytes, length: number, options?: object): Buffer;
  export function scrypt(password: Bytes, salt: Bytes, length: number, done: Done<Buffer>): void;
  export function scrypt(password: Bytes, salt: Bytes, length: number, options: object, done: Done<Buffer>): void;
  export function hkdfSync(digest: string, key: Bytes | KeyObject, salt: Bytes, info: Bytes, length: number): ArrayBuffer;
  export function hkdf(digest: string, key: Bytes | KeyObject, salt: Bytes, info: Bytes, length: number, done: Done<ArrayBuffer>): void;
  export function randomBytes(size: number): Buffer;
  export function randomBytes(size: number, done: Done<Buffer>): void;
  export const pseudoRandomBytes: typeof randomBytes;
  export const rng: typeof randomBytes;
  export function randomFillSync<T extends BufferSource>(view: T, offset?: number, size?: number): T;
  export function randomFill<T extends BufferSource>(view: T, done: Done<T>): void;
  export function randomInt(max: number): number;
  export function randomInt(min: number, max: number): number;
  export function randomInt(min: number, max: number, done: Done<number>): void;
  export function randomUUID(): string;
  export function getRandomValues<T extends ArrayBufferView>(view: T): T;
  export function timingSafeEqual(left: BufferSource, right: BufferSource): boolean;
  /** Keys of curves; RSA keys are imported, not made. */
  export function generateKeyPairSync(type: string, options?: object): KeyPair;
  export function generateKeyPair(type: string, options: object | undefined, done: (error: Error | null, publicKey: any, privateKey: any) => void): void;
  export function generateKeySync(type: "hmac" | "aes", options: { length: number }): KeyObject;
  export function generateKey(type: "hmac" | "aes", options: { length: number }, done: Done<KeyObject>): void;
  export function diffieHellman(keys: { privateKey: KeyObject; publicKey: KeyObject }): Buffer;
  export function publicEncrypt(key: KeyInput, data: BufferSource): Buffer;
  export function privateDecrypt(key: KeyInput, data: BufferSource): Buffer;
  export function getHashes(): string[];
  export function getCiphers(): string[];
  export function getCipherInfo(name: string | number, options?: object): { name: string; mode: string; keyLength: number; ivLength?: number; blockSize?: number; nid: number } | undefined;
  export function getCurves(): string[];
  export function getFips(): 0;
  export const constants: Readonly<Record<string, number>>;
  export const subtle: SubtleCrypto;
  export const webcrypto: typeof globalThis.crypto;
}

declare module "diagnostics_channel" {
  type Subscriber = (message: unknown, name: string | symbol) => void;
  export class Channel {
    readonly name: string | symbol;
    readonly hasSubscribers: boolean;
    publish(message: unknown): void;
    subscribe(subscriber: Subscriber): void;
    unsubscribe(subscriber: Subscriber): boolean;
  }
  export function channel(name: string | symbol): Channel;
  export function hasSubscribers(name: string | symbol): boolean;
  export function subscribe(name: string | symbol, subscriber: Subscriber): void;
  export function unsubscribe(name: string | symbol, subscriber: Subscriber): boolean;
  export function tracingChannel(name: string): any;
}

declare module "events" {
  type Listener = (...values: any[]) => void;
  type Name = string | symbol;
  export interface EventEmitter {
    on(name: Name, listener: Listener): this;
    once(name: Name, listener: Listener): this;
    addListener(name: Name, listener: Listener): this;
    prependListener(name: Name, listener: Listener): this;
    prependOnceListener(name: Name, listener: Listener): this;
    off(name: Name, listener: Listener): this;
    removeListener(name: Name, listener: Listener): this;
    removeAllListeners(name?: Name): this;
    emit(name: Name, ...values: any[]): boolean;
    eventNames(): Name[];
    listeners(name: Name): Function[];
    rawListeners(name: Name): Function[];
    listenerCount(name: Name): number;
    getMaxListeners(): number;
    setMaxListeners(count: number): this;
  }
  interface EventEmitterConstructor {
    new (options?: object): EventEmitter;
    readonly prototype: EventEmitter;
    defaultMaxListeners: number;
    call(self: object): void;
  }
  interface EventEmitterModule extends EventEmitterConstructor {
    readonly EventEmitter: EventEmitterConstructor;
    readonly once: typeof once;
    readonly on: typeof on;
  }
  export const EventEmitter: EventEmitterConstructor;
  export class EventEmitterAsyncResource extends EventEmitter {}
  export function once(emitter: EventEmitter | EventTarget, name: Name, options?: { signal?: AbortSignal }): Promise<any[]>;
  export function on(emitter: EventEmitter, name: Name, options?: { signal?: AbortSignal; close?: string[] }): AsyncIterableIterator<any[]>;
  export function listenerCount(emitter: EventEmitter, name: Name): number;
  export function getEventListeners(emitter: EventEmitter | EventTarget, name: Name): Function[];
  export function getMaxListeners(emitter: EventEmitter | EventTarget): number;
  export function setMaxListeners(count?: number, ...emitters: (EventEmitter | EventTarget)[]): void;
  export function addAbortListener(signal: AbortSignal, listener: (event: Event) => void): object;
  export const defaultMaxListeners: number;
  export const errorMonitor: unique symbol;
  export const captureRejectionSymbol: unique symbol;
  export const captureRejections: boolean;
  const exported: EventEmitterModule;
  export default exported;
}

declare module "http" {
  import { EventEmitter } from "events";
  import { Readable, Writable } from "stream";
  type HeaderValue = string | number | readonly string[];
  export interface RequestOptions {
    agent?: Agent | boolean;
    auth?: string | null;
    headers?: Record<string, HeaderValue | undefined>;
    host?: string | null;
    hostname?: string | null;
    method?: string;
    path?: string | null;
    port?: number | string | null;
    protocol?: string | null;
    signal?: AbortSignal;
    timeout?: number;
    [option: string]: unknown;
  }
  /** Accepted, and changes nothing. */
  export class Agent extends EventEmitter {
    constructor(options?: object);
    destroy(): void;
    [option: string]: any;
  }
  export class OutgoingMessage extends Writable {
    setHeader(name: string, value: HeaderValue): this;
    getHeader(name: string): HeaderValue | undefined;
    getHeaderNames(): string[];
    getHeaders(): Record<string, HeaderValue>;
    hasHeader(name: string): boolean;
    removeHeader(name: string): void;
    flushHeaders(): void;
  }
  export class ClientRequest extends OutgoingMessage {
    readonly method: string;
    readonly path: string;
    readonly host: string;
    readonly protocol: string;
    readonly aborted: boolean;
    abort(): void;
    setTimeout(milliseconds: number, callback?: () => void): this;
    setNoDelay(noDelay?: boolean): void;
    setSocketKeepAlive(enable?: boolean, delay?: number): void;
  }
  /** Arrives whole and decoded. */
  export class IncomingMessage extends Readable {
    readonly statusCode?: number;
    readonly statusMessage?: string;
    readonly headers: Record<string, string | undefined> & { "set-cookie"?: string[] };
    readonly rawHeaders: string[];
    readonly httpVersion: string;
    readonly complete: boolean;
    setTimeout(milliseconds: number, callback?: () => void): this;
  }
  type Responded = (response: IncomingMessage) => void;
  export function request(options: string | URL | RequestOptions, done?: Responded): ClientRequest;
  export function request(url: string | URL, options: RequestOptions, done?: Responded): ClientRequest;
  export function get(options: string | URL | RequestOptions, done?: Responded): ClientRequest;
  export function get(url: string | URL, options: RequestOptions, done?: Responded): ClientRequest;
  export function validateHeaderName(name: string): void;
  export function validateHeaderValue(name: string, value: string): void;
  export function setMaxIdleHTTPParsers(count: number): void;
  export const globalAgent: Agent;
  export const maxHeaderSize: number;
  export const METHODS: string[];
  export const STATUS_CODES: Record<number, string | undefined>;
}

declare module "https" {
  import * as http from "http";
  export class Agent extends http.Agent {}
  export const globalAgent: Agent;
  export const request: typeof http.request;
  export const get: typeof http.get;
}

declare module "module" {
  export function createRequire(from: string | URL): typeof globalThis.require;
  export function isBuiltin(name: string): boolean;
  export function findSourceMap(path: string): undefined;
  export const builtinModules: string[];
}

declare module "path" {
  interface ParsedPath {
    root: string;
    dir: string;
    base: string;
    ext: string;
    name: string;
  }
  export function resolve(...paths: string[]): string;
  export function normalize(path: string): string;
  export function isAbsolute(path: string): boolean;
  export function join(...paths: string[]): string;
  export function relative(from: string, to: string): string;
  export function dirname(path: string): string;
  export function basename(path: string, suffix?: string): string;
  export function extname(path: string): string;
  export function format(path: Partial<ParsedPath>): string;
  export function parse(path: string): ParsedPath;
  export function toNamespacedPath(path: string): string;
  export const sep: "/";
  export const delimiter: ":";
  export const posix: typeof import("path");
}

declare module "path/posix" {
  export * from "path";
}

declare module "perf_hooks" {
  export const performance: typeof globalThis.performance;
  export const constants: Readonly<Record<string, number>>;
}

declare module "process" {
  import { EventEmitter } from "events";
  interface Output {
    readonly fd: number;
    readonly isTTY: false;
    write(chunk: string | Uint8Array, encoding?: BufferEncoding, done?: () => void): boolean;
  }
  interface Process extends EventEmitter {
    readonly title: string;
    readonly version: string;
    readonly versions: Readonly<Record<string, string>>;
    readonly release: { readonly name: string; readonly lts: string };
    readonly arch: string;
    readonly platform: "linux";
    readonly argv: string[];
    readonly argv0: string;
    readonly execArgv: string[];
    readonly execPath: string;
    /** Empty: what a hook needs is in `hook.variables` and `hook.secrets`. */
    readonly env: Record<string, string | undefined>;
    readonly pid: number;
    readonly ppid: number;
    exitCode: number | undefined;
    readonly features: Readonly<Record<string, boolean>>;
    readonly config: object;
    /** To the log, line by line. */
    readonly stdout: Output;
    readonly stderr: Output;
    cwd(): string;
    umask(): number;
    uptime(): number;
    readonly hrtime: { (earlier?: [number, number]): [number, number]; bigint(): bigint };
    nextTick<A extends unknown[]>(callback: (...values: A) => void, ...values: A): void;
    emitWarning(warning: string | Error, type?: string | { type?: string }): void;
  }
  const process: Process;
  namespace process {
    export { Process };
  }
  export = process;
}

declare module "punycode" {
  export const version: string;
  export const ucs2: { decode(text: string): number[]; encode(codePoints: readonly number[]): string };
  export function decode(text: string): string;
  export function encode(text: string): string;
  export function toASCII(domain: string): string;
  export function toUnicode(domain: string): string;
}

declare module "querystring" {
  type Parsed = Record<string, string | string[] | undefined>;
  export function parse(text: string, separator?: string, equals?: string, options?: { decodeURIComponent?: (text: string) => string; maxKeys?: number }): Parsed;
  export function stringify(object?: object, separator?: string, equals?: string, options?: { encodeURIComponent?: (text: string) => string }): string;
  export const decode: typeof parse;
  export const encode: typeof stringify;
  export function escape(text: string): string;
  export function unescape(text: string): string;
  export function unescapeBuffer(text: string): Buffer;
}

declare module "stream" {
  import { EventEmitter } from "events";
  interface StreamOptions {
    highWaterMark?: number;
    objectMode?: boolean;
    autoDestroy?: boolean;
    emitClose?: boolean;
    signal?: AbortSignal;
  }
  type Done = (error?: Error | null) => void;
  interface ReadableOptions extends StreamOptions {
    encoding?: BufferEncoding;
    read?(this: Readable, size: number): void;
    destroy?(this: Readable, error: Error | null, done: Done): void;
  }
  interface WritableOptions extends StreamOptions {
    decodeStrings?: boolean;
    defaultEncoding?: BufferEncoding;
    write?(this: Writable, chunk: any, encoding: BufferEncoding, done: Done): void;
    writev?(this: Writable, chunks: { chunk: any; encoding: BufferEncoding }[], done: Done): void;
    final?(this: Writable, done: Done): void;
    destroy?(this: Writable, error: Error | null, done: Done): void;
  }
  interface DuplexOptions extends Omit<ReadableOptions, "read" | "destroy">, Omit<WritableOptions, "write" | "writev" | "final" | "destroy"> {
    allowHalfOpen?: boolean;
    readableObjectMode?: boolean;
    writableObjectMode?: boolean;
    read?(this: Duplex, size: number): void;
    write?(this: Duplex, chunk: any, encoding: BufferEncoding, done: Done): void;
    final?(this: Duplex, done: Done): void;
    destroy?(this: Duplex, error: Error | null, done: Done): void;
  }
  interface TransformOptions extends Omit<DuplexOptions, "read" | "write" | "final"> {
    transform?(this: Transform, chunk: any, encoding: BufferEncoding, done: (error?: Error | null, data?: any) => void): void;
    flush?(this: Transform, done: (error?: Error | null, data?: any) => void): void;
  }
  export class Stream extends EventEmitter {
    pipe<T extends Writable>(target: T, options?: { end?: boolean }): T;
  }
  export class Readable extends Stream {
    constructor(options?: ReadableOptions);
    static from(values: Iterable<any> | AsyncIterable<any>, options?: ReadableOptions): Readable;
    static fromWeb(stream: ReadableStream, options?: ReadableOptions): Readable;
    static toWeb(stream: Readable): ReadableStream;
    readonly readable: boolean;
    readonly readableEnded: boolean;
    readonly readableFlowing: boolean | null;
    readonly readableHighWaterMark: number;
    readonly readableLength: number;
    readonly readableObjectMode: boolean;
    readonly destroyed: boolean;
    read(size?: number): any;
    push(chunk: any, encoding?: BufferEncoding): boolean;
    unshift(chunk: any, encoding?: BufferEncoding): void;
    pause(): this;
    resume(): this;
    isPaused(): boolean;
    setEncoding(encoding: BufferEncoding): this;
    unpipe(target?: Writable): this;
    wrap(stream: Stream): this;
    destroy(error?: Error | null): this;
    [Symbol.asyncIterator](): AsyncIterableIterator<any>;
  }
  export class Writable extends Stream {
    constructor(options?: WritableOptions);
    readonly writable: boolean;
    readonly writableEnded: boolean;
    readonly writableFinished: boolean;
    readonly writableHighWaterMark: number;
    readonly writableLength: number;
    readonly writableObjectMode: boolean;
    readonly destroyed: boolean;
    write(chunk: any, done?: Done): boolean;
    write(chunk: any, encoding: BufferEncoding, done?: Done): boolean;
    end(done?: () => void): this;
    end(chunk: any, done?: () => void): this;
    end(chunk: any, encoding: BufferEncoding, done?: () => void): this;
    cork(): void;
    uncork(): void;
    setDefaultEncoding(encoding: BufferEncoding): this;
    destroy(error?: Error | null): this;
  }
  export interface Duplex extends Writable {}
  export class Duplex extends Readable {
    constructor(options?: DuplexOptions);
    allowHalfOpen: boolean;
  }
  export class Transform extends Duplex {
    constructor(options?: TransformOptions);
  }
  export class PassThrough extends Transform {}
  type Piped = Stream | AsyncIterable<any> | Iterable<any> | ((source: any) => any);
  export function pipeline(...streams: [Piped, ...Piped[], (error: Error | null | undefined) => void]): Stream;
  export function finished(stream: Stream, done: (error?: Error | null) => void): () => void;
  export function finished(stream: Stream, options: object, done: (error?: Error | null) => void): () => void;
  export function compose(...streams: Piped[]): Duplex;
  export function addAbortSignal<T extends Stream>(signal: AbortSignal, stream: T): T;
  export function destroy<T extends Stream>(stream: T, error?: Error): T;
  export function isDisturbed(stream: Stream | ReadableStream): boolean;
  export function isErrored(stream: Stream | ReadableStream): boolean;
  export function isReadable(stream: Stream | ReadableStream): boolean;
  export function getDefaultHighWaterMark(objectMode: boolean): number;
  export function setDefaultHighWaterMark(objectMode: boolean, value: number): void;
  export const promises: typeof import("stream/promises");
}

declare module "stream/consumers" {
  type Source = AsyncIterable<any> | ReadableStream;
  export function arrayBuffer(stream: Source): Promise<ArrayBuffer>;
  export function blob(stream: Source): Promise<Blob>;
  export function buffer(stream: Source): Promise<Buffer>;
  export function json(stream: Source): Promise<any>;
  export function text(stream: Source): Promise<string>;
}

declare module "stream/promises" {
  import { Stream } from "stream";
  type Piped = Stream | AsyncIterable<any> | Iterable<any> | ((source: any) => any) | { signal?: AbortSignal; end?: boolean };
  export function pipeline(...streams: Piped[]): Promise<any>;
  export function finished(stream: Stream, options?: object): Promise<void>;
}

declare module "stream/web" {
  export import ByteLengthQueuingStrategy = globalThis.ByteLengthQueuingStrategy;
  export import CompressionStream = globalThis.CompressionStream;
  export import CountQueuingStrategy = globalThis.CountQueuingStrategy;
  export import DecompressionStream = globalThis.DecompressionStream;
  export import ReadableByteStreamController = globalThis.ReadableByteStreamController;
  export import ReadableStream = globalThis.ReadableStream;
  export import ReadableStreamBYOBReader = globalThis.ReadableStreamBYOBReader;
  export import ReadableStreamBYOBRequest = globalThis.ReadableStreamBYOBRequest;
  export import ReadableStreamDefaultController = globalThis.ReadableStreamDefaultController;
  export import ReadableStreamDefaultReader = globalThis.ReadableStreamDefaultReader;
  export import TextDecoderStream = globalThis.TextDecoderStream;
  export import TextEncoderStream = globalThis.TextEncoderStream;
  export import TransformStream = globalThis.TransformStream;
  export import TransformStreamDefaultController = globalThis.TransformStreamDefaultController;
  export import WritableStream = globalThis.WritableStream;
  export import WritableStreamDefaultController = globalThis.WritableStreamDefaultController;
  export import WritableStreamDefaultWriter = globalThis.WritableStreamDefaultWriter;
}

declare module "string_decoder" {
  export class StringDecoder {
    constructor(encoding?: BufferEncoding);
    write(chunk: string | ArrayBufferView): string;
    end(chunk?: string | ArrayBufferView): string;
  }
}

declare module "sys" {
  export * from "util";
}

declare module "timers" {
  export const setTimeout: typeof globalThis.setTimeout;
  export const setInterval: typeof globalThis.setInterval;
  export const setImmediate: typeof globalThis.setImmediate;
  export const clearTimeout: typeof globalThis.clearTimeout;
  export const clearInterval: typeof globalThis.clearInterval;
  export const clearImmediate: typeof globalThis.clearImmediate;
  export const promises: typeof import("timers/promises");
}

declare module "timers/promises" {
  interface TimerOptions {
    signal?: AbortSignal;
    ref?: boolean;
  }
  export function setTimeout<T = void>(delay?: number, value?: T, options?: TimerOptions): Promise<T>;
  export function setImmediate<T = void>(value?: T, options?: TimerOptions): Promise<T>;
  export function setInterval<T = void>(delay?: number, value?: T, options?: TimerOptions): AsyncIterableIterator<T>;
  export const scheduler: { wait(delay: number, options?: TimerOptions): Promise<void>; yield(): Promise<void> };
}

declare module "url" {
  export import URL = globalThis.URL;
  export import URLSearchParams = globalThis.URLSearchParams;
  export interface UrlObject {
    auth?: string | null;
    hash?: string | null;
    host?: string | null;
    hostname?: string | null;
    href?: string | null;
    pathname?: string | null;
    port?: string | number | null;
    protocol?: string | null;
    query?: string | null | Record<string, any>;
    search?: string | null;
    slashes?: boolean | null;
  }
  export class Url {
    auth: string | null;
    hash: string | null;
    host: string | null;
    hostname: string | null;
    href: string;
    path: string | null;
    pathname: string | null;
    port: string | null;
    protocol: string | null;
    query: any;
    search: string | null;
    slashes: boolean | null;
    parse(url: string, parsesQuery?: boolean, slashesDenoteHost?: boolean): this;
    format(): string;
    resolve(relative: string): string;
    resolveObject(relative: string | Url): Url;
  }
  export function parse(url: string, parsesQuery?: boolean, slashesDenoteHost?: boolean): Url;
  export function format(url: URL, options?: { auth?: boolean; fragment?: boolean; search?: boolean; unicode?: boolean }): string;
  export function format(url: string | UrlObject): string;
  export function resolve(from: string, to: string): string;
  export function resolveObject(from: string, to: string): Url;
  export function domainToASCII(domain: string): string;
  export function domainToUnicode(domain: string): string;
  export function fileURLToPath(url: string | URL): string;
  export function pathToFileURL(path: string): URL;
  export function urlToHttpOptions(url: URL): import("http").RequestOptions;
}

declare module "util" {
  export import TextDecoder = globalThis.TextDecoder;
  export import TextEncoder = globalThis.TextEncoder;
  export interface InspectOptions {
    breakLength?: number;
    colors?: boolean;
    compact?: boolean | number;
    depth?: number | null;
    maxArrayLength?: number | null;
    maxStringLength?: number | null;
    numericSeparator?: boolean;
    showHidden?: boolean;
    sorted?: boolean | ((left: string, right: string) => number);
    [option: string]: unknown;
  }
  export function inspect(value: unknown, options?: InspectOptions): string;
  export namespace inspect {
    const custom: unique symbol;
    const defaultOptions: InspectOptions;
  }
  export function format(text?: unknown, ...values: unknown[]): string;
  export function formatWithOptions(options: InspectOptions, text?: unknown, ...values: unknown[]): string;
  export function stripVTControlCharacters(text: string): string;
  export function styleText(style: string | readonly string[], text: string, options?: { validateStream?: boolean }): string;
  export function promisify(original: (...values: any[]) => any): (...values: any[]) => Promise<any>;
  export namespace promisify {
    const custom: unique symbol;
  }
  export function callbackify(original: (...values: any[]) => Promise<any>): (...values: any[]) => void;
  export function deprecate<F extends Function>(original: F, message: string, code?: string): F;
  export function inherits(constructor: Function, parent: Function): void;
  export function isDeepStrictEqual(left: unknown, right: unknown): boolean;
  export function aborted(signal: AbortSignal): Promise<void>;
  export function toUSVString(value: unknown): string;
  export function debuglog(name?: string): ((...values: unknown[]) => void) & { enabled: boolean };
  export const debug: typeof debuglog;
  export function log(...values: unknown[]): void;
  export const types: typeof import("util/types");
  export function isArray(value: unknown): value is unknown[];
  export function isBoolean(value: unknown): value is boolean;
  export function isBuffer(value: unknown): value is Buffer;
  export function isDate(value: unknown): value is Date;
  export function isError(value: unknown): value is Error;
  export function isFunction(value: unknown): value is Function;
  export function isNull(value: unknown): value is null;
  export function isNullOrUndefined(value: unknown): value is null | undefined;
  export function isNumber(value: unknown): value is number;
  export function isObject(value: unknown): value is object;
  export function isPrimitive(value: unknown): boolean;
  export function isRegExp(value: unknown): value is RegExp;
  export function isString(value: unknown): value is string;
  export function isSymbol(value: unknown): value is symbol;
  export function isUndefined(value: unknown): value is undefined;
  export function _extend<T extends object>(target: T, source: unknown): T;
}

declare module "util/types" {
  type Judge = (value: unknown) => boolean;
  export const isAnyArrayBuffer: Judge;
  export const isArgumentsObject: Judge;
  export function isArrayBuffer(value: unknown): value is ArrayBuffer;
  export function isArrayBufferView(value: unknown): value is ArrayBufferView;
  export const isAsyncFunction: Judge;
  export function isBigInt64Array(value: unknown): value is BigInt64Array;
  export const isBigIntObject: Judge;
  export function isBigUint64Array(value: unknown): value is BigUint64Array;
  export const isBooleanObject: Judge;
  export const isBoxedPrimitive: Judge;
  export function isCryptoKey(value: unknown): value is CryptoKey;
  export function isDataView(value: unknown): value is DataView;
  export function isDate(value: unknown): value is Date;
  export const isExternal: Judge;
  export function isFloat32Array(value: unknown): value is Float32Array;
  export function isFloat64Array(value: unknown): value is Float64Array;
  export const isGeneratorFunction: Judge;
  export const isGeneratorObject: Judge;
  export function isInt16Array(value: unknown): value is Int16Array;
  export function isInt32Array(value: unknown): value is Int32Array;
  export function isInt8Array(value: unknown): value is Int8Array;
  export function isKeyObject(value: unknown): value is import("crypto").KeyObject;
  export function isMap(value: unknown): value is Map<unknown, unknown>;
  export const isMapIterator: Judge;
  export const isModuleNamespaceObject: Judge;
  export function isNativeError(value: unknown): value is Error;
  export const isNumberObject: Judge;
  export function isPromise(value: unknown): value is Promise<unknown>;
  export const isProxy: Judge;
  export function isRegExp(value: unknown): value is RegExp;
  export function isSet(value: unknown): value is Set<unknown>;
  export const isSetIterator: Judge;
  export const isSharedArrayBuffer: Judge;
  export const isStringObject: Judge;
  export const isSymbolObject: Judge;
  export const isTypedArray: Judge;
  export function isUint16Array(value: unknown): value is Uint16Array;
  export function isUint32Array(value: unknown): value is Uint32Array;
  export function isUint8Array(value: unknown): value is Uint8Array;
  export function isUint8ClampedArray(value: unknown): value is Uint8ClampedArray;
  export function isWeakMap(value: unknown): value is WeakMap<object, unknown>;
  export function isWeakSet(value: unknown): value is WeakSet<object>;
}

declare module "zlib" {
  import { Transform } from "stream";
  interface Options {
    level?: number;
    maxOutputLength?: number;
    [option: string]: unknown;
  }
  type Input = string | BufferSource;
  type Done = (error: Error | null, result: Buffer) => void;
  interface Later {
    (data: Input, done: Done): void;
    (data: Input, options: Options, done: Done): void;
  }
  type Now = (data: Input, options?: Options) => Buffer;
  export const deflateSync: Now;
  export const deflateRawSync: Now;
  export const gzipSync: Now;
  export const inflateSync: Now;
  export const inflateRawSync: Now;
  export const gunzipSync: Now;
  export const unzipSync: Now;
  export const deflate: Later;
  export const deflateRaw: Later;
  export const gzip: Later;
  export const inflate: Later;
  export const inflateRaw: Later;
  export const gunzip: Later;
  export const unzip: Later;
  export function crc32(data: Input, start?: number): number;
  /** Emits what it has at the end. */
  class Zlib extends Transform {
    constructor(options?: Options);
  }
  export class Deflate extends Zlib {}
  export class DeflateRaw extends Zlib {}
  export class Gzip extends Zlib {}
  export class Inflate extends Zlib {}
  export class InflateRaw extends Zlib {}
  export class Gunzip extends Zlib {}
  export class Unzip extends Zlib {}
  export function createDeflate(options?: Options): Deflate;
  export function createDeflateRaw(options?: Options): DeflateRaw;
  export function createGzip(options?: Options): Gzip;
  export function createInflate(options?: Options): Inflate;
  export function createInflateRaw(options?: Options): InflateRaw;
  export function createGunzip(options?: Options): Gunzip;
  export function createUnzip(options?: Options): Unzip;
  export const constants: Readonly<Record<string, number>>;
  export const codes: Readonly<Record<string, string | number>>;
}
