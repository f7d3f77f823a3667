//! Secrets that are read together with the hooks that use them, because the hints of bindings name them.

use std::{collections::BTreeSet, time::SystemTime};

use crate::{
    application::sources::Sources,
    identifier::{ApplicationId, SecretName},
    ports::SecretValues,
};

/// Secrets that were read because hooks probably need them.
#[derive(Debug)]
pub(crate) struct EarlySecrets {
    names: BTreeSet<SecretName>,
    values: SecretValues,
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
    ) -> SecretValues {
        let mut values = SecretValues::new();
        let mut missing: BTreeSet<_> = declared.iter().collect();
        for EarlySecrets {
            names,
            values: read,
        } in early
        {
            missing
                .retain(|name| !names.contains(*name) || matches!(read.get(*name), Some(Err(_))));
            let declared = |name: &SecretName| declared.contains(name);
            values.extend(
                read.into_iter()
                    .filter(|(name, value)| value.is_ok() && declared(name)),
            );
        }
        let missing: Vec<_> = missing.into_iter().cloned().collect();
        values.extend(read(sources, application, &missing, now).await);
        values
    }
}

async fn read(
    sources: &Sources,
    application: &ApplicationId,
    names: &[SecretName],
    now: SystemTime,
) -> SecretValues {
    if names.is_empty() {
        return SecretValues::new();
    }
    sources.secrets(application, names, now).await
}
