//! What an event needs from the stores, through caches.
//!
//! Fresh for 10 seconds, so that a pause or a new binding takes effect within that time. When the store fails, the last good
//! bindings serve for 15 minutes, but key checks only for 60 seconds, so that a revoked key dies.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, SystemTime},
};

use futures::future::try_join_all;
use hookpoint_stages::Stage;

use crate::{
    application::Application,
    binding::{Binding, Target},
    cache::Cache,
    hook::{Hook, HookReference},
    identifier::{ApplicationId, SecretName},
    ports::{ApplicationSource, BindingSource, HookSource, SecretError, SecretSource, StoreError},
    secret::Secret,
};

/// How long applications and bindings serve without another look.
pub const REFRESH_AFTER: Duration = Duration::from_secs(10);
/// How long applications, and so their keys, serve when the store fails.
pub const KEYS_SERVE_FOR: Duration = Duration::from_mins(1);
/// How long bindings and secrets serve when their store fails.
pub const STALE_SERVES_FOR: Duration = Duration::from_mins(15);
/// How long secrets serve without another look.
pub const SECRETS_REFRESH_AFTER: Duration = Duration::from_mins(5);

type Loaded<T> = Result<T, StoreError>;
/// A secret's value, or that it has none.
type CachedSecret = Option<Secret>;

/// The stores with their caches.
pub(crate) struct Sources {
    applications: Arc<dyn ApplicationSource>,
    bindings: Arc<dyn BindingSource>,
    hooks: Arc<dyn HookSource>,
    secrets: Arc<dyn SecretSource>,
    /// Unknown applications are remembered too; the bound keeps an attacker from filling memory with them.
    known_applications: Cache<ApplicationId, Option<Arc<Application>>>,
    known_bindings: Cache<(Stage, Target), Arc<[Arc<Binding>]>>,
    known_hooks: Cache<HookReference, Arc<Hook>>,
    known_secrets: Cache<(ApplicationId, SecretName), CachedSecret>,
}

impl Sources {
    pub(crate) fn new(
        applications: Arc<dyn ApplicationSource>,
        bindings: Arc<dyn BindingSource>,
        hooks: Arc<dyn HookSource>,
        secrets: Arc<dyn SecretSource>,
    ) -> Self {
        Self {
            applications,
            bindings,
            hooks,
            secrets,
            known_applications: Cache::new(1_000),
            known_bindings: Cache::new(1_000),
            known_hooks: Cache::new(200),
            known_secrets: Cache::new(1_000),
        }
    }

    /// Forgets applications, bindings and secrets; hook versions are immutable and stay.
    pub(crate) fn forget(&self) {
        self.known_applications.clear();
        self.known_bindings.clear();
        self.known_secrets.clear();
    }

    /// The application, or `None` when there is none.
    pub(crate) async fn application(
        &self,
        id: &ApplicationId,
        now: SystemTime,
    ) -> Loaded<Option<Arc<Application>>> {
        let cached = self.known_applications.get(id, now);
        if let Some((application, age)) = &cached
            && *age < REFRESH_AFTER
        {
            return Ok(application.clone());
        }
        match self.applications.application(id).await {
            Ok(application) => {
                let application = application.map(Arc::new);
                self.known_applications
                    .put(id.clone(), application.clone(), now);
                Ok(application)
            }
            Err(error) => serve_stale(cached, KEYS_SERVE_FOR, "application", error),
        }
    }

    /// Every binding of the target at the stage.
    pub(crate) async fn bindings(
        &self,
        stage: Stage,
        target: &Target,
        now: SystemTime,
    ) -> Loaded<Arc<[Arc<Binding>]>> {
        let key = (stage, target.clone());
        let cached = self.known_bindings.get(&key, now);
        if let Some((bindings, age)) = &cached
            && *age < REFRESH_AFTER
        {
            return Ok(bindings.clone());
        }
        match self.bindings.bindings(stage, target).await {
            Ok(bindings) => {
                let bindings: Arc<[Arc<Binding>]> = bindings.into_iter().map(Arc::new).collect();
                self.known_bindings.put(key, bindings.clone(), now);
                Ok(bindings)
            }
            Err(error) => serve_stale(cached, STALE_SERVES_FOR, "bindings", error),
        }
    }

    /// The hook versions, in the order of the references.
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

    /// The named secrets that have a value. When the secret store fails, what was read up to 15 minutes ago serves; a name of
    /// which nothing is known makes it an error.
    pub(crate) async fn secrets(
        &self,
        application: &ApplicationId,
        names: &[SecretName],
        now: SystemTime,
    ) -> Result<HashMap<SecretName, Secret>, SecretError> {
        let mut values = HashMap::new();
        let mut stale = HashMap::new();
        let mut missing = Vec::new();
        for name in names {
            match self
                .known_secrets
                .get(&(application.clone(), name.clone()), now)
            {
                // That a secret has no value is believed for a shorter time: whoever just made it expects it to work.
                Some((value, age))
                    if age
                        < if value.is_some() {
                            SECRETS_REFRESH_AFTER
                        } else {
                            REFRESH_AFTER
                        } =>
                {
                    values.extend(value.map(|value| (name.clone(), value)));
                }
                cached => {
                    stale.extend(
                        cached
                            .filter(|(_, age)| *age < STALE_SERVES_FOR)
                            .map(|(value, _)| (name.clone(), value)),
                    );
                    missing.push(name.clone());
                }
            }
        }
        if missing.is_empty() {
            return Ok(values);
        }
        match self.secrets.secrets(application, &missing).await {
            Ok(mut loaded) => {
                for name in missing {
                    let value = loaded.remove(&name);
                    self.known_secrets
                        .put((application.clone(), name.clone()), value.clone(), now);
                    values.extend(value.map(|value| (name, value)));
                }
                Ok(values)
            }
            Err(error) if missing.iter().all(|name| stale.contains_key(name)) => {
                tracing::warn!(application.id = %application, error = %error, "secrets cannot be read; the last known values serve");
                values.extend(
                    stale
                        .into_iter()
                        .filter_map(|(name, value)| Some((name, value?))),
                );
                Ok(values)
            }
            Err(error) => Err(error),
        }
    }
}

/// The cached value while it is young enough to stand in for a store that fails.
fn serve_stale<T>(
    cached: Option<(T, Duration)>,
    limit: Duration,
    what: &str,
    error: StoreError,
) -> Loaded<T> {
    match cached {
        // An item that cannot be read is not an outage: what it said before may be just what was changed.
        Some((value, age)) if age < limit && matches!(error, StoreError::Unreachable { .. }) => {
            tracing::warn!(cache.kind = what, cache.age_ms = age.as_millis(), error = %error, "the store is unreachable; the last good {what} serve");
            Ok(value)
        }
        _ => Err(error),
    }
}
