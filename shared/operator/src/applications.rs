//! Changes to a published application: keys and pauses.

use hookpoint_engine::{
    application::{
        Application,
        binding::{Binding, Target},
    },
    audit::AuditEntry,
    identifier::ApplicationId,
    ports::{PublishError, Publisher, StoreError},
    publish::{Change, Publication, Scope},
};
use thiserror::Error;

use crate::{
    optimistic::{self, ROUNDS},
    unknown_target::UnknownTarget,
};

/// Why an application was not changed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OperationError {
    /// No application has this id.
    #[error(transparent)]
    Unknown(#[from] UnknownTarget),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store refused the change.
    #[error(transparent)]
    Publish(#[from] PublishError),
}

/// Reads an application, changes it and writes it. Retries if another writer changed it meanwhile, so `change` may be
/// called several times. Writes nothing if nothing changes.
///
/// It leaves nothing in the audit trail: for programs, such as `dev`, that make their own keys.
///
/// # Errors
/// The application does not exist, or the store fails.
pub async fn change_application(
    publisher: &dyn Publisher,
    id: &ApplicationId,
    change: impl FnMut(&mut Application),
) -> Result<Application, OperationError> {
    change_and_record(publisher, id, None, change).await
}

/// Like [`change_application`], and writes an entry of the audit trail with the change, or neither.
///
/// # Errors
/// The application does not exist, or the store fails.
pub async fn change_application_on_record(
    publisher: &dyn Publisher,
    id: &ApplicationId,
    audit: &AuditEntry,
    change: impl FnMut(&mut Application),
) -> Result<Application, OperationError> {
    change_and_record(publisher, id, Some(audit), change).await
}

async fn change_and_record(
    publisher: &dyn Publisher,
    id: &ApplicationId,
    audit: Option<&AuditEntry>,
    mut change: impl FnMut(&mut Application),
) -> Result<Application, OperationError> {
    let scope = Scope {
        applications: [id.clone()].into(),
        ..Scope::default()
    };
    let changed = optimistic::change(publisher, &scope, ROUNDS, |mut snapshot| {
        let mut publication = Publication::default();
        let Some(stored) = snapshot.applications.remove(id) else {
            return Ok::<_, OperationError>((publication, None));
        };
        let mut value = stored.value.clone();
        change(&mut value);
        if value != stored.value {
            publication.applications.push(Change {
                value: value.clone(),
                replaces: Some(stored.revision),
            });
            publication.audit.extend(audit.cloned());
        }
        Ok((publication, Some(value)))
    });
    match changed.await? {
        Some(application) => Ok(application),
        None => Err(UnknownTarget::application(publisher, id).await?.into()),
    }
}

/// The bindings that apply to an application's events: its own and those of its identity store.
pub async fn bindings_of(
    publisher: &dyn Publisher,
    application: &Application,
) -> Result<Vec<Binding>, StoreError> {
    let own = Target::Application(application.id.clone());
    let store = application.identity_store.clone().map(Target::Store);
    let scope = Scope {
        targets: [Some(own), store].into_iter().flatten().collect(),
        ..Scope::default()
    };
    let snapshot = publisher.snapshot(&scope).await?;
    Ok(snapshot
        .bindings
        .into_iter()
        .map(|revised| revised.value)
        .collect())
}
