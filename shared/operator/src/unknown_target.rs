//! Applications and identity stores that are not published.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use hookpoint_engine::{
    application::binding::Target,
    identifier::{ApplicationId, StoreId},
    ports::{Publisher, StoreError},
    publish::Scope,
};
use hookpoint_workspace::syntax::nearest;
use thiserror::Error;

use crate::inspection::bindings_at;

/// Maximum number of identity stores that the error names.
const MOST_NAMED: usize = 5;

/// The error for an id that nothing published has.
#[derive(Debug, Error)]
#[error("there is no {kind} `{id}`{help}")]
pub struct UnknownTarget {
    kind: &'static str,
    id: String,
    help: String,
}

impl UnknownTarget {
    /// Returns the error for an application that is not published; it names the nearest one.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn application(
        publisher: &dyn Publisher,
        id: &ApplicationId,
    ) -> Result<Self, StoreError> {
        let all = publisher.applications().await?;
        let mut known: Vec<_> = all.iter().map(|known| known.id.as_str()).collect();
        known.sort_unstable();
        let list = "`hookpoint applications list` shows them";
        Ok(Self::new("application", id.as_str(), &known, list))
    }

    fn store(id: &StoreId, known: &BTreeSet<StoreId>) -> Self {
        let known: Vec<_> = known.iter().map(StoreId::as_str).collect();
        let named = known.iter().take(MOST_NAMED);
        let named: Vec<_> = named.map(|name| format!("`{name}`")).collect();
        let more = match known.len().saturating_sub(MOST_NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let list = format!("published: {}{more}", named.join(", "));
        Self::new("identity store", id.as_str(), &known, &list)
    }

    /// `list` says which ones there are, or where to see them.
    fn new(kind: &'static str, id: &str, known: &[&str], list: &str) -> Self {
        let help = if known.is_empty() {
            ": none is published; `hookpoint apply` publishes the workspace".to_owned()
        } else {
            let meant = nearest(id, known).map(|meant| format!("did you mean `{meant}`? "));
            format!("; {}{list}", meant.unwrap_or_default())
        };
        Self {
            kind,
            id: id.to_owned(),
            help,
        }
    }
}

/// Returns the error for an application or identity store that is not published, or `None` if it is. A store that is not in the
/// index, because an older version published it, is known by its bindings.
///
/// # Errors
/// The store cannot be read.
pub async fn unknown_target(
    publisher: &dyn Publisher,
    target: &Target,
) -> Result<Option<UnknownTarget>, StoreError> {
    match target {
        Target::Application(id) => {
            let scope = Scope {
                applications: [id.clone()].into(),
                ..Scope::default()
            };
            if publisher.snapshot(&scope).await?.applications.is_empty() {
                return Ok(Some(UnknownTarget::application(publisher, id).await?));
            }
            Ok(None)
        }
        Target::Store(id) => {
            let bindings = bindings_at(publisher, [target.clone()].into()).await?;
            if !bindings.is_empty() {
                return Ok(None);
            }
            let used = publisher.applications().await?.into_iter();
            let mut known: BTreeSet<StoreId> =
                used.filter_map(|known| known.identity_store).collect();
            known.extend(publisher.stores().await?);
            Ok((!known.contains(id)).then(|| UnknownTarget::store(id, &known)))
        }
    }
}
