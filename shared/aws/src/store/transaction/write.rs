//! One write of a transaction, with its condition.

use aws_sdk_dynamodb::{
    error::BuildError,
    types::{Delete, Put, TransactWriteItem, Update},
};

use crate::item::{
    HAS_REVISION, HAS_VERSION, IS_ABSENT, Item, NEXT_PARAMETER, RAISE_REVISION, REVISION_PARAMETER,
    VERSION_PARAMETER, number,
};

/// A write.
#[derive(Clone)]
pub(super) struct Write {
    /// Name of the item, for messages.
    pub(super) what: String,
    /// Its key, with the rest of what is put.
    pub(super) item: Item,
    pub(super) kind: Kind,
    pub(super) condition: Condition,
}

/// What a write does to its item.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Put,
    Delete,
    /// Sets the revision, and leaves the rest.
    Raise(u64),
}

impl Write {
    pub(super) fn into_request(self, table: &str) -> Result<TransactWriteItem, BuildError> {
        let request = TransactWriteItem::builder();
        let (expression, values) = (self.condition.expression(), self.condition.values());
        let request = match self.kind {
            Kind::Delete => request.delete(
                Delete::builder()
                    .table_name(table)
                    .set_key(Some(self.item))
                    .condition_expression(expression)
                    .set_expression_attribute_values(values)
                    .build()?,
            ),
            Kind::Put => request.put(
                Put::builder()
                    .table_name(table)
                    .set_item(Some(self.item))
                    .condition_expression(expression)
                    .set_expression_attribute_values(values)
                    .build()?,
            ),
            Kind::Raise(revision) => request.update(
                Update::builder()
                    .table_name(table)
                    .set_key(Some(self.item))
                    .update_expression(RAISE_REVISION)
                    .condition_expression(expression)
                    .set_expression_attribute_values(values)
                    .expression_attribute_values(NEXT_PARAMETER, number(revision))
                    .build()?,
            ),
        };
        Ok(request.build())
    }
}

/// The condition on the existing item.
#[derive(Clone)]
pub(super) enum Condition {
    Absent,
    Revision(u64),
    Pointer { version: u32, revision: u64 },
}

impl Condition {
    pub(super) fn replacing(revision: Option<u64>) -> Self {
        revision.map_or(Self::Absent, Self::Revision)
    }

    fn expression(&self) -> &'static str {
        match self {
            Self::Absent => IS_ABSENT,
            Self::Revision(_) => HAS_REVISION,
            Self::Pointer { .. } => HAS_VERSION,
        }
    }

    /// Whether the stored item satisfies it.
    pub(super) fn holds(&self, stored: Option<&Item>) -> bool {
        match (self.values(), stored) {
            (None, stored) => stored.is_none(),
            (Some(values), Some(item)) => values.iter().all(|(parameter, value)| {
                item.get(parameter.trim_start_matches(':')) == Some(value)
            }),
            (Some(_), None) => false,
        }
    }

    fn values(&self) -> Option<Item> {
        let revision = |revision: u64| (REVISION_PARAMETER.to_owned(), number(revision));
        match self {
            Self::Absent => None,
            Self::Revision(seen) => Some(Item::from([revision(*seen)])),
            Self::Pointer {
                version,
                revision: seen,
            } => {
                let version = (VERSION_PARAMETER.to_owned(), number(*version));
                Some(Item::from([version, revision(*seen)]))
            }
        }
    }
}
