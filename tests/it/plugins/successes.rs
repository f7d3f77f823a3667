//! The cases of a plugin that succeed: one for each set of requests that its hooks can make.

use std::{collections::BTreeSet, path::Path};

use hookpoint_plugins::{Plugin, Values};
use hookpoint_workspace::{Body, Case, CaseReply, ExpectedRequest};
use serde_json::Value;
use url::{Url, form_urlencoded};

/// Statuses that answer whether something is there.
const NOT_THERE: [u16; 2] = [404, 410];

/// The cases with the examples of the manifest, and their paths.
pub(super) fn cases(plugin: &Plugin) -> Vec<(String, Case)> {
    let values = Values::examples(&plugin.manifest);
    let cases = plugin.cases().map(|(path, text)| {
        let case = Case::parse(&values.fill(text), path, Path::new(""));
        (
            path.to_owned(),
            case.unwrap_or_else(|errors| panic!("{errors}")),
        )
    });
    cases.collect()
}

/// The first case that succeeds with each set of requests that a hook makes, without regard to its stage.
pub(super) fn successes(plugin: &Plugin) -> Vec<(String, Case)> {
    let mut cases = firsts(plugin, |case| (case.hook.clone(), kinds(case)));
    cases.retain(|(_, case)| !case.requests.is_empty());
    cases
}

/// Each hook's first case that succeeds: the preview, or one with a request, if there is such.
pub(super) fn first_successes(plugin: &Plugin) -> Vec<(String, Case)> {
    firsts(plugin, |case| case.hook.clone())
}

/// Each hook's first case at each of its stages that succeeds, chosen likewise; and the first one there with each set of requests, which
/// depends on what a plugin is set to.
pub(super) fn successes_by_stage(plugin: &Plugin) -> Vec<(String, Case)> {
    let first = firsts(plugin, |case| (case.hook.clone(), case.stage));
    let mut cases = firsts(plugin, |case| (case.hook.clone(), case.stage, kinds(case)));
    cases.retain(|(path, case)| {
        !case.requests.is_empty() || first.iter().any(|(known, _)| known == path)
    });
    cases
}

/// The kinds of requests that a case makes.
fn kinds(case: &Case) -> BTreeSet<String> {
    case.requests.iter().map(kind).collect()
}

/// What a vendor goes by: method, host, path and names of the query, the operation of AWS, and the members of a body. Parts of the path
/// that hold an id, or what a customer typed, count as one.
fn kind(request: &ExpectedRequest) -> String {
    let url = Url::parse(&request.url).unwrap();
    let is_id = |part: &str| {
        let is_mark = |mark: char| mark.is_ascii_digit() || mark == '%' || mark == '_';
        part.contains(is_mark)
    };
    let path = url.path_segments().unwrap();
    let path: Vec<_> = path
        .map(|part| if is_id(part) { "*" } else { part })
        .collect();
    let query: BTreeSet<_> = url.query_pairs().map(|(name, _)| name).collect();
    let mut headers = request.headers.iter();
    let operation = headers.find(|(name, _)| name == "x-amz-target");
    let members: BTreeSet<String> = match &request.body {
        Some(Body::Json(Value::Object(members))) => members.keys().cloned().collect(),
        Some(Body::Text(form)) if form.starts_with("grant_type=") => {
            let pairs = form_urlencoded::parse(form.as_bytes());
            pairs.map(|(name, _)| name.into_owned()).collect()
        }
        _ => BTreeSet::new(),
    };
    let (method, host) = (&request.method, url.host_str());
    format!("{method} {host:?} {path:?} {query:?} {operation:?} {members:?}")
}

/// Whether a case has a request, and each gets what was asked for.
pub(super) fn is_answered(case: &Case) -> bool {
    let is_answer = |reply: &CaseReply| match reply {
        CaseReply::Response { status, body, .. } => {
            let is_page = matches!(body, Some(Body::Text(_)));
            *status < 400 || NOT_THERE.contains(status) && !is_page
        }
        CaseReply::Failure(_) | CaseReply::Unanswered => false,
    };
    let mut replies = case.requests.iter().map(|request| &request.reply);
    !case.requests.is_empty() && replies.all(is_answer)
}

/// Of the cases with one key, the first that succeeds; one whose vendor answers, if there is such.
fn firsts<K: PartialEq>(plugin: &Plugin, key: impl Fn(&Case) -> K) -> Vec<(String, Case)> {
    let mut seen = Vec::new();
    let mut cases = cases(plugin);
    cases.sort_by_key(|(path, case)| {
        let is_other = *path != plugin.manifest.preview;
        (case.requests.is_empty(), is_other, !is_answered(case))
    });
    cases.retain(|(_, case)| {
        let outcome = case.expect.outcome.as_deref().unwrap_or("ok");
        let is_first = outcome == "ok" && !seen.contains(&key(case));
        if is_first {
            seen.push(key(case));
        }
        is_first
    });
    cases
}
