//! Settings from shared profiles, single sign-on and the environment.

use aws_config::{profile::ProfileFileCredentialsProvider, provider_config::ProviderConfig};
use aws_credential_types::provider::ProvideCredentials;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use thiserror::Error;

use super::{AwsCredentials, AwsSettings, PERSON, connection::Connections};
use crate::failure::causes;

/// No usable region or credentials on this machine.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// No region is configured.
    #[error(
        "no AWS region is configured; pass `--region`, set `AWS_REGION` or add `region` to the profile"
    )]
    NoRegion,
    /// The profile that was named has no region, or does not exist.
    #[error(
        "no AWS region is configured for profile `{0}`, or there is no such profile: `aws configure list-profiles` shows them. Pass `--region`, or add `region` to the profile"
    )]
    NoRegionOfProfile(String),
    /// No credentials were found, or they have expired.
    #[error("no AWS credentials were found ({reason}); run `aws sso login` or `aws configure`")]
    NoCredentials {
        /// The SDK's own message.
        reason: String,
    },
}

impl AwsSettings {
    /// Resolves settings from shared profiles, single sign-on and the environment, for tools.
    /// Arguments win over what is found: a named profile also over credentials in the environment.
    /// Credentials are resolved once here, so that a missing login is reported first.
    pub async fn from_profiles(
        profile: Option<&str>,
        region: Option<&str>,
        endpoint_url: Option<&str>,
    ) -> Result<Self, ProfileError> {
        let http_client = SharedHttpClient::new(Connections::new(PERSON.connect, Vec::new()));
        let mut loader =
            aws_config::defaults(BehaviorVersion::v2026_01_12()).http_client(http_client.clone());
        if let Some(profile) = profile {
            // By the name alone, the SDK would prefer credentials in the environment.
            let region = if let Some(region) = region {
                Some(Region::new(region.to_owned()))
            } else {
                let found = aws_config::defaults(BehaviorVersion::v2026_01_12());
                let found = found.http_client(http_client.clone()).no_credentials();
                let found = found.profile_name(profile);
                found.load().await.region().cloned()
            };
            let config = ProviderConfig::without_region()
                .with_behavior_version(Some(BehaviorVersion::v2026_01_12()))
                .with_region(region)
                .with_http_client(http_client);
            let credentials = ProfileFileCredentialsProvider::builder()
                .profile_name(profile)
                .configure(&config)
                .build();
            loader = loader
                .profile_name(profile)
                .credentials_provider(credentials);
        }
        if let Some(region) = region {
            loader = loader.region(Region::new(region.to_owned()));
        }
        if let Some(endpoint_url) = endpoint_url {
            loader = loader.endpoint_url(endpoint_url);
        }
        let found = loader.load().await;
        let region = found.region().ok_or_else(|| match profile {
            Some(profile) => ProfileError::NoRegionOfProfile(profile.to_owned()),
            None => ProfileError::NoRegion,
        })?;
        let region = region.to_string();
        let provider = found
            .credentials_provider()
            .ok_or_else(|| ProfileError::NoCredentials {
                reason: "no credential source is configured".to_owned(),
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
            authorities: Vec::new(),
            credentials: AwsCredentials(provider),
        })
    }
}
