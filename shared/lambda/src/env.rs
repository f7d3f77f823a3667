//! The only place in the functions that reads the environment.

mod reader;
#[cfg(test)]
mod tests;

use std::{
    env::VarError,
    fs,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    time::Duration,
};

use hookpoint_aws::{AwsCredentials, AwsSettings};
use hookpoint_engine::{
    confidential::secret::Secret,
    hook::egress::{self, Authority, EgressPolicy},
    identifier::{SecretName, StoreId},
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

/// Allowed retention of run records, in days.
const RETENTION_DAYS: RangeInclusive<u32> = 1..=365;
const DAY: Duration = Duration::from_hours(24);

/// The configuration of a stage function or the worker.
#[derive(Debug)]
pub(crate) struct Configuration {
    /// The table with bindings and hooks.
    pub(crate) table: String,
    /// Prefix of the names of secrets.
    pub(crate) secret_prefix: String,
    /// The queue of asynchronous deliveries.
    pub(crate) queue_url: String,
    /// The dead-letter queue; only set for the worker.
    pub(crate) dead_letter_queue_url: Option<String>,
    /// How long run records are kept.
    pub(crate) run_retention: Duration,
    /// Where hooks may connect to.
    pub(crate) egress: EgressPolicy,
    /// Source of the authorities trusted in addition to the public ones.
    pub(crate) trusted_ca: Option<TrustedCa>,
    /// The identity store that applications probably use.
    pub(crate) identity_store: Option<StoreId>,
    /// The function's memory.
    pub(crate) memory_mb: u64,
    /// Whether Lambda starts the process ahead of its first event.
    pub(crate) is_provisioned: bool,
    /// Region, endpoint and credentials.
    pub(crate) aws: AwsSettings,
    /// The address of the Runtime API.
    pub(crate) runtime_api: Uri,
    /// The log filter.
    pub(crate) log: Targets,
    /// Who may post events; only stages use it.
    pub(crate) authentication: Authentication,
}

/// The source of the operator's own certificate authorities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TrustedCa {
    /// A file of the function, such as one in a layer.
    File(PathBuf),
    /// A secret of the stack.
    Secret(SecretName),
}

/// Looks up the variable of a setting.
pub(crate) type Lookup<'a> = dyn Fn(&Setting) -> Result<String, VarError> + 'a;

/// Looks up a variable in the environment of this process.
#[expect(
    clippy::disallowed_methods,
    reason = "every variable of a stage function comes through here, by its entry in the settings"
)]
pub(crate) fn process(setting: &Setting) -> Result<String, VarError> {
    std::env::var(setting.name)
}

/// Reads the configuration of a stage function. The error lists all defects.
pub(crate) fn configuration(lookup: &Lookup<'_>) -> Result<Configuration, InitError> {
    Reader::new(lookup).read(Reader::configuration)
}

/// Reads the configuration of the worker. The error lists all defects.
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

/// The address of the Runtime API, if its variable can be read.
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
                local_endpoints: Vec::new(),
                http_hosts: self.list(
                    &settings::ALLOWED_HTTP_HOSTS,
                    "not a host name or address without scheme, port, path and `*`, such as `crm.internal`",
                    egress::host,
                ),
                // The composition root reads them at start.
                authorities: Vec::new(),
            },
            trusted_ca: self.trusted_ca(),
            identity_store: self.identity_store(),
            memory_mb: self.memory_mb(),
            is_provisioned: self.text(&settings::INITIALIZATION_TYPE).as_deref()
                == Some("provisioned-concurrency"),
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

    fn identity_store(&mut self) -> Option<StoreId> {
        let setting = &settings::IDENTITY_STORE;
        let text = self.text(setting)?;
        let store = text.parse().ok();
        if store.is_none() {
            let defect = "not the id of an identity store, as in `stores` of hookpoint.yaml";
            self.malformed(setting, &text, defect);
        }
        store
    }

    fn trusted_ca(&mut self) -> Option<TrustedCa> {
        let text = self.text(&settings::TRUSTED_CA)?;
        if Path::new(&text).is_absolute() {
            return Some(TrustedCa::File(PathBuf::from(text)));
        }
        let name = text.parse().ok().map(TrustedCa::Secret);
        if name.is_none() {
            let defect = "neither the name of a secret nor an absolute path, such as `PrivateCa` or `/var/task/ca.pem`";
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
                let defect = "not enough: set `HOOKPOINT_JWT_CLAIM` to the claim that names the application, such as `client_id`";
                self.malformed(setting, "jwt", defect);
            }
            (None | Some("ingest-key" | "aws-iam"), Some(claim)) => {
                let defect =
                    "not used unless `HOOKPOINT_AUTHENTICATION` is `jwt`; set that, or remove this";
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
        // The Lambda runtime parses it as this type and panics on failure.
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
            authorities: self.ca_bundle(),
            credentials: AwsCredentials::fixed(
                &key_id,
                &key.unwrap_or_else(|| Secret::new("")),
                token.as_ref(),
            ),
        }
    }

    fn ca_bundle(&mut self) -> Vec<Authority> {
        let Some(path) = self.text(&settings::CA_BUNDLE) else {
            return Vec::new();
        };
        let authorities = fs::read_to_string(&path)
            .ok()
            .and_then(|pem| Authority::from_pem(&pem).ok());
        authorities.unwrap_or_else(|| {
            let defect = "not a readable file with certificates in PEM form";
            self.malformed(&settings::CA_BUNDLE, &path, defect);
            Vec::new()
        })
    }

    fn log(&mut self) -> Targets {
        let text = self.text(&settings::LOG).unwrap_or_default();
        log::filter(&text).unwrap_or_else(|(element, defect)| {
            self.malformed(&settings::LOG, element, defect);
            log::default_filter()
        })
    }
}

/// Whether the URL is that of a queue that keeps order.
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

/// Host and port, without which the client of the Runtime API panics.
fn endpoint(text: &str) -> Option<Uri> {
    text.parse()
        .ok()
        .filter(|uri: &Uri| uri.authority().is_some())
}
