//! Who changed what: the history of publications and the audit trail in one list.

#[cfg(test)]
mod tests;

use std::time::SystemTime;

use hookpoint_engine::{
    application::binding::Target,
    audit::{AuditEntry, AuditFilter, AuditId},
    identifier::ApplicationId,
    ports::{AuditLog, Publisher, StoreError, UnreadableItem},
    publish::{Erasure, PublicationRecord},
};

use crate::changes::{ChangeKind, Changes, binding_changes, counted};

/// One thing that an operator did.
#[derive(Debug, Clone, PartialEq)]
pub enum Audited {
    /// What a publication changed for one application or identity store.
    Publication(Box<PublicationRecord>),
    /// Anything else.
    Entry(AuditEntry),
    /// A record or an entry that cannot be read, so that the list has no gap.
    Unreadable(UnreadableItem),
}

impl Audited {
    /// The id of the publication or the entry; they sort together by time.
    pub fn id(&self) -> String {
        match self {
            Self::Publication(record) => record.id.to_string(),
            Self::Entry(entry) => entry.id.to_string(),
            Self::Unreadable(item) => item.id.clone(),
        }
    }

    /// When it was done; `None` if neither the content nor the id says it.
    pub fn time(&self) -> Option<SystemTime> {
        match self {
            Self::Publication(record) => Some(record.id.time()),
            Self::Entry(entry) => Some(entry.id.time()),
            Self::Unreadable(item) => AuditId::try_from(item.id.clone()).ok().map(|id| id.time()),
        }
    }

    /// The AWS identity, or the user of the machine; `None` if it cannot be read.
    pub fn by(&self) -> Option<&str> {
        match self {
            Self::Publication(record) => Some(&record.origin.by),
            Self::Entry(entry) => Some(&entry.by),
            Self::Unreadable(_) => None,
        }
    }

    /// What was done, in a word.
    pub fn action(&self) -> &'static str {
        match self {
            Self::Publication(record) => record.origin.action.as_str(),
            Self::Entry(entry) => entry.action.as_str(),
            Self::Unreadable(_) => "unreadable",
        }
    }

    /// The application that it concerns, if it is one.
    pub fn application(&self) -> Option<&ApplicationId> {
        match self {
            Self::Publication(record) => match &record.subject {
                Some(Target::Application(id)) => Some(id),
                _ => None,
            },
            Self::Entry(entry) => entry.application.as_ref(),
            Self::Unreadable(_) => None,
        }
    }

    /// What it was done to, what changed, or why it cannot be read.
    pub fn what(&self) -> String {
        match self {
            Self::Publication(record) => summary(record),
            Self::Entry(entry) => entry.what.clone(),
            Self::Unreadable(item) => item.error.to_string(),
        }
    }
}

/// What operators did, the newest first, at most `limit`. What cannot be read is among it.
///
/// # Errors
/// The store cannot be read.
pub async fn audit_trail(
    publisher: &dyn Publisher,
    log: &dyn AuditLog,
    filter: &AuditFilter,
    limit: usize,
) -> Result<Vec<Audited>, StoreError> {
    let subject = filter.application.clone().map(Target::Application);
    let records = publisher
        .history(subject.as_ref(), limit)
        .await?
        .into_iter();
    let records = records.map(|record| match record {
        Ok(record) => Audited::Publication(Box::new(record)),
        Err(item) => Audited::Unreadable(item),
    });
    let since = filter.since.unwrap_or(SystemTime::UNIX_EPOCH);
    let records = records.filter(|record| record.time().is_none_or(|time| time >= since));
    let entries = log.entries(filter, limit).await?.into_iter();
    let entries = entries.map(|entry| entry.map_or_else(Audited::Unreadable, Audited::Entry));
    let mut all: Vec<_> = records.chain(entries).collect();
    all.sort_by_cached_key(|audited| std::cmp::Reverse(audited.id()));
    // Both lists name an application whose entry in the index cannot be read.
    all.dedup();
    all.truncate(limit);
    Ok(all)
}

fn summary(record: &PublicationRecord) -> String {
    let application = record.application.iter().filter_map(|transition| {
        let (kind, settings) = match (&transition.before, &transition.after) {
            (None, Some(after)) => (ChangeKind::Added, after),
            (Some(before), None) => (ChangeKind::Removed, before),
            (_, after) => (ChangeKind::Changed, after.as_ref()?),
        };
        Some((kind, settings.id.clone()))
    });
    let hooks = record.hooks.iter();
    let changes = Changes {
        hooks: hooks
            .map(|hook| (hook.name.clone(), hook.version))
            .collect(),
        applications: application.collect(),
        bindings: binding_changes(&record.bindings),
    };
    let mut parts = Vec::new();
    if !changes.is_empty() {
        parts.push(changes.summary());
    }
    if !record.keys.is_empty() {
        parts.push(format!("{} removed", counted(record.keys.len(), "key")));
    }
    parts.extend(record.erasure.map(erased));
    let summary = parts.join(", ");
    match &record.subject {
        Some(Target::Store(id)) => format!("identity store {id}: {summary}"),
        _ => summary,
    }
}

fn erased(erasure: Erasure) -> String {
    let Erasure {
        runs,
        deliveries,
        dead_letters,
    } = erasure;
    let deliveries = match deliveries {
        1 => "1 delivery".to_owned(),
        number => format!("{number} deliveries"),
    };
    let (runs, letters) = (counted(runs, "run"), counted(dead_letters, "dead letter"));
    format!("{runs}, {deliveries}, {letters} of a person erased")
}
