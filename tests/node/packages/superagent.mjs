// superagent
import request from "superagent";
const check = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`);
export default async ({ context: { server } }) => {
  const agent = request.agent().set("X-Client", "hook").timeout(5000);
  check("get", await agent.get(server + "/echo").query({ a: 1 }).then(({ status, body, headers }) => [status, body.url, body.headers["x-client"], headers["x-served-by"]]));
  check("post", await request.post(server + "/p").send({ name: "ü" }).then(({ body }) => [body.method, body.headers["content-type"], body.body]));
  check("form", await request.post(server + "/p").type("form").send({ a: "ä b" }).then(({ body }) => [body.headers["content-type"], body.body]));
  check("basic", await request.get(server + "/echo").auth("id", "secret").then(({ body }) => body.headers.authorization));
  check("missing", await request.get(server + "/missing").catch((error) => [error.message, error.status, error.response.body]));
  check("redirect", await request.get(server + "/redirect").then(({ status, body }) => [status, body.url]));
  check("timeout", await request.get(server + "/never").timeout(20).catch((error) => [error.code, error.timeout]));
};
