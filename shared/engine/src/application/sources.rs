//! What an event needs from the stores, through caches.
//!
//! Fresh for 10 seconds, so that a pause or a new binding takes effect within that time. When the store fails, the last good
//! bindings serve for 15 minutes, but key checks only for 60 seconds, so that a revoked key dies.

mod remembered;

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, SystemTime},
};

use futures::future::try_join_all;
use hookpoint_stages::Stage;
use tokio::time::timeout;

use self::remembered::Remembered;
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
        ApplicationSource, BindingSource, GoneBindings, HookSource, SecretError, SecretSource,
        StoreError,
    },
};

/// How long applications and bindings serve without another look.
pub const REFRESH_AFTER: Duration = Duration::from_secs(10);
/// How long applications, and so their keys, serve when the store fails.
pub const KEYS_SERVE_FOR: Duration = Duration::from_mins(1);
/// How long bindings and secrets serve when their store fails.
pub const STALE_SERVES_FOR: Duration = Duration::from_mins(15);
/// How long secrets serve without another look.
pub const SECRETS_REFRESH_AFTER: Duration = Duration::from_mins(5);

/// How long a store that failed is left alone: as long as the answer's `Retry-After` says.
pub const ASK_AGAIN_AFTER: Duration = Duration::from_secs(2);
/// How long a refresh may take when there is something that can stand in.
const REFRESH_PATIENCE: Duration = Duration::from_millis(500);
/// How long a first read may take: most of what an event has.
const FIRST_PATIENCE: Duration = Duration::from_secs(2);

type Loaded<T> = Result<T, StoreError>;
/// A secret's value, or that it has none.
type CachedSecret = Option<Secret>;

/// The stores with their caches.
pub(crate) struct Sources {
    applications: Arc<dyn ApplicationSource>,
    bindings: Arc<dyn BindingSource>,
    hooks: Arc<dyn HookSource>,
    secrets: Arc<dyn SecretSource>,
    gone: Arc<dyn GoneBindings>,
    /// Unknown applications are remembered too; the bound keeps an attacker from filling memory with them.
    unknown_applications: Cache<ApplicationId, ()>,
    known_applications: Remembered<ApplicationId, Option<Arc<Application>>>,
    known_bindings: Remembered<(Stage, Target), Arc<[Arc<Binding>]>>,
    known_gone: Remembered<(Stage, Target), Arc<[GoneBinding]>>,
    known_hooks: Cache<HookReference, Arc<Hook>>,
    known_secrets: Cache<(ApplicationId, SecretName), CachedSecret>,
    pub(crate) staleness: Arc<Staleness>,
}

impl Sources {
    pub(crate) fn new(
        applications: Arc<dyn ApplicationSource>,
        bindings: Arc<dyn BindingSource>,
        hooks: Arc<dyn HookSource>,
        secrets: Arc<dyn SecretSource>,
        gone: Arc<dyn GoneBindings>,
    ) -> Self {
        let staleness = Arc::default();
        Self {
            applications,
            bindings,
            hooks,
            secrets,
            gone,
            unknown_applications: Cache::new(1_000),
            known_applications: Remembered::new("applications", 1_000, &staleness),
            known_bindings: Remembered::new("bindings", 1_000, &staleness),
            known_gone: Remembered::new("marks of bindings that are gone", 1_000, &staleness),
            known_hooks: Cache::new(200),
            known_secrets: Cache::new(1_000),
            staleness,
        }
    }

    /// Forgets applications, bindings and secrets; hook versions are immutable and stay.
    pub(crate) fn forget(&self) {
        self.unknown_applications.clear();
        self.known_applications.clear();
        self.known_bindings.clear();
        self.known_gone.clear();
        self.known_secrets.clear();
    }

    /// Whether there was no such application a moment ago.
    pub(crate) fn is_unknown(&self, id: &ApplicationId, now: SystemTime) -> bool {
        let known = self.unknown_applications.get(id, now);
        known.is_some_and(|((), age)| age < REFRESH_AFTER)
    }

