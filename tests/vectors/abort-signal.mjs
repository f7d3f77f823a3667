// AbortController and AbortSignal, from the text of the DOM Standard: "Aborting ongoing activities", and what `fetch` does with a signal.

let total = 0;
/** Prints what differs. `got` is a value, or what computes it. */
const report = (name, expected, got) => {
  total++;
  const value = typeof got === "function" ? caught(got) : got;
  if (JSON.stringify(value) !== JSON.stringify(expected)) console.log(JSON.stringify([name, value]));
};
const caught = (call) => { try { return call(); } catch (error) { return error.name; } };
const described = (reason) => (reason instanceof Error ? [reason.constructor.name, reason.name, reason.code] : ["value", reason]);
const ABORTED = ["DOMException", "AbortError", 20];
const later = () => new Promise((resolve) => setTimeout(resolve, 1));

export default async ({ context }) => {
  // The timer of `AbortSignal.timeout` does not keep Node running.
  const running = setInterval(() => {}, 1000);
  // The controller.
  const controller = new AbortController();
  const { signal } = controller;
  report("before", [true, false, undefined, null], [signal instanceof AbortSignal, signal.aborted, signal.reason === undefined ? undefined : "set", signal.onabort]);
  report("one signal", true, controller.signal === signal);
  const events = [];
  signal.onabort = (event) => events.push(["on", event.type, event.target === signal, event.isTrusted, event.bubbles, event.cancelable, signal.aborted]);
  signal.addEventListener("abort", () => events.push(["listener", described(signal.reason)]));
  report("abort returns nothing", true, controller.abort() === undefined);
  report("events", [["on", "abort", true, true, false, false, true], ["listener", ABORTED]], events);
  report("after", [true, ABORTED], [signal.aborted, described(signal.reason)]);
  const reason = signal.reason;
  controller.abort("again");
  report("once", [2, true], [events.length, signal.reason === reason]);
  report("late listeners are not called", 2, () => { signal.addEventListener("abort", () => events.push("late")); controller.abort(); return events.length; });
  report("read only", [true, true], [caught(() => { signal.aborted = false; return signal.aborted; }), caught(() => { signal.reason = 1; return signal.reason === reason; })].map((value) => value === true || value === "TypeError"));
  for (const [name, given, expected] of [["undefined", undefined, ABORTED], ["null", null, ["value", null]], ["0", 0, ["value", 0]], ["a text", "why", ["value", "why"]], ["an object", { a: 1 }, ["value", { a: 1 }]], ["false", false, ["value", false]], ["an error", new RangeError("r"), ["RangeError", "RangeError", undefined]]]) {
    const own = new AbortController();
    own.abort(given);
    report(`reason ${name}`, expected, described(own.signal.reason));
    report(`AbortSignal.abort with ${name}`, [true, expected], [AbortSignal.abort(given).aborted, described(AbortSignal.abort(given).reason)]);
    report(`throwIfAborted with ${name}`, expected, () => { try { own.signal.throwIfAborted(); } catch (error) { return described(error); } return "no error"; });
  }
  report("throwIfAborted of a live signal", true, new AbortController().signal.throwIfAborted() === undefined);
  report("message", true, AbortSignal.abort().reason.message.length > 0);
  report("no constructor", ["TypeError", "TypeError", "TypeError"], [() => new AbortSignal(), () => AbortSignal(), () => AbortController()].map(caught));
  report("tags", ["[object AbortController]", "[object AbortSignal]", true], [String(new AbortController()), String(AbortSignal.abort()), AbortSignal.abort() instanceof EventTarget]);
  report("another object", ["TypeError", "TypeError"], [caught(() => AbortController.prototype.abort.call({})), caught(() => Object.getOwnPropertyDescriptor(AbortSignal.prototype, "aborted").get.call({}))]);
  report("abort without its controller", "TypeError", caught(() => { const { abort } = new AbortController(); abort(); }));

  // Events of a signal.
  report("a listener that throws stops no other", ["second", "on"], await (async () => {
    const own = new AbortController();
    const seen = [];
    own.signal.addEventListener("abort", { handleEvent: () => seen.push("second") });
    own.signal.onabort = () => seen.push("on");
    own.abort();
    return seen;
  })());
  report("onabort can be replaced and removed", ["b"], () => { const own = new AbortController(); const seen = []; own.signal.onabort = () => seen.push("a"); own.signal.onabort = () => seen.push("b"); const other = new AbortController(); other.signal.onabort = () => seen.push("c"); other.signal.onabort = null; own.abort(); other.abort(); return seen; });
  report("onabort keeps its place", ["on b", "listener"], () => { const own = new AbortController(); const seen = []; own.signal.onabort = () => seen.push("on a"); own.signal.addEventListener("abort", () => seen.push("listener")); own.signal.onabort = () => seen.push("on b"); own.abort(); return seen; });
  report("onabort of no function", [null, null], () => { const own = new AbortController(); own.signal.onabort = "text"; const first = own.signal.onabort; own.signal.onabort = 5; return [first, own.signal.onabort]; });
  report("a made-up event aborts nothing", [false, ["abort", false]], () => { const own = new AbortController(); let seen; own.signal.onabort = (event) => { seen = [event.type, event.isTrusted]; }; own.signal.dispatchEvent(new Event("abort")); return [own.signal.aborted, seen]; });
  report("abort within abort", ["a"], () => { const own = new AbortController(); const seen = []; own.signal.onabort = () => { seen.push("a"); own.abort("b"); }; own.abort(); return seen; });
  report("listeners with a signal", [1, 1], () => {
    const target = new EventTarget();
    const own = new AbortController();
    let count = 0;
    target.addEventListener("x", () => { count++; }, { signal: own.signal });
    target.dispatchEvent(new Event("x"));
    own.abort();
    target.dispatchEvent(new Event("x"));
    const before = count;
    target.addEventListener("x", () => { count++; }, { signal: AbortSignal.abort() });
    target.dispatchEvent(new Event("x"));
    return [before, count];
  });

  // AbortSignal.timeout.
  const timed = AbortSignal.timeout(1);
  report("timeout, before", [true, false], [timed instanceof AbortSignal, timed.aborted]);
  report("timeout", [true, ["DOMException", "TimeoutError", 23]], await new Promise((resolve) => { timed.onabort = ({ isTrusted }) => resolve([isTrusted, described(timed.reason)]); }));
  report("timeout of 0", true, await new Promise((resolve) => { AbortSignal.timeout(0).onabort = () => resolve(true); }));
  report("timeouts in order", ["short", "long"], await (async () => { const seen = []; const short = AbortSignal.timeout(1); const long = AbortSignal.timeout(30); short.onabort = () => seen.push("short"); await new Promise((resolve) => { long.onabort = () => { seen.push("long"); resolve(); }; }); return seen; })());
  for (const given of [-1, NaN, Infinity, undefined, "x", 2 ** 64]) report(`timeout of ${given}`, "TypeError", caught(() => { AbortSignal.timeout(given); return "a signal"; }));
  report("timeout of nothing", "TypeError", caught(() => AbortSignal.timeout()));

  // AbortSignal.any: "create a dependent abort signal", "signal abort".
  report("any of none", [false, true], [AbortSignal.any([]).aborted, AbortSignal.any([]) instanceof AbortSignal]);
  report("any of an aborted one", [true, "first"], () => { const any = AbortSignal.any([new AbortController().signal, AbortSignal.abort("first"), AbortSignal.abort("second")]); return [any.aborted, any.reason]; });
  report("any follows", [false, true, true, 1], () => { const [a, b] = [new AbortController(), new AbortController()]; const any = AbortSignal.any([a.signal, b.signal]); let count = 0; any.onabort = () => { count++; }; const before = any.aborted; b.abort(); const same = any.reason === b.signal.reason; a.abort(); return [before, any.aborted, same, count]; });
  report("any is another signal", false, () => { const own = new AbortController(); return AbortSignal.any([own.signal]) === own.signal; });
  report("any of any", [true, "why"], () => { const own = new AbortController(); const any = AbortSignal.any([AbortSignal.any([own.signal]), new AbortController().signal]); own.abort("why"); return [any.aborted, any.reason]; });
  report("any, order of events", ["source", "first", "second", "nested"], () => { const own = new AbortController(); const seen = []; const first = AbortSignal.any([own.signal]); const second = AbortSignal.any([own.signal]); const nested = AbortSignal.any([first]); nested.onabort = () => seen.push("nested"); second.onabort = () => seen.push("second"); first.onabort = () => seen.push("first"); own.signal.onabort = () => seen.push("source"); own.abort(); return seen; });
  report("any, aborted before any event", [[true, true, true]], () => { const own = new AbortController(); const first = AbortSignal.any([own.signal]); const second = AbortSignal.any([first]); const seen = []; own.signal.onabort = () => seen.push([own.signal.aborted, first.aborted, second.aborted]); own.abort(); return seen; });
  report("any, one twice", 1, () => { const own = new AbortController(); let count = 0; AbortSignal.any([own.signal, own.signal]).onabort = () => { count++; }; own.abort(); return count; });
  report("any of a set", true, AbortSignal.any(new Set([AbortSignal.abort()])).aborted);
  report("any with a timeout", "TimeoutError", await (async () => { const any = AbortSignal.any([new AbortController().signal, AbortSignal.timeout(1)]); await new Promise((resolve) => { any.onabort = resolve; }); return any.reason.name; })());
  for (const given of [undefined, null, 1, {}, [null], ["a"], [{}]]) report(`any of ${JSON.stringify(given)}`, "TypeError", caught(() => AbortSignal.any(given)));

  // Fetch.
  const url = `${context.server}/echo`;
  const failure = (promise) => promise.then(() => "a response", described);
  report("fetch with an aborted signal", ABORTED, await failure(fetch(url, { signal: AbortSignal.abort() })));
  report("fetch with a reason", ["value", "why"], await failure(fetch(url, { signal: AbortSignal.abort("why") })));
  report("fetch, aborted on its way", ["value", "gone"], await (async () => { const own = new AbortController(); const going = failure(fetch(`${context.server}/never`, { signal: own.signal })); await later(); own.abort("gone"); return going; })());
  report("fetch, timeout", ["DOMException", "TimeoutError", 23], await failure(fetch(`${context.server}/never`, { signal: AbortSignal.timeout(5) })));
  report("fetch, aborted after it ended", [200, "GET"], await (async () => { const own = new AbortController(); const response = await fetch(url, { signal: own.signal }); const { method } = await response.json(); own.abort(); return [response.status, method]; })());
  report("fetch with no signal", [200, "TypeError"], [await fetch(url, { signal: null }).then(({ status }) => status), await fetch(url, { signal: {} }).catch((error) => error.name)]);
  report("the signal of a request", [true, false, true, "why"], () => { const own = new AbortController(); const request = new Request(url, { signal: own.signal }); const before = [request.signal instanceof AbortSignal, request.signal.aborted]; own.abort("why"); return [...before, request.signal.aborted, request.signal.reason]; });
  report("a request without a signal", [true, false], (({ signal: own }) => [own instanceof AbortSignal, own.aborted])(new Request(url)));
  clearInterval(running);
  console.log(total);
};
