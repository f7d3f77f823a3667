//! The bindings of an event, and what is read ahead for them.

use std::{collections::BTreeSet, sync::Arc, time::SystemTime};

use hookpoint_stages::Stage;

use super::reason_to_skip;
use crate::{
    application::{
        Application,
        binding::{Binding, Mode, Target},
        sources::Sources,
    },
    engine::Engine,
    event::{Event, problem::Problem},
    hook::HookReference,
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

/// The bindings of the application's identity store; none when it has no store.
pub(super) async fn store_bindings(
    sources: &Sources,
    application: &Application,
    event: &Event,
    own: &[Arc<Binding>],
    now: SystemTime,
) -> Result<Arc<[Arc<Binding>]>, Problem> {
    let stage = event.stage();
    let Some(store) = &application.identity_store else {
        return Ok(Arc::new([]));
    };
    // Reads the hooks of the application's own bindings at the same time. This only fills the cache: a hook is read
    // again to run it, and one that cannot be read matters only then.
    let wanted = running(own, application, event);
    let references: Vec<&HookReference> = wanted.map(|binding| &binding.hook).collect();
    let target = Target::Store(store.clone());
    let store = sources.bindings(stage, &target, now);
    let (store, _) = futures::join!(store, sources.hooks(stage, &references, now));
    store.or_else(|error| unless_paused(application, stage, error))
}

/// The bindings whose hooks run before the answer.
fn running<'a>(
    bindings: &'a [Arc<Binding>],
    application: &Application,
    event: &Event,
) -> impl Iterator<Item = &'a Arc<Binding>> {
    bindings.iter().filter(|binding| {
        binding.mode == Mode::Synchronous && reason_to_skip(application, event, binding).is_none()
    })
}

/// The secrets that those hooks probably use.
pub(super) fn hinted_secrets(
    bindings: &[Arc<Binding>],
    application: &Application,
    event: &Event,
) -> BTreeSet<SecretName> {
    running(bindings, application, event)
        .flat_map(|binding| binding.hinted_secrets())
        .cloned()
        .collect()
}

/// Prepares the sandbox if one of those hooks is probably a script.
pub(super) fn expect_scripts(
    engine: &Engine,
    bindings: &[Arc<Binding>],
    application: &Application,
    event: &Event,
) {
    let mut running = running(bindings, application, event);
    if running.any(|binding| binding.hint.is_script()) {
        engine.runners.expect_scripts();
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