    /// The application, or `None` when there is none.
    pub(crate) async fn application(
        &self,
        id: &ApplicationId,
        now: SystemTime,
    ) -> Loaded<Option<Arc<Application>>> {
        if self.is_unknown(id, now) {
            return Ok(None);
        }
        let load = async {
            let application = self.applications.application(id).await?;
            Ok(application.map(Arc::new))
        };
        let application = self
            .known_applications
            .get_or_load(id, KEYS_SERVE_FOR, now, load)
            .await?;
        if application.is_none() {
            // Anybody can ask for applications that do not exist; they must not push out those that do.
            self.known_applications.values.remove(id);
            self.unknown_applications.put(id.clone(), (), now);
        }
        Ok(application)
    }

    /// The application as the store has it now, whatever is remembered.
    pub(crate) async fn application_anew(
        &self,
        id: &ApplicationId,
        now: SystemTime,
    ) -> Loaded<Option<Arc<Application>>> {
        let application = self.applications.application(id).await?.map(Arc::new);
        if application.is_some() {
            self.unknown_applications.remove(id);
            let value = application.clone();
            self.known_applications.values.put(id.clone(), value, now);
        }
        Ok(application)
    }

    /// The bindings as the store has them now, whatever is remembered.
    pub(crate) async fn bindings_anew(
        &self,
        stage: Stage,
        target: &Target,
        now: SystemTime,
    ) -> Loaded<Arc<[Arc<Binding>]>> {
        let bindings = self.bindings.bindings(stage, target).await?;
        let bindings: Arc<[_]> = bindings.into_iter().map(Arc::new).collect();
        let key = (stage, target.clone());
        self.known_bindings.values.put(key, bindings.clone(), now);
        Ok(bindings)
    }

    /// Every binding of the target at the stage.
    pub(crate) async fn bindings(
        &self,
        stage: Stage,
        target: &Target,
        now: SystemTime,
    ) -> Loaded<Arc<[Arc<Binding>]>> {
        let load = async {
            let bindings = self.bindings.bindings(stage, target).await?;
            Ok(bindings.into_iter().map(Arc::new).collect())
        };
        self.known_bindings
            .get_or_load(&(stage, target.clone()), STALE_SERVES_FOR, now, load)
            .await
    }

    /// The mark that counts for a binding. That there is none is remembered; one that is remembered is looked for in the store again before
    /// anybody believes it, so that a delivery may be sent again as soon as its binding is resumed.
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

    /// Marks a binding as gone.
    pub(crate) async fn mark_gone(&self, mark: &GoneBinding) -> Loaded<()> {
        self.gone.mark_gone(mark).await?;
        let key = (mark.stage, mark.target.clone());
        self.known_gone.values.remove(&key);
        Ok(())
    }

    /// Forgets the bindings of a target at a stage: it turned out that nobody may ask for them.
    pub(crate) fn forget_bindings(&self, stage: Stage, target: &Target) {
        self.known_bindings.values.remove(&(stage, target.clone()));
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
                            .map(|known| (name.clone(), known)),
                    );
                    missing.push(name.clone());
                }
            }
        }
        if missing.is_empty() {
            return Ok(values);
        }
        let all_stale = missing.iter().all(|name| stale.contains_key(name));
        let patience = if all_stale {
            REFRESH_PATIENCE
        } else {
            FIRST_PATIENCE
        };
        let load = timeout(patience, self.secrets.secrets(application, &missing));
        let loaded = load.await.unwrap_or_else(|_| {
            let message = format!("no answer within {} ms", patience.as_millis());
            Err(SecretError { message })
        });
        match loaded {
            Ok(mut loaded) => {
                for name in missing {
                    let value = loaded.remove(&name);
                    self.known_secrets
                        .put((application.clone(), name.clone()), value.clone(), now);
                    values.extend(value.map(|value| (name, value)));
                }
                Ok(values)
            }
            Err(error) if all_stale => {
                tracing::warn!(application.id = %application, error = %error, "secrets cannot be read; the last known values serve");
                for (name, (value, age)) in stale {
                    self.staleness.served(age);
                    values.extend(value.map(|value| (name, value)));
                }
                Ok(values)
            }
            Err(error) => Err(error),
        }
    }
}
