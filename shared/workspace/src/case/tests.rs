//! Cases, read and written.

use super::*;

const CASE: &str = r#"
hook: tier
stage: before-registration
changes: { customer: { ipAddress: null, location: { countryCode: DE } } }
secrets: { CrmToken: s3cret }
variables: { CrmHost: crm.example.com }
time: 2026-01-02T03:04:05Z
correlationId: 6f1c2a52-7c9e
requests:
  - url: https://crm.example.com/tiers
    headers: { Authorization: Bearer s3cret }
    response: { body: { tier: gold, balance: 12345678901234567890.10 } }
  - { method: post, url: "https://crm.example.com/log", body: hello, failure: timeout }
expect:
  response: { context: { tier: gold } }
  log: []
"#;

fn parse(text: &str) -> Result<Case, String> {
    Case::parse(text, "tier.case.yaml", Path::new("")).map_err(|errors| errors.to_string())
}

#[test]
fn a_case_is_read_whole() {
    let case = parse(CASE).unwrap();
    assert_eq!(case.hook.as_str(), "tier");
    assert_eq!(case.stage, Some(Stage::BeforeRegistration));
    assert_eq!(
        case.time,
        Some(humantime::parse_rfc3339("2026-01-02T03:04:05Z").unwrap())
    );
    assert_eq!(case.correlation_id.as_deref(), Some("6f1c2a52-7c9e"));
    let [first, second] = &case.requests[..] else {
        panic!("two requests")
    };
    assert_eq!(
        (first.method.as_str(), second.method.as_str()),
        ("GET", "POST")
    );
    assert_eq!(
        first.headers,
        [("authorization".to_owned(), "Bearer s3cret".to_owned())]
    );
    let CaseReply::Response {
        status: 200,
        body: Some(body),
        ..
    } = &first.reply
    else {
        panic!("{:?}", first.reply)
    };
    assert_eq!(
        String::from_utf8(body.bytes()).unwrap(),
        r#"{"tier":"gold","balance":12345678901234567890.10}"#
    );
    assert_eq!(second.reply, CaseReply::Failure(FailureClass::Timeout));
    assert!(case.expect.is_written);
}

#[test]
fn changes_are_a_merge_patch_over_the_sample_of_the_stage() {
    let case = parse(CASE).unwrap();
    let event = case.event_at(Stage::BeforeRegistration);
    assert_eq!(event["customer"]["location"]["countryCode"], "DE");
    assert!(event["customer"].get("ipAddress").is_none());
    assert_eq!(event["eventType"], "beforeRegistration");
}

#[test]
fn mistakes_are_reported_with_their_places() {
    for (change, message) in [
        ("hook: tier", "a case lacks the key `hook`"),
        ("stage: before-registration", "unknown stage"),
        ("time: 2026-01-02T03:04:05Z", "`time`"),
        ("correlationId: 6f1c2a52-7c9e", "printable ASCII"),
        (
            "    response: { body: { tier: gold, balance: 12345678901234567890.10 } }",
            "lacks the key `response`",
        ),
    ] {
        let broken = match change {
            "stage: before-registration" => CASE.replace(change, "stage: before-registratoin"),
            "time: 2026-01-02T03:04:05Z" => CASE.replace(change, "time: tomorrow"),
            "correlationId: 6f1c2a52-7c9e" => CASE.replace(change, "correlationId: Größe"),
            _ => CASE.replace(change, ""),
        };
        let error = parse(&broken).unwrap_err();
        assert!(error.contains(message), "{change}: {error}");
        assert!(error.starts_with("tier.case.yaml:"), "{error}");
    }
    // A misspelt key is the only problem.
    for key in ["respnse:", "reply:", "failur:"] {
        let error = parse(&CASE.replacen("response:", key, 1)).unwrap_err();
        assert!(
            error.contains(&format!("unknown key `{}", &key[..5])),
            "{error}"
        );
        assert!(error.contains("did you mean `"), "{error}");
        assert!(!error.contains("lacks"), "{error}");
    }
    let misspelt = "hook: a\nstage: conversation-start\nexpect: { outcome: script-eror }\n";
    let error = parse(misspelt).unwrap_err();
    assert!(
        error.contains("tier.case.yaml:3:20: unknown outcome `script-eror`"),
        "{error}"
    );
    assert!(error.contains("did you mean `script-error`"), "{error}");
    let error = parse("hook: a\nstage: conversation-start\nevnt: {}\n").unwrap_err();
    assert!(error.contains("did you mean `event`"), "{error}");
}

#[test]
fn cases_are_found_below_the_folder_but_not_in_packages() {
    let folder = tempfile::tempdir().unwrap();
    for name in [
        "hooks/a.case.yaml",
        "b.case.yaml",
        "node_modules/x/c.case.yaml",
        ".git/d.case.yaml",
        "hooks/e.yaml",
    ] {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }
    let found = case_files(folder.path()).unwrap();
    let names: Vec<_> = found
        .iter()
        .map(|path| {
            path.strip_prefix(folder.path())
                .unwrap()
                .display()
                .to_string()
        })
        .collect();
    assert_eq!(names, ["b.case.yaml", "hooks/a.case.yaml"]);
}
