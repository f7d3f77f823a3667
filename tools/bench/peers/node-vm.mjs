// node:vm: compiled once, with a new context for each run. According to its manual it is no boundary against hostile
// code.

import vm from "node:vm";

import { asScript } from "./job.mjs";

const CALL = new vm.Script(`var response;
(async () => { response = JSON.stringify(await respond(JSON.parse(event), JSON.parse(hook))); })();`);

export async function open(source, { limitMs }) {
  const script = new vm.Script(asScript(source));
  const run = ({ event, hook }) => {
    // The time limit covers the jobs of promises as well: they run before an evaluation returns.
    const context = vm.createContext({ event, hook }, { microtaskMode: "afterEvaluate" });
    script.runInContext(context, { timeout: limitMs });
    CALL.runInContext(context, { timeout: limitMs });
    return context.response;
  };
  return { run, close() {} };
}
