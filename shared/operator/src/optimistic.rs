//! Changes to what is published, among other writers.

use hookpoint_engine::{
    ports::{PublishError, Publisher, StoreError},
    publish::{Publication, Scope, Snapshot},
};

/// How often a change begins again when another writer was faster.
pub(crate) const ATTEMPTS: usize = 5;

/// Reads what is in scope, publishes what `plan` makes of it, and begins again, up to so many attempts, when it changed in between. Nothing is written when nothing
/// changes. Returns what `plan` returned beside the last publication.
///
/// `plan` may be called several times. It returns an error to give up.
///
/// # Errors
/// Those of `plan`; the store cannot be read, or does not take the change.
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
