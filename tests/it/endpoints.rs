//! The endpoints that customers deploy: runs the code of their templates and sends it signed requests.

mod forwarding;
mod sender;
mod stack;

use std::{
    fs,
    time::{Duration, SystemTime},
};

use serde_json::{Value, json};

use self::{
    sender::{Answer, Delivery, advance, send_on},
    stack::{Account, Container, Stack, defaults},
};
use crate::signatures::verifiers::{ACCEPTED, Case, verdicts};

/// A secret that the endpoint does not know.
const FOREIGN: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
/// The secret that replaces the first one.
const NEW: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
/// Part of every event, and must never appear in a log.
const CONFIDENTIAL: &str = "hunter2";

/// A deployed endpoint with a container, whose hook does what an event says.
struct Stand {
    account: Account,
    stack: Stack,
    container: Container,
    secret: String,
}

impl Stand {
    async fn of(template: &str) -> Self {
        let account = Account::open().await;
        let stack = account.deploy(template, "endpoint", &defaults());
        let value = account.ask("secret", &[stack.secret_arn()]);
        let container = account.start(&stack, &stack.edited()).await;
        Self {
            secret: format!("whsec_{}", value.as_str().unwrap()),
            container,
            stack,
            account,
        }
    }

    async fn another_container(&self) -> Container {
        self.account.start(&self.stack, &self.stack.edited()).await
    }

    async fn answer(&self, id: &str, behaviour: &str) -> Answer {
        let sent = delivery(id, &[&self.secret], behaviour);
        sent.to(&self.container.url()).await.unwrap()
    }

    fn rotate(&self, value: &str) {
        self.account
            .ask("rotate", &[self.stack.secret_arn(), value]);
    }
}

