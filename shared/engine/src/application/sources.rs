//! Cached access to the stores.
//!
//! Entries are fresh for 10 seconds, so a pause or a new binding takes effect within that time. When the store fails,
//! the last good applications, bindings and secrets are used for 15 minutes, but ingest keys only for 60 seconds, so that
//! a revoked key stops working.

mod agreement;
mod bindings;
mod keys;
mod remembered;
mod secrets;
#[cfg(test)]
mod tests;

use std::{
    hash::RandomState,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use futures::{
    future::{join_all, try_join_all},
    join,
};
use hookpoint_stages::Stage;

pub(crate) use self::agreement::Seen;
pub use self::secrets::secret_lifetime;
use self::{agreement::has_moved, remembered::Remembered};
use crate::{
    application::{
        Application,
        binding::{Binding, Target},
        cache::Cache,
        staleness::Staleness,
    },
    confidential::secret::Secret,
    delivery::gone::GoneBinding,
    hook::{Hook, HookReference},
    identifier::{ApplicationId, SecretName},
    ports::{
        ApplicationSource, BindingSource, ContinuationKeySource, ContinuationKeys, GoneBindings,
        HookSource, SecretSource, StoreError,
    },
};

/// How long applications and bindings are used without a refresh.
pub const REFRESH_AFTER: Duration = Duration::from_secs(10);
/// How long an application is used while the store fails, by an event that shows an ingest key.
pub const KEYS_SERVE_FOR: Duration = Duration::from_mins(1);
/// How long everything else is used while its store fails.
pub const STALE_SERVES_FOR: Duration = Duration::from_mins(15);
/// How long a secret's value, or its absence, is used without a refresh. Each process shortens it by up to a fifth,
/// differently for each secret, so that processes that started together do not refresh together.
pub const SECRETS_REFRESH_AFTER: Duration = Duration::from_mins(5);

/// The age from which applications and bindings are refreshed ahead of the next event.
pub const AHEAD_FROM: Duration = Duration::from_secs(5);
/// How long before it is too old a secret is refreshed, ahead of the next event.
pub const SECRETS_AHEAD_BY: Duration = Duration::from_mins(1);
/// Maximum number of values of a kind that are refreshed ahead at once.
const AHEAD_AT_ONCE: usize = 16;

/// How long to wait before retrying a failed store; equal to the response's `Retry-After`.
pub const RETRY_STORE_AFTER: Duration = Duration::from_secs(2);
/// Timeout of a refresh when a stale value can be used instead.
const REFRESH_PATIENCE: Duration = Duration::from_millis(500);
/// Timeout of a first read: most of an event's budget.
const FIRST_PATIENCE: Duration = Duration::from_secs(2);

type Loaded<T> = Result<T, StoreError>;
/// The bindings of a target at a stage.
pub(crate) type Bindings = Arc<[Arc<Binding>]>;
/// A secret's value, or `None` when it has no value.
type CachedSecret = Option<Secret>;

/// The stores with their caches.
pub(crate) struct Sources {
    applications: Arc<dyn ApplicationSource>,
    bindings: Arc<dyn BindingSource>,
    hooks: Arc<dyn HookSource>,
    secrets: Arc<dyn SecretSource>,
    continuation_keys: Arc<dyn ContinuationKeySource>,
    gone: Arc<dyn GoneBindings>,
    /// Unknown applications are cached too; the bound keeps an attacker from filling the memory with them.
    unknown_applications: Cache<ApplicationId, ()>,
    known_applications: Remembered<ApplicationId, Seen<Option<Arc<Application>>>>,
    known_bindings: Remembered<(Stage, Target), Seen<Bindings>>,
    known_gone: Remembered<(Stage, Target), Arc<[GoneBinding]>>,
    known_hooks: Cache<HookReference, Arc<Hook>>,
    known_continuation_keys: Remembered<(), Arc<ContinuationKeys>>,
    known_secrets: Cache<(ApplicationId, SecretName), CachedSecret>,
    /// Why the last read of a secret failed, so that events do not keep calling a throttled store.
    failed_secrets: Cache<(ApplicationId, SecretName), String>,
    /// Spreads the refreshes of secrets: its keys are random in each process.
    spread: RandomState,
    /// Counts what was read, to tell the reads of one event apart.
    reads: AtomicU64,
    pub(crate) staleness: Arc<Staleness>,
}

impl Sources {
    pub(crate) fn new(
        applications: Arc<dyn ApplicationSource>,
        bindings: Arc<dyn BindingSource>,
        hooks: Arc<dyn HookSource>,
        secrets: Arc<dyn SecretSource>,
        continuation_keys: Arc<dyn ContinuationKeySource>,
        gone: Arc<dyn GoneBindings>,
    ) -> Self {
        let staleness = Arc::default();
        let spread = RandomState::new();
        Self {
            applications,
            bindings,
            hooks,
            secrets,
            continuation_keys,
            gone,
            unknown_applications: Cache::new(1_000),
            known_applications: Remembered::new("applications", 1_000, REFRESH_AFTER, &staleness),
            known_bindings: Remembered::new("bindings", 1_000, REFRESH_AFTER, &staleness),
            known_gone: Remembered::new(
                "marks of bindings that are gone",
                1_000,
                REFRESH_AFTER,
                &staleness,
            ),
            known_hooks: Cache::new(200),
            known_continuation_keys: Remembered::new(
                "continuation keys",
                1,
                keys::lifetime(&spread),
                &staleness,
            ),
            known_secrets: Cache::new(1_000),
            failed_secrets: Cache::new(1_000),
            spread,
            reads: AtomicU64::new(0),
            staleness,
        }
    }

    /// Clears applications, bindings and secrets. Hook versions are immutable and stay.
    pub(crate) fn forget(&self) {
        self.unknown_applications.clear();
        self.known_applications.clear();
        self.known_bindings.clear();
        self.known_gone.clear();
        self.known_secrets.clear();
        self.failed_secrets.clear();
    }

    /// Whether the application was recently found not to exist.
    pub(crate) fn is_unknown(&self, id: &ApplicationId, now: SystemTime) -> bool {
        let known = self.unknown_applications.get(id, now);
        known.is_some_and(|((), age)| age < REFRESH_AFTER)
    }

    /// Returns the application, or `None` when it does not exist. While the store fails, one that was read less than
    /// `serves_for` ago.
    pub(crate) async fn application(
        &self,
        id: &ApplicationId,
        serves_for: Duration,
        now: SystemTime,
    ) -> Loaded<Option<Arc<Application>>> {
        if self.is_unknown(id, now) {
            return Ok(None);
        }
        let load = async {
            let is_known = self.known_applications.values.peek(id).is_some();
            if is_known {
                let read = self.applications.application(id).await?;
                Ok(self.seen_application(id, read, now).lagging())
            } else {
                let read = self.applications.application_now(id).await?;
                Ok(self.seen_application(id, read, now))
            }
        };
        let seen = self
            .known_applications
            .get_or_load(id, serves_for, now, load)
            .await?;
        if seen.value.is_none() {
            return Ok(self.keep_application(id, seen, now));
        }
        Ok(seen.value)
    }

    /// Reads the application from the store, bypassing the cache.
    pub(crate) async fn fresh_application(
        &self,
        id: &ApplicationId,
        now: SystemTime,
    ) -> Loaded<Option<Arc<Application>>> {
        let read = self.applications.application(id).await?;
        let seen = self.seen_application(id, read, now).lagging();
        Ok(self.keep_application(id, seen, now))
    }

    /// Reads the application from the store as it is now.
    pub(crate) async fn application_now(
        &self,
        id: &ApplicationId,
        now: SystemTime,
    ) -> Loaded<Option<Arc<Application>>> {
        let read = self.applications.application_now(id).await?;
        let seen = self.seen_application(id, read, now);
        Ok(self.keep_application(id, seen, now))
    }

    fn keep_application(
        &self,
        id: &ApplicationId,
        seen: Seen<Option<Arc<Application>>>,
        now: SystemTime,
    ) -> Option<Arc<Application>> {
        let application = seen.value.clone();
        if application.is_some() {
            self.unknown_applications.remove(id);
            self.known_applications.values.put(id.clone(), seen, now);
        } else {
            // Requests for unknown applications must not evict known ones.
            self.known_applications.values.remove(id);
            self.unknown_applications.put(id.clone(), (), now);
        }
        application
    }

    /// A time after all reads of the event that arrived at a time.
    fn later(&self, now: SystemTime) -> SystemTime {
        let reads = self.reads.fetch_add(1, Ordering::Relaxed);
        now + Duration::from_nanos(reads + 1)
    }

    fn seen_application(
        &self,
        id: &ApplicationId,
        read: Option<Application>,
        now: SystemTime,
    ) -> Seen<Option<Arc<Application>>> {
        let before = self.known_applications.values.peek(id);
        let moved = |old: &Option<Arc<Application>>, new: &Option<Arc<Application>>| {
            has_moved(old.as_deref(), new.as_deref())
        };
        let read = read.map(Arc::new);
        Seen::after(before.as_ref(), read, moved, now, self.later(now))
    }

    /// Returns the mark that applies to a binding. Absence is cached. A cached mark is confirmed in the store, so that
    /// deliveries work as soon as the binding is resumed.
    pub(crate) async fn gone(
        &self,
        binding: &Binding,
        now: SystemTime,
    ) -> Loaded<Option<GoneBinding>> {
        let key = (binding.stage, binding.target.clone());
        let counts = |marks: &[GoneBinding]| marks.iter().find(|mark| mark.is_of(binding)).cloned();
        let load = async { Ok(self.gone.gone(key.0, &key.1).await?.into()) };
        let remembered = self
            .known_gone
            .get_or_load(&key, STALE_SERVES_FOR, now, load)
            .await?;
        if counts(&remembered).is_none() {
            return Ok(None);
        }
        let marks: Arc<[_]> = self.gone.gone(key.0, &key.1).await?.into();
        let mark = counts(&marks);
        self.known_gone.values.put(key, marks, now);
        Ok(mark)
    }

    /// Stores the mark and drops the cached marks of its target.
    pub(crate) async fn mark_gone(&self, mark: &GoneBinding) -> Loaded<()> {
        self.gone.mark_gone(mark).await?;
        let key = (mark.stage, mark.target.clone());
        self.known_gone.values.remove(&key);
        Ok(())
    }

    /// Returns the hook versions in the order of the references.
    pub(crate) async fn hooks(
        &self,
        stage: Stage,
        references: &[&HookReference],
        now: SystemTime,
    ) -> Loaded<Vec<Arc<Hook>>> {
        try_join_all(
            references
                .iter()
                .map(|reference| self.hook(stage, reference, now)),
        )
        .await
    }

    async fn hook(
        &self,
        stage: Stage,
        reference: &HookReference,
        now: SystemTime,
    ) -> Loaded<Arc<Hook>> {
        if let Some((hook, _)) = self.known_hooks.get(reference, now) {
            return Ok(hook);
        }
        let hook = self.hooks.hook(stage, reference).await?;
        self.known_hooks.put(reference.clone(), hook.clone(), now);
        Ok(hook)
    }

    /// Refreshes what events have used, so that the next one need not wait. Failures are left to that event. A store
    /// that failed is not called for two seconds, so that a throttled one can recover.
    pub(crate) async fn refresh_ahead(&self, now: SystemTime) {
        let applications = self.known_applications.due(now, AHEAD_FROM);
        let applications = applications.iter().take(AHEAD_AT_ONCE).map(|id| async {
            let read = self.fresh_application(id, now).await;
            self.known_applications.note(id, read, now);
        });
        let bindings = self.known_bindings.due(now, AHEAD_FROM);
        let bindings = bindings.iter().take(AHEAD_AT_ONCE).map(|key| async {
            let read = self.fresh_bindings(key.0, &key.1, now).await;
            self.known_bindings.note(key, read, now);
        });
        join!(
            join_all(applications),
            join_all(bindings),
            self.refresh_secrets_ahead(now),
            self.refresh_continuation_keys_ahead(now)
        );
    }
}
