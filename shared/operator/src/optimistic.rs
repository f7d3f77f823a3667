//! Optimistic concurrency for changes to the published state.

use hookpoint_engine::{
    ports::{PublishError, Publisher, StoreError},
    publish::{Publication, Scope, Snapshot},
};

/// Maximum attempts when other writers interfere.
pub(crate) const ATTEMPTS: usize = 5;

/// Reads the scope, publishes the plan that `plan` returns for it, and retries, up to `attempts` in all, if the scope
/// changed meanwhile. Writes nothing if nothing changes. Returns the value that `plan` returned beside the last
/// publication.
///
/// `plan` may be called several times. It returns an error to give up.
///
/// # Errors
/// Errors of `plan`; the store cannot be read or refuses the change.
pub(crate) async fn change<T, E>(
    publisher: &dyn Publisher,
    scope: &Scope,
    attempts: usize,
    mut plan: impl FnMut(Snapshot) -> Result<(Publication, T), E>,
) -> Result<T, E>
where
    E: From<StoreError> + From<PublishError>,
{
    let mut attempt = 1;
    loop {
        let snapshot = publisher.snapshot(scope).await?;
        let (publication, result) = plan(snapshot)?;
        if publication.is_empty() {
            return Ok(result);
        }
        match publisher.publish(&publication).await {
            Ok(()) => return Ok(result),
            Err(PublishError::Conflict { .. }) if attempt < attempts => attempt += 1,
            Err(error) => return Err(error.into()),
        }
    }
}
