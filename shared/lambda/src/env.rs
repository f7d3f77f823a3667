//! The one place of the stage functions that reads the environment.

mod reader;
#[cfg(test)]
mod tests;

use std::{
    env::VarError,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    time::Duration,
};

use hookpoint_aws::{AwsCredentials, AwsSettings};
use hookpoint_engine::{
    confidential::secret::Secret,
    hook::egress::{self, EgressPolicy},
    identifier::SecretName,
    record,
};
use hookpoint_settings as settings;
use hookpoint_settings::Setting;
use http::Uri;
use ipnet::IpNet;
use tracing_subscriber::filter::Targets;
use url::Url;

use self::reader::Reader;
use crate::{authentication::Authentication, init::InitError, log};

/// How many days run records may be kept.
const RETENTION_DAYS: RangeInclusive<u32> = 1..=365;
const DAY: Duration = Duration::from_hours(24);

/// What a stage function goes by, and the worker too.
#[derive(Debug)]
pub(crate) struct Configuration {
    /// The table with bindings and hooks.
    pub(crate) table: String,
    /// What the names of secrets begin with.
    pub(crate) secret_prefix: String,
    /// Where the deliveries of asynchronous hooks wait.
    pub(crate) queue_url: String,
    /// Where deliveries go that were given up: the worker's business alone.
    pub(crate) dead_letter_queue_url: Option<String>,
    /// How long run records are kept.
    pub(crate) run_retention: Duration,
    /// Where hooks may connect to.
    pub(crate) egress: EgressPolicy,
    /// Where the authorities are kept that are trusted beside the public ones.
    pub(crate) trusted_ca: Option<TrustedCa>,
    /// The function's memory.
    pub(crate) memory_mb: u64,
    /// Where AWS is, and who asks.
    pub(crate) aws: AwsSettings,
    /// Where events come from.
    pub(crate) runtime_api: Uri,
    /// What is logged.
    pub(crate) log: Targets,
    /// Who may post events: the business of the stages alone.
    pub(crate) authentication: Authentication,
}

/// Where the operator's own certificate authorities are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TrustedCa {
    /// In a file of the function.
    File(PathBuf),
    /// In a secret of the stack.
    Secret(SecretName),
}

/// Looks a variable up by the name of its setting.
pub(crate) type Lookup<'a> = dyn Fn(&Setting) -> Result<String, VarError> + 'a;

/// Looks a variable up in the environment of this process.
#[expect(
    clippy::disallowed_methods,
    reason = "every variable of a stage function comes through here, by its entry in the settings"
)]
pub(crate) fn process(setting: &Setting) -> Result<String, VarError> {
    std::env::var(setting.name)
}

/// Reads the configuration of a stage function, or names everything that is wrong with it.
pub(crate) fn configuration(lookup: &Lookup<'_>) -> Result<Configuration, InitError> {
    Reader::new(lookup).read(Reader::configuration)
}

/// The same for the worker.
pub(crate) fn worker_configuration(lookup: &Lookup<'_>) -> Result<Configuration, InitError> {
    Reader::new(lookup).read(|reader| {
        let configuration = reader.configuration();
        let url = reader.url(&settings::DEAD_LETTER_QUEUE_URL);
        let (queue, dead_letters) = (keeps_order(&configuration.queue_url), keeps_order(&url));
        if queue != dead_letters && ![&configuration.queue_url, &url].iter().any(|url| url.is_empty()) {
            let defect = "not of the same type as `HOOKPOINT_QUEUE_URL`: the names of both end in `.fifo`, or neither does";
            reader.malformed(&settings::DEAD_LETTER_QUEUE_URL, &url, defect);
        }
        Configuration {
            dead_letter_queue_url: Some(url),
            ..configuration
        }
    })
}

/// Where the Runtime API is, if that much is known.
pub(crate) fn runtime_api(lookup: &Lookup<'_>) -> Option<Uri> {
    lookup(&settings::RUNTIME_API)
        .ok()
        .and_then(|text| endpoint(&text))
}

