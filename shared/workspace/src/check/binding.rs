//! Checks of bindings.

mod condition;
mod failure;
mod overrides;
mod target;
mod timing;

use std::collections::{HashMap, HashSet};

use hookpoint_engine::{
    application::binding::{Mode, Target},
    identifier::BindingId,
    publish::{DesiredBinding, DesiredVersion},
    stages::Stage,
};

use super::{Declared, application, hook::CheckedHook, name};
use crate::{
    files::Files,
    problem::Problems,
    raw::{RawBinding, RawVersion, Text},
};

/// What identifies a binding.
pub(crate) type BindingKey = (Target, Stage, BindingId);

/// The bindings without problems of their own.
pub(super) struct CheckedBindings {
    pub(super) bindings: Vec<DesiredBinding>,
    /// Those that have the key `failure`.
    pub(super) own_failures: HashSet<BindingKey>,
}

pub(super) fn check_all(
    raw: &[RawBinding],
    declared: &Declared,
    files: &mut Files<'_>,
    problems: &mut Problems<'_>,
) -> CheckedBindings {
    let mut own_failures = HashSet::new();
    let mut lines: HashMap<BindingKey, usize> = HashMap::new();
    let mut checked = Vec::with_capacity(raw.len());
    for raw in raw {
        let Some(binding) = check(raw, declared, files, problems) else {
            continue;
        };
        let key = (binding.target.clone(), binding.stage, binding.id.clone());
        if let Some(first) = lines.get(&key) {
            let place = raw
                .id
                .as_ref()
                .or(raw.hook.as_ref())
                .map_or(raw.place, |text| text.place);
            problems.push(
                place,
                format!("binding id `{}` is taken at `{}` of `{}`", binding.id, binding.stage, binding.target),
                format!("give this binding another `id`; the first is on line {first} (without an `id` it is the name of the hook)"),
            );
        } else {
            lines.insert(key.clone(), raw.place.line);
        }
        if raw.failure.is_some() {
            own_failures.insert(key);
        }
        checked.push(binding);
    }
    CheckedBindings {
        bindings: checked,
        own_failures,
    }
}

/// Checks all parts of a binding, even after a problem.
fn check(
    raw: &RawBinding,
    declared: &Declared,
    files: &mut Files<'_>,
    problems: &mut Problems<'_>,
) -> Option<DesiredBinding> {
    let stage = raw
        .stage
        .as_ref()
        .and_then(|stage| check_stage(stage, problems));
    let target = target::check(raw, stage, declared, problems);
    let hook = check_hook(raw, declared, problems);
    // A hook with problems of its own has a name all the same.
    let is_hook = |text: &&Text| declared.hooks.contains_key(&text.value);
    let named = raw.hook.as_ref().filter(is_hook);
    let named = named.and_then(|text| text.value.parse().ok());
    let version = check_version(raw, problems);
    let mode = stage.and_then(|stage| timing::check_mode(raw, stage, problems));
    let order = timing::check_order(raw, problems);
    let id = match &raw.id {
        Some(id) => name::check(id, problems),
        None => raw.hook.as_ref().and_then(|hook| hook.value.parse().ok()),
    };
    let when = condition::check(&raw.when, problems);
    let variables = application::check_variables(&raw.variables, problems);
    // What another version of the hook uses and returns is not in the file.
    let newest = hook.filter(|_| matches!(version, Some(DesiredVersion::Latest)));
    // That a static hook has no timeout is said below.
    if let Some(mode) = mode
        && newest.is_none_or(|hook| hook.response.is_none())
    {
        timing::check_timeout(raw, mode, problems);
    }
    let failure = stage
        .zip(mode)
        .and_then(|(stage, mode)| failure::check(raw, stage, mode, files, problems));
    let secrets = overrides::check_secrets(raw, declared, problems);
    if let Some(hook) = newest {
        overrides::check_use(raw, hook, target.as_ref(), declared, problems);
        if let (Some(stage), Some(mode)) = (stage, mode) {
            check_static(raw, hook, stage, mode, problems);
        }
    }
    Some(DesiredBinding {
        id: id?,
        stage: stage?,
        target: target?,
        order: order?,
        mode: mode?,
        failure: failure?,
        timeout_ms: raw.timeout_ms.map(|timeout| timeout.value),
        when,
        variables: variables.into_iter().collect(),
        secrets: secrets.into_iter().collect(),
        hook: named?,
        version: version?,
    })
}

pub(crate) fn check_stage(text: &Text, problems: &mut Problems<'_>) -> Option<Stage> {
    let stage: Option<Stage> = text.value.parse().ok();
    if stage.is_none() {
        let known = Stage::ALL.iter().map(|stage| stage.id());
        problems.push_unknown(text.place, "stage", &text.value, known);
    }
    stage
}

fn check_hook<'a>(
    raw: &RawBinding,
    declared: &'a Declared,
    problems: &mut Problems<'_>,
) -> Option<&'a CheckedHook> {
    let text = raw.hook.as_ref()?;
    let Some(hook) = declared.hooks.get(&text.value) else {
        let known = declared.hooks.keys().map(String::as_str);
        name::unknown(text, "hook", known, problems);
        return None;
    };
    hook.as_ref()
}

fn check_version(raw: &RawBinding, problems: &mut Problems<'_>) -> Option<DesiredVersion> {
    let Some(version) = raw.version else {
        return Some(DesiredVersion::Latest);
    };
    let number = match version.value {
        RawVersion::Latest => return Some(DesiredVersion::Latest),
        RawVersion::Number(number) => u32::try_from(number).ok().filter(|number| *number > 0),
    };
    if number.is_none() {
        problems.push(
            version.place,
            "there is no such version: versions count from 1",
            "write the number of a published version, or `latest`",
        );
    }
    number.map(DesiredVersion::Pinned)
}

/// A static hook does nothing but return a response, so all of it must have an effect.
fn check_static(
    raw: &RawBinding,
    hook: &CheckedHook,
    stage: Stage,
    mode: Mode,
    problems: &mut Problems<'_>,
) {
    let Some(response) = &hook.response else {
        return;
    };
    if let Some(timeout) = raw.timeout_ms {
        problems.push(
            timeout.place,
            format!(
                "`timeoutMs` has no effect: static hook `{}` makes no request",
                hook.name
            ),
            "remove it",
        );
    }
    if mode == Mode::Asynchronous {
        let place = raw.hook.as_ref().map_or(raw.place, |text| text.place);
        problems.push(
            place,
            format!("static hook `{}` has no effect here: nothing reads the response of an asynchronous hook", hook.name),
            "bind a webhook or a script, or bind it synchronously where the stage allows it",
        );
        return;
    }
    let subject = format!(
        "static hook `{}`, bound at `{stage}` on line {},",
        hook.name, raw.place.line
    );
    response.check_at(stage, &subject, problems);
}
