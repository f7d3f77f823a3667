// quickjs-emscripten: a new runtime and context for each run, in one WebAssembly instance. It cannot keep compiled
// code.

import { getQuickJS, shouldInterruptAfterDeadline } from "quickjs-emscripten";

import { asScript } from "./job.mjs";

const CALL = `(async () => {
  response = JSON.stringify(await respond(JSON.parse(event), JSON.parse(hook)));
})().catch((error) => { failure = String(error); })`;

export async function open(source, { limitMs, memoryMb }) {
  const quickjs = await getQuickJS();
  const code = asScript(source);
  const run = ({ event, hook }) => {
    const runtime = quickjs.newRuntime();
    runtime.setMemoryLimit(memoryMb << 20);
    runtime.setMaxStackSize(1 << 20);
    runtime.setInterruptHandler(shouldInterruptAfterDeadline(Date.now() + limitMs));
    const context = runtime.newContext();
    const evaluate = (text) => context.unwrapResult(context.evalCode(text)).dispose();
    const set = (name, value) => context.newString(value).consume((handle) => context.setProp(context.global, name, handle));
    const get = (name) => context.getProp(context.global, name).consume((handle) => context.dump(handle));
    try {
      evaluate(code);
      set("event", event);
      set("hook", hook);
      evaluate(CALL);
      const jobs = runtime.executePendingJobs();
      if (jobs.error) throw new Error(String(jobs.error.consume((error) => context.dump(error))?.message));
      if (get("failure")) throw new Error(get("failure"));
      return get("response");
    } finally {
      context.dispose();
      runtime.dispose();
    }
  };
  return { run, close() {} };
}
