// @aws-sdk/client-eventbridge
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
const check = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`);
export default async ({ context: { server } }) => {
  const client = new EventBridgeClient({ region: "eu-central-1", endpoint: server, credentials: { accessKeyId: "a", secretAccessKey: "b" }, maxAttempts: 1 });
  const response = await client.send(new PutEventsCommand({ Entries: [{ Source: "hook", DetailType: "login", Detail: "{}" }] }));
  check("sent", response.$metadata.httpStatusCode);
};
