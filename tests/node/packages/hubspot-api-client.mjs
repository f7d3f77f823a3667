// @hubspot/api-client, its contacts alone (`@hubspot/api-client/lib/codegen/crm/contacts`)
import contacts from "@hubspot/api-client/lib/codegen/crm/contacts/index.js";

const { BasicApi, IsomorphicFetchHttpLibrary, ResponseContext, SearchApi, ServerConfiguration, createConfiguration } = contacts;
const check = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`);
const FOUND = { total: 1, results: [{ id: "501", properties: { email: "alice@example.com" }, createdAt: "2026-01-01T00:00:00.000Z", updatedAt: "2026-01-02T00:00:00.000Z", archived: false }] };

export default async ({ context: { server } }) => {
  const client = new IsomorphicFetchHttpLibrary();
  // The server says what came; the client gets what HubSpot says.
  const send = (request) => client.send(request).pipe(async (response) => {
    const { method, url, headers, body } = JSON.parse(await response.body.text());
    check("asked", [response.httpStatusCode, method, url, headers.authorization, headers["content-type"], JSON.parse(body)]);
    return new ResponseContext(200, { "content-type": "application/json" }, { text: async () => JSON.stringify(FOUND) });
  });
  const authMethods = { oauth2: { accessToken: "token" } };
  const api = new SearchApi(createConfiguration({ baseServer: new ServerConfiguration(server, {}), httpApi: { send }, authMethods }));
  const found = await api.doSearch({ filterGroups: [{ filters: [{ propertyName: "email", operator: "EQ", value: "alice@example.com" }] }], properties: ["email"], limit: 1 });
  check("found", [found.total, found.results[0].id, found.results[0].properties.email, found.results[0].createdAt instanceof Date, found.results[0].updatedAt.getTime()]);
  const failing = new BasicApi(createConfiguration({ baseServer: new ServerConfiguration(`${server}/missing?`, {}), authMethods }));
  check("missing", await failing.getById("501", ["email"]).catch((error) => [error.code, error.message]));
};
