//! Publishing: immutable versions first, then everything visible in one transaction, or in one for each application and
//! identity store where one has no room for all.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use hookpoint_engine::{
    application::{Application, binding::Target},
    audit::AuditEntry,
    hook::{Hook, HookReference},
    identifier::{HookName, StoreId},
    ports::{HookDeletion, PublishError, Publisher, StoreError, Temporary, UnreadableItem},
    publish::{Part, Publication, PublicationId, PublicationRecord, Revised, Scope, Snapshot},
};

use super::{
    DynamoStore,
    transaction::{Entries, Excess, GUARDED, ITEM_LIMIT, Transaction, entry_of},
};
use crate::item::STORES;

/// Maximum rounds of reading and committing while others raise the guard, or delete hooks.
pub(super) const ROUNDS: usize = 5;

#[async_trait]
impl Publisher for DynamoStore {
    async fn snapshot(&self, scope: &Scope) -> Result<Snapshot, StoreError> {
        self.read_snapshot(scope).await
    }

    async fn publish(&self, publication: &Publication) -> Result<(), PublishError> {
        // The limits are checked before the first write.
        let newest = newest_by_name(publication);
        let parts = divided(publication, &newest)?;

        self.write_hooks(&publication.hooks).await?;
        self.list_new(publication).await?;
        let mut round = 1;
        loop {
            let committed = match self.transactions(&parts, &newest).await {
                Ok(transactions) => self.commit_all(&parts, transactions).await,
                Err(error) => Err(error),
            };
            match committed {
                // Others that raise the guard concern other hooks, unless an entry says so; others that bind a hook raise its entry.
                Err(PublishError::Conflict { item })
                    if round < ROUNDS && (item == GUARDED || is_entry(&item, &newest)) =>
                {
                    round += 1;
                }
                committed => return committed,
            }
        }
    }

    async fn applications(&self) -> Result<Vec<Application>, StoreError> {
        self.all_applications().await
    }

    async fn stores(&self) -> Result<Vec<StoreId>, StoreError> {
        self.listed(STORES).await
    }

    async fn hooks(&self) -> Result<Vec<HookReference>, StoreError> {
        self.all_hooks().await
    }

    async fn versions(&self, hook: &HookName) -> Result<Vec<HookReference>, StoreError> {
        self.all_versions(hook).await
    }

    async fn delete_hook(
        &self,
        hook: &HookName,
        audit: Option<&AuditEntry>,
    ) -> Result<HookDeletion, PublishError> {
        self.delete_unused(hook, audit).await
    }

    async fn forget(&self, temporary: &Temporary) -> Result<(), StoreError> {
        self.forget_all(temporary).await
    }

    async fn history(
        &self,
        subject: Option<&Target>,
        limit: usize,
    ) -> Result<Vec<Result<PublicationRecord, UnreadableItem>>, StoreError> {
        self.newest_publications(subject, limit).await
    }

    async fn publication(&self, id: PublicationId) -> Result<Vec<PublicationRecord>, StoreError> {
        self.records_of(id).await
    }

    async fn interpreters(
        &self,
        hooks: &[HookReference],
    ) -> Result<BTreeMap<HookName, String>, StoreError> {
        self.compiled_for(hooks).await
    }

    async fn replace_compiled(&self, hooks: &[Hook]) -> Result<(), StoreError> {
        self.replace_all_compiled(hooks).await
    }

    async fn complete_lists(&self, scope: &Scope) -> Result<(), StoreError> {
        Box::pin(self.list_unlisted(scope)).await
    }
}

