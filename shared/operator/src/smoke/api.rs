//! Posts events through the public URL.

use std::{fmt, str::FromStr, time::Duration, time::SystemTime};

use hookpoint_engine::{
    deadline::Deadline,
    event::{header_names, route},
    hook::egress::EgressPolicy,
    identifier::ApplicationId,
    ports::{Fetch as _, FetchRequest},
};
use hookpoint_stages::Stage;
use hookpoint_webhook::GuardedClient;
use serde_json::Value;
use thiserror::Error;
use tokio::time::Instant;
use url::Url;

/// Longer than API Gateway waits for a function.
const PATIENCE: Duration = Duration::from_secs(35);
/// Replaced by the name of the stage.
const STAGE: &str = "{stage}";
/// How much of an unexpected response is shown, in characters.
const SHOWN: usize = 200;

/// The URL of an installation, to which `/v1/applications/…` is added. `{stage}` in it stands for the name of the stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiUrl {
    text: String,
    host: String,
    is_https: bool,
}

/// A text that is not the URL of an installation.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "`{0}` is not the URL of an installation; write `https://HOST`, as in the output `ApiUrl` of the stack"
)]
pub struct InvalidApiUrl(String);

impl FromStr for ApiUrl {
    type Err = InvalidApiUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_plain = |url: &Url| {
            let is_alone = url.username().is_empty() && url.password().is_none();
            is_alone && url.query().is_none() && url.fragment().is_none()
        };
        let url = with_stage(text);
        // The library removes blanks, and accepts braces.
        let is_odd = |character: char| character.is_whitespace() || "{}".contains(character);
        let url = (!url.contains(is_odd)).then(|| parsed(&url)).flatten();
        let url = url.filter(is_plain);
        let host = url.as_ref().and_then(Url::host_str);
        match (&url, host) {
            (Some(url), Some(host)) => Ok(Self {
                text: text.trim_end_matches('/').to_owned(),
                host: host.to_owned(),
                is_https: url.scheme() == HTTPS,
            }),
            _ => Err(InvalidApiUrl(text.chars().take(200).collect())),
        }
    }
}

impl fmt::Display for ApiUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl ApiUrl {
    /// Whether it uses TLS.
    pub fn is_https(&self) -> bool {
        self.is_https
    }

    /// Where an application posts events of a stage.
    pub(super) fn of(&self, stage: &str, application: &ApplicationId) -> String {
        let base = self.text.replace(STAGE, stage);
        format!("{base}{}", route::path(application.as_str(), stage))
    }
}

const HTTPS: &str = "https";

/// A URL with a stage in the place of its name.
fn with_stage(url: &str) -> String {
    url.replace(STAGE, &Stage::ConversationStart.name())
}

/// An http or https URL.
fn parsed(url: &str) -> Option<Url> {
    let url = Url::parse(url).ok();
    url.filter(|url| [HTTPS, "http"].contains(&url.scheme()))
}

/// The host of an http or https URL, without port.
pub(super) fn host_of(url: &str) -> Option<String> {
    parsed(url)?.host_str().map(str::to_owned)
}

/// The response to a posted event.
pub(super) struct Response {
    pub(super) status: u16,
    /// Null if it is not JSON.
    pub(super) body: Value,
    /// The value of `Server-Timing`.
    pub(super) timing: String,
    /// How the sandbox of the function places memory, if a script ran.
    pub(super) placing: Option<String>,
    /// From the first byte sent to the last received, a new connection included.
    pub(super) took: Duration,
    text: String,
}

impl Response {
    /// The status with the code of the problem, or the beginning of the body.
    pub(super) fn describe(&self) -> String {
        match (&self.body["code"], &self.body["detail"]) {
            (Value::String(code), Value::String(detail)) => {
                format!("{} `{code}`: {detail}", self.status)
            }
            (Value::String(code), _) => format!("{} `{code}`", self.status),
            _ => {
                let text: String = self.text.trim().chars().take(SHOWN).collect();
                format!("{} without a problem code: {text}", self.status)
            }
        }
    }

    /// The outcome of a hook; `None` if it did not run.
    pub(super) fn outcome(&self, hook: &str) -> Option<&str> {
        let mut entries = self.timing.split(", ");
        let rest = entries.find_map(|entry| entry.strip_prefix(hook)?.strip_prefix(';'))?;
        let (_, outcome) = rest.split_once("desc=")?;
        Some(outcome.trim_matches('"'))
    }
}

/// A client of the installation. Connections are kept open.
pub(super) struct Caller {
    url: ApiUrl,
    client: GuardedClient,
}

impl Caller {
    pub(super) fn new(url: ApiUrl) -> Self {
        // The operator names the URL, so it may be in a private network.
        let everywhere = ["0.0.0.0/0", "::/0"].iter();
        let policy = EgressPolicy {
            allowed_networks: everywhere.filter_map(|net| net.parse().ok()).collect(),
            http_hosts: vec![url.host.clone()],
            ..EgressPolicy::default()
        };
        Self {
            url,
            client: GuardedClient::new(policy),
        }
    }

    /// Posts a body. The error says why there is no response.
    pub(super) async fn post(
        &self,
        stage: Stage,
        application: &ApplicationId,
        key: &str,
        body: Vec<u8>,
    ) -> Result<Response, String> {
        let begin = Instant::now();
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let reply = self.client.fetch(FetchRequest {
            method: "POST".to_owned(),
            url: self.url.of(&stage.name(), application),
            headers: vec![
                header("content-type", "application/json"),
                header("authorization", &format!("Bearer {key}")),
            ],
            body,
            deadline: Deadline::after(begin, PATIENCE),
            now: SystemTime::now(),
        });
        let reply = reply.await.map_err(|failure| failure.message)?;
        let took = begin.elapsed();
        let header = |wanted: &str| {
            let mut headers = reply.headers.iter();
            let found = headers.find(|(name, _)| name.eq_ignore_ascii_case(wanted));
            found.map(|(_, value)| value.clone())
        };
        let placing = header(header_names::SANDBOX);
        Ok(Response {
            status: reply.status,
            body: serde_json::from_slice(&reply.body).unwrap_or_default(),
            timing: header(header_names::SERVER_TIMING).unwrap_or_default(),
            placing: placing.filter(|placing| ["mapped", "copied"].contains(&placing.as_str())),
            took,
            text: String::from_utf8_lossy(&reply.body).into_owned(),
        })
    }
}
