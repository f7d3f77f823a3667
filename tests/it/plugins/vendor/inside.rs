//! Errors inside replies whose status says that all is well.

use hookpoint_plugins::Plugin;
use hookpoint_workspace::{Body, Case, CaseReply, ExpectedRequest};

use super::super::successes::cases;

/// How the files of cases end in which a vendor reports an error with a good status.
const CASES: &str = "-inside.case.yaml";

/// What vendors write into the body of an error, by a part of method and URL; for requests of which no case has one.
const BODIES: &[(&str, &str)] = &[
    // RFC 6749, section 5.2.
    (
        "/oauth2/v2.0/token",
        r#"{"error":"invalid_client","error_description":"AADSTS7000215"}"#,
    ),
    (
        "/services/oauth2/token",
        r#"{"error":"invalid_client_id","error_description":"client identifier invalid"}"#,
    ),
    (
        "/oauth_token.do",
        r#"{"error":"server_error","error_description":"access_denied"}"#,
    ),
    (
        ".auth0.com/oauth/token",
        r#"{"error":"access_denied","error_description":"Unauthorized"}"#,
    ),
    ("/axn/oauth2/token", r#"{"error":"invalid_grant"}"#),
    ("/axn/", r#"{"error":"server_error"}"#),
    // Each vendor's own form of an error.
    (
        "rds-data.",
        r#"{"__type":"StatementTimeoutException","message":"Request timed out"}"#,
    ),
    (
        ".neon.tech/sql",
        r#"{"message":"relation \"users\" does not exist","code":"42P01","severity":"ERROR"}"#,
    ),
    (
        "api.pwnedpasswords.com",
        r#"{"statusCode":429,"message":"Rate limit is exceeded."}"#,
    ),
    (
        ".api.mailchimp.com",
        r#"{"type":"about:blank","title":"Invalid Resource","status":400,"detail":"no"}"#,
    ),
    (
        "//s3.",
        "<Error><Code>InternalError</Code><Message>We encountered an internal error.</Message></Error>",
    ),
    (
        "http-intake.logs.",
        r#"{"errors":[{"status":"400","title":"Bad Request"}]}"#,
    ),
    // Whatever the check of a deletion says but that it is gone: the next attempt asks again.
    (
        "GET https://crm.example.com",
        r#"{"error":"ServiceUnavailable"}"#,
    ),
    ("//crm.example.com", r#"{"error":"database is away"}"#),
    (
        "//proofs.example.com",
        r#"{"success":false,"error":"read-only"}"#,
    ),
    (
        ".fpjs.io",
        r#"{"error":{"code":"service_unavailable","message":"try later"}}"#,
    ),
    (
        ".sendgrid.com",
        r#"{"errors":[{"message":"Maximum credits exceeded","field":null,"help":null}]}"#,
    ),
    (
        "/minfraud/v2.0/",
        r#"{"code":"INSUFFICIENT_FUNDS","error":"Your license key is out of queries"}"#,
    ),
    (
        "/api/v2/check",
        r#"{"errors":[{"detail":"Daily rate limit exceeded","status":429}]}"#,
    ),
    ("/insights", r#"{"error":"invalid apikey"}"#),
    ("/v1/scores", r#"{"error":"overloaded"}"#),
    (
        "//discord.com",
        r#"{"code":50006,"message":"Cannot send an empty message"}"#,
    ),
    ("hooks.slack.com", r#"{"ok":false,"error":"no_service"}"#),
    (
        ".powerplatform.com",
        r#"{"error":{"code":"WorkflowTriggerIsNotEnabled","message":"no"}}"#,
    ),
    (
        ".pagerduty.com",
        r#"{"status":"invalid event","message":"Event object is invalid","errors":["no"]}"#,
    ),
    (
        "api.postmarkapp.com",
        r#"{"ErrorCode":300,"Message":"Invalid email request"}"#,
    ),
    (
        ".splunkcloud.com",
        r#"{"text":"Incorrect index","code":7,"invalid-event-number":0}"#,
    ),
    (
        "api.hubapi.com",
        r#"{"status":"error","category":"VALIDATION_ERROR","message":"no"}"#,
    ),
    (
        ".salesforce.com/services/data",
        r#"[{"errorCode":"DUPLICATES_DETECTED","message":"Use one of these records."}]"#,
    ),
    (
        "//profiles.example.com",
        r#"{"ok":false,"error":"overloaded"}"#,
    ),
    // Of an endpoint that operators write themselves.
    ("/v1/state", r#"{"success":false}"#),
    ("//firehose.", FIREHOSE),
];

/// A record that Firehose did not take.
const FIREHOSE: &str = r#"{"FailedPutCount":1,"RequestResponses":[{"ErrorCode":"ServiceUnavailableException","ErrorMessage":"Slow down."}]}"#;

/// Words of vendors for an error that passes.
const PASSING: [&str; 4] = [
    "Throttling",
    "throttled",
    "ServiceUnavailable",
    "InternalFailure",
];

/// The errors that a vendor may put into a good reply to a request: those of the plugin's cases, or the one of the table.
pub(super) fn replies(plugin: &Plugin, request: &ExpectedRequest) -> Vec<CaseReply> {
    let path = |request: &ExpectedRequest| request.url.split('?').next().map(str::to_owned);
    let is_of_request = |last: &&ExpectedRequest| {
        last.method == request.method && path(last) == path(request) && is_good(&last.reply)
    };
    let cases: Vec<(String, Case)> = cases(plugin);
    let failing = cases
        .iter()
        .filter(|(path, case)| path.ends_with(CASES) && case.expect.outcome.is_some());
    let of_cases = failing.filter_map(|(_, case)| case.requests.last().filter(is_of_request));
    let of_cases: Vec<_> = of_cases.map(|last| last.reply.clone()).collect();
    if !of_cases.is_empty() {
        return of_cases;
    }
    let place = format!("{} {}", request.method, request.url);
    let (_, body) = BODIES
        .iter()
        .find(|(part, _)| place.contains(part))
        .unwrap_or_else(|| panic!("neither a case nor the table has an error inside for {place}"));
    let kind = if body.starts_with('<') {
        "application/xml"
    } else {
        "application/json"
    };
    vec![CaseReply::Response {
        status: 200,
        headers: vec![("content-type".to_owned(), kind.to_owned())],
        body: Some(Body::Text((*body).to_owned())),
    }]
}

fn is_good(reply: &CaseReply) -> bool {
    matches!(reply, CaseReply::Response { status, body: Some(_), .. } if (200..300).contains(status))
}

/// Whether an error passes, so that the same request may succeed later.
pub(super) fn passes(reply: &CaseReply) -> bool {
    let CaseReply::Response {
        body: Some(body), ..
    } = reply
    else {
        return false;
    };
    let text = String::from_utf8(body.bytes()).unwrap();
    PASSING.iter().any(|word| text.contains(word))
}
