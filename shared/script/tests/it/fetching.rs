//! `fetch`: within the run's time, to declared hosts, and cancelled with the script's interest.

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use hookpoint_engine::hook::outcome::FailureClass;
use serde_json::json;

use crate::support::{
    eventually, sandbox, sandbox_with, script,
    server::{HangingFetch, Server},
    tests,
};

tests![
    a_request_and_its_answer_keep_every_byte_and_header,
    an_abort_in_the_script_drops_the_request,
    a_run_out_of_time_drops_its_requests,
    a_failed_connection_is_an_error_that_the_script_can_handle,
    a_large_answer_and_a_large_source_pass_through_the_socket,
    redirects_are_followed_as_the_script_asks,
    a_redirect_to_a_host_that_is_not_declared_is_an_egress_refusal,
    a_request_that_is_too_long_is_an_error_that_the_script_can_handle,
    work_postponed_until_just_after_the_result_is_done,
];

async fn work_postponed_until_just_after_the_result_is_done() {
    let server = Server::start(|_| (200, String::new())).await;
    let address = &server.address;
    let later = format!(
        "() => fetch('http://{address}/later').then(() => setImmediate(() => fetch('http://{address}/last')))"
    );
    for (source, requests) in [
        (format!("export default () => {{ setImmediate({later}); return {{}} }}"), 2),
        (format!("export default () => {{ setTimeout({later}, 0); return {{}} }}"), 2),
        (format!("module.exports = (input, callback) => {{ setImmediate({later}); callback({{}}) }}"), 2),
        // Timeouts, and timers that would never end.
        (format!("export default () => {{ setTimeout({later}, 2000); return {{}} }}"), 0),
        ("export default () => { const again = () => setImmediate(again); again(); setInterval(() => {}, 1); return {} }".to_owned(), 0),
    ] {
        let before = server.seen().len();
        let started = Instant::now();
        let answer = script("").hosts(&source, &["127.0.0.1"]).response(&sandbox()).await;
        assert_eq!(answer, json!({}), "{source}");
        assert!(started.elapsed() < Duration::from_secs(1), "{source}");
        assert_eq!(server.seen().len() - before, requests, "{source}");
    }
}

async fn a_request_and_its_answer_keep_every_byte_and_header() {
    let server = Server::start(|seen| (207, hex(&seen.body))).await;
    let source = format!(
        "export default async () => {{
           const body = Uint8Array.from({{ length: 256 }}, (_, index) => index);
           const response = await fetch('http://{}/bytes?a=1&b=%20', {{ method: 'PUT', headers: [['X-Custom', 'one'], ['x-custom', 'two']], body }});
           return {{ context: {{ status: response.status, ok: response.ok, text: await response.text(), url: response.url,
             type: response.headers.get('x-served-by') }} }};
         }}",
        server.address
    );
    let answer = script("")
        .hosts(&source, &["127.0.0.1"])
        .response(&sandbox())
        .await;
    let all: String = hex(&(0..=255).collect::<Vec<u8>>());
    assert_eq!(
        answer["context"],
        json!({ "status": 207, "ok": true, "text": all, "url": format!("http://{}/bytes?a=1&b=%20", server.address), "type": "test" })
    );
    let seen = server.seen();
    assert_eq!(
        (seen[0].method.as_str(), seen[0].path.as_str()),
        ("PUT", "/bytes?a=1&b=%20")
    );
    assert_eq!(seen[0].header("x-custom"), Some("one, two"));
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

async fn an_abort_in_the_script_drops_the_request() {
    let fetch = Arc::new(HangingFetch::default());
    let sandbox = sandbox_with(Arc::clone(&fetch) as Arc<_>);
    let source = "export default async () => {
        const names = [];
        await fetch('https://a.test/', { signal: AbortSignal.timeout(20) }).catch((error) => names.push(error.name));
        const controller = new AbortController();
        setTimeout(() => controller.abort(), 5);
        await fetch('https://a.test/', { signal: controller.signal }).catch((error) => names.push(error.name));
        return { context: { names: names.join() } };
      }";
    let answer = script("")
        .hosts(source, &["a.test"])
        .response(&sandbox)
        .await;
    assert_eq!(answer["context"]["names"], "TimeoutError,AbortError");
    assert_eq!(fetch.started.load(Ordering::SeqCst), 2);
    assert_eq!(fetch.dropped.load(Ordering::SeqCst), 2);
}

async fn a_run_out_of_time_drops_its_requests() {
    let fetch = Arc::new(HangingFetch::default());
    let sandbox = sandbox_with(Arc::clone(&fetch) as Arc<_>);
    script("export default () => {}").response(&sandbox).await;
    let source =
        "export default () => Promise.all([fetch('https://a.test/1'), fetch('https://a.test/2')])";
    let started = Instant::now();
    let failure = script("")
        .hosts(source, &["a.test"])
        .limit(Duration::from_millis(150))
        .failure(&sandbox)
        .await;
    assert_eq!(failure.class, FailureClass::ScriptTimeout);
    assert!(
        failure.message.contains("waiting for 2 requests"),
        "{failure}"
    );
    assert!(
        failure
            .message
            .ends_with("GET https://a.test/1, GET https://a.test/2"),
        "{failure}"
    );
    assert!(started.elapsed() < Duration::from_millis(400));
    eventually("both requests are dropped", || {
        fetch.dropped.load(Ordering::SeqCst) == 2
    })
    .await;
}

