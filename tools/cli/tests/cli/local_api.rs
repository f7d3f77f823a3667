//! One line reaches an API on this machine: `local.allow`.

use crate::{endpoint::Endpoint, folder::Folder};

fn workspace(allow: &str, port: u16) -> String {
    format!(
        "\
version: 1
applications: {{ bot: {{ kind: conversation }} }}
hooks:
  tier: {{ script: {{ file: tier.js }} }}
  crm: {{ webhook: {{ url: \"http://127.0.0.1:{port}/crm\" }} }}
bindings:
  - {{ application: bot, stage: conversationStart, hook: tier }}
  - {{ application: bot, stage: escalation, hook: crm }}
local: {{ {allow} }}
"
    )
}

#[test]
fn one_line_opens_an_address_and_port_for_webhooks_and_scripts() {
    let endpoint = Endpoint::start(|_| ("200 OK", r#"{"context":{"Tier":"gold"}}"#.to_owned()));
    let other = Endpoint::start(|_| ("200 OK", "{}".to_owned()));
    let folder = Folder::with(&workspace("", endpoint.port));
    let script = |host: &str, port: u16| {
        let fetch = format!("fetch('http://{host}:{port}/', {{ method: 'POST', body: '{{}}' }})");
        folder.write(
            "tier.js",
            &format!("export default async () => (await {fetch}).json();\n"),
        );
    };
    script("127.0.0.1", endpoint.port);
    let error = folder.refused(&["check"]);
    let line = format!("local: {{ allow: [\"127.0.0.1:{}\"] }}", endpoint.port);
    assert!(error.contains(&line), "the fix can be pasted: {error}");

    folder.write(
        "hookpoint.yaml",
        &workspace(
            &format!("allow: [127.0.0.1:{}]", endpoint.port),
            endpoint.port,
        ),
    );
    for stage in ["conversation-start", "escalation"] {
        let value = folder.json(&["trigger", stage, "--json"]);
        assert_eq!(value["response"]["context"]["Tier"], "gold", "{value}");
    }
    let tried = folder.json(&["try", "tier.js", "--stage", "conversation-start", "--json"]);
    assert_eq!(tried["outcome"], "ok", "{tried}");
    assert_eq!(endpoint.count(), 3);

    for (host, port) in [
        ("127.0.0.1", other.port),
        ("localhost", endpoint.port),
        ("127.0.0.2", endpoint.port),
    ] {
        script(host, port);
        let tried = folder.run(&["try", "tier.js", "--stage", "conversation-start", "--json"]);
        assert!(
            tried.stdout.contains("fetch failed"),
            "{host}: {}",
            tried.stdout
        );
    }
    assert_eq!((endpoint.count(), other.count()), (3, 0));

    folder.write(
        "hookpoint.yaml",
        &workspace("allow: [localhost:3000]", endpoint.port),
    );
    let error = folder.refused(&["check"]);
    assert!(
        error.contains("`localhost:3000` is not an address with a port"),
        "{error}"
    );
}
