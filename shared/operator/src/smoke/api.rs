//! Posts events through the public URL.

use std::{fmt, str::FromStr, time::Duration, time::SystemTime};

use hookpoint_engine::{
    deadline::Deadline,
    hook::egress::EgressPolicy,
    identifier::ApplicationId,
    ports::{Fetch as _, FetchRequest},
};
use hookpoint_stages::Stage;
use hookpoint_webhook::GuardedClient;
use serde_json::Value;
use thiserror::Error;
use tokio::time::Instant;

/// Longer than API Gateway waits for a function.
const PATIENCE: Duration = Duration::from_secs(35);
/// Replaced by the name of the stage.
const STAGE: &str = "{stage}";
/// How much of a strange answer is shown, in characters.
const SHOWN: usize = 200;

/// The URL of an installation, to which `/v1/applications/…` is added. `{stage}` in it stands for the name of the stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiUrl(String);

/// A text that is not the URL of an installation.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "`{0}` is not the URL of an installation; write `https://HOST`, as in the output `ApiUrl` of the stack"
)]
pub struct InvalidApiUrl(String);

impl FromStr for ApiUrl {
    type Err = InvalidApiUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = Self(text.trim_end_matches('/').to_owned());
        let is_plain = !text.contains(['?', '#', '@', '\\']) && !text.contains(char::is_whitespace);
        if is_plain && !url.host().is_empty() {
            Ok(url)
        } else {
            Err(InvalidApiUrl(text.chars().take(200).collect()))
        }
    }
}

impl fmt::Display for ApiUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl ApiUrl {
    /// Whether it uses TLS.
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }

    /// The host without port; empty if the text is not a URL.
    pub(super) fn host(&self) -> &str {
        host_of(&self.0)
    }

    /// Where an application posts events of a stage.
    pub(super) fn of(&self, stage: Stage, application: &ApplicationId) -> String {
        let base = self.0.replace(STAGE, &stage.name());
        format!(
            "{base}/v1/applications/{application}/stages/{}",
            stage.name()
        )
    }
}

/// The host of an http or https URL, without port.
pub(super) fn host_of(url: &str) -> &str {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    let authority = rest.and_then(|rest| rest.split(['/', '?', '#']).next());
    let authority = authority.unwrap_or_default();
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

/// What came back.
pub(super) struct Answer {
    pub(super) status: u16,
    /// Null if it is not JSON.
    pub(super) body: Value,
    /// The value of `Server-Timing`.
    pub(super) timing: String,
    /// From the first byte sent to the last received, a new connection included.
    pub(super) took: Duration,
    text: String,
}

impl Answer {
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
            http_hosts: vec![url.host().to_owned()],
            ..EgressPolicy::default()
        };
        Self {
            url,
            client: GuardedClient::new(policy),
        }
    }

    /// Posts a body. The error says why there is no answer.
    pub(super) async fn post(
        &self,
        stage: Stage,
        application: &ApplicationId,
        key: &str,
        body: Vec<u8>,
    ) -> Result<Answer, String> {
        let begin = Instant::now();
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let reply = self.client.fetch(FetchRequest {
            method: "POST".to_owned(),
            url: self.url.of(stage, application),
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
        let mut headers = reply.headers.into_iter();
        let timing = headers.find(|(name, _)| name.eq_ignore_ascii_case("server-timing"));
        Ok(Answer {
            status: reply.status,
            body: serde_json::from_slice(&reply.body).unwrap_or_default(),
            timing: timing.map(|(_, value)| value).unwrap_or_default(),
            took,
            text: String::from_utf8_lossy(&reply.body).into_owned(),
        })
    }
}
