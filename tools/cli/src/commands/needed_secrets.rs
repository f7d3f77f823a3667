//! The secrets for a single run, and help on missing ones.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
#[cfg(feature = "aws")]
use hookpoint_aws::SecretsManagerSource;
use hookpoint_engine::{
    confidential::secret::Secret,
    identifier::{ApplicationId, SecretName},
    ports::{SecretError, SecretSource},
};
use hookpoint_local::{LocalSecrets, SECRET_PREFIX};

use crate::{context::Context, env, store::Store};

/// The secrets of the store's installation.
pub(crate) struct Secrets {
    source: Arc<dyn SecretSource>,
    place: Place,
    /// Requested secrets without a value.
    missing: Mutex<BTreeSet<SecretName>>,
}

/// Where secret values are kept.
enum Place {
    /// On this machine.
    Local,
    /// In Secrets Manager, under this prefix.
    Installation(String),
    /// Neither a stack nor a prefix was given.
    Unknown,
}

impl Secrets {
    /// Creates the source. `prefix` overrides the stack's.
    pub(crate) fn new(context: &Context, store: &Store, prefix: Option<&str>) -> Self {
        match store {
            Store::Local(_) => Self::local(context),
            #[cfg(feature = "aws")]
            Store::Table {
                clients, secrets, ..
            } => match prefix.or(secrets.as_ref().map(|of_stack| of_stack.prefix.as_str())) {
                Some(prefix) => {
                    let source = SecretsManagerSource::new(clients.clone(), prefix);
                    Self::of(Arc::new(source), Place::Installation(prefix.to_owned()))
                }
                None => Self::of(Arc::new(Unnamed), Place::Unknown),
            },
        }
    }

    fn of(source: Arc<dyn SecretSource>, place: Place) -> Self {
        Self {
            source,
            place,
            missing: Mutex::default(),
        }
    }

    /// The secrets of this machine.
    pub(crate) fn local(context: &Context) -> Self {
        let directory = context.source.state_directory();
        Self::of(
            Arc::new(LocalSecrets::new(env::variables(), &directory)),
            Place::Local,
        )
    }

    /// The requested secrets without a value, by name.
    pub(crate) fn missing(&self) -> Vec<SecretName> {
        let missing = self.missing.lock().unwrap_or_else(PoisonError::into_inner);
        missing.iter().cloned().collect()
    }

    /// Instructions for missing secrets; `None` if all requested ones have values.
    pub(crate) fn remedy(&self) -> Option<String> {
        let missing = self.missing.lock().unwrap_or_else(PoisonError::into_inner);
        let remedies: Vec<_> = missing
            .iter()
            .map(|name| match &self.place {
                Place::Local => local_remedy(name, None),
                Place::Installation(prefix) => format!(
                    "give secret `{name}` a value: create `{prefix}/{name}` in Secrets Manager, or `{prefix}/<application>/{name}` for one application"
                ),
                Place::Unknown => format!("secret `{name}`: {UNNAMED}"),
            })
            .collect();
        (!remedies.is_empty()).then(|| remedies.join("\n"))
    }
}

/// How to give a secret a value on this machine, for all applications or for one.
pub(crate) fn local_remedy(name: &SecretName, application: Option<&ApplicationId>) -> String {
    // Names with two underscores have no variable: they separate application and secret.
    let part = |text: &str| Some(text.replace('-', "_")).filter(|part| !part.contains("__"));
    let (command, variable) = match application {
        None => (
            format!("give secret `{name}` a value: `hookpoint secrets set {name}`"),
            part(name.as_str()),
        ),
        Some(id) => (
            format!(
                "give secret `{name}` a value for application `{id}`: `hookpoint secrets set {name} --application {id}`"
            ),
            part(id.as_str())
                .zip(part(name.as_str()))
                .map(|(id, name)| format!("{id}__{name}")),
        ),
    };
    match variable {
        Some(variable) => format!("{command}, or `{SECRET_PREFIX}{variable}` in the environment"),
        None => command,
    }
}

#[async_trait]
impl SecretSource for Secrets {
    async fn secrets(
        &self,
        application: &ApplicationId,
        names: &[SecretName],
    ) -> Result<HashMap<SecretName, Secret>, SecretError> {
        let found = self.source.secrets(application, names).await?;
        let absent = names.iter().filter(|name| !found.contains_key(*name));
        let mut missing = self.missing.lock().unwrap_or_else(PoisonError::into_inner);
        missing.extend(absent.cloned());
        Ok(found)
    }
}

const UNNAMED: &str = "name the installation whose secrets the hook uses, with `--stack` instead of `--table`, or with `--secret-prefix`";

/// Secrets of an unnamed installation: an error only for hooks that use secrets.
struct Unnamed;

#[async_trait]
impl SecretSource for Unnamed {
    async fn secrets(
        &self,
        _: &ApplicationId,
        _: &[SecretName],
    ) -> Result<HashMap<SecretName, Secret>, SecretError> {
        Err(SecretError {
            message: UNNAMED.to_owned(),
        })
    }
}
