//! Secrets from the environment or a private file.

mod file;

#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use async_trait::async_trait;
use hookpoint_engine::{
    confidential::secret::Secret,
    identifier::{ApplicationId, SecretName},
    ports::{SecretError, SecretSource},
};

/// Prefix of the variables that hold secrets.
pub const SECRET_PREFIX: &str = "HOOKPOINT_SECRET_";
/// The file that may hold secrets, in the directory of the store.
pub const SECRETS_FILE: &str = "secrets.json";

/// Secrets on a laptop. The README lists the places and their order.
#[derive(Debug, Clone)]
pub struct LocalSecrets {
    /// Keyed by variable name without the prefix.
    environment: HashMap<String, Secret>,
    file: PathBuf,
}

impl LocalSecrets {
    /// Reads secrets from these variables, ignoring those without [`SECRET_PREFIX`], and from [`SECRETS_FILE`] in this
    /// directory.
    pub fn new(environment: impl IntoIterator<Item = (String, String)>, directory: &Path) -> Self {
        let secret = |(variable, value): (String, String)| {
            let name = variable.strip_prefix(SECRET_PREFIX)?;
            Some((name.to_owned(), Secret::new(value)))
        };
        Self {
            environment: environment.into_iter().filter_map(secret).collect(),
            file: directory.join(SECRETS_FILE),
        }
    }

    /// The names in the file, each with the application that it belongs to; none means shared.
    pub fn names(&self) -> Result<Vec<(Option<ApplicationId>, SecretName)>, SecretError> {
        let mut names: Vec<_> = file::read(&self.file)?.into_keys().collect();
        names.sort();
        Ok(names)
    }

    /// Sets a secret in the file. Blocks, also while another process changes the file.
    pub fn set(
        &self,
        application: Option<&ApplicationId>,
        name: &SecretName,
        value: Secret,
    ) -> Result<(), SecretError> {
        let _lock = file::lock(&self.file)?;
        let mut secrets = file::read(&self.file)?;
        secrets.insert((application.cloned(), name.clone()), value);
        file::write(&self.file, &secrets)
    }

    /// Removes a secret from the file; returns false if there is none. Blocks as [`set`](Self::set) does.
    pub fn remove(
        &self,
        application: Option<&ApplicationId>,
        name: &SecretName,
    ) -> Result<bool, SecretError> {
        let key = (application.cloned(), name.clone());
        // Where there is nothing to remove, no lock file is left.
        if !file::read(&self.file)?.contains_key(&key) {
            return Ok(false);
        }
        let _lock = file::lock(&self.file)?;
        let mut secrets = file::read(&self.file)?;
        let removed = secrets.remove(&key);
        if removed.is_some() {
            file::write(&self.file, &secrets)?;
        }
        Ok(removed.is_some())
    }

    fn in_environment(
        &self,
        application: Option<&ApplicationId>,
        name: &SecretName,
    ) -> Option<&Secret> {
        let name = variable_part(name.as_str())?;
        let variable = match application {
            None => name,
            Some(id) => format!("{}__{name}", variable_part(id.as_str())?),
        };
        self.environment.get(&variable)
    }
}

/// A name as spelt in variables; `None` if it contains the separator `__`.
fn variable_part(name: &str) -> Option<String> {
    let part = name.replace('-', "_");
    (!part.contains("__")).then_some(part)
}

#[async_trait]
impl SecretSource for LocalSecrets {
    async fn secrets(
        &self,
        application: &ApplicationId,
        names: &[SecretName],
    ) -> Result<HashMap<SecretName, Secret>, SecretError> {
        if names.is_empty() {
            return Ok(HashMap::new());
        }
        let path = self.file.clone();
        let in_file = tokio::task::spawn_blocking(move || file::read(&path))
            .await
            .map_err(|error| SecretError {
                message: format!("`{}` was not read: {error}", self.file.display()),
            })??;
        let value = |name: &SecretName| {
            [Some(application), None].into_iter().find_map(|owner| {
                self.in_environment(owner, name)
                    .or_else(|| in_file.get(&(owner.cloned(), name.clone())))
            })
        };
        Ok(names
            .iter()
            .filter_map(|name| Some((name.clone(), value(name)?.clone())))
            .collect())
    }
}