impl Reader<'_> {
    fn configuration(&mut self) -> Configuration {
        Configuration {
            table: self.text(&settings::TABLE).unwrap_or_default(),
            secret_prefix: self.text(&settings::SECRET_PREFIX).unwrap_or_default(),
            queue_url: self.url(&settings::QUEUE_URL),
            dead_letter_queue_url: None,
            run_retention: self.run_retention(),
            egress: EgressPolicy {
                allowed_networks: self.list(
                    &settings::ALLOWED_NETWORKS,
                    "not a network in CIDR notation, such as `10.20.0.0/16` or `10.1.2.3/32`",
                    network,
                ),
                http_hosts: self.list(
                    &settings::ALLOWED_HTTP_HOSTS,
                    "not a host name or address without scheme, port, path and `*`, such as `crm.internal`",
                    egress::host,
                ),
                // They are read when the function starts.
                authorities: Vec::new(),
            },
            trusted_ca: self.trusted_ca(),
            memory_mb: self.memory_mb(),
            aws: self.aws(),
            runtime_api: self.runtime_api(),
            log: self.log(),
            authentication: self.authentication(),
        }
    }

    /// A required URL of a queue.
    fn url(&mut self, setting: &Setting) -> String {
        let text = self.text(setting).unwrap_or_default();
        if !text.is_empty() && !is_url(&text) {
            let defect = "not the URL of a queue, such as `https://sqs.eu-central-1.amazonaws.com/123456789012/hookpoint`";
            self.malformed(setting, &text, defect);
        }
        text
    }

    fn run_retention(&mut self) -> Duration {
        let setting = &settings::RUN_RETENTION_DAYS;
        let Some(text) = self.text(setting) else {
            return record::RETENTION;
        };
        let days = text.parse::<u32>().ok();
        let days = days.filter(|days| RETENTION_DAYS.contains(days));
        days.map_or_else(
            || {
                let defect = "not a whole number of days from 1 to 365";
                self.malformed(setting, &text, defect);
                record::RETENTION
            },
            |days| DAY * days,
        )
    }

    fn trusted_ca(&mut self) -> Option<TrustedCa> {
        let text = self.text(&settings::TRUSTED_CA)?;
        if Path::new(&text).is_absolute() {
            return Some(TrustedCa::File(PathBuf::from(text)));
        }
        let name = text.parse().ok().map(TrustedCa::Secret);
        if name.is_none() {
            let defect = "neither the name of a secret nor an absolute path, such as `PrivateCa` or `/opt/ca.pem`";
            self.malformed(&settings::TRUSTED_CA, &text, defect);
        }
        name
    }

    fn authentication(&mut self) -> Authentication {
        let setting = &settings::AUTHENTICATION;
        let claim = self.text(&settings::JWT_CLAIM);
        match (self.text(setting).as_deref(), claim) {
            (Some("jwt"), Some(claim)) => return Authentication::Jwt { claim },
            (Some("jwt"), None) => {
                let defect = "nothing without the claim that names the application; set `HOOKPOINT_JWT_CLAIM` to it, such as `client_id`";
                self.malformed(setting, "jwt", defect);
            }
            (None | Some("ingest-key" | "aws-iam"), Some(claim)) => {
                let defect = "not looked at unless `HOOKPOINT_AUTHENTICATION` is `jwt`; set that, or take this away";
                self.malformed(&settings::JWT_CLAIM, &claim, defect);
            }
            (None | Some("ingest-key"), None) => {}
            (Some("aws-iam"), None) => return Authentication::AwsIam,
            (Some(text), _) => {
                let defect = "neither `ingest-key` nor `aws-iam` nor `jwt`";
                self.malformed(setting, text, defect);
            }
        }
        Authentication::IngestKey
    }

    fn memory_mb(&mut self) -> u64 {
        let text = self.text(&settings::MEMORY).unwrap_or_default();
        // The Lambda runtime reads it as this type, and panics when that fails.
        let megabytes = text.parse::<i32>().ok();
        let megabytes = megabytes.and_then(|megabytes| u64::try_from(megabytes).ok());
        megabytes
            .filter(|megabytes| *megabytes > 0)
            .unwrap_or_else(|| {
                if !text.is_empty() {
                    let defect = "not a whole number of megabytes, such as `1024`";
                    self.malformed(&settings::MEMORY, &text, defect);
                }
                0
            })
    }

    fn runtime_api(&mut self) -> Uri {
        let text = self.text(&settings::RUNTIME_API).unwrap_or_default();
        endpoint(&text).unwrap_or_else(|| {
            if !text.is_empty() {
                let defect = "not a host and port, such as `127.0.0.1:9001`";
                self.malformed(&settings::RUNTIME_API, &text, defect);
            }
            Uri::default()
        })
    }

    fn aws(&mut self) -> AwsSettings {
        let region = self.text(&settings::REGION).unwrap_or_default();
        let endpoint_url = self.text(&settings::ENDPOINT_URL);
        if let Some(text) = &endpoint_url
            && !is_url(text)
        {
            let defect = "not an http or https URL, such as `http://127.0.0.1:5000`";
            self.malformed(&settings::ENDPOINT_URL, text, defect);
        }
        let key_id = self.text(&settings::ACCESS_KEY_ID).unwrap_or_default();
        let key = self.secret(&settings::SECRET_ACCESS_KEY);
        let token = self.secret(&settings::SESSION_TOKEN);
        AwsSettings {
            region,
            endpoint_url,
            credentials: AwsCredentials::fixed(
                &key_id,
                &key.unwrap_or_else(|| Secret::new("")),
                token.as_ref(),
            ),
        }
    }

    fn log(&mut self) -> Targets {
        let text = self.text(&settings::LOG).unwrap_or_default();
        log::filter(&text).unwrap_or_else(|(element, defect)| {
            self.malformed(&settings::LOG, element, defect);
            log::default_filter()
        })
    }
}

/// Whether it is a queue that keeps the order of its messages.
fn keeps_order(url: &str) -> bool {
    Path::new(url)
        .extension()
        .is_some_and(|extension| extension == "fifo")
}

fn is_url(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

fn network(text: &str) -> Option<IpNet> {
    text.parse().ok()
}

/// Host and port, as the client of the Runtime API needs them: without them it panics.
fn endpoint(text: &str) -> Option<Uri> {
    text.parse()
        .ok()
        .filter(|uri: &Uri| uri.authority().is_some())
}
