// ky
import ky from "ky";
const check = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`);
export default async ({ context: { server } }) => {
  check("json", await ky.post(server + "/p", { json: { a: 1 } }).json());
  check("missing", await ky(server + "/missing", { retry: 0 }).catch((error) => [error.name, error.response.status]));
  check("query", (await ky(server + "/echo", { searchParams: { q: "ä" } }).json()).url);
};
