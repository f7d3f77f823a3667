//! Plans which hooks run for an event, and in which order.

mod bindings;
mod skipping;

use std::{collections::BTreeSet, sync::Arc};

use futures::{FutureExt, try_join};
use hookpoint_stages::{ModeRule, Stage};

use self::{
    bindings::{Lists, expect_scripts, hinted_secrets, own_bindings, running, store_bindings},
    skipping::{reason_to_skip, skip, unbound},
};
use super::early::EarlySecrets;
use crate::{
    application::{
        Application,
        binding::{Binding, Mode, Target},
    },
    continuation::{Continuation, Step},
    deadline::Deadline,
    engine::Engine,
    event::{Event, arrival::Arrival, error_code::ErrorCode, problem::Problem},
    hook::{planned::Planned, run::Runners},
    identifier::{BindingId, SecretName},
    record::report::{RunReport, SkipReason},
};

/// The chain of an event.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// Waves of hooks; the hooks of a wave run concurrently.
    pub(crate) waves: Vec<Vec<Planned>>,
    /// Bindings that were skipped.
    pub(crate) skipped: Vec<RunReport>,
    /// Bindings of asynchronous hooks.
    pub(crate) asynchronous: Vec<Arc<Binding>>,
    /// Whether the response waits for no hook: every binding, skipped or not, is asynchronous, and there is one or the
    /// stage allows no other.
    pub(crate) is_asynchronous: bool,
    /// The secrets that hooks in earlier requests of this pass may have used.
    pub(crate) earlier_secrets: Vec<SecretName>,
    /// The secrets that were read together with the hooks.
    pub(crate) early_secrets: Vec<EarlySecrets>,
    /// What it was made from, which must agree.
    pub(crate) lists: Lists,
}

/// Plans a first pass.
pub(crate) async fn fresh(
    engine: &Engine,
    application: &Application,
    event: &Event,
    arrival: &Arrival,
    deadline: Deadline,
) -> Result<Plan, Problem> {
    let (stage, now) = (event.stage(), arrival.now);
    let sources = &engine.sources;
    let (mut lists, mut of_store) = (Lists::new(), Lists::new());
    let own = own_bindings(sources, application, stage, now, &mut lists).await?;
    let running_own = running(&own, application, event);
    expect_scripts(&engine.runners, &running_own);
    let names = hinted_secrets(&running_own);
    let reading = EarlySecrets::read(sources, &application.id, names.clone(), now);
    let rest = async {
        let found = &mut of_store;
        let store = store_bindings(sources, application, stage, &running_own, now, found).await?;
        let running_store = running(&store, application, event);
        expect_scripts(&engine.runners, &running_store);
        let mut names_of_store = hinted_secrets(&running_store);
        names_of_store.retain(|name| !names.contains(name));
        let bindings: Vec<_> = own.iter().chain(store.iter()).cloned().collect();
        let chosen = choose(application, event, bindings, arrival);
        let references = chosen.synchronous.iter().map(|binding| &binding.hook);
        let references: Vec<_> = references.collect();
        let waits_for_secrets = !names.is_empty() || !names_of_store.is_empty();
        let reading = EarlySecrets::read(sources, &application.id, names_of_store, now);
        let hooks = async {
            let hooks = sources.hooks(stage, &references, now).await?;
            if waits_for_secrets {
                let bindings = chosen.synchronous.iter().map(Arc::as_ref);
                let bound = bindings.zip(hooks.iter().map(Arc::as_ref));
                engine.runners.expect_runs_of(bound, deadline);
            }
            Ok::<_, Problem>(hooks)
        };
        let (hooks, early) = try_join!(hooks, reading.map(Ok))?;
        Ok::<_, Problem>((chosen, hooks, early))
    };
    let ((chosen, hooks, early_of_store), early) = try_join!(rest, reading.map(Ok))?;
    lists.extend(of_store);
    let mut waves: Vec<Vec<Planned>> = Vec::new();
    for (binding, hook) in chosen.synchronous.into_iter().zip(hooks) {
        let planned = Planned { binding, hook };
        match waves.last_mut() {
            Some(wave)
                if wave
                    .iter()
                    .all(|other| other.binding.order == planned.binding.order) =>
            {
                wave.push(planned);
            }
            _ => waves.push(vec![planned]),
        }
    }
    Ok(Plan {
        waves,
        skipped: chosen.skipped,
        asynchronous: chosen.asynchronous,
        is_asynchronous: chosen.is_asynchronous,
        earlier_secrets: Vec::new(),
        early_secrets: vec![early, early_of_store],
        lists,
    })
}

