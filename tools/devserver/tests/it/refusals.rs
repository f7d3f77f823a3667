//! Responses to invalid requests.

use hookpoint_engine::event::BODY_LIMIT;
use hookpoint_stages::Stage;

use crate::{
    client::{Answer, Bench},
    tests,
};
use hookpoint_devserver::{App, AppOptions, DevServer, WorkspaceSource};

tests![
    each_refusal_is_a_problem_with_a_code_of_its_own,
    a_port_that_is_taken_is_an_error_with_a_remedy,
];

/// Method, path, header lines, body; status and code of the response.
type Case<'a> = (&'a str, &'a str, &'a [u8], &'a [u8], u16, &'a str);

const PATH: &str = "/v1/applications/support-bot/stages/conversation-start";

#[track_caller]
fn assert_problem(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status, status, "{code}: {}", answer.body);
    assert!(
        answer
            .headers
            .contains("content-type: application/problem+json"),
        "{code}: {}",
        answer.headers
    );
    let problem = answer.json();
    assert_eq!(problem["code"], code);
    let correlation = problem["instance"].as_str().unwrap();
    let id = correlation.strip_prefix("urn:uuid:").unwrap();
    assert!(
        answer
            .headers
            .contains(&format!("nlx-correlation-id: {id}")),
        "{code}"
    );
}

async fn each_refusal_is_a_problem_with_a_code_of_its_own() {
    let bench = Bench::start(None).await;
    let body = Stage::ConversationStart.example().to_string();
    let key = format!("Authorization: Bearer {}\r\n", bench.key("support-bot"));
    let json = format!("{key}Content-Type: application/json\r\n");
    let other_key = format!(
        "Authorization: Bearer {}\r\nContent-Type: application/json\r\n",
        bench.key("web-shop")
    );
    let huge = " ".repeat(BODY_LIMIT + 1);
    let far_too_large = vec![b' '; 3 * 1024 * 1024];
    let not_utf8 = [json.as_bytes(), b"X-Name: \xff\r\n"].concat();
    let twice = format!("{json}traceparent: 1\r\nTraceparent: 2\r\n");
    let text = format!("{key}Content-Type: text/plain\r\n");
    let nowhere = PATH.replace("conversation-start", "nowhere");
    let camel_case = PATH.replace("conversation-start", "conversationStart");
    let absent = PATH.replace("support-bot", "absent");
    let cases: [Case<'_>; 15] = [
        ("GET", PATH, json.as_bytes(), b"", 405, "method-not-allowed"),
        (
            "PUT",
            PATH,
            json.as_bytes(),
            body.as_bytes(),
            405,
            "method-not-allowed",
        ),
        (
            "POST",
            "/v1/stages",
            json.as_bytes(),
            body.as_bytes(),
            404,
            "not-found",
        ),
        (
            "POST",
            &nowhere,
            json.as_bytes(),
            body.as_bytes(),
            404,
            "not-found",
        ),
        (
            "POST",
            &camel_case,
            json.as_bytes(),
            body.as_bytes(),
            404,
            "not-found",
        ),
        (
            "POST",
            PATH,
            b"Content-Type: application/json\r\n",
            body.as_bytes(),
            401,
            "unauthorized",
        ),
        (
            "POST",
            PATH,
            other_key.as_bytes(),
            body.as_bytes(),
            401,
            "unauthorized",
        ),
        (
            "POST",
            &absent,
            json.as_bytes(),
            body.as_bytes(),
            401,
            "unauthorized",
        ),
        (
            "POST",
            PATH,
            text.as_bytes(),
            body.as_bytes(),
            415,
            "unsupported-media-type",
        ),
        (
            "POST",
            PATH,
            json.as_bytes(),
            huge.as_bytes(),
            413,
            "payload-too-large",
        ),
        (
            "POST",
            PATH,
            json.as_bytes(),
            &far_too_large,
            413,
            "payload-too-large",
        ),
        ("POST", PATH, json.as_bytes(), b"{", 400, "invalid-json"),
        (
            "POST",
            PATH,
            json.as_bytes(),
            b"{\"eventType\":\"escalation\"}",
            400,
            "event-type-mismatch",
        ),
        (
            "POST",
            PATH,
            &not_utf8,
            body.as_bytes(),
            400,
            "invalid-header",
        ),
        (
            "POST",
            PATH,
            twice.as_bytes(),
            body.as_bytes(),
            400,
            "duplicate-header",
        ),
    ];
    for (method, path, headers, body, status, code) in cases {
        let answer = bench.send(method, path, headers, body).await;
        assert_problem(&answer, status, code);
    }
    let answer = bench.send("GET", PATH, b"", b"").await;
    assert!(answer.headers.contains("allow: post"), "{}", answer.headers);
    // An event of the maximum size, in several pieces.
    let padded = format!("{}{body}", " ".repeat(BODY_LIMIT - body.len()));
    let answer = bench
        .send("POST", PATH, json.as_bytes(), padded.as_bytes())
        .await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let answer = bench.send("GET", "/health", b"", b"").await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "hookpoint"));
}

async fn a_port_that_is_taken_is_an_error_with_a_remedy() {
    let bench = Bench::start(None).await;
    let folder = tempfile::tempdir().unwrap();
    let app = App::open(AppOptions {
        source: WorkspaceSource::folder(folder.path()),
        receiver_port: 0,
        environment: Vec::new(),
        bundler: std::sync::Arc::new(hookpoint_workspace::NoBundler),
    })
    .await;
    let port = bench.server.address().port();
    let error = DevServer::start(app.unwrap(), Some(port), false)
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains(&port.to_string()), "{error}");
    assert!(error.contains("--port"), "{error}");
}
