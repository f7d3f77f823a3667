//! Journeys across several plugins, by script, and scripts that are wrong.

use hookpoint_xtask::repository;

use super::place::Place;

/// A script of `tests/fixtures/journeys`.
fn script(name: &str) -> String {
    let path = format!("tests/fixtures/journeys/{name}.journey.yaml");
    std::fs::read_to_string(repository::root().join(path)).unwrap()
}

/// An empty workspace with these plugins, each with what it is set to, and a script.
fn with(application: &str, plugins: &[(&str, &[&str])], name: &str) -> Place {
    let place = Place::new();
    for (plugin, values) in plugins {
        let mut arguments = vec!["plugins", "add", plugin, "--application", application];
        for value in *values {
            arguments.extend(["--set", value]);
        }
        place.ok(&arguments);
    }
    place.write(&format!("journeys/{name}.journey.yaml"), &script(name));
    place
}

fn registration() -> Place {
    let plugins: [(&str, &[&str]); 2] = [
        ("progressive-profiling", &[]),
        ("hubspot-contact-gate", &["HubSpotUnknown=ask"]),
    ];
    with("web-shop", &plugins, "registration")
}

#[track_caller]
fn passes(place: &Place, name: &str) {
    let tested = place.json(&["test", &format!("{name}.journey"), "--json"]);
    assert_eq!(tested["passed"], 1, "{tested:#}");
    assert_eq!(tested["failed"], 0, "{tested:#}");
}

#[test]
fn a_registration_with_profiling_and_a_gate() {
    let place = registration();
    passes(&place, "registration");
    let files = place.files();
    let file = "journeys/registration.journey.yaml";
    let output = place.ok(&["journey", "registration", "--script", file]);
    for line in [
        "ok progressive-profiling: session, profilingSteps",
        "the platform asks: Your company",
        "the platform shows: Please ask us for an invitation.",
        "and repeats `form`",
        "the journey went as the script says",
    ] {
        assert!(output.contains(line), "{line}\n{output}");
    }
    let walked = place.json(&["journey", "registration", "--script", file, "--json"]);
    assert_eq!(walked["steps"][0]["then"], "asked");
    assert_eq!(
        walked["steps"][5]["hooks"][1]["outcome"], "ok",
        "{walked:#}"
    );
    assert_eq!(place.files(), files, "a walk leaves nothing behind");
    assert!(!place.path().join(".hookpoint").exists());
}

#[test]
fn a_login_with_step_up_migration_and_token_claims() {
    let plugins: [(&str, &[&str]); 3] = [
        ("account-migration", &["MigrationHost=accounts.example.com"]),
        ("location-rule", &["LocationHome=AT, DE, CH"]),
        (
            "roles-to-claims",
            &["RolesMap=customers=buyer; staff=editor, admin"],
        ),
    ];
    passes(&with("web-shop", &plugins, "login"), "login");
}

#[test]
fn a_conversation_from_start_to_end() {
    let plugins: [(&str, &[&str]); 4] = [
        ("hubspot-conversation-lookup", &[]),
        ("message-guard", &[]),
        (
            "zendesk-escalation-ticket",
            &[
                "ZendeskHost=example.zendesk.com",
                "ZendeskAgent=bot@example.com",
            ],
        ),
        (
            "conversation-survey",
            &[
                "SurveyAccountSid=AC0123456789abcdef0123456789abcdef",
                "SurveyFrom=+15550100100",
                "SurveyUrl=https://survey.example.com/chat?c=",
            ],
        ),
    ];
    passes(
        &with("support-bot", &plugins, "conversation"),
        "conversation",
    );
}

