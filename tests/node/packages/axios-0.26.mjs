// axios-0.26
import axios from "axios-0.26";
const check = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`);
export default async ({ context: { server } }) => {
  const client = axios.create({ baseURL: server, timeout: 5000, headers: { "X-Client": "hook" }, auth: { username: "id", password: "secret" } });
  check("get", await client.get("/echo", { params: { a: 1, b: ["x", "y"] } }).then(({ status, data, headers }) => [status, data, headers["x-served-by"]]));
  check("post", await client.post("/p", { name: "ü" }).then(({ data }) => [data.method, data.headers["content-type"], data.body]));
  check("form", await client.post("/p", new URLSearchParams({ a: "ä b" })).then(({ data }) => [data.headers["content-type"], data.body]));
  check("bytes", await client.get("/bytes", { responseType: "arraybuffer" }).then(({ data }) => [Buffer.isBuffer(data), data.length]));
  check("missing", await client.get("/missing").catch((error) => [axios.isAxiosError(error), error.message, error.response.status, error.response.data]));
  check("redirect", await client.get("/redirect").then(({ status, data }) => [status, data.url]));
  check("interceptor", await (async () => { const own = axios.create({ baseURL: server }); own.interceptors.request.use((config) => { config.headers["x-added"] = "1"; return config; }); return (await own.get("/echo")).data.headers["x-added"]; })());
  check("timeout", await axios.get(server + "/never", { timeout: 20 }).catch((error) => [error.code, error.message]));
  check("cancelled", await (async () => { const { token, cancel } = axios.CancelToken.source(); const waiting = axios.get(server + "/never", { cancelToken: token }); setTimeout(() => cancel("enough"), 5); return waiting.catch((error) => [axios.isCancel(error), error.message]); })());
};
