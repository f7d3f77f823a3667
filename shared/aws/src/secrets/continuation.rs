//! The keys that seal continuation tokens: two versions of one secret, so that Secrets Manager can rotate it.

use async_trait::async_trait;
use futures::future::try_join;
use hookpoint_engine::ports::{ContinuationKeySource, ContinuationKeys, SecretError};

use super::{CONTINUATION_KEY, CURRENT, SecretsManagerSource};

const PREVIOUS: &str = "AWSPREVIOUS";

#[async_trait]
impl ContinuationKeySource for SecretsManagerSource {
    async fn continuation_keys(&self) -> Result<ContinuationKeys, SecretError> {
        let name = format!("{}/{CONTINUATION_KEY}", self.stack);
        let (current, previous) =
            try_join(self.version(&name, CURRENT), self.version(&name, PREVIOUS)).await?;
        let current = current.ok_or_else(|| SecretError {
            message: format!(
                "secret `{name}` does not exist; create it with at least 32 random characters"
            ),
        })?;
        Ok(ContinuationKeys { current, previous })
    }
}
