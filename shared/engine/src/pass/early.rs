//! Secrets that are read together with the hooks that use them, because the hints of bindings name them.

use std::{
    collections::{BTreeSet, HashMap},
    time::SystemTime,
};

use crate::{
    application::sources::Sources,
    hook::run::Secrets,
    identifier::{ApplicationId, SecretName},
};

/// Secrets that were read because hooks probably need them.
#[derive(Debug)]
pub(crate) struct EarlySecrets {
    names: BTreeSet<SecretName>,
    values: Secrets,
}

impl EarlySecrets {
    /// Reads them, if there are any.
    pub(crate) async fn read(
        sources: &Sources,
        application: &ApplicationId,
        names: BTreeSet<SecretName>,
        now: SystemTime,
    ) -> Self {
        let listed: Vec<_> = names.iter().cloned().collect();
        let values = read(sources, application, &listed, now).await;
        Self { names, values }
    }

    /// Returns the secrets that hooks declare, and no others. Reads those that were not read early, without repeating
    /// failed reads.
    pub(crate) async fn complete(
        early: Vec<Self>,
        declared: &[SecretName],
        sources: &Sources,
        application: &ApplicationId,
        now: SystemTime,
    ) -> Secrets {
        let mut values = HashMap::new();
        let mut missing: BTreeSet<_> = declared.iter().collect();
        for part in &early {
            if let Ok(found) = &part.values {
                missing.retain(|name| !part.names.contains(*name));
                let declared = found.iter().filter(|(name, _)| declared.contains(name));
                values.extend(declared.map(|(name, value)| (name.clone(), value.clone())));
            }
        }
        let missing: Vec<_> = missing.into_iter().cloned().collect();
        values.extend(read(sources, application, &missing, now).await?);
        Ok(values)
    }
}

async fn read(
    sources: &Sources,
    application: &ApplicationId,
    names: &[SecretName],
    now: SystemTime,
) -> Secrets {
    if names.is_empty() {
        return Ok(HashMap::new());
    }
    let values = sources.secrets(application, names, now).await;
    values.map_err(|error| error.to_string())
}
