//! Which header names a hook may set, independent of any HTTP library.
//!
//! The workspace parser and the webhook client apply the same rules, so a hook that was accepted can also be sent.

use thiserror::Error;

use super::header_names::TRACEPARENT;

/// Why a header may not be set. Messages never show a value: values may hold secrets.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum HeaderError {
    /// The name is not a token (RFC 9110, section 5.6.2).
    #[error(
        "`{name}` is not a header name; letters, digits and any of !#$%&'*+-.^_`|~ are allowed",
        name = .0.escape_debug()
    )]
    InvalidName(String),
    /// The value has line breaks, control characters or characters outside ASCII.
    #[error(
        "the value of header `{0}` holds a line break or another character outside printable ASCII; remove it (a secret often ends in a stray line break)"
    )]
    InvalidValue(String),
    /// The header is not the hook's to set.
    #[error("header `{name}` cannot be set: {reason}; remove it")]
    Reserved {
        /// The header.
        name: String,
        /// Why the hook may not set it.
        reason: &'static str,
    },
}

/// Headers of the connection rather than the message (RFC 9110, section 7.6.1), and those that frame the message.
const CONNECTION_HEADERS: &[&str] = &[
    "connection",
    "expect",
    "http2-settings",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Prefixes of names that hooks may not set, with the reason.
const RESERVED_PREFIXES: &[(&str, &str)] = &[
    ("content-", "it describes the body, which is always JSON"),
    ("nlx-", "names beginning with `nlx-` are set by Hookpoint"),
    (
        "webhook-",
        "names beginning with `webhook-` are set by Hookpoint",
    ),
    (
        "hookpoint-",
        "names beginning with `hookpoint-` are set by Hookpoint",
    ),
];

/// Checks the name of a header that a webhook hook sets itself.
pub fn check_own_header(name: &str) -> Result<(), HeaderError> {
    check_fetch_header(name)?;
    let lower = name.to_ascii_lowercase();
    if lower == TRACEPARENT {
        return Err(reserved(name, "it is forwarded from the event"));
    }
    if lower == "accept-encoding" {
        return Err(reserved(
            name,
            "responses are read without a content coding",
        ));
    }
    match RESERVED_PREFIXES
        .iter()
        .find(|(prefix, _)| lower.starts_with(prefix))
    {
        Some((_, reason)) => Err(reserved(name, reason)),
        None => Ok(()),
    }
}

/// Checks the name of a header of a script's `fetch`: all are allowed except those that control the connection.
pub fn check_fetch_header(name: &str) -> Result<(), HeaderError> {
    if name.is_empty() || !name.bytes().all(is_token_byte) {
        return Err(HeaderError::InvalidName(name.to_owned()));
    }
    let lower = name.to_ascii_lowercase();
    if lower == "host" {
        return Err(reserved(name, "it follows from the URL"));
    }
    if CONNECTION_HEADERS.contains(&lower.as_str()) || lower.starts_with("proxy-") {
        return Err(reserved(
            name,
            "it belongs to the connection, not to the request",
        ));
    }
    Ok(())
}

/// Checks a header value: printable ASCII, spaces and tabs.
pub fn check_header_value(name: &str, value: &str) -> Result<(), HeaderError> {
    if value
        .bytes()
        .all(|byte| matches!(byte, b'\t' | b' '..=b'~'))
    {
        Ok(())
    } else {
        Err(HeaderError::InvalidValue(name.to_owned()))
    }
}

fn reserved(name: &str, reason: &'static str) -> HeaderError {
    HeaderError::Reserved {
        name: name.to_owned(),
        reason,
    }
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hook_may_set_any_header_that_is_not_ours_or_the_connections() {
        for name in [
            "Authorization",
            "x-api-key",
            "Accept",
            "User-Agent",
            "host-name",
        ] {
            assert_eq!(check_own_header(name), Ok(()), "{name}");
        }
        for name in [
            "Host",
            "Content-Type",
            "content-length",
            "NLX-Correlation-Id",
            "webhook-signature",
            "Hookpoint-Deadline-Ms",
            "Traceparent",
            "Accept-Encoding",
            "Connection",
            "Keep-Alive",
            "Proxy-Authorization",
            "TE",
            "Trailer",
            "Transfer-Encoding",
            "Upgrade",
            "Expect",
        ] {
            let error = check_own_header(name).unwrap_err();
            assert!(matches!(error, HeaderError::Reserved { .. }), "{name}");
            assert!(error.to_string().contains(&format!("`{name}`")), "{error}");
        }
    }

    #[test]
    fn a_script_may_describe_its_body_but_not_steer_the_connection() {
        assert_eq!(check_fetch_header("Content-Type"), Ok(()));
        assert_eq!(check_fetch_header("webhook-id"), Ok(()));
        assert_eq!(check_fetch_header("Accept-Encoding"), Ok(()));
        assert!(check_fetch_header("host").is_err());
        assert!(check_fetch_header("transfer-encoding").is_err());
    }

    #[test]
    fn names_and_values_that_would_break_the_message_are_refused_without_showing_the_value() {
        for name in ["", "a b", "a:b", "a\r\nb", "ä", "(x)"] {
            assert!(
                matches!(check_own_header(name), Err(HeaderError::InvalidName(_))),
                "{name:?}"
            );
        }
        for value in ["s3cret\r\nEvil: 1", "s3cret\n", "s3cret\0", "s3cr\u{e9}t"] {
            let error = check_header_value("X-Token", value).unwrap_err();
            assert!(error.to_string().contains("`X-Token`"), "{error}");
            assert!(!format!("{error} {error:?}").contains("s3cr"), "{error:?}");
        }
        assert_eq!(check_header_value("X-Token", "Bearer a\tb~"), Ok(()));
    }
}
