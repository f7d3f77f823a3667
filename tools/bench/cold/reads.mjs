// What a hand-written hook reads from AWS, and for how long it keeps it.
import { DynamoDBClient, GetItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";

const table = process.env.HOOKPOINT_TABLE;
const dynamodb = new DynamoDBClient();
const secretsManager = new SecretsManagerClient();

function kept(milliseconds, load) {
  let value;
  let loaded = -Infinity;
  return () => {
    if (performance.now() - loaded > milliseconds) {
      loaded = performance.now();
      value = load();
    }
    return value;
  };
}

export const application = kept(10_000, async () => {
  const Key = { pk: { S: `application#${process.env.PEER_APPLICATION}` }, sk: { S: "meta" } };
  const { Item } = await dynamodb.send(new GetItemCommand({ TableName: table, Key }));
  return JSON.parse(Item.body.S);
});

export const binding = kept(10_000, async () => {
  const query = new QueryCommand({
    TableName: table,
    KeyConditionExpression: "pk = :pk AND begins_with(sk, :sk)",
    ExpressionAttributeValues: { ":pk": { S: process.env.PEER_PARTITION }, ":sk": { S: "binding#" } },
  });
  const { Items } = await dynamodb.send(query);
  if (Items.length === 0) throw new Error("nothing is bound");
  // It stands in for the hook, so that this program need not read one.
  return JSON.parse(process.env.PEER_HOOK);
});

const secrets = new Map();

export function secret(SecretId) {
  if (!secrets.has(SecretId)) {
    const load = async () => (await secretsManager.send(new GetSecretValueCommand({ SecretId }))).SecretString;
    secrets.set(SecretId, kept(300_000, load));
  }
  return secrets.get(SecretId)();
}

/** The request of a webhook. */
export function request(token) {
  return {
    method: "POST",
    headers: { "content-type": "application/json", "webhook-id": crypto.randomUUID(), "x-token": token },
  };
}

export function answer(response) {
  return { statusCode: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(response) };
}
