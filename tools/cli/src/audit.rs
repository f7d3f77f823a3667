//! Entries of the audit trail, for what commands change.
//!
//! A change of an application or a deletion of a hook is written in one transaction with its entry. For everything
//! else, such as a secret or a dead letter, the entry is written first: if that fails, nothing is changed.

use std::time::SystemTime;

use anyhow::Context as _;
use hookpoint_engine::{
    audit::{AuditAction, AuditEntry},
    identifier::ApplicationId,
};

use crate::{
    output::{self, WARNING},
    store::Store,
};

/// Creates an entry for what the user is about to do. If the user's identity cannot be read, warns and records `unknown`.
pub(crate) async fn entry(
    store: &Store,
    action: AuditAction,
    application: Option<&ApplicationId>,
    what: &str,
) -> anyhow::Result<AuditEntry> {
    let by = match store.user().await {
        Ok(user) => user,
        Err(reason) => {
            let warning = format!("the audit trail will not say who did this: {reason}");
            output::remark(WARNING, &warning)?;
            "unknown".to_owned()
        }
    };
    let now = SystemTime::now();
    Ok(AuditEntry::new(now, by, action, application.cloned(), what))
}

/// Writes an entry of what the user is about to do.
pub(crate) async fn record(
    store: &Store,
    action: AuditAction,
    application: Option<&ApplicationId>,
    what: &str,
) -> anyhow::Result<()> {
    let entry = entry(store, action, application, what).await?;
    add(store, &entry).await
}

/// Writes an entry.
pub(crate) async fn add(store: &Store, entry: &AuditEntry) -> anyhow::Result<()> {
    let added = store.audit().add_entry(entry).await;
    added.context("the audit trail cannot be written, so nothing was done")
}
