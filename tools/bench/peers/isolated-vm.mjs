// isolated-vm: a new isolate for each run, from a snapshot of the evaluated script in which the called functions are
// compiled: faster than cached code or a snapshot without them.

import ivm from "isolated-vm";

import { asScript } from "./job.mjs";

const RUN = `return (async () =>
  JSON.stringify(await respond(JSON.parse($0), JSON.parse($1))))();`;

export async function open(source, { input, limitMs, memoryMb, cold }) {
  const code = asScript(source);
  // Snapshots have no limits, so none is created for a hostile script.
  const snapshot = cold ? undefined : ivm.Isolate.createSnapshot([{ code }], warmUp(input));
  const run = async ({ event, hook }) => {
    const isolate = new ivm.Isolate({ snapshot, memoryLimit: memoryMb });
    try {
      const context = await isolate.createContext();
      if (cold) await context.eval(code, { timeout: limitMs });
      return await context.evalClosure(RUN, [event, hook], {
        timeout: limitMs,
        result: { promise: true, copy: true },
      });
    } finally {
      if (!isolate.isDisposed) isolate.dispose();
    }
  };
  return { run, close() {} };
}

/** Runs in a context that is thrown away: it leaves compiled functions in the snapshot, and nothing else. */
const warmUp = ({ event, hook }) =>
  `respond(JSON.parse(${JSON.stringify(event)}), JSON.parse(${JSON.stringify(hook)}))`;
