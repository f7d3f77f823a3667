//! Reporting a failed start.

#[cfg(test)]
mod tests;

use std::{env::VarError, fmt, io, time::Duration};

use hookpoint_settings::Setting;
use http::{Method, Uri};
use lambda_runtime::Diagnostic;
use lambda_runtime_api_client::{BoxError, PooledClient, body::Body, build_request};
use thiserror::Error;

/// Timeout of the report to Lambda. The log has it in any case.
const REPORT_TIMEOUT: Duration = Duration::from_secs(1);

/// Why a function cannot start.
#[derive(Debug, Error)]
pub(crate) enum InitError {
    /// Variables are missing or malformed.
    #[error("{}", Sentences(.0))]
    Configuration(Vec<Defect>),
    /// The certificate authorities cannot be read.
    #[error("`HOOKPOINT_TRUSTED_CA`: {place} {reason}")]
    Authorities {
        /// The file or secret, as a noun phrase.
        place: String,
        /// The defect, as a predicate.
        reason: String,
    },
    /// The operating system refused resources for an event loop.
    #[error("the event loop cannot be set up: {0}")]
    Executor(#[source] io::Error),
}

/// A defect of one variable.
#[derive(Debug, PartialEq, Eq, Error)]
pub(crate) enum Defect {
    /// It is required but unset.
    #[error("`{name}` is not set. {summary}")]
    Missing {
        /// The variable's name.
        name: &'static str,
        /// The expected value.
        summary: &'static str,
    },
    /// Its value is not text.
    #[error("`{name}` is not UTF-8.")]
    NotText {
        /// The variable's name.
        name: &'static str,
    },
    /// Its value cannot be used.
    #[error("`{name}`: `{element}` is {defect}.")]
    Malformed {
        /// The variable's name.
        name: &'static str,
        /// The wrong part of the value.
        element: String,
        /// The defect and the expected value, as a predicate.
        defect: &'static str,
    },
}

impl Defect {
    pub(crate) fn unreadable(setting: &Setting, error: &VarError) -> Self {
        match error {
            VarError::NotPresent => Self::Missing {
                name: setting.name,
                summary: setting.summary,
            },
            VarError::NotUnicode(_) => Self::NotText { name: setting.name },
        }
    }

    pub(crate) fn malformed(setting: &Setting, element: &str, defect: &'static str) -> Self {
        Self::Malformed {
            name: setting.name,
            element: element.chars().take(64).collect(),
            defect,
        }
    }
}

impl From<InitError> for Diagnostic {
    fn from(error: InitError) -> Self {
        let error_type = match &error {
            InitError::Configuration(_) | InitError::Authorities { .. } => {
                "Hookpoint.Configuration"
            }
            InitError::Executor(_) => "Hookpoint.Executor",
        };
        Self {
            error_type: error_type.to_owned(),
            error_message: error.to_string(),
        }
    }
}

/// Logs a failed start in one line.
pub(crate) fn log(error: &InitError) {
    tracing::error!(error = %error, "the function cannot start");
}

/// Reports to Lambda why the function did not start. The first caller and the console get to see it.
pub(crate) async fn report(error: InitError, runtime_api: Uri) {
    let outcome = tokio::time::timeout(REPORT_TIMEOUT, post(error.into(), runtime_api)).await;
    match outcome {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(error, "failed to report the failed start to Lambda"),
        Err(_) => tracing::warn!("timeout while reporting the failed start to Lambda"),
    }
}

async fn post(diagnostic: Diagnostic, runtime_api: Uri) -> Result<(), BoxError> {
    let request = build_request()
        .method(Method::POST)
        .uri("/2018-06-01/runtime/init/error")
        .header("lambda-runtime-function-error-type", &diagnostic.error_type)
        .body(Body::from(serde_json::to_vec(&diagnostic)?))?;
    let client = PooledClient::builder().with_endpoint(runtime_api).build();
    let status = client.call(request).await?.status();
    if status.is_success() {
        Ok(())
    } else {
        Err(format!("the Runtime API returned {status}").into())
    }
}

/// Displays defects as sentences.
struct Sentences<'a>(&'a [Defect]);

impl fmt::Display for Sentences<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, defect) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { " " };
            write!(formatter, "{separator}{defect}")?;
        }
        Ok(())
    }
}
