//! The documented example means what its comments say.

use std::{fs, path::Path, time::Duration};

use hookpoint_engine::{
    application::binding::{FailurePolicy, Mode, Target},
    hook::Implementation,
    identifier::SecretName,
    publish::{DesiredBinding, DesiredVersion},
    stages::Stage,
};
use serde_json::json;

use super::testdata;
use crate::Workspace;

fn example() -> Workspace {
    let path = testdata().join("example/hookpoint.yaml");
    Workspace::load(&path).unwrap_or_else(|errors| panic!("{errors}"))
}

fn binding<'a>(workspace: &'a Workspace, id: &str) -> &'a DesiredBinding {
    let mut bindings = workspace.desired().bindings.iter();
    bindings.find(|binding| binding.id.as_str() == id).unwrap()
}

#[test]
fn the_readme_shows_the_example() {
    let example = fs::read_to_string(testdata().join("example/hookpoint.yaml")).unwrap();
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(readme).unwrap();
    assert!(
        readme.contains(&format!("```yaml\n{example}```\n")),
        "copy the example into README.md"
    );
}

#[test]
fn bindings_carry_what_they_say_and_the_defaults_of_their_stage() {
    let workspace = example();
    let test = binding(&workspace, "crm-lookup-test");
    assert_eq!(test.stage, Stage::ConversationStart);
    assert_eq!(test.target.to_string(), "application:support-bot");
    assert_eq!(
        (test.order, test.timeout_ms, test.version),
        (20, Some(1_500), DesiredVersion::Latest)
    );
    let instead = &test.secrets[&"CrmToken".parse().unwrap()];
    assert_eq!(instead.as_str(), "CrmTokenTest");
    let fallback = json!({"context": {"Tier": "unknown"}});
    assert_eq!(
        test.failure,
        FailurePolicy::Fallback(fallback.as_object().unwrap().clone())
    );
    let event =
        |language: &str| json!({"context": {"channelType": "API", "languageCode": language}});
    assert!(
        test.when
            .unmet(event("en-US").as_object().unwrap())
            .is_none()
    );
    assert!(
        test.when
            .unmet(event("de-DE").as_object().unwrap())
            .is_some()
    );

    let ask = binding(&workspace, "ask-more");
    assert_eq!(
        (ask.mode, &ask.failure),
        (Mode::Synchronous, &FailurePolicy::Deny)
    );
    let audit = binding(&workspace, "audit");
    assert_eq!(
        (audit.mode, &audit.failure, audit.order),
        (Mode::Asynchronous, &FailurePolicy::Continue, 100)
    );
    let contact = binding(&workspace, "crm-lookup");
    assert!(matches!(&contact.target, Target::Store(store) if store.as_str() == "customers"));
    let orders: Vec<_> = workspace
        .desired()
        .bindings
        .iter()
        .map(|binding| binding.order)
        .collect();
    assert_eq!(orders, [10, 20, 100, 10, 20, 100, 100, 100]);
}

#[test]
fn hooks_keep_digits_order_and_exactly_the_secrets_they_use() {
    let workspace = example();
    let hooks = &workspace.desired().hooks;
    let body = |name: &str| &hooks[&name.parse().unwrap()];
    let json = body("greeting").to_json();
    assert!(
        json.contains(r#"{"Greeting":"Hello","MaximumOrder":12345678901234567890.10}"#),
        "{json}"
    );
    let Implementation::Static(tiers) = &body("tiers").implementation else {
        panic!()
    };
    assert_eq!(
        tiers.response["attributes"]["note"],
        "tabs and ümlauts/slashes 😀"
    );
    let Implementation::Webhook(crm) = &body("crm-lookup").implementation else {
        panic!()
    };
    assert_eq!(crm.headers[0].1.to_string(), "Bearer {CrmToken:NLX.Secret}");
    assert_eq!(body("crm-lookup").secrets.len(), 1);
    let Implementation::Webhook(audit) = &body("audit").implementation else {
        panic!()
    };
    let signing: Vec<_> = audit
        .signing_secrets
        .iter()
        .map(SecretName::as_str)
        .collect();
    assert_eq!(signing, ["AuditKey", "AuditKeyOld"]);
    assert_eq!(body("audit").secrets, audit.signing_secrets);
    let Implementation::Script(ask) = &body("ask-more").implementation else {
        panic!()
    };
    assert!(ask.source.contains("profilingSteps"));
    assert_eq!(
        (ask.file.as_deref(), &ask.hosts[..]),
        (
            Some("hooks/ask-more.js"),
            &["risk.example.com".to_owned()][..]
        )
    );
}

#[test]
fn events_are_kept_only_where_the_application_says_so() {
    let workspace = example();
    let applications = &workspace.desired().applications;
    let keeping: Vec<_> = applications
        .iter()
        .map(|application| (application.id.as_str(), application.keep_events))
        .collect();
    assert_eq!(keeping, [("support-bot", false), ("web-shop", true)]);
}

#[test]
fn tools_learn_the_local_settings_the_secrets_and_what_to_watch() {
    let workspace = example();
    let local = workspace.local();
    assert_eq!(local.port, 7450);
    assert!(
        local
            .egress()
            .check_url(&"http://127.0.0.1:9/".parse().unwrap())
            .is_ok()
    );
    assert_eq!(local.egress().authorities.len(), 1);
    assert_eq!(workspace.secret_names().len(), 5);
    let watched: Vec<_> = workspace
        .files()
        .iter()
        .map(|path| {
            path.strip_prefix(testdata().join("example"))
                .unwrap()
                .to_str()
                .unwrap()
        })
        .collect();
    assert_eq!(
        watched,
        [
            "hookpoint.yaml",
            "private-ca.pem",
            "responses/tiers.json",
            "hooks/ask-more.js",
            "hooks/tidy-names.js"
        ]
    );
}

#[test]
fn a_pinned_version_is_not_judged_by_the_body_in_the_file() {
    let text = "
version: 1
secrets: [Old]
applications:
  bot: { kind: conversation }
hooks:
  crm: { webhook: 'https://{Host:Variable}/' }
bindings:
  - application: bot
    stage: conversationStart
    hook: crm
    version: 3
    variables: { Elder: a }
    secrets: { Elder: Old }
";
    let workspace = Workspace::parse(text, "hookpoint.yaml", &testdata())
        .unwrap_or_else(|errors| panic!("{errors}"));
    let binding = &workspace.desired().bindings[0];
    assert_eq!(binding.version, DesiredVersion::Pinned(3));
    assert_eq!(workspace.local().port, crate::DEFAULT_PORT);
    assert!(Duration::from_millis(binding.timeout_ms.unwrap_or(0)).is_zero());
}
