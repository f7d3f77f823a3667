//! Applications and identity stores that are not published.

use std::collections::BTreeSet;

use hookpoint_engine::{
    application::binding::Target,
    identifier::{ApplicationId, StoreId},
    ports::{Publisher, StoreError},
    publish::Scope,
};
use hookpoint_workspace::syntax::nearest;
use thiserror::Error;

/// The error for an id that nothing published has.
#[derive(Debug, Error)]
#[error("there is no {kind} `{id}`{help}")]
pub struct UnknownTarget {
    kind: &'static str,
    id: String,
    help: String,
}

impl UnknownTarget {
    /// Names the nearest application that is published.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn application(
        publisher: &dyn Publisher,
        id: &ApplicationId,
    ) -> Result<Self, StoreError> {
        let all = publisher.applications().await?;
        let known = all.iter().map(|known| known.id.as_str());
        Ok(Self::new("application", id.as_str(), known.collect()))
    }

    fn new(kind: &'static str, id: &str, known: BTreeSet<&str>) -> Self {
        let known: Vec<&str> = known.into_iter().collect();
        let help = if known.is_empty() {
            ": none is published; `hookpoint apply` publishes the workspace".to_owned()
        } else {
            let meant = nearest(id, &known).map(|meant| format!("did you mean `{meant}`? "));
            format!(
                "; {}`hookpoint applications list` shows them",
                meant.unwrap_or_default()
            )
        };
        Self {
            kind,
            id: id.to_owned(),
            help,
        }
    }
}

/// Returns the error for an application or identity store that is not published, or `None` if it is.
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
            let used = publisher.applications().await?.into_iter();
            let mut known: BTreeSet<StoreId> =
                used.filter_map(|known| known.identity_store).collect();
            known.extend(publisher.stores().await?);
            let names = known.iter().map(StoreId::as_str).collect();
            let unknown = || UnknownTarget::new("identity store", id.as_str(), names);
            Ok((!known.contains(id)).then(unknown))
        }
    }
}
