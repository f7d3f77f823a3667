//! Plans which hooks run for an event, and in which order.

use std::{collections::BTreeSet, sync::Arc, time::SystemTime};

use hookpoint_stages::{ModeRule, Stage};

use crate::{
    application::{
        Application,
        binding::{Binding, Mode, Target},
        sources::Sources,
    },
    continuation::{Continuation, Step},
    event::{Event, arrival::Arrival, error_code::ErrorCode, problem::Problem},
    hook::{HookReference, planned::Planned, run::Runners},
    identifier::{BindingId, SecretName},
    ports::StoreError,
    record::report::{BoundHook, EventIdentity, RunOutcome, RunReport, SkipReason},
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
    /// Whether the answer waits for no hook: every binding, skipped or not, is asynchronous, and there is one or the
    /// stage allows no other.
    pub(crate) is_asynchronous: bool,
    /// The secrets that hooks in earlier requests of this pass may have used.
    pub(crate) earlier_secrets: Vec<SecretName>,
}

/// Plans a first pass.
pub(crate) async fn fresh(
    sources: &Sources,
    application: &Application,
    event: &Event,
    arrival: &Arrival,
) -> Result<Plan, Problem> {
    let (stage, now) = (event.stage(), arrival.now);
    let identity = arrival.identify(application, event);
    let bindings = load_bindings(sources, application, event, now).await?;
    let is_asynchronous = is_asynchronous(stage, &bindings);
    let mut skipped = Vec::new();
    let mut chosen = Vec::new();
    let mut asynchronous = Vec::new();
    for binding in bindings {
        if let Some(left_out) = reason_to_skip(application, event, &binding) {
            skipped.push(left_out.report(identity, &binding, now));
        } else if binding.mode == Mode::Asynchronous {
            asynchronous.push(binding);
        } else {
            chosen.push(binding);
        }
    }
    asynchronous.sort_by(|left, right| chain_position(left).cmp(&chain_position(right)));
    chosen.sort_by(|left, right| chain_position(left).cmp(&chain_position(right)));
    let references: Vec<&HookReference> = chosen.iter().map(|binding| &binding.hook).collect();
    let hooks = sources.hooks(stage, &references, now).await?;
    let mut waves: Vec<Vec<Planned>> = Vec::new();
    for (binding, hook) in chosen.into_iter().zip(hooks) {
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
        skipped,
        asynchronous,
        is_asynchronous,
        earlier_secrets: Vec::new(),
    })
}

