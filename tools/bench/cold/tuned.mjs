// The same, tuned: everything is read while the module loads, and `node:http` loads faster than `fetch`.
import http from "node:http";

import { answer, application, binding, request, secret } from "./reads.mjs";
import { exchange, serve } from "./runtime.mjs";

const ahead = [application(), binding()];
if (process.env.PEER_SECRET) ahead.push(secret(process.env.PEER_SECRET));
for (const read of ahead) read.catch(() => {});
const agent = new http.Agent({ keepAlive: true });

serve(async (event) => {
  const [{ ingestKeys }, hook] = await Promise.all([application(), binding()]);
  if (ingestKeys.length === 0 || !event.headers.authorization) return { statusCode: 401 };
  if (!hook.url) return answer(hook.response);
  const { hostname, port, pathname } = new URL(hook.url);
  const options = { ...request(await secret(hook.secret)), agent, hostname, port, path: pathname };
  options.headers["content-length"] = Buffer.byteLength(event.body);
  return answer(JSON.parse((await exchange(options, event.body)).body));
});
