//! Tests of additions: what is there stays, and what is added is read again.

use std::path::Path;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::Workspace;

fn additions() -> Additions {
    let Value::Object(hooks) = json!({
        "gate": { "static": { "deny": { "error": "closed" } } },
        "list": { "static": { "context": { "Note": "yes: \"#1\" {x}, it's", "Many": "12" } } },
    }) else {
        unreachable!()
    };
    Additions {
        hooks,
        bindings: vec![json!({
            "application": "web-shop",
            "stage": "beforeRegistration",
            "hook": "gate",
            "order": 50,
            "when": { "customer.location.countryCode": ["NO", "DE"] },
        })],
        ..Additions::default()
    }
}

/// The text with the additions; every line of the text is still there, in its order.
fn added(text: &str, additions: &Additions) -> String {
    let edited = additions.add_to(text, "hookpoint.yaml").unwrap();
    let workspace = Workspace::parse(&edited, "hookpoint.yaml", Path::new(""));
    let workspace = workspace.unwrap_or_else(|errors| panic!("{errors}\n---\n{edited}"));
    let desired = workspace.desired();
    assert!(desired.hooks.keys().any(|hook| hook.as_str() == "gate"));
    assert!(
        desired
            .bindings
            .iter()
            .any(|binding| binding.order.to_string() == "50" || binding.hook.as_str() == "gate")
    );
    edited
}

#[test]
fn additions_go_to_the_end_of_their_sections_and_comments_stay() {
    let text = "\
# Hooks of the shop.
version: 1

applications:
  web-shop: { kind: identity } # the shop

hooks: # all of them
    # Says hello.
    greeting:
        static: { context: { Greeting: \"Hello # you\" } }
    # The last comment of the section.

# Who gets what.
bindings:
- { application: web-shop, stage: afterRegistration, hook: greeting }

# For this machine.
local: { port: 7450 }
";
    let edited = added(text, &additions());
    assert_eq!(
        edited,
        "\
# Hooks of the shop.
version: 1

applications:
  web-shop: { kind: identity } # the shop

hooks: # all of them
    # Says hello.
    greeting:
        static: { context: { Greeting: \"Hello # you\" } }
    # The last comment of the section.
    gate:
      static:
        deny:
          error: closed
    list:
      static:
        context:
          Note: \"yes: \\\"#1\\\" {x}, it's\"
          Many: \"12\"

# Who gets what.
bindings:
- { application: web-shop, stage: afterRegistration, hook: greeting }
- application: web-shop
  stage: beforeRegistration
  hook: gate
  order: 50
  when:
    customer.location.countryCode: [\"NO\", DE]

# For this machine.
local: { port: 7450 }
"
    );
}

#[test]
fn missing_and_empty_sections_are_made() {
    for sections in [
        "",
        "hooks:\nbindings:\n",
        "hooks: {} # none\nbindings: []\n",
        "hooks: ~\nbindings: null\n",
    ] {
        let text = format!(
            "version: 1\n{sections}applications: {{ web-shop: {{ kind: identity }} }}\nlocal: {{ port: 7450 }}\n"
        );
        let edited = added(&text, &additions());
        assert!(edited.ends_with("local: { port: 7450 }\n"), "{edited}");
        assert_eq!(
            edited.contains("# none"),
            sections.contains("# none"),
            "{edited}"
        );
    }
    let mut all = additions();
    all.stores.push("customers".to_owned());
    all.applications.insert(
        "web-shop".to_owned(),
        json!({ "kind": "identity", "identityStore": "customers" }),
    );
    assert_eq!(
        added("version: 1\n", &all)
            .lines()
            .take(8)
            .collect::<Vec<_>>()
            .join("\n"),
        "version: 1\n\nstores: [customers]\n\napplications:\n  web-shop:\n    kind: identity\n    identityStore: customers"
    );
}

#[test]
fn flow_style_stays_flow_style() {
    let text = "\
version: 1
applications: { web-shop: { kind: identity } }
hooks: { greeting: { static: { context: { A: \"}]\", B: 'it''s }', C: a'b } } } } # one
bindings: [
  # first
  { application: web-shop, stage: afterRegistration, hook: greeting }
]
";
    let edited = added(text, &additions());
    assert!(edited.contains("hooks: { greeting: "), "{edited}");
    assert!(edited.contains("# one\n"), "{edited}");
    assert!(
        edited.contains("hook: greeting },\n  { application: web-shop, stage: beforeRegistration"),
        "{edited}"
    );
    let several = text.replace("hook: greeting }\n]", "hook: greeting, order: 7 }, ]");
    added(&several, &additions());
}

#[test]
fn line_endings_and_block_scalars_stay() {
    let text = "version: 1\r\napplications:\r\n  web-shop: { kind: identity }\r\nhooks:\r\n  s:\r\n    script:\r\n      source: |\r\n        // bindings:\r\n\r\n        export default () => null;\r\nbindings:\r\n  - { application: web-shop, stage: afterRegistration, hook: s }\r\n";
    let edited = added(text, &additions());
    assert!(!edited.replace("\r\n", "").contains('\n'), "{edited:?}");
    assert!(edited.contains("source: |\r\n        // bindings:\r\n\r\n        export"));
}

#[test]
fn what_cannot_be_edited_is_refused() {
    for (text, reason) in [
        ("{ version: 1, hooks: {} }", "first column"),
        ("- a", "not a mapping"),
        ("version: [", "hookpoint.yaml:"),
    ] {
        let error = additions().add_to(text, "hookpoint.yaml").unwrap_err();
        assert!(error.to_string().contains(reason), "{text}: {error}");
    }
    assert!(additions().as_text().starts_with("hooks:\n  gate:\n"));
}

proptest! {
    #[test]
    fn any_text_is_read_again(name in "\\PC{1,20}", value in "\\PC{0,40}|[ -~]{0,40}|[\\n\\t]x") {
        let mut additions = additions();
        let Some(Value::Object(list)) = additions.hooks.get_mut("list") else { unreachable!() };
        list["static"] = json!({ "context": { "A": value, "B": [value, { name.clone(): value }] } });
        for text in ["version: 1\n", "version: 1\nhooks: { a: { static: { context: { A: b } } } }\n"] {
            let edited = additions.add_to(text, "w.yaml").unwrap();
            let mut problems = Problems::new("w.yaml", &edited);
            let root = document::read(&edited, "", &mut problems);
            prop_assert!(problems.is_empty(), "{}", edited);
            let read = root.unwrap().to_json();
            prop_assert_eq!(&read["hooks"]["list"], &additions.hooks["list"], "{}", edited);
        }
    }
}
