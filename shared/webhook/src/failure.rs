//! Converts errors to failures: a class, and a message without any part of the rendered URL.
//!
//! A URL may be a secret as a whole, its host included, and errors of HTTP and TLS libraries may include it. So library
//! errors are never printed: their type selects one of our messages.

use std::{error::Error, io, time::Duration};

use hookpoint_engine::hook::{
    egress::{EgressError, HTTP_HOSTS_REMEDY, NETWORKS_REMEDY},
    outcome::{FailureClass, HookFailure},
};
use rustls::CertificateError;
use url::Url;

use crate::resolve::ResolveError;

/// Why there is no response.
pub(crate) enum Lost {
    /// A kept connection died before the response began.
    WithKeptConnection(reqwest::Error),
    /// Any other failure.
    Failed(HookFailure),
}

impl Lost {
    pub(crate) fn into_failure(self) -> HookFailure {
        match self {
            Self::WithKeptConnection(error) => transport(&error),
            Self::Failed(failure) => failure,
        }
    }
}

/// The policy refused a URL. The message names scheme, host or address only if `shown_url` states it literally.
pub(crate) fn refused(error: &EgressError, shown_url: &str) -> HookFailure {
    // A template with a reference in the host cannot be parsed as a URL: braces are not allowed there.
    let shown = Url::parse(shown_url).ok();
    let shown_host = shown.as_ref().and_then(Url::host_str).unwrap_or_default();
    let message = match error {
        EgressError::Scheme(_) if shown.is_none() => {
            "the scheme of the URL is not allowed; use https".to_owned()
        }
        EgressError::PlainHttp(host) if host != shown_host => format!(
            "the host may only be reached by https; to allow http, list it in {HTTP_HOSTS_REMEDY}"
        ),
        EgressError::Address { address, kind }
            if shown_host.trim_matches(['[', ']']) != address.to_string() =>
        {
            format!("the host is {kind}; to allow it, list its network in {NETWORKS_REMEDY}")
        }
        _ => error.to_string(),
    };
    HookFailure::new(FailureClass::EgressRefused, message)
}

/// The deadline passed.
pub(crate) fn timeout(elapsed: Duration, limit: Duration) -> HookFailure {
    HookFailure::new(
        FailureClass::Timeout,
        format!(
            "no complete response after {} ms; the limit was {} ms",
            elapsed.as_millis(),
            limit.as_millis()
        ),
    )
}

/// The exchange failed at the connection.
pub(crate) fn transport(error: &reqwest::Error) -> HookFailure {
    match find::<ResolveError>(error) {
        Some(ResolveError::Refused(refusal)) => {
            return HookFailure::new(
                FailureClass::EgressRefused,
                format!("the host name has no allowed address: {refusal}"),
            );
        }
        Some(ResolveError::Unknown) => {
            return HookFailure::new(FailureClass::Connection, "the host name cannot be resolved");
        }
        None => {}
    }
    if error.is_builder() {
        return HookFailure::new(
            FailureClass::BadRequest,
            "the URL cannot be sent; check its length and characters",
        );
    }
    let cause = find::<rustls::Error>(error)
        .map(tls)
        .or_else(|| os_error(error).map(|cause| cause.kind().to_string()))
        .or_else(|| find::<hyper::Error>(error).map(|cause| protocol(cause).to_owned()))
        .unwrap_or_else(|| "unknown cause".to_owned());
    let message = if error.is_connect() {
        format!("the connection failed: {cause}")
    } else {
        format!("the connection broke before the response was complete: {cause}")
    };
    HookFailure::new(FailureClass::Connection, message)
}

fn tls(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidCertificate(reason) => match reason {
            CertificateError::UnknownIssuer => {
                "the certificate was issued by an unknown authority; to trust one of your own, name it in `HOOKPOINT_TRUSTED_CA` (on a laptop: `local.trustCa` of hookpoint.yaml)"
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "the certificate has expired"
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "the certificate is not valid yet"
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "the certificate is for another host"
            }
            CertificateError::Revoked => "the certificate was revoked",
            _ => "the certificate is not valid",
        }
        .to_owned(),
        // Alerts are a fixed list of names.
        rustls::Error::AlertReceived(alert) => {
            format!("the endpoint refused the TLS handshake with {alert:?}")
        }
        rustls::Error::InvalidMessage(_) => "the endpoint does not speak TLS".to_owned(),
        _ => "the TLS handshake failed".to_owned(),
    }
}

fn protocol(error: &hyper::Error) -> &'static str {
    if error.is_incomplete_message() || error.is_closed() || error.is_canceled() {
        "the endpoint closed it"
    } else if error.is_parse() {
        "the response is not HTTP/1.1, or its head is too large"
    } else {
        "the response could not be read"
    }
}

fn os_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a io::Error> {
    causes(error)
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .find(|cause| cause.get_ref().is_none())
}

/// The first error of this type in the chain.
pub(crate) fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

/// The chain of causes. An [`io::Error`] that wraps another error skips it in `source`, so it is unwrapped.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |cause| next_cause(*cause))
}

fn next_cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
    {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}
