//! Likely mistakes in a valid workspace.

use std::{collections::HashMap, sync::Arc, time::SystemTime};

use hookpoint_engine::{
    application::binding::{FailurePolicy, Mode},
    event::ingest::new_correlation_id,
    hook::HookBody,
    publish::DesiredBinding,
    record::report::RunOutcome,
};
use hookpoint_operator::{GivenSecrets, Place, ScriptErrors, Served, Trials, Tryout};
use hookpoint_stages::{Effect, Lead};
use hookpoint_workspace::Workspace;
use serde_json::Value;

use super::{conditions::never_met, names};
use crate::output;

/// Dry runs of one check: a workspace may have thousands of bindings, and each run takes milliseconds.
const MOST_RUNS: usize = 200;
/// The classes of Strivacity's that stand for vetoes.
const CLASSES: [(Effect, &str); 3] = [
    (Effect::Deny, "DenyRequest"),
    (Effect::Redirect, "RedirectRequest"),
    (Effect::ShowError, "ShowErrorMessage"),
];

/// The advice on a workspace, each a sentence or two. Scripts that do not compile are not tried.
pub(super) async fn on(workspace: &Workspace, broken: Option<&ScriptErrors>) -> Vec<String> {
    let desired = workspace.desired();
    let mut advice = Vec::new();
    for (hook, body) in &desired.hooks {
        advice.extend(names::on_secrets(hook, body));
    }
    for binding in &desired.bindings {
        advice.extend(on_conditions(binding));
        if let Some(body) = desired.hooks.get(&binding.hook) {
            advice.extend(names::on_variables(workspace, binding, body));
        }
        if let Some(body) = desired.hooks.get(&binding.hook)
            && !workspace.has_own_failure(binding)
        {
            advice.extend(on_vetoes(binding, body));
        }
    }
    let scripts = desired.bindings.iter().filter_map(|binding| {
        let body = desired.hooks.get(&binding.hook)?;
        let is_script = body.implementation.as_script().is_some();
        let compiles = !broken.is_some_and(|broken| broken.concern(&binding.hook));
        (is_script && compiles).then_some((binding, body))
    });
    let scripts: Vec<_> = scripts.collect();
    for (binding, body) in scripts.iter().take(MOST_RUNS) {
        advice.extend(on_dry_run(workspace, binding, body).await);
    }
    let left = scripts.len().saturating_sub(MOST_RUNS);
    if left > 0 {
        advice.push(format!(
            "scripts of {} were not run on their sample events, only those of the first {MOST_RUNS}; `hookpoint test` runs all cases",
            output::count(left, "more binding")
        ));
    }
    advice
}

fn name(binding: &DesiredBinding) -> String {
    format!("binding `{}` at `{}`", binding.id, binding.stage)
}

/// Conditions that no event of the stage meets, so that the hook never runs.
fn on_conditions(binding: &DesiredBinding) -> Vec<String> {
    never_met(binding)
        .into_iter()
        .map(|problem| format!("{}: its condition {problem}", name(binding)))
        .collect()
}

/// A hook that can refuse, and whose failure lets the event pass by default. One that only asks for more is not a guard.
fn on_vetoes(binding: &DesiredBinding, body: &HookBody) -> Option<String> {
    let script = body.implementation.as_script()?;
    if binding.mode != Mode::Synchronous || binding.failure != FailurePolicy::Continue {
        return None;
    }
    let effects = binding.stage.effects();
    let mut vetoes = effects
        .iter()
        .filter(|effect| effect.is_veto() && effect.lead() != Lead::Asked);
    let veto = vetoes.find(|veto| can_return(*veto, &script.source))?;
    Some(format!(
        "{}: the script can return `{veto}`, but if it fails the event passes (`failure: continue` is the default); write `failure: deny` if that must not happen, else `failure: continue`",
        name(binding)
    ))
}

/// Whether a script has what makes an effect: its name, the class of Strivacity's that stands for it, or an error that is returned.
fn can_return(effect: Effect, source: &str) -> bool {
    let class = CLASSES.iter().find(|(known, _)| *known == effect);
    let names = [Some(effect.as_str()), class.map(|(_, class)| *class)];
    let is_name = |character: char| character.is_alphanumeric() || "_$".contains(character);
    let mut names = names.into_iter().flatten();
    names.any(|name| {
        source.match_indices(name).any(|(start, _)| {
            let rest = &source[start + name.len()..];
            let is_part = source[..start].ends_with(is_name) || rest.starts_with(is_name);
            let is_option = effect == Effect::Redirect && is_option_of_fetch(rest);
            !is_part && !is_option
        })
    }) || effect == Effect::Deny && returns_error(source)
}