impl DynamoStore {
    /// The transactions of the parts, with the entries of their hooks. For a part without room for them they are written
    /// here, once the conditions of all parts are known to hold: the names of versions that nothing runs yet.
    async fn transactions(
        &self,
        parts: &[Part<Fitted<'_>>],
        newest: &BTreeMap<HookName, HookReference>,
    ) -> Result<Vec<Transaction>, PublishError> {
        let ahead: BTreeMap<_, _> = parts
            .iter()
            .map(|part| &part.checked)
            .filter(|fitted| fitted.place == Entries::Ahead)
            .flat_map(|fitted| &fitted.hooks)
            .map(|hook| (&hook.name, *hook))
            .collect();
        // Before the entries: a hook that is deleted after they were read changes the guard.
        let mut guard = if ahead.is_empty() {
            None
        } else {
            self.guard_revision().await?
        };
        let mut entries = self.entries_to_replace(newest).await?;
        if !ahead.is_empty() {
            let transactions = parts.iter().map(|part| &part.checked.transaction);
            self.check_all(transactions).await?;
        }
        let hooks: Vec<_> = ahead.into_values().collect();
        for hooks in hooks.chunks(ITEM_LIMIT) {
            let mut transaction = Transaction::default();
            transaction.point_all(hooks, &mut entries);
            self.commit(transaction).await?;
        }
        let complete = parts.iter().map(|part| {
            let fitted = &part.checked;
            let mut transaction = fitted.transaction.clone();
            match fitted.place {
                Entries::Within => transaction.point_all(&fitted.hooks, &mut entries),
                Entries::Ahead => guard = Some(transaction.raise_guard(guard)),
            }
            transaction
        });
        Ok(complete.collect())
    }

    /// The entries of hooks in the index that these versions replace. A version is not published again after the hook's
    /// deletion.
    async fn entries_to_replace<'a>(
        &self,
        newest: &'a BTreeMap<HookName, HookReference>,
    ) -> Result<BTreeMap<&'a HookName, Option<Revised<HookReference>>>, PublishError> {
        let mut stored = self.hook_entries(newest.keys()).await?;
        let replaced = newest.values().map(|hook| match stored.remove(&hook.name) {
            Some((entry, true)) if entry.value.version >= hook.version => {
                Err(PublishError::Conflict {
                    item: entry_of(&hook.name),
                })
            }
            entry => Ok((&hook.name, entry.map(|(entry, _)| entry))),
        });
        replaced.collect()
    }

    /// Commits one after the other. Before the first, the conditions of all are checked: a publication that others
    /// overtook changes nothing, unless they do so in the moment between.
    async fn commit_all(
        &self,
        parts: &[Part<Fitted<'_>>],
        transactions: Vec<Transaction>,
    ) -> Result<(), PublishError> {
        if transactions.len() > 1 {
            self.check_all(transactions.iter()).await?;
        }
        for (index, transaction) in transactions.into_iter().enumerate() {
            let committed = self.commit(transaction).await;
            committed.map_err(|error| match parts.split_at_checked(index) {
                Some((published, left)) if index > 0 => PublishError::Incomplete {
                    published: listing(published),
                    left: listing(left),
                    cause: Box::new(error),
                },
                _ => error,
            })?;
        }
        Ok(())
    }
}

/// The transaction of a part, without the entries of its hooks.
struct Fitted<'a> {
    transaction: Transaction,
    /// The newest versions of its hooks.
    hooks: Vec<&'a HookReference>,
    place: Entries,
}

/// The parts of a publication that each fit into a transaction.
fn divided<'a>(
    publication: &Publication,
    newest: &'a BTreeMap<HookName, HookReference>,
) -> Result<Vec<Part<Fitted<'a>>>, PublishError> {
    let fit = |part: &Publication| {
        let names: BTreeSet<_> = part.hooks.iter().map(|(hook, _)| &hook.name).collect();
        let hooks: Vec<_> = names
            .into_iter()
            .filter_map(|name| newest.get(name))
            .collect();
        let transaction = Transaction::of(part).map_err(Err)?;
        let place = transaction.room_for(hooks.iter().copied()).map_err(Ok)?;
        Ok(Fitted {
            transaction,
            hooks,
            place,
        })
    };
    publication.parts(fit).map_err(
        |(subject, error): (_, Result<Excess, StoreError>)| match error {
            Ok(excess) => excess.of(subject),
            Err(error) => error.into(),
        },
    )
}

/// Whether a conflict is about the entry of one of these hooks.
fn is_entry(item: &str, hooks: &BTreeMap<HookName, HookReference>) -> bool {
    hooks.keys().any(|hook| entry_of(hook) == item)
}

/// The applications and identity stores of parts, for people.
fn listing(parts: &[Part<Fitted<'_>>]) -> String {
    let names: BTreeSet<_> = parts
        .iter()
        .flat_map(|part| &part.subjects)
        .map(|subject| match subject {
            Target::Application(id) => format!("application `{id}`"),
            Target::Store(id) => format!("identity store `{id}`"),
        })
        .collect();
    if names.is_empty() {
        return "hooks without bindings".to_owned();
    }
    names.into_iter().collect::<Vec<_>>().join(", ")
}

/// The newest version of each hook in the publication.
fn newest_by_name(publication: &Publication) -> BTreeMap<HookName, HookReference> {
    let mut newest: BTreeMap<HookName, HookReference> = BTreeMap::new();
    for (hook, _) in &publication.hooks {
        if newest
            .get(&hook.name)
            .is_none_or(|known| known.version < hook.version)
        {
            newest.insert(
                hook.name.clone(),
                HookReference {
                    name: hook.name.clone(),
                    version: hook.version,
                    sha256: hook.body.sha256(),
                },
            );
        }
    }
    newest
}
