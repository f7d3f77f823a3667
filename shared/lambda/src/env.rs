//! The one place of the stage functions that reads the environment.

#[cfg(test)]
mod tests;

use std::{env::VarError, net::IpAddr};

use hookpoint_aws::{AwsCredentials, AwsSettings};
use hookpoint_engine::{
    egress::EgressPolicy,
    secret::Secret,
    settings::{self, Setting},
};
use hookpoint_script::SandboxPolicy;
use http::Uri;
use ipnet::IpNet;
use tracing_subscriber::filter::Targets;
use url::{Host, Url};

use crate::{
    init::{Defect, InitError},
    log,
};

/// What a stage function goes by.
#[derive(Debug)]
pub(crate) struct Configuration {
    /// The table with bindings and hooks.
    pub(crate) table: String,
    /// What the names of secrets begin with.
    pub(crate) secret_prefix: String,
    /// Where hooks may connect to.
    pub(crate) egress: EgressPolicy,
    /// Whether scripts run without a system call filter.
    pub(crate) sandbox: SandboxPolicy,
    /// The function's memory.
    pub(crate) memory_mb: u64,
    /// Where AWS is, and who asks.
    pub(crate) aws: AwsSettings,
    /// Where events come from.
    pub(crate) runtime_api: Uri,
    /// What is logged.
    pub(crate) log: Targets,
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

/// Reads the configuration, or names everything that is wrong with it.
pub(crate) fn configuration(lookup: &Lookup<'_>) -> Result<Configuration, InitError> {
    let mut reader = Reader {
        lookup,
        defects: Vec::new(),
    };
    let configuration = reader.configuration();
    if reader.defects.is_empty() {
        Ok(configuration)
    } else {
        Err(InitError::Configuration(reader.defects))
    }
}

/// Where the Runtime API is, if that much is known.
pub(crate) fn runtime_api(lookup: &Lookup<'_>) -> Option<Uri> {
    lookup(&settings::RUNTIME_API)
        .ok()
        .and_then(|text| endpoint(&text))
}

/// Reads on after a defect, so that all of them are found in one start. What is defective has its default value until then.
struct Reader<'a> {
    lookup: &'a Lookup<'a>,
    defects: Vec<Defect>,
}

impl Reader<'_> {
    fn configuration(&mut self) -> Configuration {
        Configuration {
            table: self.text(&settings::TABLE).unwrap_or_default(),
            secret_prefix: self.text(&settings::SECRET_PREFIX).unwrap_or_default(),
            egress: EgressPolicy {
                allowed_networks: self.list(
                    &settings::ALLOWED_NETWORKS,
                    "not a network in CIDR notation, such as `10.20.0.0/16` or `10.1.2.3/32`",
                    network,
                ),
                http_hosts: self.list(
                    &settings::ALLOWED_HTTP_HOSTS,
                    "not a host name or address without scheme, port, path and `*`, such as `crm.internal`",
                    host,
                ),
            },
            sandbox: self.sandbox(),
            memory_mb: self.memory_mb(),
            aws: self.aws(),
            runtime_api: self.runtime_api(),
            log: self.log(),
        }
    }

    fn sandbox(&mut self) -> SandboxPolicy {
        let text = self.text(&settings::SANDBOX);
        match text.as_deref() {
            None | Some("require") => SandboxPolicy::Require,
            Some("prefer") => SandboxPolicy::Prefer,
            Some(text) => {
                self.malformed(&settings::SANDBOX, text, "neither `require` nor `prefer`");
                SandboxPolicy::Require
            }
        }
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
            && !Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
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

    /// The value, or `None` when it is not set. Set to nothing is not set: CloudFormation passes empty parameters so.
    fn text(&mut self, setting: &Setting) -> Option<String> {
        let read = match (self.lookup)(setting) {
            Ok(text) if text.trim().is_empty() => Err(VarError::NotPresent),
            read => read,
        };
        match read {
            Ok(text) => Some(text.trim().to_owned()),
            Err(VarError::NotPresent) if !setting.required => None,
            Err(error) => {
                self.defects.push(Defect::unreadable(setting, &error));
                None
            }
        }
    }

    fn secret(&mut self, setting: &Setting) -> Option<Secret> {
        self.text(setting).map(Secret::new)
    }

    fn list<T>(
        &mut self,
        setting: &Setting,
        defect: &'static str,
        parse: fn(&str) -> Option<T>,
    ) -> Vec<T> {
        let text = self.text(setting).unwrap_or_default();
        let elements = text.split(',').map(str::trim);
        let mut values = Vec::new();
        for element in elements.filter(|element| !element.is_empty()) {
            match parse(element) {
                Some(value) => values.push(value),
                None => self.malformed(setting, element, defect),
            }
        }
        values
    }

    fn malformed(&mut self, setting: &Setting, element: &str, defect: &'static str) {
        self.defects
            .push(Defect::malformed(setting, element, defect));
    }
}

fn network(text: &str) -> Option<IpNet> {
    text.parse().ok()
}

/// A host as the egress policy compares it: lower case, an IPv6 address without brackets.
fn host(text: &str) -> Option<String> {
    let address = text.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = address.parse::<IpAddr>() {
        return Some(address.to_string());
    }
    match Host::parse(text).ok()? {
        Host::Domain(name) => name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
            .then_some(name),
        Host::Ipv4(address) => Some(address.to_string()),
        Host::Ipv6(address) => Some(address.to_string()),
    }
}

/// Host and port, as the client of the Runtime API needs them: without them it panics.
fn endpoint(text: &str) -> Option<Uri> {
    text.parse()
        .ok()
        .filter(|uri: &Uri| uri.authority().is_some())
}
