//! Signed webhooks, checked with the official verifiers.

pub(crate) mod verifiers;

use std::{
    collections::HashMap,
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};

use hookpoint_engine::{
    Arrival, Engine, Ports, Runners,
    event::Event,
    record::report::PassReport,
    stages::Stage,
    testing::{FixedSecrets, MemoryStore, ports},
};
use hookpoint_webhook::{GuardedClient, WebhookHooks};
use hookpoint_workspace::Workspace;
use serde_json::json;

use self::verifiers::{ACCEPTED, Case, NO_MATCH, TOO_OLD, verdicts};
use crate::receiver::{Received, Receiver};

const STAGE: Stage = Stage::ConversationEnd;
/// The endpoint's original secret.
const OLD: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
/// The secret that replaces it.
const NEW: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
/// The secret of a test installation.
const TEST: &str = "whsec_//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA=";
/// The value of a secret that is not a signing secret.
const TOKEN: &str = "s3cr3t-t0k3n";

const WORKSPACE: &str = "
version: 1
secrets: [Old, New, Test, Token, Absent]
applications:
  bot: { kind: conversation }
hooks:
  unsigned: { webhook: 'http://RECEIVER/unsigned' }
  one: { webhook: { url: 'http://RECEIVER/one', signingSecrets: Old } }
  rotation: { webhook: { url: 'http://RECEIVER/rotation', signingSecrets: [New, Old] } }
  no-key: { webhook: { url: 'http://RECEIVER/no-key', signingSecrets: [Old, Token] } }
  no-value: { webhook: { url: 'http://RECEIVER/no-value', signingSecrets: [Old, Absent] } }
bindings:
  - { application: bot, stage: conversationEnd, hook: unsigned }
  - { application: bot, stage: conversationEnd, hook: one }
  - { application: bot, stage: conversationEnd, hook: one, id: test, secrets: { Old: Test }, when: { context.channelType: Test } }
  - { application: bot, stage: conversationEnd, hook: rotation }
  - { application: bot, stage: conversationEnd, hook: no-key }
  - { application: bot, stage: conversationEnd, hook: no-value }
local: { allowHttpHosts: [127.0.0.1], allowNetworks: [127.0.0.1/32] }
";

/// A receiver and a signing engine.
struct Stand {
    receiver: Receiver,
    engine: Engine,
}

impl Stand {
    async fn new() -> Self {
        let names = ["unsigned", "one", "rotation", "no-key", "no-value"];
        let reply: crate::receiver::Reply = serde_json::from_value(json!({})).unwrap();
        let replies = names.map(|name| (name.to_owned(), vec![reply.clone()]));
        let receiver = Receiver::start(HashMap::from(replies)).await;
        let yaml = WORKSPACE.replace("RECEIVER", &format!("127.0.0.1:{}", receiver.port));
        let workspace = Workspace::parse(&yaml, "hookpoint.yaml", Path::new("."))
            .unwrap_or_else(|errors| panic!("{errors}"));
        let store = Arc::new(MemoryStore::holding(workspace.desired()));
        let secrets = [("Old", OLD), ("New", NEW), ("Test", TEST), ("Token", TOKEN)];
        let egress = workspace.local().egress();
        let client = Arc::new(GuardedClient::new(egress.clone()));
        let ports = Ports {
            secrets: Arc::new(FixedSecrets::shared(&secrets)),
            ..ports(store)
        };
        let webhooks = Arc::new(WebhookHooks::new(client));
        Self {
            receiver,
            engine: Engine::new(ports, Runners::new(webhooks, None, egress)),
        }
    }

    /// Posts an event at a given time and returns the requests that arrived.
    async fn post(&self, channel: &str, now: SystemTime) -> (PassReport, Vec<Received>) {
        // Content that changes when parsed and serialised again: digits, spaces and non-ASCII letters.
        let event = json!({
            "eventType": STAGE.id(),
            "context": {
                "channelType": channel,
                "conversationId": "c-1",
                "lastUtterance": "Grüße  aus 東京 \u{1f6cd}\u{2028}",
                "order": serde_json::from_str::<serde_json::Value>("12345678901234567890.10").unwrap(),
            }
        });
        let event = Event::parse(STAGE, event.to_string().as_bytes()).unwrap();
        let arrival = Arrival {
            correlation_id: "6f1c2a52-7c9e-4d7e-8d36-90b8c5f0a1c4".to_owned(),
            traceparent: None,
            now,
            received: tokio::time::Instant::now(),
        };
        let before = self.receiver.received().len();
        let report = self
            .engine
            .run_without_key(&"bot".parse().unwrap(), &event, &arrival)
            .await
            .unwrap();
        (report, self.receiver.received().split_off(before))
    }
}

/// The request to a path, for a receiver with this secret.
fn case(received: &[Received], path: &str, secret: &str) -> Case {
    let mut requests = received.iter().filter(|request| request.path == path);
    let request = requests.next().unwrap();
    assert!(requests.next().is_none(), "two requests to {path}");
    Case {
        secret: secret.to_owned(),
        headers: request
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect(),
        body: String::from_utf8(request.raw.to_vec()).unwrap(),
    }
}

/// A request changed in transit.
fn altered(case: &Case, change: impl Fn(&mut Case)) -> Case {
    let mut other = case.clone();
    change(&mut other);
    assert!(
        other.headers != case.headers || other.body != case.body,
        "nothing was changed"
    );
    other
}