async fn a_failed_connection_is_an_error_that_the_script_can_handle() {
    let source = "export default async () => {
        try { await fetch('http://127.0.0.1:1/') } catch (error) { return { context: { name: error.name, code: error.code } } }
      }";
    let sandbox = sandbox();
    let answer = script("")
        .hosts(source, &["127.0.0.1"])
        .response(&sandbox)
        .await;
    assert_eq!(
        answer["context"],
        json!({ "name": "TypeError", "code": "connection" })
    );
    let failure = script("")
        .hosts(
            "export default () => fetch('http://127.0.0.1:1/')",
            &["127.0.0.1"],
        )
        .failure(&sandbox)
        .await;
    assert_eq!(
        failure.class,
        FailureClass::ScriptError,
        "only a refusal is an egress refusal: {failure}"
    );
}

async fn a_large_answer_and_a_large_source_pass_through_the_socket() {
    let server = Server::start(|_| (200, "y".repeat(250_000))).await;
    let source = format!(
        "export default async () => {{
           const texts = await Promise.all([1, 2, 3, 4].map(async () => (await fetch('http://{}/')).text()));
           return {{ context: {{ total: texts.join('').length }} }};
         }}\n/*{}*/",
        server.address,
        "z".repeat(900_000)
    );
    let run = script("").hosts(&source, &["127.0.0.1"]);
    let sandbox = sandbox();
    for _ in 0..3 {
        assert_eq!(run.response(&sandbox).await["context"]["total"], 1_000_000);
    }
}

async fn redirects_are_followed_as_the_script_asks() {
    let server = Server::start(|seen| match seen.path.as_str() {
        "/from" => (302, "/to".to_owned()),
        _ => (200, format!("{} {}", seen.method, seen.body.len())),
    })
    .await;
    let source = format!(
        "export default async () => {{
           const from = 'http://{0}/from#part';
           const shown = async (init) => {{
             const response = await fetch(from, init);
             return [response.status, response.redirected, response.url, response.clone().redirected, await response.text()];
           }};
           const caught = async (init) => {{ try {{ await fetch(from, init); }} catch (error) {{ return error.name + ' ' + error.code; }} }};
           return {{ session: {{
             follow: await shown(), post: await shown(new Request(from, {{ method: 'POST', body: 'abc', redirect: 'follow' }})),
             manual: await shown({{ redirect: 'manual' }}), error: await caught({{ redirect: 'error' }}), other: await caught({{ redirect: 'x' }}),
           }} }};
         }}",
        server.address
    );
    let answer = script("")
        .hosts(&source, &["127.0.0.1"])
        .response(&sandbox())
        .await;
    let (from, to) = (
        format!("http://{}/from", server.address),
        format!("http://{}/to", server.address),
    );
    assert_eq!(
        answer["session"],
        json!({
            "follow": [200, true, to, true, "GET 0"], "post": [200, true, to, true, "GET 0"], "manual": [302, false, from, false, "/to"],
            "error": "TypeError redirected", "other": "TypeError undefined",
        })
    );
}

async fn a_redirect_to_a_host_that_is_not_declared_is_an_egress_refusal() {
    let server = Server::start(|_| (307, "http://localhost:1/".to_owned())).await;
    let source = format!("export default () => fetch('http://{}/')", server.address);
    let failure = script("")
        .hosts(&source, &["127.0.0.1"])
        .failure(&sandbox())
        .await;
    assert_eq!(failure.class, FailureClass::EgressRefused);
    assert!(failure.message.contains("`localhost`"), "{failure}");
    assert_eq!(server.seen().len(), 1);
}

async fn a_request_that_is_too_long_is_an_error_that_the_script_can_handle() {
    let server = Server::start(|_| (200, String::new())).await;
    let source = format!(
        "export default async () => {{
           const url = 'http://{}/';
           const words = [];
           for (const [where, init] of [
             [url, {{ headers: Object.fromEntries(Array.from({{ length: 65 }}, (_, index) => ['x-' + index, '1'])) }}],
             [url, {{ headers: {{ 'x-long': 'v'.repeat(8192) }} }}],
             [url + 'x'.repeat(16384), {{}}],
             [url, {{ method: 'M'.repeat(65) }}],
             [url, {{ method: 'POST', body: 'x'.repeat(300000) }}],
           ]) {{
             try {{ await fetch(where, init); words.push('sent'); }} catch (error) {{ words.push(error.name + ': ' + error.message); }}
           }}
           return {{ session: {{ words, status: (await fetch(url)).status }} }};
         }}",
        server.address
    );
    let answer = script("")
        .hosts(&source, &["127.0.0.1"])
        .response(&sandbox())
        .await;
    let words = answer["session"]["words"].as_array().expect("words");
    for (word, limit) in words.iter().zip(["64", "8192", "16384", "64", "262144"]) {
        let word = word.as_str().expect("text");
        assert!(word.starts_with("TypeError: fetch failed: "), "{word}");
        assert!(word.contains(limit), "{word}");
    }
    assert_eq!(words.len(), 5);
    assert_eq!(answer["session"]["status"], 200);
    assert_eq!(server.seen().len(), 1);
}
