//! The limits of a transaction.

use hookpoint_engine::{application::binding::Target, hook::HookReference, ports::PublishError};

use super::Transaction;
use crate::item::{guard, pointer, size};

/// Maximum number of items in a transaction.
pub(crate) const ITEM_LIMIT: usize = 100;
/// Below DynamoDB's 4 MB, because its way of counting is not documented exactly.
const BYTE_LIMIT: usize = 3_000_000;
/// Below DynamoDB's 400 KB for one item, for the same reason.
const BYTES_PER_ITEM_LIMIT: usize = 390_000;

/// A limit that a transaction exceeds.
pub(crate) struct Excess {
    actual: usize,
    limit: usize,
    unit: &'static str,
}

impl Excess {
    /// The error about this application or identity store, or about hooks without bindings.
    pub(crate) fn of(self, subject: Option<Target>) -> PublishError {
        PublishError::TooLarge {
            subject,
            actual: self.actual,
            limit: self.limit,
            unit: self.unit,
        }
    }
}

/// Where the entries of a publication's hooks are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entries {
    /// In its transaction.
    Within,
    /// Before its transaction, which raises the guard instead.
    Ahead,
}

impl Transaction {
    /// Checks that everything fits, with the entries of these hooks or with the guard in their place.
    pub(crate) fn room_for<'a>(
        &self,
        hooks: impl IntoIterator<Item = &'a HookReference>,
    ) -> Result<Entries, Excess> {
        // Their revisions are not known yet.
        let entries: Vec<usize> = hooks
            .into_iter()
            .map(|hook| size(&pointer(hook, u64::MAX)))
            .collect();
        match self.check_room_for(&entries) {
            Err(_) if entries.len() > 1 => self
                .check_room_for(&[size(&guard(u64::MAX))])
                .map(|()| Entries::Ahead),
            checked => checked.map(|()| Entries::Within),
        }
    }

    /// Checks that everything fits together with items of these sizes.
    fn check_room_for(&self, more: &[usize]) -> Result<(), Excess> {
        let items = self.writes.iter().map(|write| size(&write.item));
        let sizes: Vec<usize> = items.chain(more.iter().copied()).collect();
        let limits = [
            (sizes.len(), ITEM_LIMIT, "items"),
            (sizes.iter().sum(), BYTE_LIMIT, "bytes"),
            (
                sizes.iter().copied().max().unwrap_or_default(),
                BYTES_PER_ITEM_LIMIT,
                "bytes in one binding or application",
            ),
        ];
        let excess = limits
            .into_iter()
            .find(|(actual, limit, _)| actual > limit)
            .map(|(actual, limit, unit)| Excess {
                actual,
                limit,
                unit,
            });
        excess.map_or(Ok(()), Err)
    }
}
