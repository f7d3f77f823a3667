//! The bindings of an event, and what is read ahead for them.

use std::{collections::BTreeSet, pin::pin, sync::Arc, time::SystemTime};

use futures::{FutureExt as _, join};
use hookpoint_stages::Stage;

use super::skipping::reason_to_skip;
use crate::{
    application::{
        Application,
        binding::{Binding, Mode, Target},
        sources::Sources,
    },
    event::{Event, problem::Problem},
    hook::{HookReference, run::Runners},
    identifier::SecretName,
    ports::StoreError,
};

/// The application's bindings.
pub(super) async fn own_bindings(
    sources: &Sources,
    application: &Application,
    stage: Stage,
    now: SystemTime,
) -> Result<Arc<[Arc<Binding>]>, Problem> {
    let target = Target::Application(application.id.clone());
    let own = sources.bindings(stage, &target, now).await;
    own.or_else(|error| unless_paused(application, stage, error))
}

/// The bindings of the application's identity store; none when it has no store. `running` are the application's own that run.
pub(super) async fn store_bindings(
    sources: &Sources,
    application: &Application,
    stage: Stage,
    running: &[&Binding],
    now: SystemTime,
) -> Result<Arc<[Arc<Binding>]>, Problem> {
    let Some(store) = &application.identity_store else {
        return Ok(Arc::new([]));
    };
    let target = Target::Store(store.clone());
    let mut store = pin!(sources.bindings(stage, &target, now));
    // If they are cached, the application's own hooks are read with theirs.
    let store = if let Some(store) = store.as_mut().now_or_never() {
        store
    } else {
        // Reads the application's own hooks at the same time. This only fills the cache: a hook is read again to run it,
        // and one that cannot be read matters only then.
        let references: Vec<&HookReference> = running.iter().map(|binding| &binding.hook).collect();
        join!(store, sources.hooks(stage, &references, now)).0
    };
    store.or_else(|error| unless_paused(application, stage, error))
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
