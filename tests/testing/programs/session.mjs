// A session manager on AWS's SDK for JavaScript and fetch, as in production.
import { createRequire } from "node:module";

const sdk = createRequire(process.env.SDK_FOUND_FROM)("@aws-sdk/client-lambda-microvms");
const { LambdaMicrovms } = sdk;
const client = new LambdaMicrovms({});
const started = await client.runMicrovm({ imageIdentifier: process.argv[2] });
const microvmIdentifier = started.microvmId;
while ((await client.getMicrovm({ microvmIdentifier })).state !== "RUNNING") {}
const { authToken } = await client.createMicrovmAuthToken({
  microvmIdentifier,
  expirationInMinutes: 5,
  allowedPorts: [{ port: 8080 }],
});
const response = await fetch(`https://${started.endpoint}/`, { headers: authToken });
console.log(await response.text());
await client.terminateMicrovm({ microvmIdentifier });
