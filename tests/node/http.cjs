// http and https as clients.

const http = require("http");
const https = require("https");
const { URL } = require("url");
const { pipeline } = require("stream/promises");
const { Writable } = require("stream");
const check = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`);
const caught = (call) => { try { return call(); } catch (error) { return [error.name, error.code]; } };

function exchange(make, body) {
  return new Promise((resolve, reject) => {
    const request = make((response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("end", () => resolve({ status: response.statusCode, message: response.statusMessage, headers: response.headers, text: Buffer.concat(parts).toString() }));
      response.on("error", reject);
    });
    request.on("error", reject);
    if (body !== undefined) request.write(body);
    request.end();
  });
}

module.exports = async ({ context }) => {
  const { server } = context;
  const url = new URL(server);
  const got = await exchange((then) => http.get(`${server}/echo?a=1`, then));
  check("get", [got.status, got.message, got.headers["x-served-by"], got.headers["content-type"], JSON.parse(got.text)]);
  const posted = await exchange((then) => http.request({ hostname: url.hostname, port: url.port, path: "/p?q", method: "POST", headers: { "Content-Type": "application/json", "X-Custom": "1" } }, then), '{"a":"ü"}');
  check("post", JSON.parse(posted.text));
  check("URL and options", JSON.parse((await exchange((then) => http.request(new URL("/u", server), { method: "put", headers: { "x-a": ["1", "2"] }, auth: "id:secret" }, then), "body")).text));
  check("not found", await exchange((then) => http.get(`${server}/missing`, then)).then(({ status, text, headers }) => [status, text, headers["x-reason"]]));
  check("redirects are not followed", await exchange((then) => http.get(`${server}/redirect`, then)).then(({ status, headers }) => [status, headers.location]));
  check("cookies", await exchange((then) => http.get(`${server}/cookies`, then)).then(({ headers }) => headers["set-cookie"]));
  check("no content", await exchange((then) => http.get(`${server}/empty`, then)).then(({ status, text }) => [status, text]));
  check("encoding", await new Promise((resolve) => http.get(`${server}/echo`, (response) => {
    response.setEncoding("utf8");
    let text = "";
    response.on("data", (part) => { text += part; });
    response.on("end", () => resolve([typeof text, response.complete, response.httpVersion]));
  })));
  check("async iteration", await new Promise((resolve) => http.get(`${server}/bytes`, async (response) => {
    let length = 0;
    for await (const part of response) length += part.length;
    resolve(length);
  })));
  check("pipeline", await new Promise((resolve) => http.get(`${server}/bytes`, async (response) => {
    const parts = [];
    await pipeline(response, new Writable({ write(part, encoding, done) { parts.push(part); done(); } }));
    resolve(Buffer.concat(parts).length);
  })));
  const agent = new http.Agent({ keepAlive: true, maxSockets: 5 });
  check("agent", [await exchange((then) => http.get(`${server}/echo`, { agent }, then)).then(({ status }) => status), agent.maxSockets, agent.keepAlive, agent instanceof http.Agent]);
  agent.destroy();
  const events = [];
  await new Promise((resolve) => {
    const request = http.request(`${server}/echo`, { method: "POST" });
    for (const name of ["socket", "finish", "response", "close"]) request.on(name, () => events.push(name));
    request.on("response", (response) => { response.resume(); response.on("end", () => setTimeout(resolve, 5)); });
    request.end("x");
  });
  check("events", [events.includes("socket"), events.indexOf("finish") < events.indexOf("response"), events.at(-1)]);
  const request = http.request(`${server}/echo`);
  request.setHeader("X-One", "1");
  check("headers", [request.getHeader("x-one"), request.hasHeader("X-ONE"), request.getHeaderNames(), request.method, request.path, request.protocol, (request.removeHeader("x-one"), request.hasHeader("x-one"))]);
  check("bad header", [caught(() => request.setHeader("a b", "c")), caught(() => request.setHeader("a", "b\n")), caught(() => request.setHeader("a", undefined))]);
  request.on("error", () => {});
  request.destroy();
  check("bad protocol", [caught(() => http.get("https://a.b/")), caught(() => https.get("http://a.b/")), caught(() => http.get("ftp://a.b/"))]);
  check("bad URL", caught(() => http.get("nope")));
  check("bad path", caught(() => http.get({ path: "/a b" })));
  check("destroyed", await new Promise((resolve) => {
    const stopped = http.get(`${server}/never`);
    stopped.on("error", (error) => resolve([error.message, error.code]));
    setTimeout(() => stopped.destroy(), 5);
  }));
  check("destroyed with an error", await new Promise((resolve) => {
    const stopped = http.get(`${server}/never`);
    stopped.on("error", (error) => resolve(error.message));
    setTimeout(() => stopped.destroy(new Error("mine")), 5);
  }));
  check("timeout", await new Promise((resolve) => {
    const slow = http.get(`${server}/never`, { timeout: 10 });
    slow.on("timeout", () => { slow.destroy(new Error("too slow")); });
    slow.on("error", (error) => resolve(error.message));
  }));
  check("aborted", await new Promise((resolve) => {
    const controller = new AbortController();
    const aborted = http.get(`${server}/never`, { signal: controller.signal });
    aborted.on("error", (error) => resolve([error.name, error.code]));
    setTimeout(() => controller.abort(), 5);
  }));
  check("exports", [http.METHODS.includes("PATCH"), http.STATUS_CODES[418], typeof https.Agent, https.globalAgent.protocol, http.globalAgent.defaultPort, typeof http.ClientRequest, typeof http.IncomingMessage]);
};