/// What becomes of the bindings of an event.
struct Chosen {
    synchronous: Vec<Arc<Binding>>,
    asynchronous: Vec<Arc<Binding>>,
    skipped: Vec<RunReport>,
    is_asynchronous: bool,
}

/// Decides which bindings run for an event, in which order.
fn choose(
    application: &Application,
    event: &Event,
    bindings: Vec<Arc<Binding>>,
    arrival: &Arrival,
) -> Chosen {
    let identity = arrival.identify(application, event);
    let mut chosen = Chosen {
        synchronous: Vec::new(),
        asynchronous: Vec::new(),
        skipped: Vec::new(),
        is_asynchronous: is_asynchronous(event.stage(), &bindings),
    };
    for binding in bindings {
        if let Some(left_out) = reason_to_skip(application, event, &binding) {
            let report = left_out.report(identity, &binding, arrival.now);
            chosen.skipped.push(report);
        } else if binding.mode == Mode::Asynchronous {
            chosen.asynchronous.push(binding);
        } else {
            chosen.synchronous.push(binding);
        }
    }
    for bindings in [&mut chosen.asynchronous, &mut chosen.synchronous] {
        bindings.sort_by(|left, right| chain_position(left).cmp(&chain_position(right)));
    }
    chosen
}

/// Plans a resumed pass: the token's chain, at the hook versions it pins, without hooks that were removed or paused
/// since then.
pub(crate) async fn resumed(
    engine: &Engine,
    application: &Application,
    event: &Event,
    continuation: &Continuation,
    arrival: &Arrival,
    deadline: Deadline,
) -> Result<Plan, Problem> {
    let (stage, now) = (event.stage(), arrival.now);
    let sources = &engine.sources;
    let identity = arrival.identify(application, event);
    let mut lists = Lists::new();
    let own = own_bindings(sources, application, stage, now, &mut lists).await?;
    let running_own = running(&own, application, event);
    let found = &mut lists;
    let store = store_bindings(sources, application, stage, &running_own, now, found).await?;
    let bindings: Vec<_> = own.iter().chain(store.iter()).cloned().collect();
    let mut plan = Plan {
        earlier_secrets: continuation.secrets.clone(),
        lists,
        ..Plan::default()
    };
    let mut chosen = Vec::new();
    let mut names: BTreeSet<_> = continuation.secrets.iter().cloned().collect();
    let waves = continuation.waves.iter().enumerate();
    let steps = waves.flat_map(|(number, steps)| steps.iter().map(move |step| (number, step)));
    for (number, step) in steps {
        match find(&bindings, step, continuation) {
            None => plan.skipped.push(unbound(identity, step, now)),
            Some(binding) if application.is_paused(stage, &binding.id) => {
                plan.skipped
                    .push(skip(identity, binding, &step.hook, SkipReason::Paused, now));
            }
            Some(binding) => {
                if binding.hook == step.hook {
                    names.extend(binding.hinted_secrets().cloned());
                }
                chosen.push((number, binding.clone(), &step.hook));
            }
        }
    }
    let pinned = chosen
        .iter()
        .filter(|(_, binding, hook)| binding.hook == **hook);
    let pinned: Vec<_> = pinned.map(|(_, binding, _)| binding.as_ref()).collect();
    expect_scripts(&engine.runners, &pinned);
    let references: Vec<_> = chosen.iter().map(|(_, _, hook)| *hook).collect();
    let waits_for_secrets = !names.is_empty();
    let reading = EarlySecrets::read(sources, &application.id, names, now);
    let hooks = async {
        let hooks = sources.hooks(stage, &references, now).await?;
        if waits_for_secrets {
            let bindings = chosen.iter().map(|(_, binding, _)| binding.as_ref());
            let bound = bindings.zip(hooks.iter().map(Arc::as_ref));
            engine.runners.expect_runs_of(bound, deadline);
        }
        Ok::<_, Problem>(hooks)
    };
    let (hooks, early) = try_join!(hooks, reading.map(Ok))?;
    plan.early_secrets.push(early);
    // An empty wave stays in the plan: the first wave is the hook that suspended, and no other may take its place.
    plan.waves.resize_with(continuation.waves.len(), Vec::new);
    for ((number, binding, _), hook) in chosen.into_iter().zip(hooks) {
        plan.waves[number].push(Planned { binding, hook });
    }
    // Deliveries are not part of a continuation: they are created once, when a pass ends without a veto.
    for binding in bindings
        .into_iter()
        .filter(|binding| binding.mode == Mode::Asynchronous)
    {
        match reason_to_skip(application, event, &binding) {
            Some(left_out) => plan.skipped.push(left_out.report(identity, &binding, now)),
            None => plan.asynchronous.push(binding),
        }
    }
    plan.asynchronous
        .sort_by(|left, right| chain_position(left).cmp(&chain_position(right)));
    Ok(plan)
}