/// Plans a resumed pass: the token's chain, at the hook versions it pins, without hooks that were removed or paused
/// since then.
pub(crate) async fn resumed(
    sources: &Sources,
    application: &Application,
    event: &Event,
    continuation: &Continuation,
    arrival: &Arrival,
) -> Result<Plan, Problem> {
    let (stage, now) = (event.stage(), arrival.now);
    let identity = arrival.identify(application, event);
    let bindings = load_bindings(sources, application, event, now).await?;
    let mut plan = Plan {
        earlier_secrets: continuation.secrets.clone(),
        ..Plan::default()
    };
    for steps in &continuation.waves {
        let mut chosen = Vec::new();
        for step in steps {
            match find(&bindings, step) {
                None => plan.skipped.push(unbound(identity, step, now)),
                Some(binding) if application.is_paused(stage, &binding.id) => {
                    plan.skipped
                        .push(skip(identity, binding, &step.hook, SkipReason::Paused, now));
                }
                Some(binding) => chosen.push((binding.clone(), &step.hook)),
            }
        }
        let references: Vec<&HookReference> = chosen.iter().map(|(_, hook)| *hook).collect();
        let hooks = sources.hooks(stage, &references, now).await?;
        let wave = chosen
            .into_iter()
            .zip(hooks)
            .map(|((binding, _), hook)| Planned { binding, hook });
        // An empty wave stays in the plan: the first wave is the hook that suspended, and no other may take its place.
        plan.waves.push(wave.collect());
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

/// Whether no binding can contribute to the answer.
fn is_asynchronous(stage: Stage, bindings: &[Arc<Binding>]) -> bool {
    if stage.definition().mode == ModeRule::AsynchronousOnly {
        return true;
    }
    let mut modes = bindings.iter().map(|binding| binding.mode);
    !bindings.is_empty() && modes.all(|mode| mode == Mode::Asynchronous)
}

/// Why a binding is skipped.
struct LeftOut {
    reason: SkipReason,
    detail: Option<String>,
}

impl LeftOut {
    fn report(self, event: EventIdentity<'_>, binding: &Binding, now: SystemTime) -> RunReport {
        let mut report = skip(event, binding, &binding.hook, self.reason, now);
        report.record.error = self.detail;
        report
    }
}

/// Why this binding is skipped for this event, or `None` if it runs.
fn reason_to_skip(application: &Application, event: &Event, binding: &Binding) -> Option<LeftOut> {
    if application.is_paused(event.stage(), &binding.id) {
        return Some(LeftOut {
            reason: SkipReason::Paused,
            detail: None,
        });
    }
    let unmet = binding.when.unmet(event.body())?;
    Some(LeftOut {
        reason: if unmet.is_absent {
            SkipReason::ConditionAbsent
        } else {
            SkipReason::ConditionNotMet
        },
        detail: Some(unmet.to_string()),
    })
}

/// The application's bindings and those of its identity store.
async fn load_bindings(
    sources: &Sources,
    application: &Application,
    event: &Event,
    now: SystemTime,
) -> Result<Vec<Arc<Binding>>, Problem> {
    let stage = event.stage();
    let own = Target::Application(application.id.clone());
    let own = sources.bindings(stage, &own, now).await;
    let own = own.or_else(|error| unless_paused(application, stage, error))?;
    let Some(store) = &application.identity_store else {
        return Ok(own.to_vec());
    };
    // Reads the hooks of the application's own bindings at the same time. This only fills the cache: a hook is read
    // again to run it, and one that cannot be read matters only then.
    let wanted = own.iter().filter(|binding| {
        binding.mode == Mode::Synchronous && reason_to_skip(application, event, binding).is_none()
    });
    let references: Vec<&HookReference> = wanted.map(|binding| &binding.hook).collect();
    let target = Target::Store(store.clone());
    let store = sources.bindings(stage, &target, now);
    let (store, _) = futures::join!(store, sources.hooks(stage, &references, now));
    let store = store.or_else(|error| unless_paused(application, stage, error))?;
    Ok(own.iter().chain(store.iter()).cloned().collect())
}

/// Replaces an error by an empty list when everything is paused: damaged data must not keep an operator from pausing
/// hooks.
fn unless_paused(
    application: &Application,
    stage: Stage,
    error: StoreError,
) -> Result<Arc<[Arc<Binding>]>, Problem> {
    if application.is_stage_paused(stage) {
        Ok(Arc::new([]))
    } else {
        Err(error.into())
    }
}

/// Sort key of a binding: by order, application bindings before store bindings, then by id, so that equal chains merge
/// equally.
fn chain_position(binding: &Binding) -> (u16, &Target, &BindingId) {
    (binding.order, &binding.target, &binding.id)
}

fn find<'a>(bindings: &'a [Arc<Binding>], step: &Step) -> Option<&'a Arc<Binding>> {
    bindings.iter().find(|binding| {
        binding.target == step.target
            && binding.id == step.binding
            && binding.mode == Mode::Synchronous
    })
}

fn skip(
    event: EventIdentity<'_>,
    binding: &Binding,
    hook: &HookReference,
    reason: SkipReason,
    now: SystemTime,
) -> RunReport {
    let bound = BoundHook::of(binding, &hook.name, hook.version);
    RunReport::new(event, bound, now, RunOutcome::Skipped(reason))
}

fn unbound(event: EventIdentity<'_>, step: &Step, now: SystemTime) -> RunReport {
    let bound = BoundHook {
        binding: &step.binding,
        target: &step.target,
        hook: &step.hook.name,
        version: step.hook.version,
        mode: Mode::Synchronous,
    };
    let outcome = RunOutcome::Skipped(SkipReason::Unbound);
    RunReport::new(event, bound, now, outcome)
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
