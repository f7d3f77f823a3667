// Asks a risk service to score a registration, and refuses high scores.
import type { Events, Hook, Results } from "../../../hookpoint";
import { emailOf } from "../../lib/customer";
import { url } from "../../lib/query";
import { type Call, call } from "../../lib/request";

type Stage = "beforeRegistration";

/** What services may know of the customer. */
interface Subject {
  ip: string | undefined;
  email: string | undefined;
}

/** How a service is asked, and where its score is. */
interface Service {
  request: Call;
  /** The score from 0 to 100; anything else counts as none. */
  scoreOf: (body: any) => unknown;
}

export default async function riskScoreGate(event: Events[Stage], hook: Hook): Promise<Results[Stage]> {
  const { request, scoreOf } = serviceOf(hook, { ip: event.customer?.ipAddress, email: emailOf(event) });
  const { json } = await call(hook, {
    ...request,
    failure: (body) => (isScore(scoreOf(body)) ? undefined : (body.code ?? body.error ?? "no-score")),
  });
  const score = Number(scoreOf(json));
  if (score >= denyFrom(hook)) {
    const description = hook.variables.RiskScoreMessage ?? "We cannot register you here. Please contact us.";
    return { deny: { error: "risk-score", description } };
  }
  const attribute = hook.variables.RiskScoreAttribute ?? "";
  return {
    session: { ...event.session, riskScore: score },
    ...(attribute === "" ? {} : { attributes: { [attribute]: score } }),
  };
}

function isScore(value: unknown): boolean {
  return typeof value === "number" && value >= 0 && value <= 100;
}

/** The limit. One that is no number must not let everyone pass. */
function denyFrom(hook: Hook): number {
  const limit = Number(hook.variables.RiskScoreDenyFrom ?? "80");
  return limit >= 0 ? limit : 80;
}

function serviceOf(hook: Hook, { ip, email }: Subject): Service {
  const key = hook.secrets.RiskScoreKey ?? "";
  const account = hook.variables.RiskScoreAccount ?? "";
  const host = hook.variables.RiskScoreHost ?? "minfraud.maxmind.com";
  switch (hook.variables.RiskScoreService ?? "minfraud") {
    case "minfraud":
      return {
        request: {
          vendor: "MaxMind",
          method: "POST",
          url: url`https://${host}/minfraud/v2.0/score`,
          headers: { authorization: `Basic ${Buffer.from(`${account}:${key}`).toString("base64")}` },
          json: {
            event: { type: "account_creation" },
            ...(ip === undefined ? {} : { device: { ip_address: ip } }),
            ...(email === undefined ? {} : { email: { address: email, domain: email.split("@").at(-1) } }),
          },
        },
        scoreOf: (body) => body.risk_score,
      };
    case "abuseipdb":
      if (ip === undefined) throw new Error("the event has no IP address, which is all that AbuseIPDB scores");
      return {
        request: {
          vendor: "AbuseIPDB",
          url: url`https://${host}/api/v2/check?ipAddress=${ip}&maxAgeInDays=90`,
          headers: { key },
        },
        scoreOf: (body) => body.data?.abuseConfidenceScore,
      };
    case "deduce":
      return {
        request: {
          vendor: "Deduce",
          method: "POST",
          url: url`https://${host}/insights`,
          json: { site: account, apikey: key, ip, email, action: "auth.success.password", test: false },
        },
        // A word instead of a number: only TRUSTED is no risk.
        scoreOf: ({ data }) => (typeof data?.score === "string" ? (data.score === "TRUSTED" ? 0 : 100) : undefined),
      };
    default:
      return {
        request: {
          vendor: "the risk service",
          method: "POST",
          url: url`https://${host}` + (hook.variables.RiskScorePath ?? "/score"),
          headers: { authorization: `Bearer ${key}` },
          json: { action: "registration", ip, email, correlationId: hook.correlationId },
        },
        scoreOf: (body) => memberOf(body, hook.variables.RiskScoreMember ?? "score"),
      };
  }
}

/** The member at a dotted path; `undefined` when there is none. */
function memberOf(body: any, path: string): unknown {
  return path.split(".").reduce((value, name) => (Object.hasOwn(Object(value), name) ? value[name] : undefined), body);
}