/// A genuine event that tells the hook what to do.
fn delivery<'a>(id: &'a str, secrets: &[&'a str], behaviour: &str) -> Delivery<'a> {
    let context = json!({"behaviour": behaviour, "password": CONFIDENTIAL});
    Delivery {
        id,
        secrets: secrets.to_vec(),
        body: json!({"eventType": "conversationStart", "context": context}).to_string(),
        now: SystemTime::now(),
    }
}

fn succeeded(run: usize) -> Answer {
    Answer {
        status: 200,
        retry_after: None,
        body: json!({"context": {"run": run, "text": "Grüße \u{2028}"}}),
    }
}

/// The unedited template works.
async fn the_skeleton_answers_as_a_hook_must(template: &str) {
    let stand = Stand::of(template).await;
    let container = stand.account.start(&stand.stack, &stand.stack.code).await;
    let event = json!({"eventType": "conversationStart", "context": {"userId": "+4930123456"}});
    let mut sent = delivery("msg_1", &[&stand.secret], "");
    sent.body = event.to_string();
    let answer = sent.to(&container.url()).await.unwrap();
    assert_eq!(answer.status, 200);
    let context = answer.body["context"].as_object().unwrap();
    assert_eq!(context["ReturningVisitor"], true);
    for (name, value) in context {
        let is_name = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
        assert!(name.chars().all(is_name), "{name}");
        assert!(
            value.is_string() || value.is_number() || value.is_boolean(),
            "{value}"
        );
    }
    sent.id = "msg_2";
    sent.body = json!({"eventType": "conversationEnd"}).to_string();
    let answer = sent.to(&container.url()).await.unwrap();
    assert_eq!((answer.status, answer.body), (204, Value::Null));
    for (number, context) in ["null", "[]", "7", "\"userId\"", "{}"].iter().enumerate() {
        let id = format!("msg_odd_{number}");
        let mut odd = delivery(&id, &[&stand.secret], "");
        odd.body = format!("{{\"eventType\": \"conversationStart\", \"context\": {context}}}");
        let answer = odd.to(&container.url()).await.unwrap();
        assert_eq!(answer.status, 200, "{context}");
        assert_eq!(
            answer.body["context"]["ReturningVisitor"], false,
            "{context}"
        );
    }
}

/// The secret that CloudFormation generates is valid for Standard Webhooks, and unsigned requests are refused.
async fn only_what_is_genuine_and_fresh_reaches_the_hook(template: &str) {
    let stand = Stand::of(template).await;
    let secrets = [stand.secret.as_str()];
    let genuine = delivery("msg_genuine", &secrets, "").captured().await;
    let judged = genuine.clone();
    let judgement = tokio::task::spawn_blocking(move || verdicts(&[judged]))
        .await
        .unwrap();
    for (verifier, verdicts) in judgement {
        assert_eq!(verdicts, [ACCEPTED], "{verifier}");
    }
    let port = stand.container.port();
    let altered = |change: &dyn Fn(&mut Case)| {
        let mut case = genuine.clone();
        change(&mut case);
        case
    };
    let header = |name: &'static str, value: &'static str| {
        altered(&|case| drop(case.headers.insert(name.to_owned(), value.to_owned())))
    };
    let minutes = Duration::from_mins;
    let sent_at = async |now| {
        let sent = Delivery {
            now,
            ..delivery("msg_time", &secrets, "")
        };
        sent.captured().await
    };
    let now = SystemTime::now();
    let foreign = delivery("msg_foreign", &[FOREIGN], "").captured().await;
    for (situation, case, expected) in [
        ("forged", foreign, 401),
        ("another id", header("webhook-id", "msg_other"), 401),
        ("an id with a dot", header("webhook-id", "msg.genuine"), 401),
        (
            "another time",
            header("webhook-timestamp", "1649367553"),
            401,
        ),
        ("a time in words", header("webhook-timestamp", "now"), 401),
        (
            "another version",
            header("webhook-signature", "v2,AAAA"),
            401,
        ),
        (
            "no base64",
            header(
                "webhook-signature",
                "v1,____________________________________________",
            ),
            401,
        ),
        (
            "no signature",
            altered(&|case| drop(case.headers.remove("webhook-signature"))),
            401,
        ),
        ("another body", altered(&|case| case.body.push('\n')), 401),
        (
            "stale",
            sent_at(now - minutes(5) - Duration::from_secs(3)).await,
            401,
        ),
        ("from the future", sent_at(now + minutes(6)).await, 401),
        ("four minutes old", sent_at(now - minutes(4)).await, 200),
        (
            "in bytes",
            header("content-type", "application/octet-stream"),
            200,
        ),
    ] {
        assert_eq!(send_on("POST", &case, port).await, expected, "{situation}");
    }
    assert_eq!(send_on("GET", &genuine, port).await, 405);
    // Genuine but not an event: refused before any work, without a retry.
    for (body, expected) in [
        ("{\"eventType\":", 400),
        ("{\"eventType\": \"escalation\", \"context\": NaN}", 400),
        ("[]", 400),
        ("{\"eventType\": 1}", 400),
        (&"[".repeat(200_000), 400),
        (&" ".repeat(600_000), 413),
    ] {
        let mut sent = delivery("msg_malformed", &secrets, "");
        body.clone_into(&mut sent.body);
        let answer = sent.to(&stand.container.url()).await.unwrap();
        assert_eq!(answer.status, expected, "{}", &body[..body.len().min(40)]);
        assert!(answer.body["error"].is_string());
    }
    let runs = fs::read_to_string(stand.account.runs()).unwrap();
    assert_eq!(runs, "msg_time\nmsg_genuine\n");
    let known = stand
        .account
        .ask("deliveries", &[&stand.stack.resources["Deliveries"]]);
    assert_eq!(known, json!({"msg_time": "done", "msg_genuine": "done"}));
    let log = stand.container.log();
    assert!(log.contains("\"webhookId\""), "{log}");
    for secret in [CONFIDENTIAL, &stand.secret["whsec_".len()..]] {
        assert!(!log.contains(secret), "{log}");
    }
}

async fn a_delivery_is_worked_on_until_it_succeeds_and_then_answered_from_the_table(
    template: &str,
) {
    let stand = Stand::of(template).await;
    let other = stand.another_container().await;
    for _ in 0..2 {
        assert_eq!(stand.answer("msg_good", "").await, succeeded(1));
    }
    let sent = delivery("msg_good", &[&stand.secret], "");
    assert_eq!(sent.to(&other.url()).await.unwrap(), succeeded(1));
    assert_eq!(stand.account.runs_of("msg_good"), 1);

    // Failures of any kind leave nothing behind.
    assert_eq!(stand.answer("msg_fails", "fail first").await.status, 500);
    for _ in 0..2 {
        assert_eq!(stand.answer("msg_fails", "fail first").await, succeeded(2));
    }
    for (id, behaviour, status) in [
        ("msg_refused", "refuse", 422),
        ("msg_large", "return too much", 500),
    ] {
        for run in 1..=2 {
            assert_eq!(stand.answer(id, behaviour).await.status, status);
            assert_eq!(stand.account.runs_of(id), run, "{behaviour}");
        }
    }
    for _ in 0..2 {
        assert_eq!(
            stand.answer("msg_nothing", "return nothing").await.status,
            204
        );
    }
    assert_eq!(stand.account.runs_of("msg_nothing"), 1);

    // Two at once: while one is processed, the other gets a 503.
    let secrets = [stand.secret.as_str()];
    let (first, second) = (
        delivery("msg_both", &secrets, "wait"),
        delivery("msg_both", &secrets, "wait"),
    );
    let second = async {
        while stand.account.runs_of("msg_both") == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let answer = second.to(&other.url()).await.unwrap();
        fs::write(stand.account.runs().with_extension("go"), "").unwrap();
        answer
    };
    let url = stand.container.url();
    let (first, second) = tokio::join!(first.to(&url), second);
    assert_eq!(first.unwrap(), succeeded(1));
    let seconds: u64 = second.retry_after.unwrap().parse().unwrap();
    assert!(
        second.status == 503 && (1..=11).contains(&seconds),
        "{seconds}"
    );
    assert_eq!(stand.answer("msg_both", "wait").await, succeeded(1));

    // A crash leaves a lease, which expires.
    let sent = delivery("msg_crash", &secrets, "crash first");
    sent.to(&url).await.unwrap_err();
    assert_eq!(sent.to(&other.url()).await.unwrap().status, 503);
    advance(other.port(), 12).await;
    assert_eq!(sent.to(&other.url()).await.unwrap(), succeeded(2));
    assert!(!other.log().contains(CONFIDENTIAL) && !stand.container.log().contains(CONFIDENTIAL));
}

async fn a_rotation_interrupts_nothing_and_ends_when_it_should(template: &str) {
    let stand = Stand::of(template).await;
    let (old, new) = (stand.secret.clone(), format!("whsec_{NEW}"));
    let (port, url) = (stand.container.port(), stand.container.url());
    let status = async |id: &str, secrets: &[&str], after: u64| {
        let now = SystemTime::now() + Duration::from_secs(after);
        let sent = Delivery {
            now,
            ..delivery(id, secrets, "")
        };
        sent.to(&url).await.unwrap().status
    };
    assert_eq!(status("msg_1", &[&old], 0).await, 200);
    stand.rotate(NEW);
    // Unknown signatures make the container read the secret once in ten seconds; this sender is too early.
    // The clock stands still, however busy this machine is.
    advance(port, -60).await;
    assert_eq!(status("msg_2", &[&new], 0).await, 401);
    assert_eq!(status("msg_2", &[&new, &old], 0).await, 200);
    advance(port, 60 + 11).await;
    assert_eq!(status("msg_3", &[&new], 11).await, 200);
    assert_eq!(status("msg_4", &[&old], 11).await, 200);
    // After a leak the previous one is removed, and a container forgets it within five minutes.
    stand
        .account
        .ask("distrust_previous", &[stand.stack.secret_arn()]);
    assert_eq!(status("msg_5", &[&old], 11).await, 200);
    advance(port, 301).await;
    assert_eq!(status("msg_6", &[&old], 312).await, 401);
    assert_eq!(status("msg_6", &[&new], 312).await, 200);
    // An invalid key is never used or shown.
    stand.rotate("no key at all");
    advance(port, 301).await;
    let refused = Delivery {
        now: SystemTime::now() + Duration::from_secs(613),
        ..delivery("msg_7", &[&new], "")
    };
    let refused = refused.to(&url).await.unwrap();
    assert_eq!(
        (refused.status, refused.retry_after.as_deref()),
        (503, Some("60"))
    );
    let log = stand.container.log();
    assert!(
        log.contains("signing secret cannot be used") && !log.contains("no key at all"),
        "{log}"
    );
}

async fn known_keys_outlast_an_outage_of_secrets_manager_but_not_for_long(template: &str) {
    let stand = Stand::of(template).await;
    let (port, url) = (stand.container.port(), stand.container.url());
    let status = async |id: &str, secret: &str, after: u64| {
        let now = SystemTime::now() + Duration::from_secs(after);
        let sent = Delivery {
            now,
            ..delivery(id, &[secret], "")
        };
        sent.to(&url).await.unwrap().status
    };
    assert_eq!(status("msg_1", &stand.secret, 0).await, 200);
    stand.account.ask("take_away", &[stand.stack.secret_arn()]);
    advance(port, 301).await;
    assert_eq!(status("msg_2", &stand.secret, 301).await, 200);
    assert!(stand.container.log().contains("cannot be read"));
    // An unknown signature may come from a new key, so the refusal is not final.
    advance(port, 11).await;
    assert_eq!(status("msg_3", FOREIGN, 312).await, 503);
    advance(port, 570).await;
    assert_eq!(status("msg_4", &stand.secret, 882).await, 200);
    advance(port, 20).await;
    assert_eq!(status("msg_5", &stand.secret, 902).await, 503);
    stand.account.ask("give_back", &[stand.stack.secret_arn()]);
    advance(port, 2).await;
    assert_eq!(status("msg_5", &stand.secret, 904).await, 200);
}

macro_rules! for_each_language {
    ($($name:ident: $check:ident($template:literal);)*) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                $check($template).await;
            }
        )*
    };
}

