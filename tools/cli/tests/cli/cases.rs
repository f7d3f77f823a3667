//! Tests of `hookpoint try` and `hookpoint test`.

use std::fs;

use serde_json::json;

use crate::{endpoint::Endpoint, folder::Folder};

const SHOP: &str = "\
version: 1
secrets: [CrmToken]
applications:
  shop: { kind: identity, variables: { CrmHost: crm.example.com } }
hooks:
  tier: { script: { file: tier.js, hosts: [crm.example.com], secrets: [CrmToken] } }
bindings:
  - { hook: tier, stage: beforeRegistration, application: shop }
";
const TIER: &str = "\
export default async (event, hook) => {
  const reply = await fetch(`https://${hook.variables.CrmHost}/tiers`, {
    method: 'POST',
    headers: { authorization: `Bearer ${hook.secrets.CrmToken}` },
    body: JSON.stringify({ id: event.registration.email }),
  });
  if (reply.status === 404) return {};
  if (!reply.ok) throw new Error(`the CRM answered ${reply.status}`);
  const { tier } = await reply.json();
  console.log(tier, new Date().toISOString());
  return tier === 'blocked' ? { deny: { error: 'blocked' } } : { session: { tier } };
};
";
pub(crate) const REQUEST: &str = "\
requests:
  - method: POST
    url: https://crm.example.com/tiers
    headers: { Authorization: Bearer s3cret }
    response: { body: { tier: gold } }
";

/// A folder with the workspace, its script on the event's e-mail address, and this case.
pub(crate) fn folder(case: &str) -> Folder {
    let folder = Folder::with(SHOP);
    folder.write(
        "tier.js",
        &TIER.replace("event.registration.email", "event.customer?.ipAddress"),
    );
    folder.write("gold.case.yaml", case);
    folder
}

pub(crate) fn case(rest: &str) -> String {
    format!(
        "# Gold stays gold.\nhook: tier\nsecrets: {{ CrmToken: s3cret }}\ntime: 2026-01-02T03:04:05Z\n{rest}"
    )
}

