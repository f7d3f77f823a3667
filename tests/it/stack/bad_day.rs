//! What to do on a bad day, with the commands of the guides as they stand.

use std::time::Duration;

use hookpoint_engine::stages::Stage;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::{
    LOCAL,
    account::{Account, Stack},
    gateway::Gateway,
    operator::Operator,
    shell::Shell,
};
use crate::{
    receiver::{Receiver, Reply},
    smoke::post_to,
    template::guide::block,
};

const RUNBOOK: &str = "docs/production.md";
const RESTORED: &str = "hookpoint-restored";
const PATIENCE: Duration = Duration::from_secs(30);

/// The application of the guide, with the hook that the guide pauses at `path`, and one in the queue.
fn workspace(port: u16, path: &str) -> String {
    format!(
        r#"version: 1
applications: {{ web-shop: {{ kind: identity }} }}
hooks:
  crm: {{ webhook: {{ url: "http://127.0.0.1:{port}/{path}" }} }}
  audit: {{ webhook: {{ url: "http://127.0.0.1:{port}/audit" }} }}
bindings:
  - {{ id: crm, application: web-shop, stage: beforeRegistration, hook: crm, failure: deny }}
  - {{ id: audit, application: web-shop, stage: afterMfaChange, hook: audit }}
local: {{ allowHttpHosts: [127.0.0.1], allowNetworks: [127.0.0.1/32] }}
"#
    )
}

/// A stack with an application.
struct Shop<'a> {
    stack: &'a Stack,
    account: &'a Account,
    operator: &'a Operator<'a>,
    gateway: &'a Gateway,
    shell: &'a Shell,
    receiver: Receiver,
    key: String,
}

pub(super) async fn a_bad_day(
    stack: &Stack,
    account: &Account,
    operator: &Operator<'_>,
    gateway: &Gateway,
    shell: &Shell,
) {
    let reply = |reply: Value| serde_json::from_value::<Reply>(reply).unwrap();
    let crm = vec![reply(json!({"json": {"attributes": {"tier": "gold"}}}))];
    let audit = vec![reply(json!({"status": 400})), reply(json!({"status": 204}))];
    let receiver = Receiver::start([("crm".to_owned(), crm), ("audit".to_owned(), audit)].into());
    let receiver = receiver.await;
    operator.publishes(&workspace(receiver.port, "crm"));
    let shop = Shop {
        stack,
        account,
        operator,
        gateway,
        shell,
        key: operator.makes_a_key("web-shop"),
        receiver,
    };
    let welcome = json!({"attributes": {"tier": "gold"}});
    assert_eq!(shop.registers().await, (200, welcome.clone()));
    // The endpoint of the other hook refuses a delivery for good.
    assert_eq!(shop.posts(Stage::AfterMfaChange).await.0, 202);
    shop.until(|| shop.dead_letters() == 1).await;

    // A release that forgets a parameter, and a publication with a wrong address.
    let careless: Vec<_> = LOCAL
        .into_iter()
        .filter(|(name, _)| *name != "AllowedHttpHosts")
        .collect();
    account.update(stack, &[&careless[..], &[("Release", "b")]].concat());
    operator.publishes(&workspace(shop.receiver.port, "moved"));
    let (status, denied) = shop.registers().await;
    assert_eq!(status, 200);
    assert!(!denied["deny"].is_null(), "{denied}");
    assert_eq!(shop.served(), "2");

    shop.follows_the_order(&welcome).await;
    shop.restores_the_table(&welcome).await;
}

