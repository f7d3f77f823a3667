//! A start that failed: what is said about it, to whom.

#[cfg(test)]
mod tests;

use std::{env::VarError, fmt, io, time::Duration};

use hookpoint_settings::Setting;
use http::{Method, Uri};
use lambda_runtime::Diagnostic;
use lambda_runtime_api_client::{BoxError, PooledClient, body::Body, build_request};
use thiserror::Error;

/// How long Lambda is given to take the report. The log has it in any case.
const REPORT_TIMEOUT: Duration = Duration::from_secs(1);

/// Why a function cannot start.
#[derive(Debug, Error)]
pub(crate) enum InitError {
    /// The environment does not hold what it must.
    #[error("{}", Sentences(.0))]
    Configuration(Vec<Defect>),
    /// The certificate authorities cannot be had.
    #[error("`HOOKPOINT_TRUSTED_CA`: {place} {reason}")]
    Authorities {
        /// Where they should be.
        place: String,
        /// What is wrong, as the end of a sentence.
        reason: String,
    },
    /// The operating system refused what an event loop needs.
    #[error("the event loop cannot be set up: {0}")]
    Executor(#[source] io::Error),
}

/// What is wrong with one variable.
#[derive(Debug, PartialEq, Eq, Error)]
pub(crate) enum Defect {
    /// It is required and not set.
    #[error("`{name}` is not set. {summary}")]
    Missing {
        /// The variable.
        name: &'static str,
        /// What belongs there.
        summary: &'static str,
    },
    /// It is set to something else than text.
    #[error("`{name}` is not UTF-8.")]
    NotText {
        /// The variable.
        name: &'static str,
    },
    /// It cannot be used as it is.
    #[error("`{name}`: `{element}` is {defect}.")]
    Malformed {
        /// The variable.
        name: &'static str,
        /// The part of the value that is wrong.
        element: String,
        /// What is wrong, and what belongs there.
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

/// One log line for a start that failed.
pub(crate) fn log(error: &InitError) {
    tracing::error!(error = %error, "the function cannot start");
}

/// Tells Lambda why the function did not start, so that the caller of the first event and the console show it.
pub(crate) async fn report(error: InitError, runtime_api: Uri) {
    let outcome = tokio::time::timeout(REPORT_TIMEOUT, post(error.into(), runtime_api)).await;
    match outcome {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(error, "the failed start could not be reported"),
        Err(_) => tracing::warn!("the failed start could not be reported in time"),
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
        Err(format!("the Runtime API answered {status}").into())
    }
}

/// Defects as one text.
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
