//! Running a recorded run again, on the event that its record keeps.

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

/// What to run again, and among what.
pub struct Replay<'a> {
    /// The run, with what it keeps.
    pub record: &'a RunRecord,
    /// Which version of its hook.
    pub version: ReplayVersion,
    /// Where binding and hook are published.
    pub publisher: &'a dyn Publisher,
    /// The secrets of that installation.
    pub secrets: Arc<dyn SecretSource>,
    /// Where the hook may connect to.
    pub policy: EgressPolicy,
}

/// Which version of its hook runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplayVersion {
    /// The one that ran.
    Recorded,
    /// The newest.
    Latest,
    /// This one.
    Number(u32),
}

/// A run that cannot be repeated.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// Its event was not kept.
    #[error(
        "run `{run}` keeps no event, so it cannot be repeated; set `keepEvents: true` for application `{application}` in the workspace and publish it, and runs from then on keep theirs", application = .run.application
    )]
    NotKept {
        /// The run.
        run: RunId,
    },
    /// Its application is not published any more.
    #[error("application `{0}` is not published any more; publish it again to repeat its runs")]
    NoApplication(ApplicationId),
    /// Its binding is gone.
    #[error(
        "binding `{binding}` is not published any more, and with it the variables and secrets of the run; publish it again to repeat the run"
    )]
    NoBinding {
        /// The binding.
        binding: BindingId,
    },
    /// Its binding runs another hook now.
    #[error(
        "binding `{binding}` runs hook `{now}` now; the run was one of `{then}`, and only a binding of that hook has its variables and secrets"
    )]
    OtherHook {
        /// The binding.
        binding: BindingId,
        /// The hook that it runs.
        now: HookName,
        /// The hook that ran.
        then: HookName,
    },
    /// There is no such version.
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

/// Runs the hook of a record again, for real: its requests reach their endpoints. Nothing is recorded.
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

/// The versions of tools, which are kept, rather than those that a stage may read.
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