#[test]
fn an_update_writes_what_came_and_the_case_then_passes() {
    let folder = folder(&case(REQUEST));
    let run = folder.run(&["test"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(
        run.stdout.contains("the case expects nothing"),
        "{}",
        run.stdout
    );
    let text = folder.ok(&["test", "--update"]);
    assert!(text.contains("updated gold.case.yaml"), "{text}");
    let written = fs::read_to_string(folder.path().join("gold.case.yaml")).unwrap();
    let expected = "expect:\n  response:\n    session:\n      tier: gold\n  log:\n    - \"gold 2026-01-02T03:04:05.";
    assert!(written.starts_with("# Gold stays gold.\n"), "{written}");
    assert!(written.contains(expected), "{written}");
}

#[test]
fn an_update_keeps_comments_and_line_ends_and_replaces_the_file_as_a_whole() {
    let expect =
        "expect: # gold\n  # The response.\n  response: {} # none\n  log: []\n# The end.\n";
    let text = case(&format!("{REQUEST}{expect}")).replace('\n', "\r\n");
    let folder = folder(&text);
    // What is written in place changes under every name of the file.
    let (path, other) = (
        folder.path().join("gold.case.yaml"),
        folder.path().join("other"),
    );
    fs::hard_link(&path, &other).unwrap();
    folder.ok(&["test", "--update"]);
    let written = fs::read_to_string(path).unwrap();
    for part in [
        "# Gold stays gold.\r\n",
        "expect: # gold\r\n  # The response.\r\n  response: # none\r\n    session:\r\n      tier: gold\r\n",
        "\r\n# The end.\r\n",
    ] {
        assert!(written.contains(part), "{part:?}: {written:?}");
    }
    assert_eq!(
        written.matches('\n').count(),
        written.matches("\r\n").count()
    );
    assert_eq!(fs::read_to_string(other).unwrap(), text);
}

#[test]
fn a_secret_that_the_hook_does_not_get_is_warned_of() {
    let expect = "expect:\n  response: { session: { tier: gold } }\n";
    let passing = case(&format!("{REQUEST}{expect}"));
    let more = passing.replace("CrmToken: s3cret }", "CrmToken: s3cret, Other: x }");
    let run = folder(&more).run(&["test"]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    let expected = "gold.case.yaml: the hook does not get the secret `Other`: list it under the hook's `secrets`";
    let said = run.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains(expected), "{said}");
    assert_eq!(folder(&passing).run(&["test"]).stderr, "");
}

#[test]
fn a_file_that_is_empty_is_told_how_it_begins_by_the_name_that_is_shown() {
    let folder = folder("");
    folder.write("walk.journey.yaml", "# nothing\n");
    let run = folder.run(&["test"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    for part in [
        "failed gold.case.yaml",
        "\n  gold.case.yaml: the file is empty\n    help: start it with `hook: NAME`",
        "\n  walk.journey.yaml: the file is empty\n    help: start it with `journey: NAME`",
    ] {
        assert!(run.stdout.contains(part), "{part}: {}", run.stdout);
    }
}

#[test]
fn every_difference_fails_and_is_shown() {
    let expect = "expect:\n  response: { session: { tier: gold } }\n";
    let passing = case(&format!("{REQUEST}{expect}"));
    folder(&passing).ok(&["test"]);
    for (from, to, message) in [
        (
            "session: { tier: gold }",
            "session: { tier: silver }",
            "-     \"tier\": \"silver\"\n  +     \"tier\": \"gold\"",
        ),
        (
            "s3cret }\n    response",
            "other }\n    response",
            "its header `authorization` differs (- expected, + made)\n  - Bearer other\n  + Bearer s3cret",
        ),
        (
            "    url: https://crm.example.com/tiers",
            "    url: https://crm.example.com/other",
            "POST https://crm.example.com/tiers: the case does not list it",
        ),
        (
            "    url: https://crm.example.com/tiers",
            "    url: https://crm.example.com/other",
            "POST https://crm.example.com/other was not requested",
        ),
        (
            "    response: { body: { tier: gold } }",
            "    body: { id: 1 }\n    response: {}",
            "its body differs (- expected, + made)\n  - /id: 1\n  + /id: ",
        ),
        (
            "    response: { body: { tier: gold } }",
            "    response: { status: 500 }",
            "expected outcome ok, but it is script-error",
        ),
        (
            "    response: { body: { tier: gold } }",
            "    failure: timeout",
            "expected outcome ok, but it is",
        ),
        (
            "    response: { body: { tier: gold } }",
            "    response: { status: 404 }",
            "-   \"session\": {",
        ),
        (
            "    url: https://crm.example.com/tiers",
            "    url: crm.example.com/tiers",
            "`crm.example.com/tiers` is no URL of a request",
        ),
        (
            "hook: tier",
            "hook: teir",
            "the workspace has no hook `teir` (it has: tier)",
        ),
        (
            "hook: tier",
            "hook: tier\nstage: conversation-start",
            "no conversation application",
        ),
        ("hook: tier", "hoook: tier", "did you mean `hook`?"),
        ("expect:\n", "expect:\n  log: []\n", "the log differs"),
    ] {
        let broken = passing.replace(from, to);
        assert_ne!(broken, passing, "{from}");
        let run = folder(&broken).run(&["test"]);
        assert_eq!(run.code, 1, "{to}: {}{}", run.stdout, run.stderr);
        assert!(run.stdout.contains(message), "{to}: {}", run.stdout);
        assert!(run.stdout.contains("0 passed, 1 failed"), "{}", run.stdout);
    }
}

#[test]
fn a_log_that_differs_is_shown_line_by_line() {
    let folder = Folder::with(
        "version: 1\napplications: { shop: { kind: identity } }\nhooks: { log: { script: log.js } }\n\
        bindings: [{ hook: log, stage: beforeRegistration, application: shop }]\n",
    );
    for (logged, expected, shown) in [
        ("['']", "[]", "+ \n"),
        ("[]", "['']", "- \n"),
        ("[]", "[one]", "- one\n"),
        ("['one']", "[]", "+ one\n"),
        ("['one', '']", "[one]", "  one\n+ \n"),
    ] {
        let script =
            format!("export default () => {{ for (const line of {logged}) console.log(line); }};");
        folder.write("log.js", &script);
        let case = format!("hook: log\nexpect: {{ log: {expected} }}\n");
        folder.write("log.case.yaml", &case);
        let run = folder.run(&["test"]);
        assert_eq!(run.code, 1, "{expected}: {}{}", run.stdout, run.stderr);
        let (_, text) = run.stdout.split_once("the log differs").unwrap();
        let changed: Vec<_> = text
            .lines()
            .map(|line| line.strip_prefix("  ").unwrap_or(line))
            .collect();
        let changed = changed.join("\n");
        assert!(
            changed.contains(&format!("written)\n{shown}\n")),
            "{expected}: {text:?}"
        );
    }
}

#[test]
fn failures_can_be_what_is_expected() {
    let failing = REQUEST.replace("{ body: { tier: gold } }", "{ status: 500 }");
    let expect = "expect: { outcome: script-error, error: the CRM answered 500 }\n";
    folder(&case(&format!("{failing}{expect}"))).ok(&["test"]);
    let denied = REQUEST.replace("tier: gold", "tier: blocked");
    let expect = "expect: { response: { deny: { error: blocked } } }\n";
    folder(&case(&format!("{denied}{expect}"))).ok(&["test"]);
}

#[test]
fn results_are_for_programs_too_and_cases_can_be_chosen() {
    let folder = folder(&case(&format!("{REQUEST}expect: {{ response: {{}} }}\n")));
    folder.write(
        "blocked.case.yaml",
        "hook: tier\nrequests: []\nexpect: { outcome: script-error }\n",
    );
    let run = folder.run(&["test", "--json", "--junit", "results.xml"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    let value: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&value["passed"], &value["failed"]), (&json!(0), &json!(2)));
    assert_eq!(value["cases"][1]["case"], "gold.case.yaml");
    let xml = fs::read_to_string(folder.path().join("results.xml")).unwrap();
    assert!(xml.contains("tests=\"2\" failures=\"2\""), "{xml}");
    let text = folder.run(&["test", "blocked"]).stdout;
    assert!(text.contains("0 passed, 1 failed"), "{text}");
    let run = folder.run(&["test", "nothing-has-this"]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("no case has `nothing-has-this`"),
        "{}",
        run.stderr
    );
    fs::remove_file(folder.path().join("gold.case.yaml")).unwrap();
    fs::remove_file(folder.path().join("blocked.case.yaml")).unwrap();
    let run = folder.run(&["test"]);
    assert!(
        run.stderr.contains("write one as `NAME.case.yaml`"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_script_is_tried_without_a_workspace_and_nothing_is_written() {
    let folder = Folder::new();
    folder.write(
        "tier.mjs",
        "export default async (event, hook) => {\n  console.log(hook.variables.Greeting);\n  return { context: { tier: 'gold' }, atributes: { x: 1 } };\n};\n",
    );
    let run = folder.run(&[
        "try",
        "tier.mjs",
        "--stage",
        "conversation-start",
        "--variable",
        "Greeting=Hello",
    ]);
    assert_eq!(run.code, 1, "{}{}", run.stdout, run.stderr);
    for part in [
        "\"tier\": \"gold\"",
        "tier at conversationStart of trial: ok",
        "dropped `atributes`",
        "> Hello",
    ] {
        assert!(run.stdout.contains(part), "{part}: {}", run.stdout);
    }
    assert!(!folder.path().join(".hookpoint").exists());
    folder.write("broken.js", "export default () => {\n  return {{};\n};\n");
    let run = folder.run(&["try", "broken.js", "--stage", "conversation-start"]);
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("broken.js:2:"), "{}", run.stdout);
}

#[test]
fn a_script_is_tried_as_the_hook_that_it_is_in_the_workspace() {
    let endpoint = Endpoint::start(|_| ("200 OK", "{\"tier\":\"gold\"}".to_owned()));
    let workspace = SHOP.replace("crm.example.com]", "127.0.0.1]").replace(
        "CrmHost: crm.example.com",
        &format!("CrmHost: '127.0.0.1:{}'", endpoint.port),
    );
    let folder = Folder::with(&format!(
        "{workspace}local: {{ allowHttpHosts: [127.0.0.1], allowNetworks: [127.0.0.1/32] }}\n"
    ));
    folder.write(
        "tier.js",
        &TIER
            .replace("https:", "http:")
            .replace("event.registration.email", "1"),
    );
    let text = folder.run(&["try", "tier.js", "--stage", "before-registration"]);
    assert_eq!(text.code, 1, "{}", text.stderr);
    assert!(
        text.stderr.contains("HOOKPOINT_SECRET_CrmToken"),
        "{}",
        text.stderr
    );
    assert!(
        text.stdout.contains("missing-secret")
            && text
                .stdout
                .contains("`hookpoint secrets set CrmToken` sets it"),
        "{}",
        text.stdout
    );
    assert_eq!(endpoint.count(), 0, "the script did not run");
    folder.run_with_input(&["secrets", "set", "CrmToken"], "s3cret");
    let run = folder.run(&["try", "tier.js", "--stage", "before-registration", "--json"]);
    let value: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(run.code, 0, "{value:#}");
    assert_eq!(value["response"], json!({ "session": { "tier": "gold" } }));
    assert_eq!(value["requests"][0]["status"], 200);
    assert_eq!(value["application"], "shop");
    let text = folder.run(&["try", "tier.js", "--stage", "before-registration"]);
    let place = format!("POST http://127.0.0.1:{}/tiers 200,", endpoint.port);
    assert!(text.stdout.contains(&place), "{}", text.stdout);
    let run = folder.run(&["try", "absent.js", "--stage", "before-registration"]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("failed to read `absent.js`"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_script_runs_without_an_optional_secret_only() {
    let folder =
        Folder::with(&SHOP.replace("secrets: [CrmToken] }", "optionalSecrets: [CrmToken] }"));
    folder.write(
        "tier.js",
        "export default (event, hook) => ({ session: { has: 'CrmToken' in hook.secrets } });\n",
    );
    let case = "hook: tier\nexpect: { response: { session: { has: false } } }\n";
    folder.write("none.case.yaml", case);
    folder.ok(&["test"]);
    let check = folder.run(&["check"]);
    assert_eq!((check.code, check.stderr.as_str()), (0, ""));
    folder.ok(&["apply", "--yes"]);
    let shown = folder.ok(&["hooks", "show", "tier"]);
    assert!(shown.contains("optionalSecrets"), "{shown}");
    folder.write(
        "hookpoint.yaml",
        &SHOP.replace("hosts: [crm.example.com], ", ""),
    );
    let run = folder.run(&["test"]);
    assert_eq!(run.code, 1, "{}", run.stdout);
    for part in [
        "the case gives the hook no `secrets: { CrmToken: … }`",
        "expected outcome ok, but it is missing-secret: secret `CrmToken` has no value",
    ] {
        assert!(run.stdout.contains(part), "{part}: {}", run.stdout);
    }
    folder.write(
        "none.case.yaml",
        "hook: tier\nexpect: { outcome: missing-secret }\n",
    );
    folder.ok(&["test"]);
    // In a case, a secret has the name that the hook uses.
    folder.write(
        "hookpoint.yaml",
        &SHOP
            .replace("[CrmToken]\napp", "[CrmToken, Other]\napp")
            .replace(
                "application: shop }",
                "application: shop, secrets: { CrmToken: Other } }",
            ),
    );
    let given =
        "hook: tier\nsecrets: { CrmToken: x }\nexpect: { response: { session: { has: true } } }\n";
    folder.write("none.case.yaml", given);
    folder.ok(&["test"]);
    let mixed = SHOP.replace(
        "secrets: [CrmToken] }",
        "secrets: [CrmToken], optionalSecrets: [CrmToken] }",
    );
    folder.write("hookpoint.yaml", &mixed);
    let error = folder.refused(&["check"]);
    assert!(
        error.contains("secret `CrmToken` is needed and optional"),
        "{error}"
    );
}

#[test]
fn a_case_that_changes_nearly_a_field_is_warned_of() {
    let case = case(REQUEST) + "changes: { custmer: { ipAddress: 192.0.2.1 } }\n";
    let run = folder(&case).run(&["test"]);
    assert!(
        run.stderr
            .contains("gold.case.yaml: `changes` sets `custmer.ipAddress`"),
        "{}",
        run.stderr
    );
    assert!(
        run.stderr.contains("did you mean `customer.ipAddress`?"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_check_finds_names_that_a_script_misspells() {
    let folder = Folder::with(SHOP);
    let script = TIER.replace("variables.CrmHost", "variables.CrmHots");
    folder.write(
        "tier.js",
        &script.replace("secrets.CrmToken", "secrets.CrmTokn"),
    );
    let warnings = folder.json(&["check", "--json"])["warnings"].to_string();
    for part in [
        "hook `tier`: the script reads the secret `CrmTokn`, which the hook does not list, so it is `undefined`; did you mean `CrmToken`?",
        "binding `tier` at `beforeRegistration`: the script reads the variable `CrmHots`, which is not set; did you mean `CrmHost`?",
    ] {
        assert!(warnings.contains(part), "{part}: {warnings}");
    }
    folder.write("tier.js", TIER);
    let warnings = folder.json(&["check", "--json"])["warnings"].to_string();
    assert!(!warnings.contains("the script reads"), "{warnings}");
}

/// Secrets are invented for a dry run.
#[test]
fn a_check_does_not_repeat_what_a_script_says_of_an_invented_secret() {
    let folder = Folder::with(SHOP);
    for (line, is_told) in [
        (
            "if (!hook.secrets.CrmToken.startsWith('key-')) throw new Error('CrmToken is no key');",
            false,
        ),
        ("event.nothing.x = hook.secrets.CrmToken;", true),
    ] {
        let script = format!("export default (event, hook) => {{\n  {line}\n  return {{}};\n}};\n");
        folder.write("tier.js", &script);
        let warnings = folder.json(&["check", "--json"])["warnings"].to_string();
        assert_eq!(warnings.contains("the script fails"), is_told, "{warnings}");
    }
}

#[test]
fn a_check_says_which_scripts_it_did_not_run() {
    use std::fmt::Write as _;

    let mut workspace = "version: 1\napplications: { bot: { kind: conversation } }\nhooks: { tier: { script: { source: \"export default () => ({})\" } } }\nbindings:\n".to_owned();
    for number in 1..=203 {
        let _ = writeln!(
            workspace,
            "  - {{ id: b{number}, application: bot, stage: conversationStart, hook: tier }}"
        );
    }
    let folder = Folder::with(&workspace);
    let run = folder.run(&["check"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let said = run.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        said.contains("scripts of 3 more bindings were not run on their sample events, only those of the first 200"),
        "{said}"
    );
}

#[test]
fn a_check_finds_what_never_runs_and_warns_of_what_is_probably_not_meant() {
    let shop = SHOP.replace(
        "  - { hook: tier, stage: beforeRegistration, application: shop }",
        "  - { hook: tier, stage: afterExternalLogin, application: shop, when: { customer.locaton.countryCode: [AT] } }",
    );
    let folder = Folder::with(&shop);
    folder.write(
        "tier.js",
        "export default (event) => (event.customer.nothing.x ? { deny: { error: 'x' } } : {});\n",
    );
    let run = folder.run(&["check"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    for part in [
        "did you mean `customer.location.countryCode`?",
        "the script can return `deny`, but if it fails the event passes",
        "on the sample event, the script fails: tier.js:1:",
        "give secret `CrmToken` a value: `hookpoint secrets set CrmToken`, or `HOOKPOINT_SECRET_CrmToken`",
    ] {
        assert!(run.stderr.contains(part), "{part}: {}", run.stderr);
    }
    let warnings = || folder.json(&["check", "--json"])["warnings"].clone();
    assert_eq!(warnings().as_array().unwrap().len(), 4, "{:#}", warnings());
    // Nothing reads a secret in whose place every binding puts another.
    let replaced = shop
        .replace("secrets: [CrmToken]\n", "secrets: [CrmToken, CrmTest]\n")
        .replace(
            "afterExternalLogin, application: shop,",
            "afterExternalLogin, application: shop, secrets: { CrmToken: CrmTest },",
        );
    folder.write("hookpoint.yaml", &replaced);
    let said = folder.run(&["check"]).stderr;
    assert!(said.contains("give secret `CrmTest` a value"), "{said}");
    assert!(!said.contains("give secret `CrmToken`"), "{said}");
    folder.write("hookpoint.yaml", &shop);
    // There is no such warning for a policy that is written out, nor for further questions.
    let script = fs::read_to_string(folder.path().join("tier.js")).unwrap();
    folder.write(
        "tier.js",
        &script.replace("deny: { error: 'x' }", "profilingSteps: []"),
    );
    assert!(!warnings().to_string().contains("can return"));
    // Minified or not; an option of `fetch` is not an effect.
    for (returned, warned) in [
        ("{deny:{error:\"x\"}}", Some("deny")),
        ("{deny:{error}}", Some("deny")),
        ("{ deny: { error: 'x' } }", Some("deny")),
        ("{redirect:{url:\"https://a.example\"}}", Some("redirect")),
        ("fetch(url,{redirect:\"error\"})", None),
        ("fetch(url, { redirect: 'manual' })", None),
    ] {
        let script = format!(
            "export default async(event)=>{{const url=\"https://a.example\",error=\"x\";return event.none?{returned}:{{}}}};\n"
        );
        folder.write("tier.js", &script);
        let found = warnings().to_string();
        let expected = warned.map(|effect| format!("can return `{effect}`"));
        assert!(
            expected
                .as_deref()
                .map_or(!found.contains("can return"), |text| found.contains(text)),
            "{returned}: {found}"
        );
    }
    folder.write("tier.js", &script);
    folder.write(
        "hookpoint.yaml",
        &shop.replace("shop, when", "shop, failure: continue, when"),
    );
    assert!(!warnings().to_string().contains("can return"));
    folder.write("hookpoint.yaml", &shop);
    for (script, part) in [
        ("export const tier = 1;", "export a function"),
        (
            "exports.onExecutePostLogin = async () => {};",
            "exports no function",
        ),
        (
            "const axios = require('axios');\nmodule.exports = async () => ({});",
            "axios",
        ),
        ("throw new Error('never');\n", "tier.js:1:"),
    ] {
        folder.write("tier.js", script);
        for command in ["check", "apply"] {
            let run = folder.run(&[command]);
            assert_eq!(run.code, 2, "{script}: {}", run.stdout);
            assert!(run.stderr.contains(part), "{script}: {}", run.stderr);
        }
    }
    assert!(!folder.path().join(".hookpoint").exists());
}

#[test]
fn a_secret_is_missing_only_where_an_application_uses_it() {
    let folder = Folder::new();
    folder.write("tier.js", TIER);
    let with = |applications: &str, bindings: &str| {
        let workspace = SHOP
            .replace("CrmToken]\napp", "CrmToken]\nstores: [customers]\napp")
            .replace("hooks:\n", &format!("{applications}hooks:\n"));
        folder.write("hookpoint.yaml", &format!("{workspace}{bindings}"));
    };
    let missing = || {
        let warnings = folder.json(&["check", "--json"])["warnings"].clone();
        let warnings = warnings.as_array().unwrap().iter();
        let texts = warnings.map(|text| text.as_str().unwrap().to_owned());
        let texts = texts.filter(|text| text.contains("give secret"));
        texts.collect::<Vec<_>>()
    };
    let bot = "  bot: { kind: conversation }\n";
    let none = "on this machine: give secret `CrmToken` a value: `hookpoint secrets set CrmToken`, or `HOOKPOINT_SECRET_CrmToken` in the environment";
    with(bot, "");
    assert_eq!(missing(), [none]);
    let set = ["secrets", "set", "CrmToken", "--application", "shop"];
    let run = folder.run_with_input(&set, "s3cret");
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(missing(), [""; 0]);
    let run = folder.run(&["apply"]);
    assert!(!run.stderr.contains("give secret"), "{}", run.stderr);

    let web = "on this machine: give secret `CrmToken` a value for application `web`: `hookpoint secrets set CrmToken --application web`, or `HOOKPOINT_SECRET_web__CrmToken` in the environment";
    for (kind, target) in [
        ("{ kind: identity }", "application: web"),
        (
            "{ kind: identity, identityStore: customers }",
            "store: customers",
        ),
    ] {
        with(
            &format!("{bot}  web: {kind}\n"),
            &format!("  - {{ hook: tier, stage: afterExternalLogin, {target} }}\n"),
        );
        assert_eq!(missing(), [web], "{target}");
        let run = folder.run(&["apply", "--dry-run"]);
        assert!(run.stderr.contains(web), "{}", run.stderr);
    }
    // What is bound nowhere has a value if any application has one.
    let unbound = format!("{}bindings: []\n", SHOP.split_once("bindings:").unwrap().0);
    folder.write("hookpoint.yaml", &unbound);
    assert_eq!(missing(), [""; 0]);
    folder.ok(&["secrets", "rm", "CrmToken", "--application", "shop"]);
    assert_eq!(missing(), [none]);
}

/// What has no problems is checked further although something else has.
#[test]
fn a_check_tells_everything_in_one_round() {
    let folder = Folder::with(
        "version: 1
applications: { shop: { kind: identity } }
hooks:
  typo: { static: {}, hosts: [api.example.com] }
  throws: { script: { source: \"export default (event) => event.nothing.x\" } }
  later: { script: { source: \"export default (event, hook) => { if (hook.deliveryId) event.nothing.y; }\" } }
  broken: { script: { source: \"export default (\" } }
bindings:
  - { hook: throws, stage: beforeRegistration, application: shop, when: { customer.locaton.city: [Graz] } }
  - { hook: broken, stage: beforeRegistration, application: shop }
  - { hook: typo, stage: beforeRegistration, application: shop, when: { customer.ipAdress: [192.0.2.1] } }
  - { hook: later, stage: afterRegistration, application: shop, mode: asynchronous }
",
    );
    let parts = [
        "`hosts` in a hook",
        "it belongs inside `script`",
        "hookpoint.yaml:7:48: SyntaxError: the script ends too early",
        "did you mean `customer.location.city`?",
        "did you mean `customer.ipAddress`?",
        "on the sample event, the script fails: hookpoint.yaml:5:58: TypeError",
        "on the sample event, the script fails: hookpoint.yaml:6:",
    ];
    let run = folder.run(&["check"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    for part in parts {
        assert_eq!(
            run.stderr.matches(part).count(),
            1,
            "{part}: {}",
            run.stderr
        );
    }
    let run = folder.run(&["check", "--json"]);
    assert_eq!(run.code, 2, "{}", run.stdout);
    let value: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let counted = |key: &str| value[key].as_array().map(Vec::len);
    assert_eq!(
        (counted("errors"), counted("warnings")),
        (Some(2), Some(4)),
        "{value:#}"
    );
}

#[test]
fn a_new_workspace_works_as_it_stands() {
    let folder = Folder::new();
    let bundler = ["HOOKPOINT_BUNDLER", "/nonexistent"];
    let command = |arguments: &[&str], sub: &str| {
        let mut command = folder.command(arguments);
        command
            .current_dir(folder.path().join(sub))
            .env(bundler[0], bundler[1]);
        crate::folder::Run::from(command.output().unwrap())
    };
    let run = command(&["init", "shop"], "");
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(
        run.stdout.contains("needs `hookpoint-bundler`")
            || run.stdout.contains("need `hookpoint-bundler`"),
        "{}",
        run.stdout
    );
    let run = command(&["test"], "shop");
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert!(
        run.stdout.contains("ok hooks/addresses.case.yaml"),
        "{}",
        run.stdout
    );
    let run = command(
        &[
            "try",
            "hooks/addresses.js",
            "--stage",
            "before-registration",
        ],
        "shop",
    );
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert!(
        run.stdout.contains("\"domain\": \"example.com\""),
        "{}",
        run.stdout
    );
    let run = command(&["check"], "shop");
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{}", run.stdout);
    for name in [
        "hookpoint.d.ts",
        "hookpoint-node.d.ts",
        "tsconfig.json",
        ".gitignore",
        "README.md",
    ] {
        assert!(folder.path().join("shop").join(name).exists(), "{name}");
    }
    let run = command(&["init", "shop"], "");
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("already exist and stay as they are"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_webhook_has_cases_too() {
    let folder = Folder::with(
        "version: 1\nsecrets: [Key]\napplications: { bot: { kind: conversation } }\nhooks: { crm: { webhook: { url: 'https://crm.example.com/lookup', headers: { X-Key: '{Key:Secret}' } } } }\nbindings: [{ application: bot, stage: conversationStart, hook: crm }]\n",
    );
    let case = "hook: crm\nsecrets: { Key: s3cret }\nrequests:\n  - { method: post, url: 'https://crm.example.com/lookup', headers: { x-key: s3cret }, response: { body: { context: { Tier: gold } } } }\nexpect: { response: { context: { Tier: gold } } }\n";
    folder.write("crm.case.yaml", case);
    folder.ok(&["test"]);
    folder.write(
        "crm.case.yaml",
        &case.replace("x-key: s3cret", "x-key: other"),
    );
    let run = folder.run(&["test"]);
    assert_eq!(run.code, 1);
    assert!(
        run.stdout
            .contains("its header `x-key` differs (- expected, + made)\n  - other\n  + s3cret"),
        "{}",
        run.stdout
    );
    for equal in [
        "https://CRM.example.com:443/lookup",
        "https://crm.example.com/x/../lookup",
    ] {
        folder.write(
            "crm.case.yaml",
            &case.replace("https://crm.example.com/lookup", equal),
        );
        folder.ok(&["test"]);
    }
    let standard = case.replace("x-key: s3cret", "webhook-id: x");
    folder.write("crm.case.yaml", &standard);
    let run = folder.run(&["test"]);
    let expected = "the case requires the header `webhook-id`, which every webhook gets";
    assert!(run.stdout.contains(expected), "{}", run.stdout);
    let failing = case.replace("{ body: { context: { Tier: gold } } }", "{ status: 503 }");
    folder.write(
        "crm.case.yaml",
        &failing.replace(
            "response: { context: { Tier: gold } }",
            "outcome: server-error",
        ),
    );
    folder.ok(&["test"]);
}

#[test]
fn an_update_leaves_a_case_alone_whose_hook_fails_and_shows_what_it_replaces() {
    let expect = "expect:\n  response: { session: { tier: silver } }\n";
    let text = case(&format!("{REQUEST}{expect}"));
    let folder = folder(&text);
    let updated = folder.ok(&["test", "--update"]);
    assert!(
        updated.contains("-     \"tier\": \"silver\"\n  +     \"tier\": \"gold\""),
        "{updated}"
    );
    let path = folder.write("gold.case.yaml", &text);
    folder.write("tier.js", "export default () => { throw Error('oops'); };");
    let run = folder.run(&["test", "--update"]);
    assert_eq!(run.code, 1, "{}", run.stdout);
    for part in [
        "failed gold.case.yaml",
        "expected outcome ok, but it is script-error",
        "not updated, because the hook failed: write `outcome` below `expect`",
    ] {
        assert!(run.stdout.contains(part), "{part}: {}", run.stdout);
    }
    assert_eq!(fs::read_to_string(path).unwrap(), text);
}

#[test]
fn an_update_says_that_it_leaves_scripts_of_journeys_alone() {
    let folder = folder(&case(REQUEST));
    let script = "journey: registration\napplication: shop\nsteps:\n  - stage: afterRegistration\n    expect: { session: { tier: gold } }\n";
    folder.write("one.journey.yaml", script);
    let run = folder.run(&["test", "one", "--update"]);
    assert_eq!(run.code, 1, "{}", run.stdout);
    for part in [
        "`session.tier` is missing; expected \"gold\"",
        "not updated: `--update` writes cases",
    ] {
        assert!(run.stdout.contains(part), "{part}: {}", run.stdout);
    }
}

#[test]
fn an_update_writes_no_log_that_the_next_run_may_not_repeat_and_goes_on_after_a_case_that_it_cannot_write()
 {
    let folder = Folder::with(
        "version: 1
applications: { bot: { kind: conversation } }
hooks: { st: { script: st.js } }
bindings: [{ application: bot, stage: conversationStart, hook: st }]
",
    );
    folder.write(
        "st.js",
        "export default (event, hook) => {\n  console.log(hook.correlationId);\n  return { context: { n: 2 } };\n};\n",
    );
    let written = "hook: st\nexpect:\n  response: { context: { n: 1 } }\n";
    folder.write("a.case.yaml", written);
    folder.write("m.case.yaml", "{ hook: st, expect: { response: {} } }\n");
    folder.write("z.case.yaml", written);
    folder.write("other.case.yml", written);
    let run = folder.run(&["test", "--update", "--junit", "j.xml"]);
    assert_eq!(run.code, 1, "{}{}", run.stdout, run.stderr);
    let all = format!("{}{}", run.stdout, run.stderr);
    assert!(all.contains("failed to update `"), "{all}");
    assert!(all.contains("other.case.yml: it is not run"), "{all}");
    assert!(folder.path().join("j.xml").exists());
    for name in ["a.case.yaml", "z.case.yaml"] {
        let text = fs::read_to_string(folder.path().join(name)).unwrap();
        assert!(text.contains(": 2\n") && !text.contains("log:"), "{text}");
    }
    // What was written passes.
    for _ in 0..2 {
        folder.ok(&["test", "a.case.yaml"]);
    }
}