/// Whether no binding can contribute to the response.
fn is_asynchronous(stage: Stage, bindings: &[Arc<Binding>]) -> bool {
    if stage.definition().mode == ModeRule::AsynchronousOnly {
        return true;
    }
    let mut modes = bindings.iter().map(|binding| binding.mode);
    !bindings.is_empty() && modes.all(|mode| mode == Mode::Asynchronous)
}

/// Sort key of a binding: by order, application bindings before store bindings, then by id, so that equal chains merge
/// equally.
fn chain_position(binding: &Binding) -> (u16, &Target, &BindingId) {
    (binding.order, &binding.target, &binding.id)
}

/// The binding of a step of a continuation: where it was, or where its hook has moved since then.
fn find<'a>(
    bindings: &'a [Arc<Binding>],
    step: &Step,
    continuation: &Continuation,
) -> Option<&'a Arc<Binding>> {
    let is_of = |binding: &Binding, step: &Step| {
        binding.target == step.target && binding.id == step.binding
    };
    let mut synchronous = bindings
        .iter()
        .filter(|binding| binding.mode == Mode::Synchronous);
    let steps = || continuation.waves.iter().flatten();
    let has_moved = |binding: &&Arc<Binding>| {
        binding.hook.name == step.hook.name && !steps().any(|other| is_of(binding, other))
    };
    let same = synchronous.clone().find(|binding| is_of(binding, step));
    same.or_else(|| synchronous.find(has_moved))
}

impl Plan {
    /// Rejects a plan with a hook that cannot run here, rather than skipping it silently.
    pub(crate) fn check(&self, runners: &Runners) -> Result<(), Problem> {
        let mut hooks = self.waves.iter().flatten().map(|planned| &planned.hook);
        if hooks.all(|hook| runners.can_run(&hook.body.implementation)) {
            return Ok(());
        }
        let code = ErrorCode::ScriptHooksUnavailable;
        Err(Problem::new(code, code.remedy()))
    }

    /// The secrets that the chain needs, and those that earlier results may contain.
    pub(crate) fn secret_names(&self) -> Vec<SecretName> {
        let names: BTreeSet<_> = self
            .waves
            .iter()
            .flatten()
            .flat_map(|planned| planned.secret_names().map(|(_, meant)| meant))
            .chain(&self.earlier_secrets)
            .cloned()
            .collect();
        names.into_iter().collect()
    }
}
