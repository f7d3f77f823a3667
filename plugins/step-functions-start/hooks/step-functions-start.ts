// Starts an execution of a state machine for each event.
import type { Events, Hook } from "../../../hookpoint";
import { jsonHeaders, signed } from "../../lib/aws";
import { sha256 } from "../../lib/hash";
import { url } from "../../lib/query";
import { VendorError, call } from "../../lib/request";

type Stage = "afterRegistration" | "afterIdentityVerification" | "afterConsentUpdate" | "afterAccountDeletion";

/** Data of the journey, which the state machine does not get. */
const LEFT_OUT = new Set(["session", "oidcContext", "continueContext", "continueRequestParameters"]);

/** The most bytes of an input as it is sent, as JSON inside JSON: a request may have 256 KB. */
const MOST_BYTES = 250_000;

export default async function start(event: Events[Stage], hook: Hook): Promise<void> {
  const region = hook.variables.StepFunctionsRegion ?? "";
  const stateMachineArn = hook.variables.StepFunctionsArn ?? "";
  if (stateMachineArn.split(":")[3] !== region) {
    throw new Error(`the variable StepFunctionsArn names a state machine outside ${region}`);
  }
  const input = inputOf(event);
  try {
    await call(hook, {
      vendor: "Step Functions",
      method: "POST",
      url: url`https://states.${region}.amazonaws.com/`,
      headers: jsonHeaders("AWSStepFunctions.StartExecution", "1.0"),
      json: {
        stateMachineArn,
        ...(hook.variables.StepFunctionsOnce === "no" ? {} : { name: nameOf(event, hook, input) }),
        input,
      },
      sign: signed(
        {
          accessKeyId: hook.secrets.StepFunctionsAccessKeyId ?? "",
          secretAccessKey: hook.secrets.StepFunctionsSecretAccessKey ?? "",
        },
        region,
        "states",
      ),
      failure: (body) => (typeof body.executionArn === "string" ? undefined : (body.__type ?? "no-execution")),
    });
  } catch (error) {
    if (!(error instanceof VendorError) || !/[(#]ExecutionAlreadyExists\)/.test(error.message)) throw error;
    console.log("the execution exists: this event was delivered before");
  }
}

function inputOf(event: Events[Stage]): string {
  const input = JSON.stringify(Object.fromEntries(Object.entries(event).filter(([name]) => !LEFT_OUT.has(name))));
  const bytes = new TextEncoder().encode(JSON.stringify(input)).length;
  // A workflow that misses half of its input does the wrong thing: better none.
  if (bytes > MOST_BYTES) throw new Error(`the event is too large for an input of Step Functions: ${bytes} bytes`);
  return input;
}

/** One name for each event: it is the same when the event is delivered again, and another one for another event. */
function nameOf(event: Events[Stage], hook: Hook, input: string): string {
  const hash = sha256(`${hook.correlationId} ${input}`).slice(0, 32);
  return `${event.eventType}-${hash}`;
}
