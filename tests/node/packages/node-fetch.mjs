// node-fetch
import fetch, { Headers } from "node-fetch";
const check = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`);
export default async ({ context: { server } }) => {
  check("get", await fetch(server + "/echo?x=1").then(async (response) => [response.status, (await response.json()).url]));
  check("post", await fetch(server + "/p", { method: "POST", body: "text", headers: { "X-A": "1" } }).then((response) => response.json()).then((data) => [data.method, data.body, data.headers["x-a"]]));
  check("headers", [...new Headers({ A: "b" })]);
};
