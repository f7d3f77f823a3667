//! The SDK clients: created at first use, over one HTTP client.

mod connection;
#[cfg(feature = "profiles")]
mod profiles;
#[cfg(test)]
mod tests;

use std::{
    fmt,
    sync::{Arc, OnceLock},
    time::Duration,
};

use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_sdk_dynamodb::config::{BehaviorVersion, Region, StalledStreamProtectionConfig};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::{retry::RetryConfig, timeout::TimeoutConfig};
use hookpoint_engine::{confidential::secret::Secret, hook::egress::Authority};

use self::connection::Connections;
#[cfg(feature = "profiles")]
pub use self::profiles::ProfileError;

/// Region, endpoint and credentials.
///
/// The composition root fills these in; nothing here reads the environment.
#[derive(Debug, Clone)]
pub struct AwsSettings {
    /// The region, for example `eu-central-1`.
    pub region: String,
    /// URL of an emulator, in place of the region's endpoints.
    pub endpoint_url: Option<String>,
    /// Authorities to trust for endpoints, besides the public ones.
    pub authorities: Vec<Authority>,
    /// The identity that signs requests.
    pub credentials: AwsCredentials,
}

/// Credentials that cannot be printed.
#[derive(Clone)]
pub struct AwsCredentials(SharedCredentialsProvider);

impl AwsCredentials {
    /// Credentials that are never refreshed, such as those in a Lambda's environment, which outlive
    /// its sandbox.
    pub fn fixed(
        access_key_id: &str,
        secret_access_key: &Secret,
        session_token: Option<&Secret>,
    ) -> Self {
        Self(SharedCredentialsProvider::new(Credentials::from_keys(
            access_key_id,
            secret_access_key.expose(),
            session_token.map(|token| token.expose().to_owned()),
        )))
    }
}

impl fmt::Debug for AwsCredentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[redacted]")
    }
}

/// Timeouts of connections, attempts and operations.
#[derive(Debug, Clone, Copy)]
struct Patience {
    connect: Duration,
    attempt: Duration,
    operation: Duration,
}

/// Three attempts have to fit into the 3 s of an event.
const EVENT: Patience = Patience {
    connect: Duration::from_millis(500),
    attempt: Duration::from_millis(800),
    operation: Duration::from_secs(2),
};

/// Longer than for events: a retry or dead letter that cannot be sent means a duplicate delivery.
const WORKER: Patience = Patience {
    connect: Duration::from_secs(1),
    attempt: Duration::from_secs(2),
    operation: Duration::from_secs(6),
};

/// A person can wait longer, and may upload hooks over a slow connection.
const PERSON: Patience = Patience {
    connect: Duration::from_secs(3),
    attempt: Duration::from_secs(20),
    operation: Duration::from_mins(1),
};

/// The SDK clients of one process. Cheap to create and to clone: a client is built when it is first
/// used, a connection (and the TLS configuration) at the first request.
#[derive(Clone)]
pub struct AwsClients(Arc<Shared>);

struct Shared {
    settings: AwsSettings,
    patience: Patience,
    http: SharedHttpClient,
    dynamodb: OnceLock<aws_sdk_dynamodb::Client>,
    secrets_manager: OnceLock<aws_sdk_secretsmanager::Client>,
    sqs: OnceLock<aws_sdk_sqs::Client>,
    #[cfg(feature = "profiles")]
    sts: OnceLock<aws_sdk_sts::Client>,
}

/// Builds a client of one SDK crate. Each crate has its own types for the same settings.
macro_rules! client {
    ($sdk:ident, $clients:expr) => {{
        let shared = &$clients.0;
        let mut config = $sdk::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(shared.settings.region.clone()))
            .credentials_provider(shared.settings.credentials.0.clone())
            .http_client(shared.http.clone())
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .timeout_config($clients.timeouts_after(Duration::ZERO))
            .retry_config(retries());
        config.set_endpoint_url(shared.settings.endpoint_url.clone());
        $sdk::Client::from_conf(config.build())
    }};
}

