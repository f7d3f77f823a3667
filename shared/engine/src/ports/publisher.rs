//! Publishes, and reads what is published.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::{PublishError, StoreError, Temporary, UnreadableItem};
use crate::{
    application::{
        Application,
        binding::{Binding, Target},
    },
    audit::AuditEntry,
    hook::{Hook, HookReference},
    identifier::{HookName, StoreId},
    publish::{Publication, PublicationId, PublicationRecord, Scope, Snapshot},
};

/// Writes what `hookpoint.yaml` says. Held by tools only.
#[async_trait]
pub trait Publisher: Send + Sync {
    /// What is published now within the scope: its applications, the bindings of its targets at every stage, and the
    /// newest version of each of its hooks.
    async fn snapshot(&self, scope: &Scope) -> Result<Snapshot, StoreError>;

    /// Applies a publication. MUST write hook versions first, and then each application with its bindings in one
    /// transaction, each identity store likewise; in one transaction for all of it unless the store has no room. MUST
    /// return [`PublishError::Conflict`], with nothing of it in effect, when anything it depends on has changed since
    /// the snapshot.
    async fn publish(&self, publication: &Publication) -> Result<(), PublishError>;

    /// Every application, in any order. MUST NOT read anything else that the store holds, such as run records.
    async fn applications(&self) -> Result<Vec<Application>, StoreError>;

    /// Every identity store that has bindings, in any order; one that had some MAY be among them.
    async fn stores(&self) -> Result<Vec<StoreId>, StoreError>;

    /// The newest published version of every hook, in any order. MUST NOT read bodies.
    async fn hooks(&self) -> Result<Vec<HookReference>, StoreError>;

    /// Every version of a hook that is stored, the newest first. MUST NOT read bodies.
    async fn versions(&self, hook: &HookName) -> Result<Vec<HookReference>, StoreError>;

    /// Deletes every version of a hook that no binding runs. MUST NOT delete one that a concurrent publication binds:
    /// one of the two is refused. Numbers of deleted versions MUST NOT be used again. An entry of the audit trail MUST be
    /// written together with the deletion, and only if there is something to delete.
    async fn delete_hook(
        &self,
        hook: &HookName,
        audit: Option<&AuditEntry>,
    ) -> Result<HookDeletion, PublishError>;

    /// The records of the newest publications, at most `limit` publications, the newest first; with a subject, only
    /// its records. MUST NOT omit a record that cannot be read, nor fail because of it.
    async fn history(
        &self,
        subject: Option<&Target>,
        limit: usize,
    ) -> Result<Vec<Result<PublicationRecord, UnreadableItem>>, StoreError>;

    /// Returns the [history](Self::history) if all of it can be read, for decisions that a gap would make wrong.
    async fn publications(
        &self,
        subject: Option<&Target>,
        limit: usize,
    ) -> Result<Vec<PublicationRecord>, StoreError> {
        let records = self.history(subject, limit).await?.into_iter();
        records
            .map(|record| record.map_err(|unreadable| unreadable.error))
            .collect()
    }

    /// All records of a publication; none when there is no such publication.
    async fn publication(&self, id: PublicationId) -> Result<Vec<PublicationRecord>, StoreError>;

    /// Deletes applications, identity stores and hooks with their bindings, marks and history, and their entries in
    /// lists, as if they had never been published. Their run records stay until they expire. MUST NOT fail because a
    /// part is absent, and MUST leave the applications for last, so that an interrupted call can be found and repeated.
    async fn forget(&self, temporary: &Temporary) -> Result<(), StoreError>;

    /// The interpreters that the scripts of stored versions were compiled for, by hook. A hook is absent if that is unknown.
    async fn interpreters(
        &self,
        hooks: &[HookReference],
    ) -> Result<BTreeMap<HookName, String>, StoreError>;

    /// Replaces what the scripts of stored versions were compiled to, for every stage that reads them. A version that is
    /// absent, or has another body, is left alone. A reader meanwhile MUST get the one before, the new one, or none.
    async fn replace_compiled(&self, hooks: &[Hook]) -> Result<(), StoreError>;

    /// Lists what is stored in the scope but not listed, because a version without lists published it. Changes nothing
    /// else.
    async fn complete_lists(&self, scope: &Scope) -> Result<(), StoreError> {
        // A store that finds everything by a query has no lists.
        let _ = scope;
        Ok(())
    }
}

/// The result of deleting a hook.
#[derive(Debug, Clone, PartialEq)]
pub enum HookDeletion {
    /// It was deleted.
    Deleted,
    /// There is no such hook.
    Absent,
    /// These bindings run it.
    InUse(Vec<Binding>),
}
