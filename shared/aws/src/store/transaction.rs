//! The transaction of a publication: all of it becomes visible, or nothing.

mod room;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::{
    operation::transact_write_items::TransactWriteItemsError, types::CancellationReason,
};
use hookpoint_engine::{
    application::binding::Binding,
    audit::AuditEntry,
    hook::HookReference,
    identifier::HookName,
    ports::{PublishError, StoreError},
    publish::{Publication, Revised},
};
use tokio::time::sleep;

pub(super) use self::room::{Entries, Excess, ITEM_LIMIT};
use self::write::{Condition, Kind, Write};
use super::{DynamoStore, batch::ROUNDS};
use crate::item::{self, CONDITION_ATTRIBUTES, Item, Key, document, guard, pointer};
use crate::repetition::backoff;

/// What the guard is of, for messages.
pub(super) const GUARDED: &str = "list of hooks";

/// The writes, checked against the limits.
#[derive(Clone, Default)]
pub(super) struct Transaction {
    writes: Vec<Write>,
}

/// Why a transaction was not committed.
pub(super) enum Refusal {
    /// A condition does not hold, or another writer is in the way.
    Conflict(PublishError),
    /// The table's capacity is used up.
    NoCapacity(PublishError),
    /// Anything else.
    Other(PublishError),
}

impl From<Refusal> for PublishError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Conflict(error) | Refusal::NoCapacity(error) | Refusal::Other(error) => error,
        }
    }
}

impl Transaction {
    /// The writes of a publication without the entries of its hooks.
    pub(super) fn of(publication: &Publication) -> Result<Self, StoreError> {
        let mut writes = Vec::new();
        for change in &publication.applications {
            let key = Key::application(&change.value.id);
            let revision = change.revision();
            let (item, kind) = if publication.guarded.contains(&change.value.id) {
                (key.attributes(), Kind::Raise(revision))
            } else {
                (document(&key, &change.value, revision)?, Kind::Put)
            };
            writes.push(Write {
                what: format!("application {}", change.value.id),
                item,
                kind,
                condition: Condition::replacing(change.replaces),
            });
        }
        for change in &publication.bindings {
            let key = Key::binding(&change.value);
            writes.push(Write {
                what: display(&change.value),
                item: document(&key, &change.value, change.revision())?,
                kind: Kind::Put,
                condition: Condition::replacing(change.replaces),
            });
        }
        for stored in &publication.deletions {
            writes.push(Write {
                what: display(&stored.value),
                item: Key::binding(&stored.value).attributes(),
                kind: Kind::Delete,
                condition: Condition::Revision(stored.revision),
            });
        }
        for removal in &publication.removals {
            writes.push(Write {
                what: format!("application {}", removal.value.id),
                item: Key::application(&removal.value.id).attributes(),
                kind: Kind::Delete,
                condition: Condition::Revision(removal.revision),
            });
        }
        for record in &publication.records {
            writes.push(Write {
                what: format!("publication {}", record.id),
                item: item::publication(record)?,
                kind: Kind::Put,
                condition: Condition::Absent,
            });
        }
        let mut transaction = Self { writes };
        for entry in &publication.audit {
            transaction.record(entry);
        }
        Ok(transaction)
    }

    /// Adds an entry to the audit trail.
    pub(super) fn record(&mut self, entry: &AuditEntry) {
        self.writes.push(Write {
            what: format!("audit entry {}", entry.id),
            item: item::audit(entry),
            kind: Kind::Put,
            condition: Condition::Absent,
        });
    }

    /// The keys of what it writes.
    pub(super) fn keys(&self) -> impl Iterator<Item = Key> {
        self.writes.iter().map(|write| Key::of(&write.item))
    }

    /// Adds the entry of a hook in the index, in place of the stored one. It keeps a newer version that it already names:
    /// old versions can be published too. Returns the entry as it will be.
    pub(super) fn point(
        &mut self,
        hook: &HookReference,
        replaces: Option<&Revised<HookReference>>,
    ) -> Revised<HookReference> {
        let newest = match replaces {
            Some(stored) if stored.value.version >= hook.version => &stored.value,
            _ => hook,
        };
        let entry = Revised {
            value: newest.clone(),
            revision: replaces.map_or(1, |stored| stored.revision + 1),
        };
        self.writes.push(Write {
            what: entry_of(&hook.name),
            item: pointer(&entry.value, entry.revision),
            kind: Kind::Put,
            condition: replaces.map_or(Condition::Absent, |stored| Condition::Pointer {
                version: stored.value.version,
                revision: stored.revision,
            }),
        });
        entry
    }

    /// Adds a piece of a version. It replaces none: a reader could see it beside others that another release compressed.
    pub(super) fn put_piece(&mut self, what: String, piece: Item) {
        self.writes.push(Write {
            what,
            item: piece,
            kind: Kind::Put,
            condition: Condition::Absent,
        });
    }

