// @hubspot/api-client, all of it: more than may be published.
import { Client } from "@hubspot/api-client";

export default () => new Client({ accessToken: "token" });