for_each_language! {
    the_node_skeleton_answers_as_a_hook_must: the_skeleton_answers_as_a_hook_must("endpoint-node");
    the_python_skeleton_answers_as_a_hook_must: the_skeleton_answers_as_a_hook_must("endpoint-python");
    only_what_is_genuine_and_fresh_reaches_the_node_hook: only_what_is_genuine_and_fresh_reaches_the_hook("endpoint-node");
    only_what_is_genuine_and_fresh_reaches_the_python_hook: only_what_is_genuine_and_fresh_reaches_the_hook("endpoint-python");
    the_node_endpoint_works_on_a_delivery_until_it_succeeds: a_delivery_is_worked_on_until_it_succeeds_and_then_answered_from_the_table("endpoint-node");
    the_python_endpoint_works_on_a_delivery_until_it_succeeds: a_delivery_is_worked_on_until_it_succeeds_and_then_answered_from_the_table("endpoint-python");
    a_rotation_interrupts_nothing_at_the_node_endpoint: a_rotation_interrupts_nothing_and_ends_when_it_should("endpoint-node");
    known_keys_of_the_node_endpoint_outlast_an_outage: known_keys_outlast_an_outage_of_secrets_manager_but_not_for_long("endpoint-node");
    known_keys_of_the_python_endpoint_outlast_an_outage: known_keys_outlast_an_outage_of_secrets_manager_but_not_for_long("endpoint-python");
    a_rotation_interrupts_nothing_at_the_python_endpoint: a_rotation_interrupts_nothing_and_ends_when_it_should("endpoint-python");
}
