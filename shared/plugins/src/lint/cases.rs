//! Cases show what a hook does, at each of its stages.

use std::{collections::BTreeSet, path::Path};

use hookpoint_workspace::{Case, CaseReply};

use crate::{HookDraft, Plugin, Values};

/// Requests that a case may have beyond the round trips of its hook: a retry after a 401 or a wait, with its token.
const RETRIES: u64 = 2;

/// The cases with these values, by their path. Notes those that are none.
pub(super) fn cases(
    plugin: &Plugin,
    values: &Values,
    found: &mut Vec<String>,
) -> Vec<(String, Case)> {
    let mut cases = Vec::new();
    for (path, text) in plugin.cases() {
        match Case::parse(&values.fill(text), path, Path::new("")) {
            Ok(case) if plugin.manifest.hook(&case.hook).is_none() => {
                found.push(format!("{path}: the plugin has no hook `{}`", case.hook));
            }
            Ok(case) => cases.push((path.to_owned(), case)),
            Err(errors) => found.push(errors.to_string()),
        }
    }
    cases
}

/// Cases show each effect, and no other; each host replies in one.
pub(super) fn of_cases(
    hook: &HookDraft,
    values: &Values,
    cases: &[(String, Case)],
    say: &mut impl FnMut(String),
) {
    let own: Vec<_> = cases
        .iter()
        .filter(|(_, case)| case.hook == hook.name)
        .collect();
    if own.is_empty() {
        say("has no case".to_owned());
        return;
    }
    let mut shown = BTreeSet::new();
    for (path, case) in &own {
        let response = case.expect.response.iter().flatten();
        shown.extend(response.map(|(name, _)| name.as_str()));
        if case.requests.len() as u64 > hook.round_trips + RETRIES {
            say(format!(
                "makes {} requests in {path}, and `roundTrips` is {}",
                case.requests.len(),
                hook.round_trips
            ));
        }
    }
    for effect in &hook.effects {
        if !shown.contains(effect.as_str()) {
            say(format!(
                "declares the effect `{effect}`, which no case shows"
            ));
        }
    }
    for name in &shown {
        if !hook.effects.iter().any(|effect| effect.as_str() == *name) {
            say(format!(
                "returns `{name}` in a case, and the manifest does not list that effect"
            ));
        }
    }
    let calls = own.iter().flat_map(|(_, case)| &case.requests);
    let is_answered = |reply: &CaseReply| matches!(reply, CaseReply::Response { .. });
    let called: BTreeSet<&str> = calls
        .filter(|request| is_answered(&request.reply))
        .filter_map(|request| request.url.split('/').nth(2)?.split(':').next())
        .collect();
    for host in &hook.hosts {
        let filled = values.fill(host);
        if !filled.is_empty() && !called.contains(filled.as_str()) {
            say(format!(
                "declares the host `{filled}`, of which no case has a reply"
            ));
        }
    }
}

/// Each stage has a case that succeeds. A hook that is bound once need not name it.
pub(super) fn of_stages(
    plugin: &Plugin,
    hook: &HookDraft,
    cases: &[(String, Case)],
    say: &mut impl FnMut(String),
) {
    let bindings = plugin.manifest.bindings.iter();
    let stages: Vec<_> = bindings
        .filter(|binding| binding.hook == hook.name)
        .map(|binding| binding.stage)
        .collect();
    for stage in &stages {
        let is_shown = cases.iter().any(|(_, case)| {
            let is_its = case
                .stage
                .map_or(stages.len() == 1, |known| known == *stage);
            let outcome = case.expect.outcome.as_deref().unwrap_or("ok");
            case.hook == hook.name && is_its && outcome == "ok"
        });
        if !is_shown {
            say(format!("has no case that succeeds at `{stage}`"));
        }
    }
}
