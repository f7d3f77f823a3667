//! Events in a stack: the real functions in the template's environment, with the command line using only the stack's
//! outputs.

use std::time::Duration;

use hookpoint_aws::{SecretsManagerSource, SqsQueue};
use hookpoint_engine::{confidential::secret::Secret, stages::Stage};
use serde_json::{Value, json};

use super::{
    LOCAL,
    account::{Account, Stack},
    operator::Operator,
    running::{Function, event},
};
use crate::{
    receiver::{Receiver, Reply},
    stage_function::body_of,
};

const TOKEN: &str = "s3cr3t-token";
const SIGNING_SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// One synchronous webhook, one script that asks back, one asynchronous webhook.
fn workspace(port: u16) -> String {
    format!(
        r#"version: 1
secrets: [CrmToken, Signing]
applications:
  bot: {{ kind: conversation }}
  shop: {{ kind: identity }}
hooks:
  crm: {{ webhook: {{ url: "http://127.0.0.1:{port}/crm", headers: {{ Authorization: "Bearer {{CrmToken:Secret}}" }} }} }}
  terms:
    script:
      source: |
        export default (event) => event.continueContext
          ? {{ attributes: {{ terms: event.continueContext.version }} }}
          : {{ redirect: {{ url: "https://terms.example/" }} }};
  audit: {{ webhook: {{ url: "http://127.0.0.1:{port}/audit", signingSecrets: Signing }} }}
bindings:
  - {{ application: bot, stage: conversationStart, hook: crm }}
  - {{ application: shop, stage: beforeRegistration, hook: terms }}
  - {{ application: bot, stage: stateModification, hook: audit }}
local: {{ allowHttpHosts: [127.0.0.1], allowNetworks: [127.0.0.1/32] }}
"#
    )
}

async fn receiver() -> Receiver {
    let reply = |reply: Value| vec![serde_json::from_value::<Reply>(reply).unwrap()];
    let crm = reply(json!({"json": {"context": {"Tier": "gold"}}}));
    let audit = reply(json!({"status": 204}));
    Receiver::start([("crm".to_owned(), crm), ("audit".to_owned(), audit)].into()).await
}

/// Posts an event twice with one idempotency key; returns the common response.
async fn posted_twice(function: &Function, mut event: Value) -> Value {
    event["headers"]["idempotency-key"] = json!("once#runs:and#hook:only");
    let first = function.answer(&event).await;
    let second = function.answer(&event).await;
    assert_eq!(
        first["headers"]["idempotent-replayed"],
        Value::Null,
        "{first}"
    );
    assert_eq!(second["headers"]["idempotent-replayed"], "true", "{second}");
    assert_eq!(
        (&first["statusCode"], &first["body"]),
        (&second["statusCode"], &second["body"])
    );
    second
}

/// A conversation starts; a webhook with a secret answers.
async fn a_webhook_answers(stack: &Stack, account: &Account, key: &str) -> String {
    let function = Function::of(Stage::ConversationStart, stack, account).await;
    let answer = posted_twice(&function, event(Stage::ConversationStart, "bot", key)).await;
    assert_eq!(body_of(&answer), json!({"context": {"Tier": "gold"}}));
    let stranger = function
        .answer(&event(Stage::ConversationStart, "shop", key))
        .await;
    assert_eq!(stranger["statusCode"], 401, "{stranger}");
    function.log().await
}

/// A script redirects the customer; the token they return with is sealed with the stack's own key.
async fn a_script_asks_back(stack: &Stack, account: &Account, key: &str) -> String {
    let function = Function::of(Stage::BeforeRegistration, stack, account).await;
    let mut event = event(Stage::BeforeRegistration, "shop", key);
    let first = body_of(&function.answer(&event).await);
    assert_eq!(first["redirect"]["url"], "https://terms.example/");
    let mut body: Value = serde_json::from_str(event["body"].as_str().unwrap()).unwrap();
    body["continuation"] = first["continuation"].clone();
    body["continueContext"] = json!({"version": "7"});
    event["body"] = body.to_string().into();
    let second = body_of(&function.answer(&event).await);
    assert_eq!(second, json!({"attributes": {"terms": "7"}}));
    function.log().await
}

/// A state changes; the worker makes the queued delivery.
async fn a_delivery_goes_through_the_queue(stack: &Stack, account: &Account, key: &str) -> String {
    let function = Function::of(Stage::StateModification, stack, account).await;
    let answer = posted_twice(&function, event(Stage::StateModification, "bot", key)).await;
    assert_eq!(
        (&answer["statusCode"], &answer["body"]),
        (&json!(202), &json!("{\"queued\":1}"))
    );
    let log = function.log().await;

    let worker = Function::worker(stack, account).await;
    let [url, dead_letters] = ["QueueUrl", "DeadLetterQueueUrl"].map(|name| &stack.outputs[name]);
    let queue = SqsQueue::new(account.aws.clients(), url, Some(dead_letters.clone()));
    let visibility = &stack.resources["Queue"].properties["VisibilityTimeout"];
    worker
        .work_off(&queue, Duration::from_secs(visibility.as_u64().unwrap()))
        .await;
    log + &worker.log().await
}

