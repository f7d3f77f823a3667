//! Loads what an attempt at a delivery needs.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use futures::join;

use super::dead_reason;
use crate::{
    application::{
        Application,
        binding::{Binding, Mode},
        sources::STALE_SERVES_FOR,
    },
    delivery::{gone::GoneBinding, job::Job},
    engine::Engine,
    hook::{outcome::FailureClass, planned::Planned},
    ports::{DeadReason, StoreError},
    record::report::SkipReason,
};

/// How old a delivery must be before a missing binding counts as removed: a binding published just now may not be
/// visible everywhere.
pub(super) const VISIBLE_AFTER: Duration = Duration::from_secs(30);

/// Why an attempt is not made now.
pub(super) enum NotNow {
    /// It can never be made.
    Skip(SkipReason),
    /// Something cannot be read at the moment.
    Postpone(String),
    /// An operator has to act.
    SetAside(DeadReason),
    /// An earlier delivery was answered with 410.
    Gone(GoneBinding),
}

impl Engine {
    /// Loads what the attempt needs, in two trips to the store when nothing is cached. When an application or binding is
    /// missing from the cache, the store itself is read.
    pub(super) async fn load(
        &self,
        job: &Job,
        now: SystemTime,
    ) -> Result<(Arc<Application>, Planned), NotNow> {
        let unreadable = |error: StoreError| match error {
            StoreError::Unreachable { message } => NotNow::Postpone(message),
            // The worker, like the writer of the item, is about to be upgraded.
            StoreError::Newer { .. } => NotNow::Postpone(error.to_string()),
            StoreError::Corrupt { .. } => NotNow::SetAside(dead_reason(
                FailureClass::Configuration.as_str(),
                &error.to_string(),
            )),
        };
        let (application, bindings) = join!(
            self.sources
                .application(&job.application, STALE_SERVES_FOR, now),
            self.sources.bindings(job.stage, &job.target, now),
        );
        let mut application = application.map_err(unreadable)?;
        if application.is_none() {
            application = self
                .sources
                .fresh_application(&job.application, now)
                .await
                .map_err(unreadable)?;
        }
        let Some(application) = application else {
            return Err(absent(job, now, SkipReason::Unbound));
        };
        let is_paused = |application: &Application| application.is_paused(job.stage, &job.binding);
        let mut application = application;
        if is_paused(&application) {
            // It may have been resumed, and the delivery sent again for that reason.
            let read = self.sources.application_now(&job.application, now).await;
            application = read
                .map_err(unreadable)?
                .ok_or_else(|| absent(job, now, SkipReason::Unbound))?;
        }
        if is_paused(&application) {
            let message = "an operator paused the hook; send the delivery again when it is resumed";
            return Err(NotNow::SetAside(dead_reason(
                SkipReason::Paused.as_str(),
                message,
            )));
        }
        let mut found = find(&bindings.map_err(unreadable)?, job);
        if found.is_err() {
            let bindings = self
                .sources
                .fresh_bindings(job.stage, &job.target, now)
                .await
                .map_err(unreadable)?;
            found = find(&bindings, job);
        }
        let binding = found.map_err(|reason| absent(job, now, reason))?;
        let references = [&binding.hook];
        let (mark, hooks) = join!(
            self.sources.gone(&binding, now),
            self.sources.hooks(job.stage, &references, now),
        );
        if let Some(mark) = mark.map_err(unreadable)? {
            return Err(NotNow::Gone(mark));
        }
        let hook = hooks
            .map_err(unreadable)?
            .into_iter()
            .next()
            .ok_or_else(|| absent(job, now, SkipReason::Unbound))?;
        Ok((application, Planned { binding, hook }))
    }
}

/// The binding of a job, if it still runs the same hook after the response. A newer version of the hook is accepted: it
/// is how an operator fixes a failing delivery.
fn find(bindings: &[Arc<Binding>], job: &Job) -> Result<Arc<Binding>, SkipReason> {
    let binding = bindings
        .iter()
        .find(|binding| binding.id == job.binding)
        .ok_or(SkipReason::Unbound)?;
    if binding.hook.name == job.hook.name && binding.mode == Mode::Asynchronous {
        Ok(binding.clone())
    } else {
        Err(SkipReason::Rebound)
    }
}

fn absent(job: &Job, now: SystemTime, reason: SkipReason) -> NotNow {
    let age = now.duration_since(job.accepted()).unwrap_or_default();
    if age < VISIBLE_AFTER {
        NotNow::Postpone(
            "the binding was not found; it may have been published just now".to_owned(),
        )
    } else {
        NotNow::Skip(reason)
    }
}