    /// Adds the entries of several hooks, in place of these, which it replaces by what they will be.
    pub(super) fn point_all(
        &mut self,
        hooks: &[&HookReference],
        entries: &mut BTreeMap<&HookName, Option<Revised<HookReference>>>,
    ) {
        for hook in hooks {
            if let Some(entry) = entries.get_mut(&hook.name) {
                *entry = Some(self.point(hook, entry.as_ref()));
            }
        }
    }

    /// Raises the guard at the revision that was seen. Returns its revision after that.
    pub(super) fn raise_guard(&mut self, seen: Option<u64>) -> u64 {
        let revision = seen.unwrap_or(0) + 1;
        self.writes.push(Write {
            what: GUARDED.to_owned(),
            item: guard(revision),
            kind: Kind::Put,
            condition: Condition::replacing(seen),
        });
        revision
    }

    /// The deletion of a hook whose newest version has this number, at the entry that was seen.
    pub(super) fn deleting(entry: &Revised<HookReference>, newest: u32) -> Self {
        let last = HookReference {
            version: newest,
            ..entry.value.clone()
        };
        Self {
            writes: vec![Write {
                what: entry_of(&last.name),
                item: item::tombstone(&last, entry.revision + 1),
                kind: Kind::Put,
                condition: Condition::Pointer {
                    version: entry.value.version,
                    revision: entry.revision,
                },
            }],
        }
    }
}

/// The first of these writes whose condition failed or that collided with another transaction.
fn conflict(writes: &[Write], reasons: &[CancellationReason]) -> Option<PublishError> {
    let mut writes = writes.iter().zip(reasons);
    let conflicting = writes.find(|(_, reason)| {
        matches!(
            reason.code(),
            Some("ConditionalCheckFailed" | "TransactionConflict")
        )
    });
    conflicting.map(|(write, _)| PublishError::Conflict {
        item: write.what.clone(),
    })
}

/// Whether a transaction was cancelled because the table's capacity is used up. The SDK does not retry then.
fn is_throttled(reasons: &[CancellationReason]) -> bool {
    reasons.iter().any(|reason| {
        matches!(
            reason.code(),
            Some("ProvisionedThroughputExceeded" | "ThrottlingError")
        )
    })
}

/// The entry of a hook in the index, for people.
pub(super) fn entry_of(hook: &HookName) -> String {
    format!("hook {hook}")
}

fn display(binding: &Binding) -> String {
    format!(
        "binding {} of {} at {}",
        binding.id,
        binding.target,
        binding.stage.id()
    )
}

impl DynamoStore {
    /// Checks the conditions of transactions that are to follow each other.
    pub(super) async fn check_all<'a>(
        &self,
        transactions: impl Iterator<Item = &'a Transaction>,
    ) -> Result<(), PublishError> {
        // Not on items that an earlier one writes.
        let mut written = BTreeSet::new();
        let mut writes = Vec::new();
        for transaction in transactions {
            let keyed = transaction.writes.iter();
            let keyed = keyed.map(|write| (Key::of(&write.item), write));
            writes.extend(keyed.filter(|(key, _)| !written.contains(key)));
            written.extend(transaction.keys());
        }
        let keys = writes.iter().map(|(key, _)| key.clone()).collect();
        let stored = self.get_all(keys, Some(CONDITION_ATTRIBUTES)).await?;
        let is_broken = |(key, write): &&(Key, &Write)| !write.condition.holds(stored.get(key));
        match writes.iter().find(is_broken) {
            None => Ok(()),
            Some((_, write)) => Err(PublishError::Conflict {
                item: write.what.clone(),
            }),
        }
    }

    /// Commits, with retries while the table's capacity is used up.
    pub(super) async fn commit(&self, transaction: Transaction) -> Result<(), PublishError> {
        let mut round = 0;
        loop {
            match self.try_commit(&transaction).await {
                Err(Refusal::NoCapacity(_)) if round < ROUNDS => round += 1,
                committed => return committed.map_err(PublishError::from),
            }
            sleep(backoff(round)).await;
        }
    }

    /// Commits, or says why the transaction was refused.
    pub(super) async fn try_commit(&self, transaction: &Transaction) -> Result<(), Refusal> {
        let writes = &transaction.writes;
        if writes.is_empty() {
            return Ok(());
        }
        let requests = writes
            .iter()
            .map(|write| write.clone().into_request(&self.table))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| {
                let message = crate::failure::causes(&error);
                Refusal::Other(StoreError::Unreachable { message }.into())
            })?;
        // The SDK adds an idempotency token, so that a retry after a lost response is not a conflict.
        let output = self
            .client()
            .transact_write_items()
            .set_transact_items(Some(requests))
            .send()
            .await;
        let Err(error) = output else { return Ok(()) };
        if let Some(TransactWriteItemsError::TransactionCanceledException(canceled)) =
            error.as_service_error()
        {
            let reasons = canceled.cancellation_reasons();
            if let Some(conflict) = conflict(writes, reasons) {
                return Err(Refusal::Conflict(conflict));
            }
            if is_throttled(reasons) {
                return Err(Refusal::NoCapacity(self.throttled(writes.len()).into()));
            }
        }
        Err(Refusal::Other(self.unreachable(&error).into()))
    }
}
