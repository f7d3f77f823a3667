// request-promise-native
const rp = require("request-promise-native");
const check = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`);
module.exports = async ({ context: { server } }) => {
  check("get", await rp({ uri: server + "/echo", qs: { a: 1 }, json: true }).then((data) => [data.method, data.url]));
  check("post", await rp({ method: "POST", uri: server + "/p", body: { b: 2 }, json: true }).then((data) => [data.method, data.body]));
  check("missing", await rp(server + "/missing").catch((error) => [error.name, error.statusCode]));
};
