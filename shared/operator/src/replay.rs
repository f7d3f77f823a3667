//! Replaying a recorded run on its kept event.

use std::{collections::BTreeSet, sync::Arc, time::SystemTime};

use hookpoint_engine::{
    application::binding::Binding,
    hook::{Hook, egress::EgressPolicy, replay},
    identifier::{ApplicationId, BindingId, HookName},
    ports::{Publisher, SecretSource, StoreError},
    publish::{Scope, Snapshot},
    record::{Kept, RunId, RunRecord, report::RunReport},
};
use thiserror::Error;

use crate::runners::LocalRunners;

/// A replay and what it needs.
pub struct Replay<'a> {
    /// The run, with its kept event.
    pub record: &'a RunRecord,
    /// The version of the hook to run.
    pub version: ReplayVersion,
    /// The store with the binding and the hook.
    pub publisher: &'a dyn Publisher,
    /// The secrets of that installation.
    pub secrets: Arc<dyn SecretSource>,
    /// Where the hook may connect to.
    pub policy: EgressPolicy,
}

/// The version of the hook that a replay runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplayVersion {
    /// The version in the record.
    Recorded,
    /// The newest published version.
    Latest,
    /// A given version.
    Number(u32),
}

/// Why a run cannot be replayed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// Its event was not kept.
    #[error(
        "run `{run}` kept no event, so it cannot be replayed; set `keepEvents: true` for application `{application}` in the workspace and publish it to replay later runs", application = .run.application
    )]
    NotKept {
        /// The run.
        run: RunId,
    },
    /// Its application is no longer published.
    #[error("application `{0}` is no longer published; publish it again to replay its runs")]
    NoApplication(ApplicationId),
    /// Its binding is no longer published.
    #[error(
        "binding `{binding}`, which has the run's variables and secrets, is no longer published; publish it again to replay the run"
    )]
    NoBinding {
        /// The binding.
        binding: BindingId,
    },
    /// Its binding runs another hook now.
    #[error(
        "binding `{binding}` now runs hook `{now}`, but the run was of `{then}`; only a binding of that hook has its variables and secrets"
    )]
    OtherHook {
        /// The binding.
        binding: BindingId,
        /// The hook it runs now.
        now: HookName,
        /// The hook in the record.
        then: HookName,
    },
    /// The hook has no such version.
    #[error("hook `{hook}` has no version {version}{}", newest_is(*newest))]
    NoVersion {
        /// The hook.
        hook: HookName,
        /// The version.
        version: u32,
        /// The newest version.
        newest: Option<u32>,
    },
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn newest_is(version: Option<u32>) -> String {
    version.map_or_else(String::new, |version| {
        format!("; the newest is version {version}")
    })
}

/// Runs the hook of a record again for real: its requests reach their endpoints. No new record is written.
pub async fn replay(wanted: Replay<'_>) -> Result<RunReport, ReplayError> {
    let Replay {
        record,
        version,
        publisher,
        secrets,
        policy,
    } = wanted;
    let Some(kept) = record.kept.as_deref() else {
        return Err(ReplayError::NotKept {
            run: record.id.clone(),
        });
    };
    let mut snapshot = publisher.snapshot(&scope(record)).await?;
    let newest = snapshot
        .hooks
        .get(&record.hook)
        .map(|newest| newest.version);
    let version = match version {
        ReplayVersion::Recorded => record.version,
        ReplayVersion::Number(number) => number,
        ReplayVersion::Latest => newest.unwrap_or(record.version),
    };
    let binding = binding_of(&snapshot, record)?;
    let id = &record.id.application;
    let application = snapshot.applications.remove(id);
    let application = application.ok_or_else(|| ReplayError::NoApplication(id.clone()))?;
    let hook = hook(publisher, &record.hook, version).await?;
    let hook = hook.ok_or_else(|| ReplayError::NoVersion {
        hook: record.hook.clone(),
        version,
        newest,
    })?;
    let Kept { event, .. } = kept;
    let again = replay::Replay {
        application: &application.value,
        stage: record.id.stage,
        event,
        binding,
        hook,
        correlation_id: &record.correlation_id,
    };
    let runners = LocalRunners::new(policy).into_engine();
    Ok(runners
        .replay(again, secrets.as_ref(), SystemTime::now())
        .await)
}

fn scope(record: &RunRecord) -> Scope {
    Scope {
        applications: BTreeSet::from([record.id.application.clone()]),
        targets: BTreeSet::from([record.target.clone()]),
        hooks: BTreeSet::from([record.hook.clone()]),
        versions: BTreeSet::new(),
    }
}

fn binding_of(snapshot: &Snapshot, record: &RunRecord) -> Result<Arc<Binding>, ReplayError> {
    let bindings = snapshot.bindings.iter().map(|stored| &stored.value);
    let binding = bindings
        .into_iter()
        .find(|binding| binding.stage == record.id.stage && binding.id == record.binding)
        .ok_or_else(|| ReplayError::NoBinding {
            binding: record.binding.clone(),
        })?;
    if binding.hook.name != record.hook {
        return Err(ReplayError::OtherHook {
            binding: binding.id.clone(),
            now: binding.hook.name.clone(),
            then: record.hook.clone(),
        });
    }
    Ok(Arc::new(binding.clone()))
}

/// Reads the canonical version, as copies for stages may have been removed.
async fn hook(
    publisher: &dyn Publisher,
    name: &HookName,
    version: u32,
) -> Result<Option<Arc<Hook>>, StoreError> {
    let key = (name.clone(), version);
    let scope = Scope {
        versions: BTreeSet::from([key.clone()]),
        ..Scope::default()
    };
    Ok(publisher.snapshot(&scope).await?.versions.remove(&key))
}
