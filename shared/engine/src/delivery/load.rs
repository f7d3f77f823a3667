//! What an attempt at a delivery needs, or why it is not made.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use super::dead_reason;
use crate::{
    application::{
        Application,
        binding::{Binding, Mode},
    },
    delivery::{gone::GoneBinding, job::Job},
    engine::Engine,
    hook::{outcome::FailureClass, planned::Planned},
    ports::{DeadReason, StoreError},
    record::report::SkipReason,
};

/// A binding that cannot be found may have been published a moment ago and not be visible everywhere yet. So a younger delivery is put off.
pub(super) const VISIBLE_AFTER: Duration = Duration::from_secs(30);

/// Why a delivery is not attempted now.
pub(super) enum NotNow {
    /// It can never be.
    Skip(SkipReason),
    /// Something cannot be read at the moment.
    Postpone(String),
    /// An operator has to look at it.
    SetAside(DeadReason),
    /// Its endpoint is gone, as an earlier delivery was told.
    Gone(GoneBinding),
}

impl Engine {
    /// What the attempt needs. A binding or application that is not there is looked for in the store itself before anybody believes it.
    pub(super) async fn load(
        &self,
        job: &Job,
        now: SystemTime,
    ) -> Result<(Arc<Application>, Planned), NotNow> {
        let unreadable = |error: StoreError| match error {
            StoreError::Unreachable { message } => NotNow::Postpone(message),
            // The worker is about to be upgraded, like what wrote the item.
            StoreError::Newer { .. } => NotNow::Postpone(error.to_string()),
            StoreError::Corrupt { .. } => NotNow::SetAside(dead_reason(
                FailureClass::Configuration.as_str(),
                &error.to_string(),
            )),
        };
        let mut application = self
            .sources
            .application(&job.application, now)
            .await
            .map_err(unreadable)?;
        if application.is_none() {
            application = self
                .sources
                .application_anew(&job.application, now)
                .await
                .map_err(unreadable)?;
        }
        let Some(application) = application else {
            return Err(absent(job, now, SkipReason::Unbound));
        };
        if application.is_paused(job.stage, &job.binding) {
            let message = "an operator paused the hook; send the delivery again when it is resumed";
            return Err(NotNow::SetAside(dead_reason(
                SkipReason::Paused.as_str(),
                message,
            )));
        }
        let bindings = self
            .sources
            .bindings(job.stage, &job.target, now)
            .await
            .map_err(unreadable)?;
        let mut found = find(&bindings, job);
        if found.is_err() {
            let bindings = self
                .sources
                .bindings_anew(job.stage, &job.target, now)
                .await
                .map_err(unreadable)?;
            found = find(&bindings, job);
        }
        let binding = found.map_err(|reason| absent(job, now, reason))?;
        let mark = self.sources.gone(&binding, now).await.map_err(unreadable)?;
        if let Some(mark) = mark {
            return Err(NotNow::Gone(mark));
        }
        let hook = self
            .sources
            .hooks(job.stage, &[&binding.hook], now)
            .await
            .map_err(unreadable)?;
        let hook = hook
            .into_iter()
            .next()
            .ok_or_else(|| absent(job, now, SkipReason::Unbound))?;
        Ok((application, Planned { binding, hook }))
    }
}

/// The binding of a job, if it still runs the same hook after the answer. Another version of the hook is welcome: it is how an operator mends
/// a delivery that fails.
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
            "the binding is not to be found; it may have been published just now".to_owned(),
        )
    } else {
        NotNow::Skip(reason)
    }
}
