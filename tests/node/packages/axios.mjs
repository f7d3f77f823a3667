// axios
import axios from "axios";
const check = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`);
export default async ({ context: { server } }) => {
  const client = axios.create({ baseURL: server, timeout: 5000, headers: { "X-Client": "hook" } });
  check("get", await client.get("/echo", { params: { a: 1, b: ["x", "y"] } }).then(({ status, data, headers }) => [status, data.url, data.headers["x-client"], headers["x-served-by"]]));
  check("post", await client.post("/p", { name: "ü" }).then(({ data }) => [data.method, data.headers["content-type"], data.body]));
  check("missing", await client.get("/missing").catch((error) => [error.name, error.code, error.response.status, error.response.data]));
  check("redirect", await client.get("/redirect").then(({ status, data }) => [status, data.url]));
  check("interceptor", await (async () => { const own = axios.create({ baseURL: server }); own.interceptors.request.use((config) => { config.headers.set("x-added", "1"); return config; }); return (await own.get("/echo")).data.headers["x-added"]; })());
  // The build for Node has another code than that for browsers.
  check("timeout", await axios.get(server + "/never", { timeout: 20 }).catch((error) => ["ECONNABORTED", "ETIMEDOUT"].includes(error.code)));
};