/// Whether a script returns an error, which denies.
fn returns_error(source: &str) -> bool {
    source.match_indices("new ").any(|(start, new)| {
        let class = &source[start + new.len()..];
        let name = class.split('(').next().unwrap_or_default();
        let before = source[..start].trim_end();
        name.ends_with("Error") && (before.ends_with("return") || before.ends_with("=>"))
    })
}

/// Whether what follows the name `redirect` makes it the option of `fetch`, a text, and not the effect, an object.
fn is_option_of_fetch(rest: &str) -> bool {
    let value = rest.trim_start().strip_prefix(':').map(str::trim_start);
    let text = value.and_then(|value| value.strip_prefix(['"', '\'', '`']));
    text.is_some_and(|text| {
        ["manual", "follow", "error"]
            .iter()
            .any(|mode| text.starts_with(mode))
    })
}

/// What a run on the stage's sample event shows, without a network and with invented secrets.
async fn on_dry_run(
    workspace: &Workspace,
    binding: &DesiredBinding,
    body: &Arc<HookBody>,
) -> Vec<String> {
    let desired = workspace.desired();
    let place = Place::find(desired, &binding.hook, binding.stage, None);
    let (Some(place), Value::Object(event)) = (place, binding.stage.example()) else {
        return Vec::new();
    };
    let invented = |name: &hookpoint_engine::identifier::SecretName| {
        let meant = binding.secrets.get(name).unwrap_or(name).clone();
        let value = format!("dry-run-of-{meant}");
        (
            meant,
            hookpoint_engine::confidential::secret::Secret::new(value),
        )
    };
    let secrets: HashMap<_, _> = body.secrets.iter().map(invented).collect();
    let served = Arc::new(Served::new(Vec::new()));
    let trials = Trials::served(&served, workspace.local().egress());
    let report = trials
        .run(Tryout {
            name: &binding.hook,
            body: Arc::clone(body),
            stage: binding.stage,
            event: &event,
            place,
            variables: &binding.variables,
            secrets: Arc::new(GivenSecrets(secrets)),
            now: SystemTime::now(),
            correlation_id: &new_correlation_id(),
        })
        .await;
    let dropped = report.record.dropped.iter().map(|dropped| {
        format!(
            "{}: on the sample event, an effect is dropped: {dropped}",
            name(binding)
        )
    });
    let mut advice: Vec<String> = dropped.collect();
    // Without the network, a hook that makes a request behaves differently.
    if served.problems().is_empty()
        && let RunOutcome::Failed(failure, _) = report.outcome()
        && !complains_of_a_secret(&failure.message, body)
    {
        let message = workspace.placed(&binding.hook, failure.message.trim_end());
        let text = output::unnamed(&message);
        advice.push(format!(
            "{}: on the sample event, the script fails: {text}",
            name(binding)
        ));
    }
    advice
}

/// Whether the script itself says that a secret is wrong: it is invented. What follows the first line is the script's source.
fn complains_of_a_secret(message: &str, body: &HookBody) -> bool {
    let sentence = message.lines().next().unwrap_or_default();
    let mut names = body.secrets.iter();
    names.any(|name| sentence.contains(name.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_deny_is_known_by_its_name_its_class_or_an_error_that_is_returned() {
        for (source, can) in [
            ("() => ({ deny: { error: 'x' } })", true),
            ("callback(new DenyRequest('x'))", true),
            ("() => { return new Error('no'); }", true),
            ("() => new RangeError(`no`)", true),
            ("() => { throw new Error('no'); }", false),
            ("const denyList = [], error = new Error();", false),
            ("callback(new ShowErrorMessage('x'))", false),
        ] {
            assert_eq!(can_return(Effect::Deny, source), can, "{source}");
        }
        let fetched = "fetch(url, { redirect: 'manual' })";
        assert!(!can_return(Effect::Redirect, fetched));
        assert!(can_return(Effect::ShowError, "new ShowErrorMessage('x')"));
    }
}
