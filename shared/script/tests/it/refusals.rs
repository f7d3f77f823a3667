//! Ways in which scripts refuse. Each ends in a refusal or a failure of its hook, never in consent.

use std::time::Duration;

use hookpoint_engine::hook::outcome::FailureClass;
use serde_json::{Value, json};

use crate::support::{sandbox, script, tests};

tests![
    every_way_to_say_no_is_a_refusal_or_a_failure,
    a_veto_stands_whatever_else_its_response_holds,
    a_veto_stands_where_memory_is_full,
    what_holds_no_veto_is_refused_as_a_whole,
];

/// Time for large results where other tests run.
const PATIENCE: Duration = Duration::from_secs(30);
/// Effects that end a pass.
const VETOES: [&str; 4] = ["deny", "showError", "redirect", "profilingSteps"];

async fn every_way_to_say_no_is_a_refusal_or_a_failure() {
    let corpus = include_str!("../../../../tests/corpora/refusals.jsonl");
    let sandbox = sandbox();
    let mut wrong = Vec::new();
    for line in corpus.lines() {
        let case: Value = serde_json::from_str(line).expect("a case");
        let text = |member: &str| case[member].as_str().expect("a text").to_owned();
        let (name, code, expected) = (text("name"), text("code"), text("expect"));
        let result = script(&code).on(&sandbox).await;
        let fits = match (&result, expected.as_str()) {
            (Err(_), "error") => true,
            (Ok(reply), "deny") => reply
                .response
                .get("deny")
                .is_some_and(|deny| deny["error"].is_string()),
            (Ok(reply), "veto") => VETOES.iter().any(|veto| reply.response.contains_key(*veto)),
            // The engine checks shapes: a refused shape is a failure of the hook too.
            (Ok(reply), "error") => reply.response.keys().any(|key| !key.is_empty()),
            _ => false,
        };
        if !fits {
            wrong.push(format!("{name}: expected {expected}, but {result:?}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[expect(clippy::too_many_lines, reason = "a table of responses")]
async fn a_veto_stands_whatever_else_its_response_holds() {
    let sandbox = sandbox();
    let deny = json!({ "deny": { "error": "blocked" } });
    for rest in [
        // Too large to send, to hold, and to walk through.
        "context: { text: 'x'.repeat(300_000) }",
        "context: { text: 'x'.repeat(15_000_000) }",
        "context: { text: 'ä'.repeat(6_000_000) }",
        "context: { text: 'x'.repeat(20_000_000) }",
        "context: { list: Array(60_000).fill(1) }",
        "context: Object.fromEntries(Array.from({ length: 60_000 }, (_, index) => ['m' + index, 1]))",
        // No JSON.
        "context: { number: 1n }",
        "context: { list: [() => 1] }",
        "context: { when: new Date(NaN) }",
        "context: new Map([['a', 1]])",
        "get context() { return {} }",
        "[Symbol('x')]: 1",
        "context: JSON.parse('['.repeat(110) + ']'.repeat(110))",
        "context: JSON.parse('['.repeat(250) + ']'.repeat(250))",
        "error: 'another', description: 'one'",
        "redirect: { url: 'https://a.test/' + 'x'.repeat(300_000) }",
        "redirect: { url: 'https://a.test/' + 'x'.repeat(20_000_000) }",
        "profilingSteps: Array(60_000).fill({ name: 'x'.repeat(100) })",
        "showError: { message: 1n }",
        // What no text of a denial is.
        "context: { number: 1n }, showError: { message: ' '.repeat(3_000), more: 1n }",
    ] {
        for source in [
            format!("export default () => ({{ deny: {{ error: 'blocked' }}, {rest} }})"),
            format!(
                "export default async () => {{ await null; return {{ {rest}, deny: {{ error: 'blocked' }} }} }}"
            ),
            format!(
                "module.exports = (input, callback) => callback({{ deny: {{ error: 'blocked' }}, {rest} }})"
            ),
        ] {
            let reply = script(&source)
                .limit(PATIENCE)
                .on(&sandbox)
                .await
                .unwrap_or_else(|failure| panic!("{rest}: {failure}"));
            assert_eq!(json!(reply.response), deny, "{rest}");
            let line = reply.log.last().expect("a line");
            let start = "warn: of the response, only `deny` counts: ";
            assert!(line.starts_with(start), "{rest}: {line}");
        }
    }
    // The texts of a message are made to fit, as the engine does.
    for (veto, members) in [
        (
            "deny: { error: 'blocked', description: 'x'.repeat(400_000) }",
            &["error", "description"][..],
        ),
        ("showError: { message: 'x'.repeat(400_000) }", &["message"]),
    ] {
        let reply = script(&format!("export default () => ({{ {veto} }})"))
            .response(&sandbox)
            .await;
        let name = veto.split(':').next().expect("a name");
        let kept = reply[name].as_object().unwrap_or_else(|| panic!("{reply}"));
        assert!(kept.keys().eq(members), "{kept:?}");
        assert!(
            kept[members[members.len() - 1]]
                .as_str()
                .is_some_and(|text| text.len() > 1_000)
        );
    }
    // What is not one of its texts does not undo a denial.
    for more in [
        "debug: 1n",
        "raw: 'x'.repeat(300_000)",
        "description: new Error('mine')",
        "description: new Map()",
    ] {
        let source = format!(
            "export default () => ({{ deny: {{ error: 'blocked', {more} }}, context: {{ n: 1n }} }})"
        );
        assert_eq!(script(&source).response(&sandbox).await, deny, "{more}");
    }
    let blanks = "showError: { message: ' '.repeat(3_000) + 'not today' }, context: { n: 1n }";
    let reply = script(&format!("export default () => ({{ {blanks} }})"))
        .response(&sandbox)
        .await;
    assert_eq!(reply, json!({ "showError": { "message": "not today" } }));
    // Beside the names of the vendor's form, too.
    for beside in [
        "authentication: 'ALLOW'",
        "allowRememberedAuthenticators: false",
        "authenticatorsToIgnore: ['sms']",
        "redirectUrl: 'https://a.test/'",
        "errorMessage: 'not today'",
    ] {
        let source = format!("export default () => ({{ {beside}, deny: {{ error: 'blocked' }} }})");
        let reply = script(&source).response(&sandbox).await;
        assert_eq!(reply["deny"], deny["deny"], "{beside}: {reply}");
    }
    let others =
        "password: { valid: false }, redirect: { url: 'https://a.test/' }, context: { n: 1n }";
    let reply = script(&format!("export default () => ({{ {others} }})"))
        .response(&sandbox)
        .await;
    assert_eq!(
        reply,
        json!({ "redirect": { "url": "https://a.test/" }, "password": { "valid": false } })
    );
}

/// Neither a copy of the response nor its JSON fits.
async fn a_veto_stands_where_memory_is_full() {
    // Of the memory, a few KB are left.
    const FULL: &str = "held = null;
        for (const size of [100_000, 1_000, 10]) try { for (;;) held = { held, buffer: new ArrayBuffer(size) } } catch {}
        for (let count = 0; count < 20; count += 1) held = held.held";
    let sandbox = sandbox();
    let mut cut = 0;
    for (before, rest) in [
        ("const list = Array(20_000).fill(1.5)", "context: { list }"),
        ("const text = 'x'.repeat(200_000)", "context: { text }"),
        (
            "const record = Object.fromEntries(Array.from({ length: 9_000 }, (_, index) => ['m' + index, 1]))",
            "context: { record }",
        ),
        ("", "context: {}"),
    ] {
        let source = format!(
            "let held; export default () => {{ {before}; {FULL}; return {{ deny: {{ error: 'blocked' }}, {rest} }} }}"
        );
        let reply = script(&source).limit(PATIENCE).on(&sandbox).await;
        let reply = reply.unwrap_or_else(|failure| panic!("{before}; {rest}: {failure}"));
        let is_whole = reply.response.len() == 2;
        assert_eq!(
            reply.response["deny"],
            json!({ "error": "blocked" }),
            "{rest}"
        );
        let logged = reply.log.iter().any(|line| {
            line.starts_with("warn: of the response, only `deny` counts: out of memory")
        });
        assert_ne!(is_whole, logged, "{rest}: {:?}", reply.log);
        cut += u32::from(logged);
    }
    let vendors = format!(
        "let held; export default () => {{ const text = 'x'.repeat(200_000); {FULL}; return {{ error: 'blocked', session: {{ text }} }} }}"
    );
    let reply = script(&vendors).limit(PATIENCE).response(&sandbox).await;
    assert_eq!(reply["deny"]["error"], "blocked", "{reply}");
    assert!(cut > 0, "every response fitted");
}

async fn what_holds_no_veto_is_refused_as_a_whole() {
    let sandbox = sandbox();
    for (response, class) in [
        (
            "{ context: { text: 'x'.repeat(300_000) } }",
            FailureClass::TooLarge,
        ),
        (
            "{ password: { valid: true }, context: { text: 'x'.repeat(300_000) } }",
            FailureClass::TooLarge,
        ),
        ("{ deny: { error: 1n } }", FailureClass::BadResponse),
        (
            "{ deny: null, context: { n: 1n } }",
            FailureClass::BadResponse,
        ),
        (
            "{ get deny() { return { error: 'x' } }, context: {} }",
            FailureClass::BadResponse,
        ),
        (
            "{ redirect: { url: 'https://a.test/' + 'x'.repeat(300_000) } }",
            FailureClass::TooLarge,
        ),
    ] {
        let failure = script(&format!("export default () => ({response})"))
            .limit(PATIENCE)
            .failure(&sandbox)
            .await;
        assert_eq!(failure.class, class, "{response}: {failure}");
    }
    let nested = |levels: usize| {
        let lists = levels - 2;
        script(&format!(
            "export default () => ({{ context: {{ list: JSON.parse('['.repeat({lists}) + ']'.repeat({lists})) }} }})"
        ))
    };
    nested(100).response(&sandbox).await;
    let failure = nested(101).failure(&sandbox).await;
    assert_eq!(failure.class, FailureClass::BadResponse, "{failure}");
    assert!(
        failure.message.contains("nested more than 100 levels deep"),
        "{failure}"
    );
    // What is thrown on the way is not taken for a refused response.
    let thrown = "export default () => new Proxy({ deny: { error: 'x' } }, { ownKeys() { throw new Error('mine') } })";
    let failure = script(thrown).failure(&sandbox).await;
    assert_eq!(failure.class, FailureClass::ScriptError, "{failure}");
}
