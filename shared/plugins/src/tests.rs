//! Tests over the library as it is, and over plugins with one defect each.

mod own_files;
mod search;

use std::collections::{BTreeMap, BTreeSet};

use hookpoint_stages::Family;
use serde_json::{Value, json};

use crate::{Change, Kind, Library, Manifest, Plugin, Record, Site, Values, lint};

/// The library with a text of a file replaced.
fn changed(file: &str, from: &str, to: &str) -> Library {
    let mut files = Library::embedded().files();
    let text = files.get_mut(file).unwrap();
    assert!(text.contains(from), "{file} has no `{from}`");
    *text = text.replace(from, to);
    Library::of(files)
}

fn plugin(library: &Library, name: &str) -> Plugin {
    let found = library.find(name).unwrap();
    found.unwrap_or_else(|errors| panic!("{errors}"))
}

fn site(application: Option<&str>, store: Option<&str>) -> Site {
    Site {
        application: application.map(str::to_owned),
        store: store.map(str::to_owned),
        family: Family::Identity,
    }
}

fn given(values: &[(&str, &str)]) -> BTreeMap<String, String> {
    let values = values.iter();
    values
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[test]
fn every_plugin_is_sound_and_does_what_it_declares() {
    let library = Library::embedded();
    let mut problems = Vec::new();
    let mut titles = BTreeSet::new();
    let mut hooks = BTreeSet::new();
    for (name, plugin) in library.plugins() {
        match plugin {
            Err(errors) => problems.push(errors.to_string()),
            Ok(plugin) => {
                problems.extend(lint(&plugin).iter().map(|text| format!("{name}: {text}")));
                assert!(
                    titles.insert(plugin.manifest.title.clone()),
                    "{name}: the title is taken"
                );
                for hook in &plugin.manifest.hooks {
                    let own = hook.name.as_str() == name
                        || hook.name.as_str().starts_with(&format!("{name}-"));
                    assert!(
                        own && hooks.insert(hook.name.clone()),
                        "{name}: the hook {} has another plugin's name",
                        hook.name
                    );
                }
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(titles.len() > 1);
}

#[test]
fn a_defect_of_a_manifest_is_reported_with_its_place() {
    let name = "hubspot-contact-gate";
    let manifest = "hubspot-contact-gate/plugin.yaml";
    for (from, to, message) in [
        ("format: 1", "format: 2", "reads plugins of `format: 1`"),
        (
            "version: 1.0.0",
            "version: \"1.0\"",
            "`1.0` is not a version",
        ),
        ("title: HubSpot", "titel: HubSpot", "did you mean `title`"),
        (
            "[crm, registration]",
            "[crm, registratoin]",
            "did you mean `registration`",
        ),
        (
            "keywords: [invitation,",
            "keywords: [Invitation,",
            "`Invitation` is not a keyword",
        ),
        (
            "keywords: [invitation,",
            "keywords: [customer,",
            "appears twice",
        ),
        (
            "keywords: [invitation,",
            "keywords: [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s,",
            "21 keywords are too many",
        ),
        (
            "journeys: [registration]",
            "journeys: []",
            "lacks one with `beforeRegistration`",
        ),
        (
            "journeys: [registration]",
            "journeys: [registration, login]",
            "no hook is bound on the journey `login`",
        ),
        (
            "journeys: [registration]",
            "journeys: [registratoin]",
            "did you mean `registration`",
        ),
        (
            "  HubSpotUnknown:",
            "  hubspot-unknown:",
            "is not a name of a parameter",
        ),
        (
            "    type: choice\n    options: [deny, ask]",
            "    type: chioce\n    options: [deny, ask]",
            "unknown type `chioce`",
        ),
        ("    options: [deny, ask]\n", "", "lacks its `options`"),
        (
            "    default: deny\n    help: What happens to",
            "    default: denied\n    help: What happens to",
            "`default` must be one of `deny`, `ask`",
        ),
        (
            "    default: hubSpotContactId\n",
            "",
            "neither `default` nor `example`",
        ),
        (
            "    secret: true\n",
            "    secret: true\n    default: x\n",
            "a secret is text without",
        ),
        (
            "^[A-Za-z][A-Za-z0-9_]{0,63}$",
            "[A-Za-z]+",
            "for the whole value",
        ),
        (
            "^[A-Za-z][A-Za-z0-9_]{0,63}$",
            "^[A-Za-z$",
            "for the whole value",
        ),
        (
            "file: hooks/hubspot-contact-gate.ts",
            "file: hooks/gate.ts",
            "`hooks/gate.ts` is missing",
        ),
        (
            "file: hooks/hubspot-contact-gate.ts",
            "file: ../gate.ts",
            "is not a file of a hook",
        ),
        (
            "hosts: [api.hubapi.com]",
            "hosts: [\"*.hubapi.com\"]",
            "`*.hubapi.com` is not a host",
        ),
        (
            "hosts: [api.hubapi.com]",
            "hosts: [\"https://api.hubapi.com\"]",
            "is not a host",
        ),
        (
            "hosts: [api.hubapi.com]",
            "hosts: [\"{HubSpotMessage}\"]",
            "is not a host",
        ),
        (
            "hosts: [api.hubapi.com]",
            "hosts: [\"{HubSpotToken}\"]",
            "unknown parameter `HubSpotToken`",
        ),
        ("    hosts: [api.hubapi.com]\n", "", "contradict each other"),
        (
            "secrets: [HubSpotToken]",
            "secrets: [HubSpotKey]",
            "did you mean",
        ),
        (
            "secrets: [HubSpotToken]",
            "secrets: [HubSpotMessage]",
            "unknown secret parameter",
        ),
        (
            "effects: [attributes, deny, showError]",
            "effects: [attributes, denny]",
            "did you mean `deny`",
        ),
        (
            "variables: [HubSpotUnknown, HubSpotMessage, HubSpotAttribute]",
            "variables: [HubSpotMessage, HubSpotAttribute]",
            "parameter `HubSpotUnknown` has no use",
        ),
        (
            "stage: beforeRegistration",
            "stage: beforeRegistratoin",
            "did you mean `beforeRegistration`",
        ),
        (
            "stage: beforeRegistration",
            "stage: beforeIdTokenGeneration",
            "`journeys` lacks one with `beforeIdTokenGeneration`",
        ),
        (
            "stage: beforeRegistration",
            "stage: conversationStart",
            "accepts none of the effects",
        ),
        (
            "stage: beforeRegistration",
            "stage: afterAccountUpdate",
            "has no failure policy",
        ),
        (
            "failure: \"{HubSpotOnFailure}\"",
            "failure: \"{HubSpotUnknown}\"",
            "is not a failure policy",
        ),
        (
            "failure: \"{HubSpotOnFailure}\"",
            "failure: fallback",
            "is not a failure policy",
        ),
        (
            "failure: \"{HubSpotOnFailure}\"",
            "failure: { other: {} }",
            "unknown key `other`",
        ),
        (", failure: \"{HubSpotOnFailure}\"", "", "lacks `failure`"),
        ("order: 50", "order: 50, mode: asynchronous", "has no mode"),
        ("order: 50", "order: 50, timeoutMs: 4000", "from 1 to 3000"),
        (
            "order: 50",
            "order: 50, onlyIf: { HubSpotUnknown: never }",
            "is ever `never`",
        ),
        (
            "\nhooks:",
            "\nneeds: [{ anyOf: [HubSpotOnFailure] }]\nhooks:",
            "no optional parameter is called `HubSpotOnFailure`",
        ),
        (
            "\nhooks:",
            "\nneeds: [{ onlyIf: { HubSpotOnFailure: deny } }]\nhooks:",
            "lacks the key `anyOf`",
        ),
        (
            "{ hook: hubspot-contact-gate,",
            "{ hook: hubspot-gate,",
            "unknown hook `hubspot-gate`",
        ),
        (
            "preview: cases/contact.case.yaml",
            "preview: cases/none.case.yaml",
            "`cases/none.case.yaml` is missing",
        ),
    ] {
        let found = changed(manifest, from, to).find(name).unwrap();
        // Empty messages: changes that are allowed.
        match found {
            Ok(_) => assert!(message.is_empty(), "{to}: no problem"),
            Err(errors) => {
                let text = errors.to_string();
                assert!(
                    !message.is_empty() && text.contains(message),
                    "{to}: {text}"
                );
                assert!(text.starts_with(manifest), "{text}");
            }
        }
    }
}

#[test]
fn a_misspelt_key_of_a_manifest_is_the_only_problem() {
    let manifest = "hubspot-contact-gate/plugin.yaml";
    for (key, misspelt) in [
        ("failure: \"", "failre: \""),
        ("hosts: ", "host: "),
        ("roundTrips: ", "round_trips: "),
    ] {
        let changed = changed(manifest, key, misspelt);
        let found = changed.find("hubspot-contact-gate").unwrap();
        let errors = found.err().unwrap();
        let text = errors.to_string();
        assert!(text.contains("did you mean `"), "{text}");
        assert_eq!(text.matches("help:").count(), 1, "{text}");
    }
}

#[test]
fn files_that_are_missing_or_none_of_a_plugin_are_reported() {
    for (removed, added, message) in [
        ("README.md", None, "`README.md` is missing"),
        ("icon.svg", None, "`icon.svg` is missing"),
        ("cases/", None, "the plugin has no case"),
        (
            "-",
            Some(("notes.txt", "x")),
            "`notes.txt` is not a file of a plugin",
        ),
        (
            "-",
            Some(("icon.svg", "<svg><script>1</script></svg>")),
            "not a small drawing",
        ),
        (
            "-",
            Some(("hooks/more.ts", "import \"../../lib/nothing\";")),
            "`lib/nothing.ts`, which does not exist",
        ),
    ] {
        let mut files = Library::embedded().files();
        files.retain(|path, _| !path.starts_with(&format!("slack-feed/{removed}")));
        if let Some((path, text)) = added {
            files.insert(format!("slack-feed/{path}"), text.to_owned());
        }
        let found = Library::of(files).find("slack-feed").unwrap();
        let text = found.unwrap_err().to_string();
        assert!(text.contains(message), "{text}");
    }
}

#[test]
fn the_lint_finds_what_a_plugin_does_and_does_not_declare() {
    let source = "hubspot-contact-gate/hooks/hubspot-contact-gate.ts";
    let body = "  if (email === undefined) return refused(hook);";
    let manifest = "hubspot-contact-gate/plugin.yaml";
    let insert = |line: &str| format!("{body}\n  {line}");
    for (file, from, to, message) in [
        (
            source,
            body,
            insert("const a = hook.secrets.OtherToken;"),
            "reads `hook.secrets.OtherToken`, which the manifest does not list",
        ),
        (
            source,
            body,
            insert("const a = hook.variables?.Other;"),
            "reads `hook.variables.Other`",
        ),
        (
            source,
            body,
            insert("const a = hook.secrets[\"HubSpotToken\"];"),
            "otherwise than by",
        ),
        (
            source,
            body,
            insert("const { secrets } = hook;"),
            "takes `variables` or `secrets` out",
        ),
        (
            source,
            body,
            insert("await fetch(SEARCH);"),
            "calls `fetch` itself",
        ),
        (
            source,
            body,
            insert("const ask = fetch;"),
            "calls `fetch` itself",
        ),
        (
            source,
            body,
            insert("await globalThis.fetch(SEARCH);"),
            "calls `globalThis` itself",
        ),
        (
            source,
            body,
            insert("const {\n    secrets,\n  } = hook;"),
            "takes `variables` or `secrets` out",
        ),
        (
            source,
            body,
            insert("const a = hook[\"secrets\"];"),
            "takes `variables` or `secrets` out",
        ),
        (
            source,
            body,
            insert("const a = { ...hook };"),
            "takes `variables` or `secrets` out",
        ),
        (
            source,
            body,
            insert("if (email === \"\") return { redirect: { url: SEARCH } };"),
            "returns the effect `redirect`, which the manifest does not list",
        ),
        (
            source,
            body,
            insert("if (email === \"\") return { skip: true, \"nextStep\": \"register\" };"),
            "returns the effect `skip`, which the manifest does not list",
        ),
        (
            source,
            body,
            insert("const redirect = { url: SEARCH };\n  if (email === \"\") return { redirect };"),
            "returns the effect `redirect`, which the manifest does not list",
        ),
        (
            source,
            body,
            insert("const a = \"https://api.hubapi.com/?e=\" + email;"),
            "builds the URL `https://api.hubapi.com/?e=…` without the tag `url`",
        ),
        (
            source,
            body,
            insert("const a = `email=${email}^active=true`;"),
            "builds the query `email=${email}^active=true…`",
        ),
        (
            source,
            body,
            insert("await import(\"./x\");"),
            "while it runs",
        ),
        (
            source,
            "\"../../lib/request\";",
            "\"../../lib/request\";\nimport x from \"node:https\";".to_owned(),
            "imports `node:https`",
        ),
        (
            source,
            body,
            insert("const a = \"https://evil.example.com/x\";"),
            "names the host `evil.example.com`",
        ),
        (
            source,
            body,
            insert("const a = `https://api.hubapi.com/contacts/${email}`;"),
            "without the tag `url`",
        ),
        (
            source,
            body,
            insert("const a = `https://${hook.variables.HubSpotMessage}/x`;"),
            "without the tag `url`",
        ),
        (
            source,
            body,
            insert("const a = url`https://${hook.variables.HubSpotMessage}/x`;"),
            "a host that a variable names",
        ),
        (
            source,
            body,
            insert("const a = `SELECT Id FROM Contact WHERE Email = '${email}'`;"),
            "builds the query `SELECT Id FROM",
        ),
        (
            source,
            body,
            insert("const a = \"emailaddress1 eq '\" + email;"),
            "",
        ),
        (
            source,
            body,
            insert("const a = `emailaddress1 eq '${email}'`;"),
            "",
        ),
        (
            source,
            body,
            insert("const a = \"?sysparm_query=email=\" + email;"),
            "builds the query `?sysparm_query=email=…`",
        ),
        (
            source,
            "hook.variables.HubSpotAttribute ?? ",
            String::new(),
            "does not read `hook.variables.HubSpotAttribute`",
        ),
        (
            manifest,
            "effects: [attributes, deny, showError]",
            "effects: [attributes, deny]".to_owned(),
            "returns `showError` in a case",
        ),
        (
            manifest,
            "effects: [attributes, deny, showError]",
            "effects: [attributes, deny, showError, session]".to_owned(),
            "the effect `session`, which no case shows",
        ),
        (
            "hubspot-contact-gate/cases/contact.case.yaml",
            "hook: hubspot-contact-gate",
            "hook: hubspot-gate".to_owned(),
            "the plugin has no hook `hubspot-gate`",
        ),
        (
            manifest,
            "order: 50, failure: \"{HubSpotOnFailure}\" }",
            "order: 50, failure: \"{HubSpotOnFailure}\" }\n  - { hook: hubspot-contact-gate, stage: beforeExternalRegistration, failure: deny }".to_owned(),
            "has no case that succeeds at `beforeExternalRegistration`",
        ),
        (
            manifest,
            "hosts: [api.hubapi.com]",
            "hosts: [api.hubapi.com, api.example.com]".to_owned(),
            "declares the host `api.example.com`, of which no case has a reply",
        ),
        (
            "hubspot-contact-gate/cases/contact.case.yaml",
            "requests:",
            "requets:".to_owned(),
            "did you mean `requests`",
        ),
    ] {
        let plugin = plugin(&changed(file, from, &to), "hubspot-contact-gate");
        let found = lint(&plugin).join("\n");
        assert!(
            !found.is_empty() && found.contains(message),
            "{to}: {found}"
        );
    }
    // Comments may mention anything.
    let commented = insert(
        "// fetch(\"https://evil.example.com\") `SELECT x FROM y` hook.secrets.X\n/* fetch( */",
    );
    let plugin = plugin(&changed(source, body, &commented), "hubspot-contact-gate");
    assert_eq!(lint(&plugin), Vec::<String>::new());
}

#[test]
fn values_are_checked_and_take_their_usual_form() {
    let library = Library::embedded();
    let slack = plugin(&library, "slack-feed").manifest;
    let values = Values::of(&slack, &given(&[("SlackEvents", " MFA,login,, mfa")])).unwrap();
    assert_eq!(values.get("SlackEvents"), "login, mfa");
    assert_eq!(values.get("SlackShowAddress"), "yes");
    for (name, value, message) in [
        (
            "SlackEvents",
            "login, logout",
            "must be some of `login`, `mfa`, `consent`",
        ),
        ("SlackEvents", ",", "must be some of"),
        ("SlackShowAddress", "", "must be one of `yes`, `no`"),
        ("SlackUrl", "https://hooks.slack.com/x", "is a secret"),
        ("SlackUrls", "x", "did you mean `SlackUrl`"),
    ] {
        let errors = Values::of(&slack, &given(&[(name, value)])).unwrap_err();
        let text = errors[0].to_string();
        assert!(text.contains(message) && text.contains(name), "{text}");
        assert!(!text.contains("hooks.slack.com"), "{text}");
    }
    let hubspot = plugin(&library, "hubspot-contact-gate").manifest;
    let long = "x".repeat(65_536);
    for (value, message) in [
        ("a\r\nb", "text on one line"),
        (long.as_str(), "at most 2000 characters"),
        ("<b>no</b>", "like `"),
    ] {
        let errors = Values::of(&hubspot, &given(&[("HubSpotMessage", value)])).unwrap_err();
        let text = errors[0].to_string();
        assert!(text.contains(message) && text.len() < 300, "{text}");
    }
    // Never a pattern where there is an example or a default.
    for (_, plugin) in library.plugins() {
        let Manifest { parameters, .. } = plugin.unwrap().manifest;
        for parameter in parameters {
            let known = [&parameter.example, &parameter.default];
            let known = known.into_iter().flatten().any(|text| !text.is_empty());
            if let (true, Err(wanted)) = (known, parameter.check("<\u{200b}>;")) {
                assert!(!wanted.contains("^["), "{}: {wanted}", parameter.name);
            }
        }
    }
    let errors = Values::of(&hubspot, &given(&[("HubSpotAttribute", "a.b")])).unwrap_err();
    assert!(
        errors[0].to_string().contains("must be like `"),
        "{}",
        errors[0]
    );
    let migration = plugin(&library, "account-migration").manifest;
    let errors = Values::of(&migration, &given(&[])).unwrap_err();
    assert_eq!(
        errors[0].to_string(),
        "the parameter `MigrationHost` has no value; give it with `--set MigrationHost=…`\n  The host of your endpoint."
    );
}

#[test]
fn hosts_of_ones_own_may_have_a_name_in_any_script() {
    let mut seen = 0;
    for (name, plugin) in Library::embedded().plugins() {
        for parameter in &plugin.unwrap().manifest.parameters {
            let example = parameter.example.as_deref().unwrap_or_default();
            if parameter.kind == Kind::Host && example.ends_with("example.com") {
                for given in ["api.example.xn--p1ai", "xn--bcher-kva.example"] {
                    let checked = parameter.check(given);
                    assert_eq!(checked.as_deref(), Ok(given), "{name}");
                }
                seen += 1;
            }
        }
    }
    assert!(seen > 3, "{seen}");
}

#[test]
fn no_value_widens_the_hosts() {
    let with_host = |kind: &str| {
        let mut files = Library::embedded().files();
        let manifest = files.get_mut("hubspot-contact-gate/plugin.yaml").unwrap();
        *manifest = manifest
            .replace("hosts: [api.hubapi.com]", "hosts: [\"{HubSpotHost}\"]")
            .replace(
                "parameters:\n",
                &format!(
                    "parameters:\n  HubSpotHost: {{ {kind}, example: api.hubapi.com, help: x. }}\n"
                ),
            );
        Library::of(files)
    };
    let hosts = |library: &Library, value: &str| -> Result<Value, String> {
        let plugin = plugin(library, "hubspot-contact-gate");
        let values = Values::of(&plugin.manifest, &given(&[("HubSpotHost", value)]));
        let values = values.map_err(|errors| errors[0].to_string())?;
        let installed = plugin.install(&values, &site(Some("web-shop"), None));
        let installed = installed.map_err(|error| error.to_string())?;
        Ok(installed.additions.hooks["hubspot-contact-gate"]["script"]["hosts"].clone())
    };
    let any = with_host("type: host");
    let pinned = with_host("type: host, pattern: \"^[a-z0-9-]+\\\\.hubapi\\\\.com$\"");
    assert_eq!(
        hosts(&any, "API.Example.com").unwrap(),
        json!(["api.example.com"])
    );
    assert_eq!(
        hosts(&pinned, "eu1.hubapi.com").unwrap(),
        json!(["eu1.hubapi.com"])
    );
    for value in [
        "*",
        "*.hubapi.com",
        "localhost",
        "127.0.0.1",
        "[::1]",
        "0x7f.1",
        "a.example.com/x",
        "a.example.com:8443",
        "https://a.example.com",
        "a.example.com b.example.com",
        "a.example.com,b.example.com",
        "user@a.example.com",
        "a..example.com",
        ".example.com",
        "{SlackUrl}",
    ] {
        let error = hosts(&any, value).unwrap_err();
        assert!(error.contains("HubSpotHost"), "{value}: {error}");
    }
    for value in [
        "hubapi.com.evil.example",
        "evil.example",
        "api.hubapi.com.",
        "a.b.hubapi.com",
    ] {
        hosts(&pinned, value).unwrap_err();
    }
    // A parameter without a pattern could name any host.
    let loose = with_host("type: text")
        .find("hubspot-contact-gate")
        .unwrap()
        .unwrap_err();
    assert!(loose.to_string().contains("and so may the host"), "{loose}");
}

#[test]
fn an_installation_has_files_entries_and_a_record() {
    let library = Library::embedded();
    let slack = plugin(&library, "slack-feed");
    let values = Values::of(&slack.manifest, &given(&[("SlackEvents", "login")])).unwrap();
    let installed = slack
        .install(&values, &site(Some("web-shop"), Some("customers")))
        .unwrap();
    assert_eq!(
        installed.additions.as_text(),
        "\
secrets: [SlackUrl]
hooks:
  slack-feed:
    script:
      file: plugins/slack-feed/hooks/slack-feed.ts
      hosts: [hooks.slack.com]
      secrets: [SlackUrl]
bindings:
  - application: web-shop
    stage: afterSelfServiceLogin
    hook: slack-feed
    timeoutMs: 10000
    variables:
      SlackShowAddress: \"yes\"
"
    );
    let names: Vec<&str> = installed
        .files
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert!(
        names.contains(&"plugins/slack-feed/lib/text.ts"),
        "{names:?}"
    );
    assert!(
        !names.contains(&"plugins/slack-feed/lib/aws.ts"),
        "{names:?}"
    );
    // Cases of stages that were not chosen stay behind.
    assert!(
        names.contains(&"plugins/slack-feed/cases/login.case.yaml"),
        "{names:?}"
    );
    assert!(
        !names.contains(&"plugins/slack-feed/cases/consent.case.yaml"),
        "{names:?}"
    );
    let (_, source) = installed
        .files
        .iter()
        .find(|(name, _)| name.ends_with("hooks/slack-feed.ts"))
        .unwrap();
    assert!(source.contains("from \"../lib/request\"") && !source.contains("../../lib"));

    let hubspot = plugin(&library, "hubspot-contact-gate");
    let values = Values::examples(&hubspot.manifest);
    let of_store = hubspot
        .install(&values, &site(None, Some("customers")))
        .unwrap();
    assert!(
        of_store
            .additions
            .as_text()
            .contains("- store: customers\n    stage: beforeRegistration")
    );
    let conversation = Site {
        family: Family::Conversation,
        ..site(Some("bot"), None)
    };
    let guard = plugin(&library, "message-guard");
    let chosen = given(&[("MessageGuardName", "pii")]);
    let chosen = Values::of(&guard.manifest, &chosen).unwrap();
    let guarded = guard.install(&chosen, &conversation).unwrap();
    assert_eq!(
        guarded.additions.bindings[0]["failure"],
        json!({"fallback": {"context": {"pii": true, "piiKinds": "", "piiCount": 0, "piiText": ""}}})
    );
    let error = hubspot
        .install(&values, &conversation)
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "the plugin `hubspot-contact-gate` is for identity applications: its stage `beforeRegistration` never happens in the application `bot`"
    );
}

#[test]
fn a_record_tells_changes_of_the_author_from_those_of_the_plugin() {
    let library = Library::embedded();
    let slack = plugin(&library, "slack-feed");
    let values = Values::examples(&slack.manifest);
    let installed = slack
        .install(&values, &site(Some("web-shop"), None))
        .unwrap();
    let prefix = format!("{}/", installed.folder);
    let files: BTreeMap<String, String> = installed
        .files
        .iter()
        .map(|(name, text)| (name.strip_prefix(&prefix).unwrap().to_owned(), text.clone()))
        .collect();
    let record = Record::parse(&files["installed.json"]).unwrap();
    assert_eq!(
        (record.plugin.as_str(), record.version.as_str()),
        ("slack-feed", "1.0.0")
    );
    let mut newer = files.clone();
    newer.remove("installed.json");
    let mut present = newer.clone();
    let change =
        |record: &Record, newer: &BTreeMap<String, String>, present: &BTreeMap<String, String>| {
            let changes = record.changes(newer, |path| present.get(path).cloned());
            let changes = changes
                .into_iter()
                .filter(|file| file.change != Change::None);
            changes
                .map(|file| (file.path, file.change))
                .collect::<Vec<_>>()
        };
    // Line endings are not changes of the author.
    present.insert(
        "README.md".to_owned(),
        newer["README.md"].replace('\n', "\r\n"),
    );
    assert_eq!(change(&record, &newer, &present), []);
    for (file, mine, theirs) in [
        ("lib/text.ts", Some("mine"), None),
        ("lib/request.ts", None, Some("theirs")),
        ("hooks/slack-feed.ts", Some("mine"), Some("theirs")),
        ("lib/new.ts", None, Some("theirs")),
        ("lib/taken.ts", Some("mine"), Some("theirs")),
        ("lib/customer.ts", Some("same"), Some("same")),
    ] {
        for (files, text) in [(&mut present, mine), (&mut newer, theirs)] {
            files.extend(text.map(|text| (file.to_owned(), text.to_owned())));
        }
    }
    newer.remove("cases/login.case.yaml");
    present.remove("cases/timeout.case.yaml");
    let expected = [
        ("cases/login.case.yaml", Change::Dropped),
        ("cases/timeout.case.yaml", Change::Deleted),
        ("hooks/slack-feed.ts", Change::ByBoth),
        ("lib/new.ts", Change::Added),
        ("lib/request.ts", Change::ByPlugin),
        ("lib/taken.ts", Change::ByBoth),
        ("lib/text.ts", Change::ByAuthor),
    ];
    assert_eq!(
        change(&record, &newer, &present),
        expected.map(|(path, change)| (path.to_owned(), change))
    );
    assert!(Record::parse("{}").is_err());
    let later = files["installed.json"].replace("\"format\": 1", "\"format\": 2");
    assert!(Record::parse(&later).unwrap_err().contains("format is 2"));
    for outside in ["../hookpoint.yaml", "/etc/passwd", "a/../../b", ""] {
        let mut value: serde_json::Value = serde_json::from_str(&files["installed.json"]).unwrap();
        value["files"][outside] = "00".into();
        let refusal = Record::parse(&value.to_string()).unwrap_err();
        assert!(refusal.contains("not in the folder"), "{refusal}");
    }
}

#[test]
fn what_other_values_need_must_be_there() {
    let consents = plugin(&Library::embedded(), "consent-sync").manifest;
    let audience = [
        ("ConsentSyncHost", "us21.api.mailchimp.com"),
        ("ConsentSyncAudience", "a1"),
    ];
    let api = ("ConsentSyncApiHost", "consents.example.com");
    for (values, missing) in [
        (
            &[][..],
            "`ConsentSyncHost` has no value, and `ConsentSyncKind=mailchimp` needs one; give it with `--set ConsentSyncHost=…`",
        ),
        (&audience[..1], "`ConsentSyncAudience` has no value"),
        (&audience, ""),
        (
            &[("ConsentSyncKind", "http")],
            "`ConsentSyncApiHost` has no value, and `ConsentSyncKind=http` needs one",
        ),
        (&[("ConsentSyncKind", "http"), api], ""),
        (
            &[("ConsentSyncKind", "http, mailchimp"), api],
            "`ConsentSyncHost` has no value",
        ),
    ] {
        let errors = Values::of(&consents, &given(values))
            .err()
            .unwrap_or_default();
        let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(
            errors.is_empty(),
            missing.is_empty(),
            "{values:?}: {errors:?}"
        );
        assert!(
            missing.is_empty() || errors[0].contains(missing),
            "{errors:?}"
        );
    }
    let gate = plugin(&Library::embedded(), "allow-list-gate").manifest;
    let errors = Values::of(&gate, &given(&[])).unwrap_err();
    assert!(
        errors[0].to_string().starts_with("none of the parameters `AllowListDomains`, `AllowListRanges`, `AllowListGroups` has a value, and the plugin needs one; give it with `--set AllowListDomains=…`"),
        "{errors:?}"
    );
    Values::of(&gate, &given(&[("AllowListGroups", "staff")])).unwrap();
}
