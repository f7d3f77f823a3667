//! Why a publication failed.

use thiserror::Error;

use super::StoreError;
use crate::application::binding::Target;

/// A publication that failed. No event sees any part of it, unless the error says so.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PublishError {
    /// Another publication came first.
    #[error(
        "`{item}` was changed by another publication; nothing was published. Read it again and retry"
    )]
    Conflict {
        /// The item that changed.
        item: String,
    },
    /// What must be one transaction does not fit into one.
    #[error(
        "{} is too large for one transaction: {actual} {unit}, at most {limit}; nothing was published. \
         Publish it in steps, with fewer new or changed bindings in each",
        changed(.subject.as_ref())
    )]
    TooLarge {
        /// The application or identity store; `None` for hooks without bindings.
        subject: Option<Target>,
        /// The size of the change.
        actual: usize,
        /// The limit.
        limit: usize,
        /// What the sizes count.
        unit: &'static str,
    },
    /// The publication took several transactions, and one after the first failed.
    #[error(
        "a part was published: {published}; not published: {left}. Publish again to complete it"
    )]
    Incomplete {
        /// What is in effect.
        published: String,
        /// What was left unpublished.
        left: String,
        /// Why.
        #[source]
        cause: Box<PublishError>,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn changed(subject: Option<&Target>) -> String {
    match subject {
        Some(Target::Application(id)) => format!("the change of application `{id}`"),
        Some(Target::Store(id)) => format!("the change of identity store `{id}`"),
        None => "the change".to_owned(),
    }
}
