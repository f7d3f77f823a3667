// One container of a Node.js function behind a function URL: `container.js CODE TIMEOUT_SECONDS`. Requests are served one by one.
//
// `POST /~advance?<seconds>` moves its wall clock.
"use strict";

const { createServer } = require("node:http");
const { resolve } = require("node:path");

const realNow = Date.now;
let ahead = 0;
Date.now = () => realNow() + ahead;

const [, , path, timeout] = process.argv;
const { handler } = require(resolve(path));
let last = Promise.resolve();

async function serve(request, response) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const [rawPath, rawQueryString = ""] = request.url.split("?");
  if (rawPath === "/~advance") {
    ahead += Number(rawQueryString) * 1000;
    return response.writeHead(204, { connection: "close" }).end();
  }
  const text = /^(text\/|application\/json)/.test(request.headers["content-type"] ?? "");
  const deadline = performance.now() + Number(timeout) * 1000;
  const answer = await handler(
    {
      version: "2.0",
      routeKey: "$default",
      rawPath,
      rawQueryString,
      headers: request.headers,
      requestContext: { http: { method: request.method, path: rawPath } },
      body: body.toString(text ? "utf8" : "base64"),
      isBase64Encoded: !text,
    },
    { getRemainingTimeInMillis: () => Math.max(0, Math.round(deadline - performance.now())) },
  );
  response.writeHead(answer.statusCode, { ...answer.headers, connection: "close" }).end(answer.body);
}

const server = createServer((request, response) => {
  last = last.then(() => serve(request, response));
});
server.listen(0, "127.0.0.1", () => console.log(`listening on ${server.address().port}`));
