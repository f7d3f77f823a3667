// node:diagnostics_channel.

const channels = new Map();

export class Channel {
  #subscribers = [];
  constructor(name) { this.name = name; }
  get hasSubscribers() { return this.#subscribers.length > 0; }
  subscribe(subscriber) { this.#subscribers.push(subscriber); }
  unsubscribe(subscriber) {
    const at = this.#subscribers.indexOf(subscriber);
    if (at >= 0) this.#subscribers.splice(at, 1);
    return at >= 0;
  }
  publish(message) { for (const subscriber of [...this.#subscribers]) subscriber(message, this.name); }
  bindStore() { throw new Error("diagnostics_channel.Channel.bindStore is not supported in the sandbox"); }
  unbindStore() { return false; }
  runStores(message, callback, self, ...values) {
    this.publish(message);
    return Reflect.apply(callback, self, values);
  }
}

export function channel(name) {
  if (!channels.has(name)) channels.set(name, new Channel(name));
  return channels.get(name);
}
export const hasSubscribers = (name) => channel(name).hasSubscribers;
export const subscribe = (name, subscriber) => channel(name).subscribe(subscriber);
export const unsubscribe = (name, subscriber) => channel(name).unsubscribe(subscriber);

export function tracingChannel(name) {
  const parts = Object.fromEntries(["start", "end", "asyncStart", "asyncEnd", "error"].map((part) => [part, channel(`tracing:${name}:${part}`)]));
  const unsupported = (method) => () => { throw new Error(`diagnostics_channel.TracingChannel.${method} is not supported in the sandbox`); };
  return {
    ...parts,
    get hasSubscribers() { return Object.values(parts).some((part) => part.hasSubscribers); },
    traceSync: unsupported("traceSync"), tracePromise: unsupported("tracePromise"), traceCallback: unsupported("traceCallback"),
  };
}

export default { Channel, channel, hasSubscribers, subscribe, tracingChannel, unsubscribe };
