//! What becomes of published applications that are not in the workspace, once the workspace is published.

use hookpoint_engine::{
    identifier::ApplicationId,
    ports::{Publisher, StoreError},
    publish::Desired,
};
use hookpoint_operator::{Author, Pruned, Pruning, prune, strays};

use crate::output::{self, WARNING};

/// What was found and done. A failure is a part of it: what came before is in effect and must be shown.
#[derive(Default)]
pub(super) struct Outside {
    /// The applications that accept events; `None` if they cannot be listed.
    pub(super) strays: Option<Vec<ApplicationId>>,
    /// What was deleted; `None` if nothing was to be, or nothing could be.
    pub(super) pruned: Option<Pruned>,
    /// Why not all of it was.
    pub(super) failure: Option<anyhow::Error>,
}

impl Outside {
    /// Lists the applications, and deletes what was `seen` of them. Without it, deletes nothing.
    pub(super) async fn prune(
        publisher: &dyn Publisher,
        desired: &Desired,
        author: Option<&Author>,
        seen: Option<Pruned>,
    ) -> Self {
        let strays = match listed(strays(publisher, desired).await, seen.is_some()) {
            Ok(strays) => strays,
            Err(error) => {
                return Self {
                    failure: Some(error),
                    ..Self::default()
                };
            }
        };
        let (pruned, failure) = match (author, seen) {
            (Some(author), Some(seen)) => {
                let seen = &seen;
                let (pruned, result) = prune(publisher, desired, Pruning { author, seen }).await;
                let is_reported = result.is_ok() || !pruned.is_empty();
                (is_reported.then_some(pruned), result.err())
            }
            // Without an author there is nothing to delete.
            (_, seen) => (seen, None),
        };
        let failure = failure.map(|error| {
            let context = "failed to prune all that is not in the workspace";
            anyhow::Error::from(error).context(context)
        });
        Self {
            strays,
            pruned,
            failure,
        }
    }
}

/// The published applications that are not in the workspace; `None` if they cannot be listed and need not be.
pub(super) fn listed(
    strays: Result<Vec<ApplicationId>, StoreError>,
    is_needed: bool,
) -> anyhow::Result<Option<Vec<ApplicationId>>> {
    const FAILED: &str = "failed to check for other published applications";
    match strays {
        Ok(strays) => Ok(Some(strays)),
        // A role that may publish need not be allowed to list, so this is not a failure.
        Err(error) if !is_needed => {
            output::remark(WARNING, &format!("{FAILED}: {error}"))?;
            Ok(None)
        }
        Err(error) => Err(anyhow::Error::from(error).context(FAILED)),
    }
}
