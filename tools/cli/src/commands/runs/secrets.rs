//! The secrets of a run that is repeated, and how to give a value to those that have none.

use std::{
    collections::{BTreeSet, HashMap},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use hookpoint_aws::SecretsManagerSource;
use hookpoint_engine::{
    confidential::secret::Secret,
    identifier::{ApplicationId, SecretName},
    ports::{SecretError, SecretSource},
};
use hookpoint_local::{LocalSecrets, SECRET_PREFIX, SECRETS_FILE};

use crate::{context::Context, env, store::Store};

/// The secrets of the installation that a store belongs to.
pub(super) struct Secrets {
    source: Arc<dyn SecretSource>,
    place: Place,
    /// Those that were asked for and have no value.
    missing: Mutex<BTreeSet<SecretName>>,
}

/// Where values are put.
enum Place {
    /// Into the environment, or this file.
    Local(PathBuf),
    /// Into Secrets Manager, under names that begin so.
    Installation(String),
    /// That was not said.
    Unknown,
}

impl Secrets {
    /// Where both the stack and whoever calls name a prefix, the latter counts.
    pub(super) fn new(context: &Context, store: &Store, prefix: Option<&str>) -> Self {
        let (source, place): (Arc<dyn SecretSource>, _) = match store {
            Store::Local(_) => {
                let directory = context.source.state_directory();
                let place = Place::Local(directory.join(SECRETS_FILE));
                let source = LocalSecrets::new(env::variables(), &directory);
                (Arc::new(source), place)
            }
            Store::Table {
                clients,
                secret_prefix,
                ..
            } => match prefix.or(secret_prefix.as_deref()) {
                Some(prefix) => {
                    let source = SecretsManagerSource::new(clients.clone(), prefix);
                    (Arc::new(source), Place::Installation(prefix.to_owned()))
                }
                None => (Arc::new(Unnamed), Place::Unknown),
            },
        };
        Self {
            source,
            place,
            missing: Mutex::default(),
        }
    }

    /// What to do about those that have no value; nothing when each that was asked for has one.
    pub(super) fn remedy(&self) -> Option<String> {
        let missing = self.missing.lock().unwrap_or_else(PoisonError::into_inner);
        let remedies: Vec<_> = missing
            .iter()
            .map(|name| match &self.place {
                Place::Local(file) => local_remedy(name, file),
                Place::Installation(prefix) => format!(
                    "give secret `{name}` a value: make `{prefix}/{name}` in Secrets Manager, or `{prefix}/<application>/{name}` for one application"
                ),
                Place::Unknown => format!("secret `{name}`: {UNNAMED}"),
            })
            .collect();
        (!remedies.is_empty()).then(|| remedies.join("\n"))
    }
}

fn local_remedy(name: &SecretName, file: &std::path::Path) -> String {
    let file = format!("the member `\"{name}\"` of `{}`", file.display());
    // As variables spell it. Two underscores stand between an application and a secret, so such a name has no variable.
    let variable = name.as_str().replace('-', "_");
    if variable.contains("__") {
        format!("give secret `{name}` a value: {file}")
    } else {
        format!(
            "give secret `{name}` a value: `{SECRET_PREFIX}{variable}` in the environment, or {file}"
        )
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

const UNNAMED: &str = "name the installation whose secrets the hook uses, by `--stack` in place of `--table` or by `--secret-prefix`";

/// Secrets of an installation that was not named. Only a hook that uses some finds out.
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
