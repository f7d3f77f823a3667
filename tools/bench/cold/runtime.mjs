// The Runtime API: one event after another, over one connection.
import http from "node:http";

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const invocation = "/2018-06-01/runtime/invocation";

export function exchange(options, body) {
  return new Promise((resolve, reject) => {
    const request = http.request(options, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => resolve({ headers: response.headers, body: Buffer.concat(chunks) }));
      response.on("error", reject);
    });
    request.on("error", reject);
    request.end(body);
  });
}

export async function serve(handle) {
  for (;;) {
    const event = await exchange({ host, port, agent, path: `${invocation}/next` });
    const id = event.headers["lambda-runtime-aws-request-id"];
    const answer = JSON.stringify(await handle(JSON.parse(event.body)));
    const headers = { "content-length": Buffer.byteLength(answer) };
    await exchange({ host, port, agent, method: "POST", headers, path: `${invocation}/${id}/response` }, answer);
  }
}
