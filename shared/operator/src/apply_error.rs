//! Why something was not published.

use hookpoint_engine::{
    ports::{PublishError, StoreError},
    publish::{Difference, PlanError, PublicationRecord},
};
use thiserror::Error;

/// Why a workspace was not published.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ApplyError {
    /// The workspace does not fit the published state.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store refused the publication.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// Another writer changed something after it was planned.
    #[error("`{}` was changed by another publication meanwhile; nothing was published", .0.item)]
    Overtaken(Box<Overtaken>),
    /// There is more to delete than was shown.
    #[error(
        "{what} was published after it was shown what is deleted, and stays; look at `hookpoint plan --prune` again"
    )]
    Unseen {
        /// What is not deleted.
        what: String,
    },
}

/// What another writer changed between a plan and its publication.
#[derive(Debug, Clone)]
pub struct Overtaken {
    /// The first item that changed.
    pub item: String,
    /// What is published now, beside what the plan saw.
    pub difference: Difference,
    /// The newest publication since, if it was recorded.
    pub publication: Option<PublicationRecord>,
}