impl AwsClients {
    /// Clients for a stage function: an operation takes 2 s at most, three attempts included.
    pub fn new(settings: AwsSettings) -> Self {
        Self::with_patience(settings, EVENT)
    }

    /// Clients for the worker: an operation takes 6 s at most.
    pub fn for_worker(settings: AwsSettings) -> Self {
        Self::with_patience(settings, WORKER)
    }

    /// Clients for tools, which prefer waiting to failing.
    pub fn for_tools(settings: AwsSettings) -> Self {
        Self::with_patience(settings, PERSON)
    }

    fn with_patience(settings: AwsSettings, patience: Patience) -> Self {
        let connections = Connections::new(patience.connect, settings.authorities.clone());
        Self(Arc::new(Shared {
            settings,
            patience,
            http: SharedHttpClient::new(connections),
            dynamodb: OnceLock::new(),
            secrets_manager: OnceLock::new(),
            sqs: OnceLock::new(),
            #[cfg(feature = "profiles")]
            sts: OnceLock::new(),
        }))
    }

    pub(crate) fn dynamodb(&self) -> &aws_sdk_dynamodb::Client {
        self.0
            .dynamodb
            .get_or_init(|| client!(aws_sdk_dynamodb, self))
    }

    pub(crate) fn secrets_manager(&self) -> &aws_sdk_secretsmanager::Client {
        self.0
            .secrets_manager
            .get_or_init(|| client!(aws_sdk_secretsmanager, self))
    }

    #[cfg(feature = "profiles")]
    pub(crate) fn sts(&self) -> &aws_sdk_sts::Client {
        self.0.sts.get_or_init(|| client!(aws_sdk_sts, self))
    }

    pub(crate) fn sqs(&self) -> &aws_sdk_sqs::Client {
        self.0.sqs.get_or_init(|| client!(aws_sdk_sqs, self))
    }

    /// The region that requests go to.
    pub(crate) fn region(&self) -> &str {
        &self.0.settings.region
    }

    /// The credentials that sign requests.
    #[cfg(feature = "stacks")]
    pub(crate) fn credentials(&self) -> &SharedCredentialsProvider {
        &self.0.settings.credentials.0
    }

    /// The HTTP client that the SDK's clients share.
    #[cfg(feature = "stacks")]
    pub(crate) fn http(&self) -> SharedHttpClient {
        self.0.http.clone()
    }

    /// The URL of a service that has no SDK client here: the emulator's, or the region's.
    #[cfg(feature = "stacks")]
    pub(crate) fn endpoint(&self, service: &str) -> String {
        let AwsSettings {
            region,
            endpoint_url,
            ..
        } = &self.0.settings;
        endpoint_url.clone().unwrap_or_else(|| {
            let suffix = if region.starts_with("cn-") {
                "amazonaws.com.cn"
            } else {
                "amazonaws.com"
            };
            format!("https://{service}.{region}.{suffix}")
        })
    }

    /// Timeout of an operation, retries included.
    pub(crate) fn operation_timeout(&self) -> Duration {
        self.0.patience.operation
    }

    /// Timeouts for long polling, where the service delays its response by up to `held_back`.
    pub(crate) fn timeouts_after(&self, held_back: Duration) -> TimeoutConfig {
        let Patience {
            connect,
            attempt,
            operation,
        } = self.0.patience;
        TimeoutConfig::builder()
            .connect_timeout(connect)
            .operation_attempt_timeout(attempt + held_back)
            .operation_timeout(operation + held_back)
            .build()
    }
}

impl fmt::Debug for AwsClients {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("AwsClients")
            .field(&self.0.settings)
            .finish()
    }
}

/// Maximum number of times that a request to AWS is sent, the first included.
pub const ATTEMPTS: u32 = 3;

/// The SDK's default back-off starts at one second, too long for an event.
pub(crate) fn retries() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(ATTEMPTS)
        .with_initial_backoff(Duration::from_millis(50))
        .with_max_backoff(Duration::from_millis(400))
}