impl Shop<'_> {
    /// The commands of the guide one by one, each with its effect.
    async fn follows_the_order(&self, welcome: &Value) {
        let first = block(RUNBOOK, "sh", "hookpoint pause --stack");
        let [runs, publications, pause, rollback] = lines(&first);
        let then = block(RUNBOOK, "sh", "hookpoint resume --stack");
        let [resume, list, redrive] = lines(&then);
        let passes = (200, json!({}));

        let shown = self.shell.paste(runs);
        assert!(shown.contains("crm"), "{shown}");
        let shown = self.shell.paste(publications);
        assert_eq!(shown.matches("  apply  ").count(), 2, "{shown}");
        self.shell.paste(pause);
        assert_eq!(self.registers().await, passes);
        let shown = self.shell.paste(rollback);
        assert!(shown.contains("crm"), "{shown}");
        assert_eq!(self.registers().await, passes);

        // One for each stage, and the worker.
        let functions = Stage::ALL.len() + 1;
        let aliases = block(RUNBOOK, "sh", "aws lambda update-alias");
        let moved = self.shell.paste(&aliases);
        assert_eq!(
            moved.matches(": from 2 to 1\n").count(),
            functions,
            "{moved}"
        );
        assert_eq!(self.registers().await, passes);
        assert_eq!(self.served(), "1");
        let left = self.shell.paste(&aliases);
        let first_of_all = ": no version before 1, left as it is\n";
        assert_eq!(left.matches(first_of_all).count(), functions, "{left}");

        // A gradual move that was stopped.
        let function = &self.stack.resources["EscalationFunction"].physical_id;
        let alias = |command: &str, options: &str| {
            let of = format!("--function-name {function} --name live");
            self.shell
                .paste(&format!("aws lambda {command} {of} {options}"))
        };
        let weights = r#"'{"AdditionalVersionWeights": {"2": 0.1}}'"#;
        alias("update-alias", &format!("--routing-config {weights}"));
        let ended = self.shell.paste(&aliases);
        let line = format!("{function}: from half-way to 1\n");
        assert!(ended.contains(&line), "{ended}");
        assert_eq!(ended.matches(first_of_all).count(), functions - 1);
        let left = alias(
            "get-alias",
            "--query RoutingConfig.AdditionalVersionWeights",
        );
        assert!(["null", "{}"].contains(&left.trim()), "{left}");

        self.shell.paste(resume);
        assert_eq!(self.registers().await, (200, welcome.clone()));
        let shown = self.shell.paste(list);
        assert!(shown.contains("audit"), "{shown}");
        self.shell.paste(redrive);
        self.until(|| self.deliveries() == 2).await;
        assert_eq!(self.dead_letters(), 0);
    }

    /// The emulator restores the table as it is now, whatever time is named; so the loss comes after that here.
    async fn restores_the_table(&self, welcome: &Value) {
        let restore = block("docs/deploy.md", "sh", "restore-table-to-point-in-time");
        self.shell.paste(&restore);
        let ask = |operation: &str, query: &str| {
            let command = format!(
                "aws dynamodb {operation} --table-name {RESTORED} --query {query} --output text"
            );
            self.shell.paste(&command)
        };
        let lifetime = "TimeToLiveDescription.[TimeToLiveStatus,AttributeName]";
        assert_eq!(ask("describe-time-to-live", lifetime), "ENABLED\texpires\n");
        let backups =
            "ContinuousBackupsDescription.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus";
        assert_eq!(ask("describe-continuous-backups", backups), "ENABLED\n");
        let protection = "Table.DeletionProtectionEnabled";
        assert_eq!(ask("describe-table", protection), "True\n");

        self.operator
            .on_table("applications delete web-shop --yes --json");
        assert_eq!(self.registers().await.0, 401);
        let deployed = self.shell.parameters_deployed();
        assert_eq!(
            deployed,
            [
                ("ExistingTable".to_owned(), RESTORED.to_owned()),
                ("Deployment".to_owned(), "AllAtOnce".to_owned()),
            ]
        );
        let release = [
            ("Release", "c"),
            ("ExistingTable", RESTORED),
            ("Deployment", "AllAtOnce"),
        ];
        self.account
            .update(self.stack, &[&LOCAL[..], &release].concat());
        assert_eq!(self.registers().await, (200, welcome.clone()));
        let runs = format!("hookpoint runs list --table {RESTORED} --json");
        let runs: Value = serde_json::from_str(&self.shell.paste(&runs)).unwrap();
        assert_eq!(
            (&runs[0]["hook"], &runs[0]["outcome"]),
            (&json!("crm"), &json!("ok"))
        );
    }

    /// A customer registers. Nothing is cached: functions that run already would see a change within ten seconds.
    async fn registers(&self) -> (u16, Value) {
        self.gateway.lambda.end_environments().await;
        let answer = self.posts(Stage::BeforeRegistration).await;
        // Its records are written.
        self.gateway.lambda.end_environments().await;
        answer
    }

    async fn posts(&self, stage: Stage) -> (u16, Value) {
        let path = format!("/v1/applications/web-shop/stages/{}", stage.name());
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let headers = vec![
            header("content-type", "application/json"),
            header("authorization", &format!("Bearer {}", self.key)),
        ];
        let url = format!("{}{path}", self.gateway.url);
        let body = stage.example().to_string().into_bytes();
        let reply = post_to(url, headers, body, PATIENCE).await.unwrap();
        let body = serde_json::from_slice(&reply.body).unwrap_or_default();
        (reply.status, body)
    }

    /// The version that served the last registration.
    fn served(&self) -> String {
        let function = &self.stack.resources["BeforeRegistrationFunction"];
        let lambda = &self.gateway.lambda;
        lambda.last_served(&function.physical_id).unwrap()
    }

    fn dead_letters(&self) -> usize {
        let letters = self.operator.on_stack("dead-letters list --json");
        letters.as_array().unwrap().len()
    }

    /// How often the endpoint of the asynchronous hook was called.
    fn deliveries(&self) -> usize {
        let received = self.receiver.received();
        received
            .iter()
            .filter(|request| request.path == "audit")
            .count()
    }

    async fn until(&self, is_so: impl Fn() -> bool) {
        let begin = Instant::now();
        while !is_so() {
            assert!(begin.elapsed() < PATIENCE, "{}", self.gateway.lambda.logs());
            sleep(Duration::from_millis(200)).await;
        }
    }
}

/// The commands of a block that has one on each line.
fn lines<const COUNT: usize>(block: &str) -> [&str; COUNT] {
    let lines: Vec<_> = block.lines().collect();
    lines.try_into().unwrap()
}
