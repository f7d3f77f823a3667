//! Optimistic concurrency for changes to the published state.

use hookpoint_engine::{
    ports::{PublishError, Publisher, StoreError},
    publish::{Publication, Scope, Snapshot},
};

/// Maximum rounds when other writers interfere.
pub(crate) const ROUNDS: usize = 5;

/// Reads the scope, publishes the plan that `plan` returns for it, and starts over, up to `rounds` in all, if the scope
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
    rounds: usize,
    mut plan: impl FnMut(Snapshot) -> Result<(Publication, T), E>,
) -> Result<T, E>
where
    E: From<StoreError> + From<PublishError>,
{
    let mut round = 1;
    loop {
        let snapshot = publisher.snapshot(scope).await?;
        let (publication, result) = plan(snapshot)?;
        if publication.is_empty() {
            return Ok(result);
        }
        match publisher.publish(&publication).await {
            Ok(()) => return Ok(result),
            Err(PublishError::Conflict { .. }) if round < rounds => round += 1,
            Err(error) => return Err(error.into()),
        }
    }
}
