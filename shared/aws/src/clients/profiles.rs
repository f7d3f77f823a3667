//! Settings as people have them: shared profiles, single sign-on, environment.

use aws_credential_types::provider::ProvideCredentials;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use thiserror::Error;

use super::{AwsCredentials, AwsSettings, PERSON, connection::Connections};
use crate::failure::causes;

/// Why no settings could be made of what the machine has.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// Nobody said which region.
    #[error(
        "no AWS region is configured; pass one, set `AWS_REGION` or add `region` to the profile"
    )]
    NoRegion,
    /// There are no credentials, or they have run out.
    #[error("no AWS credentials were found ({reason}); run `aws sso login` or `aws configure`")]
    NoCredentials {
        /// What the search said.
        reason: String,
    },
}

impl AwsSettings {
    /// Settings from shared profiles, single sign-on and the environment, for tools. What is passed wins over what is
    /// found. Credentials are resolved once here, so that a missing login is told before anything else.
    pub async fn from_profiles(
        profile: Option<&str>,
        region: Option<&str>,
        endpoint_url: Option<&str>,
    ) -> Result<Self, ProfileError> {
        let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .http_client(SharedHttpClient::new(Connections::new(PERSON.connect)));
        if let Some(profile) = profile {
            loader = loader.profile_name(profile);
        }
        if let Some(region) = region {
            loader = loader.region(Region::new(region.to_owned()));
        }
        if let Some(endpoint_url) = endpoint_url {
            loader = loader.endpoint_url(endpoint_url);
        }
        let found = loader.load().await;
        let region = found.region().ok_or(ProfileError::NoRegion)?.to_string();
        let provider = found
            .credentials_provider()
            .ok_or_else(|| ProfileError::NoCredentials {
                reason: "no source of credentials is configured".to_owned(),
            })?;
        provider
            .provide_credentials()
            .await
            .map_err(|error| ProfileError::NoCredentials {
                reason: causes(&error),
            })?;
        Ok(Self {
            region,
            endpoint_url: found.endpoint_url().map(str::to_owned),
            credentials: AwsCredentials(provider),
        })
    }
}
