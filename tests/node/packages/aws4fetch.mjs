// aws4fetch
import { AwsV4Signer } from "aws4fetch";
const check = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`);
export default async () => {
  const signed = await new AwsV4Signer({ url: "https://sqs.eu-central-1.amazonaws.com/?Action=ListQueues", accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", datetime: "20240102T030405Z" }).sign();
  check("authorization", signed.headers.get("authorization"));
  check("date", signed.headers.get("x-amz-date"));
  check("url", signed.url.href);
};
