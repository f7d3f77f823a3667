// axios-1.6
import axios from "axios-1.6";
const check = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`);
export default async ({ context: { server } }) => {
  const client = axios.create({ baseURL: server, timeout: 5000, headers: { "X-Client": "hook" } });
  check("get", await client.get("/echo", { params: { a: 1, b: ["x", "y"] } }).then(({ status, data, headers }) => [status, data.url, data.headers["x-client"], headers["x-served-by"]]));
  check("post", await client.post("/p", { name: "ü" }).then(({ data }) => [data.method, data.headers["content-type"], data.body]));
  check("missing", await client.get("/missing").catch((error) => [error.name, error.code, error.response.status, error.response.data]));
  check("redirect", await client.get("/redirect").then(({ status, data }) => [status, data.url]));
  check("interceptor", await (async () => { const own = axios.create({ baseURL: server }); own.interceptors.request.use((config) => { config.headers.set("x-added", "1"); return config; }); return (await own.get("/echo")).data.headers["x-added"]; })());
  // This version leaves a request that took too long as it is; the sandbox says so in the log.
};
