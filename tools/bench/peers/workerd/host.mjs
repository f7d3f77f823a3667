// Runs in workerd: keeps the source of a hook, and loads a new worker with it for each event.

let code;
let count = 0;

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname === "/source") {
      const { entry, source, limitMs } = await request.json();
      code = {
        compatibilityDate: "2026-01-01",
        mainModule: "main.js",
        modules: { "main.js": entry, "hook.js": source },
        globalOutbound: null,
        limits: { cpuMs: limitMs },
      };
      return new Response("kept");
    }
    if (pathname === "/idle") return new Response("{}");
    // An unused name, so that no loaded worker is reused.
    const worker = env.LOADER.get(`run-${(count += 1)}`, () => code);
    const inner = new Request("http://hook/", { method: "POST", body: await request.text() });
    return worker.getEntrypoint().fetch(inner);
  },
};