fn change_id(case: &mut Case) {
    case.headers.get_mut("webhook-id").unwrap().push('0');
}

/// Changes it by one second, so that it is not refused for its age.
fn change_timestamp(case: &mut Case) {
    let timestamp = case.headers.get_mut("webhook-timestamp").unwrap();
    *timestamp = (timestamp.parse::<u64>().unwrap() - 1).to_string();
}

fn change_body(case: &mut Case) {
    case.body = case.body.replacen("c-1", "c-2", 1);
}

/// Serialises the body again: equal JSON, different bytes.
fn rewrite_body(case: &mut Case) {
    case.body.push('\n');
}

fn drop_first_signature(case: &mut Case) {
    let signatures = case.headers.get_mut("webhook-signature").unwrap();
    *signatures = signatures.split_once(' ').unwrap().1.to_owned();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_official_verifiers_accept_what_was_sent_and_nothing_else() {
    let stand = Stand::new().await;
    let now = SystemTime::now();
    let (_, fresh) = stand.post("Web", now).await;
    let (_, recent) = stand.post("Web", now - Duration::from_mins(4)).await;
    let (_, old) = stand
        .post("Web", now - Duration::from_secs(5 * 60 + 2))
        .await;

    let one = case(&fresh, "one", OLD);
    let both = |secret| case(&fresh, "rotation", secret);
    let mut cases = vec![
        ("one key", one.clone(), ACCEPTED),
        (
            "one key, not the receiver's",
            case(&fresh, "one", NEW),
            NO_MATCH,
        ),
        (
            "two keys, the receiver has the old one",
            both(OLD),
            ACCEPTED,
        ),
        (
            "two keys, the receiver has the new one",
            both(NEW),
            ACCEPTED,
        ),
        ("two keys, the receiver has another", both(TEST), NO_MATCH),
        (
            "the new key comes first",
            altered(&both(NEW), drop_first_signature),
            NO_MATCH,
        ),
        (
            "the old key comes second",
            altered(&both(OLD), drop_first_signature),
            ACCEPTED,
        ),
        ("four minutes old", case(&recent, "one", OLD), ACCEPTED),
        ("five minutes old", case(&old, "one", OLD), TOO_OLD),
        (
            "five minutes old, old key",
            case(&old, "rotation", OLD),
            TOO_OLD,
        ),
        (
            "five minutes old, new key",
            case(&old, "rotation", NEW),
            TOO_OLD,
        ),
    ];
    for genuine in [one, both(OLD), both(NEW)] {
        cases.extend([
            ("another id", altered(&genuine, change_id), NO_MATCH),
            (
                "another time",
                altered(&genuine, change_timestamp),
                NO_MATCH,
            ),
            ("another body", altered(&genuine, change_body), NO_MATCH),
            (
                "a rewritten body",
                altered(&genuine, rewrite_body),
                NO_MATCH,
            ),
        ]);
    }
    let sent: Vec<Case> = cases.iter().map(|(_, case, _)| case.clone()).collect();
    let verdicts = tokio::task::spawn_blocking(move || verdicts(&sent))
        .await
        .unwrap();
    for (verifier, verdicts) in verdicts {
        assert_eq!(verdicts.len(), cases.len(), "{verifier}");
        for ((situation, case, expected), verdict) in cases.iter().zip(verdicts) {
            assert_eq!(verdict, *expected, "{verifier}, {situation}: {case:?}");
        }
    }
}

#[tokio::test]
async fn a_binding_signs_with_its_own_key_and_an_unsigned_hook_not_at_all() {
    let stand = Stand::new().await;
    let (_, received) = stand.post("Test", SystemTime::now()).await;
    let signatures: Vec<_> = received
        .iter()
        .filter(|request| request.path == "one")
        .map(|request| request.headers["webhook-signature"].clone())
        .collect();
    assert_eq!(signatures.len(), 2);
    assert_ne!(signatures[0], signatures[1]);
    let verifier = standardwebhooks::Webhook::new(TEST).unwrap();
    let by_test_key = received
        .iter()
        .filter(|request| verifier.verify(&request.raw, &request.headers).is_ok());
    assert_eq!(by_test_key.count(), 1);
    let unsigned = received.iter().find(|request| request.path == "unsigned");
    let headers = &unsigned.unwrap().headers;
    assert!(headers.contains_key("webhook-id") && headers.contains_key("webhook-timestamp"));
    assert!(!headers.contains_key("webhook-signature"));
}

#[tokio::test]
async fn without_every_key_nothing_is_sent_and_the_report_says_which_one_lacks() {
    let stand = Stand::new().await;
    let (report, received) = stand.post("Web", SystemTime::now()).await;
    let mut paths: Vec<_> = received
        .iter()
        .map(|request| request.path.as_str())
        .collect();
    paths.sort_unstable();
    assert_eq!(paths, ["one", "rotation", "unsigned"]);
    let said = format!("{report:?}");
    for expected in [
        "signing secret `Token` does not begin with `whsec_`",
        "signing secret `Absent` has no value",
    ] {
        assert!(said.contains(expected), "{said}");
    }
    for value in [OLD, NEW, TOKEN] {
        assert!(!said.contains(value.trim_start_matches("whsec_")), "{said}");
    }
}
