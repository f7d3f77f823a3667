// workerd: its worker loader creates a worker for each run, called over one local connection.
//
// The timer is outside, because the clock inside stops while a worker computes: a figure includes one HTTP exchange.

import { spawn } from "node:child_process";
import { once } from "node:events";
import http from "node:http";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import packaged from "workerd";

/** A worker that does for an event what the others do. */
const ENTRY = `import respond from "./hook.js";
export default {
  async fetch(request) {
    const { event, hook } = await request.json();
    return new Response(JSON.stringify(await respond(JSON.parse(event), JSON.parse(hook))));
  },
};
`;

export async function open(source, { limitMs }) {
  const config = fileURLToPath(new URL("workerd/config.capnp", import.meta.url));
  const options = ["serve", "--experimental", "--control-fd=3", config];
  const server = spawn(packaged.default, options, { stdio: ["ignore", "inherit", "inherit", "pipe"] });
  server.on("exit", (code, signal) => {
    if (!server.killed) {
      console.error(`workerd ended with ${code ?? signal}`);
      process.exit(1);
    }
  });
  const [line] = await once(createInterface(server.stdio[3]), "line");
  const { port } = JSON.parse(line);
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const post = async (path, body) => {
    const request = http.request({ agent, port, path, method: "POST" });
    request.end(body);
    const [response] = await once(request, "response");
    let text = "";
    for await (const part of response.setEncoding("utf8")) text += part;
    if (response.statusCode !== 200) throw new Error(`${response.statusCode}: ${text.slice(0, 300)}`);
    return text;
  };
  await post("/source", JSON.stringify({ entry: ENTRY, source, limitMs }));
  return {
    run: (input) => post("/run", JSON.stringify(input)),
    /** The exchange without a worker. */
    idle: () => post("/idle", ""),
    close() {
      agent.destroy();
      server.kill("SIGKILL");
    },
  };
}