#[test]
fn a_script_that_is_wrong_says_where() {
    let place = registration();
    let whole = script("registration");
    let half = whole.split("  - answer").next().unwrap();
    for (text, message) in [
        (
            half.to_owned(),
            "the script stops half-way, while a question is open",
        ),
        (
            format!("{half}  - stage: afterRegistration\n"),
            "the customer was asked and did not answer",
        ),
        (
            format!("{half}  - answer: {{ customerKind: busines }}\n"),
            "`customerKind` must be one of `private`, `business`",
        ),
        (
            format!("{half}  - return: {{ code: x }}\n"),
            "the browser was not sent away",
        ),
        (
            whole.replace("then: retried", "then: denied"),
            "leads to `retried`, not `denied`",
        ),
        (
            whole.replace("value: ada@example.com }", "value: eve@example.com }"),
            "its body differs (- expected, + made)",
        ),
        (
            whole.replace(
                "hubSpotContactId: \"501\" } }\n  - stage",
                "hubSpotContactId: \"502\" } }\n  - stage",
            ),
            "`attributes.hubSpotContactId` is \"501\", not \"502\"",
        ),
        (
            whole.replace("web-shop", "web-shpo"),
            "did you mean `web-shop`",
        ),
        (
            whole.replace("journey: registration", "journey: registratoin"),
            "did you mean `registration`",
        ),
        (
            whole.replace("stage: afterRegistration", "stage: afterRegistratoin"),
            "did you mean `afterRegistration`",
        ),
        (
            "journey: conversation\napplication: web-shop\nsteps: [{ stage: conversationStart }]\n"
                .to_owned(),
            "is for conversation applications, and `web-shop` is of the identity kind; add one",
        ),
    ] {
        place.write("journeys/registration.journey.yaml", &text);
        let ended = place.hookpoint(&["test", "registration.journey"]);
        assert_eq!(ended.code, 1, "{message}\n{}{}", ended.stdout, ended.stderr);
        assert!(
            ended.stdout.contains(message),
            "{message}\n{}",
            ended.stdout
        );
    }
    let refused = place.refused(&["journey", "registratoin", "--script", "x"]);
    assert!(refused.contains("registration"), "{refused}");
    let refused = place.refused(&[
        "journey",
        "login",
        "--script",
        "journeys/registration.journey.yaml",
    ]);
    assert!(
        refused.contains("is a script of the journey `conversation`"),
        "{refused}"
    );
}

#[test]
fn a_failed_expectation_shows_the_start_of_a_token() {
    let place = registration();
    let text = script("registration").replace("then: asked", "then: denied");
    let file = "journeys/registration.journey.yaml";
    place.write(file, &text);
    let walked = place.hookpoint(&["journey", "registration", "--script", file]);
    let tested = place.hookpoint(&["test", "registration.journey"]);
    for ended in [walked, tested] {
        let output = ended.stdout + &ended.stderr;
        assert_eq!(ended.code, 1, "{output}");
        assert!(
            output.contains("leads to `asked`, not `denied`"),
            "{output}"
        );
        let (_, token) = output.split_once(r#""continuation":"#).unwrap();
        let (token, _) = token.split_once('}').unwrap();
        assert!(token.contains(" characters)"), "{token}");
        assert!(token.len() < 50, "{token}");
    }
}

#[test]
fn a_journey_is_shown_with_its_hooks_and_how_they_are() {
    let place = registration();
    let shown = place.ok(&["journeys", "show", "registration"]);
    assert!(
        shown.contains("● hubspot-contact-gate: not run yet"),
        "{shown}"
    );
    for line in shown.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    place.ok(&["trigger", "before-registration"]);
    let json = place.json(&[
        "journeys",
        "show",
        "registration",
        "--application",
        "web-shop",
        "--json",
    ]);
    let points = json["points"].as_array().unwrap();
    let point = points
        .iter()
        .find(|point| point["stage"] == "beforeRegistration")
        .unwrap();
    let mut branches = point["branches"].as_array().unwrap().iter();
    assert!(branches.any(|branch| branch["leads"] == "asked"), "{point}");
    assert_eq!(point["hooks"][0]["hook"], "progressive-profiling");
    assert_eq!(point["hooks"][0]["lastOutcome"], "ok");
    assert_eq!(point["hooks"][1]["runs"], 0);
    let shown = place.ok(&["journeys", "show", "registration"]);
    assert!(
        shown.contains("● progressive-profiling: ok, 1 run"),
        "{shown}"
    );
    let refused = place.hookpoint(&[
        "journeys",
        "show",
        "conversation",
        "--application",
        "web-shop",
    ]);
    assert!(
        refused.stderr.contains("is of the identity kind"),
        "{}",
        refused.stderr
    );
    assert_eq!(
        place
            .json(&["journeys", "show", "--json"])
            .as_array()
            .unwrap()
            .len(),
        4
    );
}
