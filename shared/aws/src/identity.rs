//! Who calls AWS, for the history of publications.

use crate::{AwsClients, failure::describe};

impl AwsClients {
    /// The ARN of the identity that signs requests, from STS. It needs no permission.
    ///
    /// # Errors
    /// STS cannot be reached: the reason.
    pub async fn caller(&self) -> Result<String, String> {
        let identity = self
            .sts()
            .get_caller_identity()
            .send()
            .await
            .map_err(|error| describe(&error))?;
        identity
            .arn
            .ok_or_else(|| "the response names no identity".to_owned())
    }
}
