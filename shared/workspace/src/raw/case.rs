//! The syntax of test cases.

use hookpoint_engine::hook::outcome::FailureClass;
use serde_json::{Map, Value};

use super::{
    RawResponse, Text, Texts,
    fields::{self, Fields},
};
use crate::{
    case::{Body, CaseReply, Expectation, ExpectedRequest},
    document::{self, Node, NodeValue},
    problem::Problems,
};

const KEYS: [&str; 10] = [
    "hook",
    "stage",
    "application",
    "event",
    "changes",
    "secrets",
    "variables",
    "time",
    "correlationId",
    "requests",
];
const EXPECT: &str = "expect";
/// The outcome of a hook that succeeds.
const OK: &str = "ok";
/// The beginnings of URLs.
const SCHEMES: [&str; 2] = ["https://", "http://"];

/// A case, before its names are checked.
pub(crate) struct RawCase {
    pub(crate) hook: Text,
    pub(crate) stage: Option<Text>,
    pub(crate) application: Option<Text>,
    pub(crate) event: Option<RawResponse>,
    pub(crate) changes: Option<Map<String, Value>>,
    pub(crate) secrets: Texts,
    pub(crate) variables: Texts,
    pub(crate) time: Option<Text>,
    pub(crate) correlation_id: Option<Text>,
    pub(crate) requests: Vec<ExpectedRequest>,
    pub(crate) expect: Expectation,
}

impl RawCase {
    pub(crate) fn read(document: &Node, problems: &mut Problems<'_>) -> Option<Self> {
        let known = [&KEYS[..], &[EXPECT]].concat();
        let fields = Fields::of(document, "a case", document.place, &known, problems)?;
        let hook = fields
            .required("hook", "the name of a hook", problems)
            .and_then(|node| fields::text(node, "`hook`", problems));
        let requests = match fields.get("requests").filter(|node| !node.is_null()) {
            Some(node) => fields::list(node, "`requests`", problems)
                .unwrap_or_default()
                .iter()
                .filter_map(|node| read_request(node, problems))
                .collect(),
            None => Vec::new(),
        };
        let mut expect = match fields.get(EXPECT).filter(|node| !node.is_null()) {
            Some(node) => read_expectation(node, problems).unwrap_or_default(),
            None => Expectation::default(),
        };
        expect.is_written = fields.get(EXPECT).is_some();
        Some(Self {
            stage: fields.text("stage", problems),
            application: fields.text("application", problems),
            event: fields
                .get("event")
                .and_then(|node| RawResponse::read(node, "`event`", problems)),
            changes: fields
                .get("changes")
                .and_then(|node| members(node, "`changes`", problems)),
            secrets: fields.texts("secrets", problems),
            variables: fields.texts("variables", problems),
            time: fields.text("time", problems),
            correlation_id: fields.text("correlationId", problems),
            requests,
            expect,
            hook: hook?,
        })
    }
}

fn members(node: &Node, what: &str, problems: &mut Problems<'_>) -> Option<Map<String, Value>> {
    fields::mapping(node, what, problems).map(document::to_map)
}

pub(crate) fn read_request(node: &Node, problems: &mut Problems<'_>) -> Option<ExpectedRequest> {
    let known = ["method", "url", "headers", "body", "response", "failure"];
    let fields = Fields::of(node, "a request", node.place, &known, problems)?;
    let url = fields
        .required("url", "https://api.example.com/v1", problems)
        .and_then(|node| fields::text(node, "`url`", problems));
    if let Some(url) = &url
        && !SCHEMES.iter().any(|scheme| url.value.starts_with(scheme))
    {
        problems.push(
            url.place,
            format!("`{}` is no URL of a request", url.value),
            "write the whole URL, as in `https://api.example.com/v1`",
        );
    }
    let body = fields.get("body").map(body_of);
    let method = fields
        .text("method", problems)
        .map_or_else(|| "GET".to_owned(), |method| method.value.to_uppercase());
    let reply = match (fields.get("response"), fields.get("failure")) {
        (Some(response), None) => read_reply(response, problems),
        (None, Some(failure)) => read_failure(failure, problems),
        (Some(_), Some(failure)) => {
            problems.push(
                failure.place,
                "a request has both `response` and `failure`",
                "keep one of them",
            );
            None
        }
        (None, None) if fields.one_is_misspelt(&["response", "failure"]) => None,
        (None, None) => {
            problems.push(
                node.place,
                "a request lacks the key `response`",
                "add `response: { body: { … } }`, or `failure: timeout`",
            );
            None
        }
    };
    Some(ExpectedRequest {
        method,
        url: url?.value,
        headers: headers(&fields, problems),
        body,
        reply: reply?,
    })
}

fn headers(fields: &Fields<'_>, problems: &mut Problems<'_>) -> Vec<(String, String)> {
    fields
        .texts("headers", problems)
        .into_iter()
        .map(|(name, value)| (name.value.to_lowercase(), value.value))
        .collect()
}

/// Text is text; anything else is JSON.
fn body_of(node: &Node) -> Body {
    match &node.value {
        NodeValue::Text(text) => Body::Text(text.clone()),
        _ => Body::Json(node.to_json()),
    }
}

fn read_reply(node: &Node, problems: &mut Problems<'_>) -> Option<CaseReply> {
    let known = ["status", "headers", "body"];
    let fields = Fields::of(node, "`response`", node.place, &known, problems)?;
    let mut status = 200;
    if let Some(number) = fields.whole_number("status", problems) {
        match u16::try_from(number.value) {
            Ok(valid @ 100..=599) => status = valid,
            _ => problems.push(
                number.place,
                format!("there is no status {}", number.value),
                "choose a number from 100 to 599",
            ),
        }
    }
    Some(CaseReply::Response {
        status,
        headers: headers(&fields, problems),
        body: fields.get("body").map(body_of),
    })
}

fn read_failure(node: &Node, problems: &mut Problems<'_>) -> Option<CaseReply> {
    let text = fields::text(node, "`failure`", problems)?;
    if text.value == CaseReply::UNANSWERED {
        return Some(CaseReply::Unanswered);
    }
    let class = CaseReply::FAILURES
        .into_iter()
        .find(|class| class.as_str() == text.value);
    if class.is_none() {
        let known = CaseReply::failures().into_iter();
        problems.push_unknown(text.place, "failure", &text.value, known);
    }
    class.map(CaseReply::Failure)
}

fn read_expectation(node: &Node, problems: &mut Problems<'_>) -> Option<Expectation> {
    let known = ["outcome", "error", "response", "log"];
    let fields = Fields::of(node, "`expect`", node.place, &known, problems)?;
    let log = fields
        .get("log")
        .filter(|node| !node.is_null())
        .map(|node| {
            fields::list(node, "`log`", problems)
                .unwrap_or_default()
                .iter()
                .filter_map(|line| fields::text_or_empty(line, "a line of `log`", problems))
                .map(|line| line.value)
                .collect()
        });
    let outcome = fields.text("outcome", problems);
    if let Some(text) = &outcome {
        let known = std::iter::once(OK).chain(FailureClass::ALL.iter().map(|class| class.as_str()));
        if !known.clone().any(|known| known == text.value) {
            problems.push_unknown(text.place, "outcome", &text.value, known);
        }
    }
    Some(Expectation {
        outcome: outcome.map(|text| text.value),
        error: fields.text("error", problems).map(|text| text.value),
        response: fields
            .get("response")
            .and_then(|node| members(node, "`response`", problems)),
        log,
        is_written: true,
    })
}
