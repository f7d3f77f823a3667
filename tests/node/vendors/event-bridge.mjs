// Announces each registration on an event bus, and refuses those that it cannot announce.
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";

export default async function (event, hook) {
  const client = new EventBridgeClient({
    region: "eu-central-1",
    endpoint: hook.variables.EventsUrl,
    credentials: { accessKeyId: hook.variables.AccessKey, secretAccessKey: hook.secrets.SecretKey },
    maxAttempts: 2,
  });
  const detail = { email: event.customer.attributes.emails.primaryEmail, country: event.customer.location.countryCode };
  const { FailedEntryCount, Entries } = await client.send(new PutEventsCommand({
    Entries: [{ EventBusName: "customers", Source: "shop", DetailType: "CustomerRegistration", Detail: JSON.stringify(detail) }],
  }));
  if (FailedEntryCount > 0) {
    console.log("not announced:", Entries[0].ErrorCode);
    return { deny: { error: "not-announced", description: "Please come back in a few minutes." } };
  }
  return { attributes: { announcement: Entries[0].EventId } };
}