async fn events_pass(parameters: &[(&str, &str)]) {
    let account = Account::open().await;
    let (_, stack) = account.deploy(&[&LOCAL, parameters].concat());
    let receiver = receiver().await;
    let operator = Operator::of(&stack, &account).await;
    operator.publishes(&workspace(receiver.port));
    let secrets = SecretsManagerSource::new(account.aws.clients(), &stack.outputs["SecretPrefix"]);
    for (name, value) in [("bot/CrmToken", TOKEN), ("Signing", SIGNING_SECRET)] {
        secrets.put_secret(name, &Secret::new(value)).await.unwrap();
    }
    let [bot, shop] = ["bot", "shop"].map(|application| operator.makes_a_key(application));

    let logs = [
        a_webhook_answers(&stack, &account, &bot).await,
        a_script_asks_back(&stack, &account, &shop).await,
        a_delivery_goes_through_the_queue(&stack, &account, &bot).await,
    ];

    let [crm, audit] = &receiver.received()[..] else {
        panic!("each webhook is called once: {:?}", receiver.received());
    };
    assert_eq!(
        crm.headers["authorization"],
        format!("Bearer {TOKEN}").as_str()
    );
    assert_eq!(audit.body, Stage::StateModification.example());
    assert!(audit.headers.contains_key("webhook-signature"), "{audit:?}");
    let runs = operator.on_table("runs list --json");
    let runs = runs.as_array().unwrap().iter();
    let mut runs: Vec<_> = runs
        .map(|run| json!([run["stage"], run["hook"], run["outcome"]]).to_string())
        .collect();
    runs.sort();
    assert_eq!(
        runs,
        [
            r#"["beforeRegistration","terms","ok"]"#,
            r#"["beforeRegistration","terms","ok"]"#,
            r#"["conversationStart","crm","ok"]"#,
            r#"["stateModification","audit","ok"]"#,
        ]
    );
    assert_eq!(operator.on_stack("dead-letters list --json"), json!([]));
    for secret in [TOKEN, SIGNING_SECRET, &bot, &shop] {
        assert!(logs.iter().all(|log| !log.contains(secret)), "{logs:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_pass_through_a_stack() {
    events_pass(&[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_pass_through_a_stack_that_keeps_their_order() {
    events_pass(&[("Fifo", "true")]).await;
}

/// A customer is away while the key gets another value, twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_continuation_survives_the_rotation_of_its_key() {
    let account = Account::open().await;
    let (_, stack) = account.deploy(&LOCAL);
    let operator = Operator::of(&stack, &account).await;
    operator.publishes(&workspace(receiver().await.port));
    let key = operator.makes_a_key("shop");
    let secrets = SecretsManagerSource::new(account.aws.clients(), &stack.outputs["SecretPrefix"]);
    let rotate = async |value: &str| {
        let value = Secret::new(value.repeat(8));
        secrets
            .put_secret("continuation-key", &value)
            .await
            .unwrap();
    };
    let start = async || Function::of(Stage::BeforeRegistration, &stack, &account).await;
    let leaving = event(Stage::BeforeRegistration, "shop", &key);
    let leave = async |function: &Function| {
        body_of(&function.answer(&leaving).await)["continuation"].clone()
    };
    let comes_back = async |function: &Function, token: &Value| {
        let mut returning = leaving.clone();
        let mut body: Value = serde_json::from_str(returning["body"].as_str().unwrap()).unwrap();
        body["continuation"] = token.clone();
        body["continueContext"] = json!({"version": "7"});
        returning["body"] = body.to_string().into();
        let answer = function.answer(&returning).await;
        let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
        (answer["statusCode"].clone(), body)
    };
    let welcome = (json!(200), json!({"attributes": {"terms": "7"}}));

    let first = start().await;
    let old = [
        leave(&first).await,
        leave(&first).await,
        leave(&first).await,
    ];
    rotate("the second key, ").await;
    // One has the old key in memory, the other never saw it as the current one.
    let second = start().await;
    assert_eq!(comes_back(&first, &old[0]).await, welcome);
    assert_eq!(comes_back(&second, &old[1]).await, welcome);
    // And the one with the old key reads the new one when a token names it, however fresh its own is.
    let new = leave(&second).await;
    assert_eq!(comes_back(&first, &new).await, welcome);

    rotate("the third key, ").await;
    let third = start().await;
    let (status, problem) = comes_back(&third, &old[2]).await;
    assert_eq!(
        (status, &problem["code"]),
        (json!(400), &json!("continuation-invalid"))
    );
}
