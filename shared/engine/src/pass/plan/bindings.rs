//! The bindings of an event, and what is read ahead for them.

use std::{collections::BTreeSet, pin::pin, sync::Arc, time::SystemTime};

use futures::{FutureExt as _, join};
use hookpoint_stages::Stage;

use super::skipping::reason_to_skip;
use crate::{
    application::{
        Application,
        binding::{Binding, Mode, Target},
        sources::{Bindings, Seen, Sources},
    },
    event::{Event, problem::Problem},
    hook::{HookReference, run::Runners},
    identifier::SecretName,
    ports::StoreError,
};

/// The lists that a plan is made from, with the target of each.
pub(crate) type Lists = Vec<(Target, Seen<Bindings>)>;

/// The application's bindings.
pub(super) async fn own_bindings(
    sources: &Sources,
    application: &Application,
    stage: Stage,
    now: SystemTime,
    lists: &mut Lists,
) -> Result<Bindings, Problem> {
    let target = Target::Application(application.id.clone());
    let own = sources.seen_bindings(stage, &target, now).await;
    keep(lists, target, own, application, stage)
}

/// The bindings of the application's identity store; none when it has no store. `running` are the application's own that run.
pub(super) async fn store_bindings(
    sources: &Sources,
    application: &Application,
    stage: Stage,
    running: &[&Binding],
    now: SystemTime,
    lists: &mut Lists,
) -> Result<Bindings, Problem> {
    let Some(store) = &application.identity_store else {
        return Ok(Arc::new([]));
    };
    let target = Target::Store(store.clone());
    let mut store = pin!(sources.seen_bindings(stage, &target, now));
    // If they are cached, the application's own hooks are read with theirs.
    let store = if let Some(store) = store.as_mut().now_or_never() {
        store
    } else {
        // Reads the application's own hooks at the same time. This only fills the cache: a hook is read again to run it,
        // and one that cannot be read matters only then.
        let references: Vec<&HookReference> = running.iter().map(|binding| &binding.hook).collect();
        join!(store, sources.hooks(stage, &references, now)).0
    };
    keep(lists, target.clone(), store, application, stage)
}

/// The bindings whose hooks run before the response.
pub(super) fn running<'a>(
    bindings: &'a [Arc<Binding>],
    application: &Application,
    event: &Event,
) -> Vec<&'a Binding> {
    let bindings = bindings.iter().map(Arc::as_ref);
    bindings
        .filter(|binding| {
            binding.mode == Mode::Synchronous
                && reason_to_skip(application, event, binding).is_none()
        })
        .collect()
}

/// The secrets that those hooks probably use.
pub(super) fn hinted_secrets(running: &[&Binding]) -> BTreeSet<SecretName> {
    let names = running.iter().flat_map(|binding| binding.hinted_secrets());
    names.cloned().collect()
}

/// Prepares the sandbox if one of those hooks is probably a script.
pub(super) fn expect_scripts(runners: &Runners, running: &[&Binding]) {
    if running.iter().any(|binding| binding.hint.is_script()) {
        runners.expect_scripts();
    }
}

/// Adds a list to the others. Replaces an error by an empty list when everything is paused: damaged data must not keep an operator from
/// pausing hooks.
fn keep(
    lists: &mut Lists,
    target: Target,
    read: Result<Seen<Bindings>, StoreError>,
    application: &Application,
    stage: Stage,
) -> Result<Bindings, Problem> {
    match read {
        Ok(seen) => {
            let bindings = seen.value.clone();
            lists.push((target, seen));
            Ok(bindings)
        }
        Err(_) if application.is_stage_paused(stage) => Ok(Arc::new([])),
        Err(error) => Err(error.into()),
    }
}
