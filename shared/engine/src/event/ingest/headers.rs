//! The headers of a posted event that mean something here.

use crate::{
    confidential::{redaction::beginning, secret::Secret},
    event::{error_code::ErrorCode, idempotency::KEY_LIMIT, problem::Problem},
};

/// Headers that may come once; of any other, nothing is read.
const SINGLE: [&str; 6] = [
    "authorization",
    "content-encoding",
    "content-type",
    "idempotency-key",
    "nlx-correlation-id",
    "traceparent",
];

/// The longest correlation id, in bytes.
const CORRELATION_ID_LIMIT: usize = 128;

/// What the headers say, checked as far as that goes without the body.
#[derive(Debug, Default)]
pub(super) struct RequestHeaders {
    /// The token of `Authorization: Bearer`.
    pub(super) bearer: Option<Secret>,
    /// Printable ASCII of at most 128 bytes; the engine makes a UUID where there is none.
    pub(super) correlation_id: Option<String>,
    /// Passed on as it came; one that is not well-formed counts as absent (W3C Trace Context, section 3.2).
    pub(super) traceparent: Option<String>,
    /// The idempotency key without its quotes, printable ASCII of at most 255 bytes.
    pub(super) idempotency_key: Option<String>,
    content_type: Option<String>,
    /// The coding of the body, when it has one.
    coding: Option<String>,
}

impl RequestHeaders {
    pub(super) fn read(headers: &[(String, String)]) -> Result<Self, Problem> {
        let mut read = Self::default();
        let mut seen = [false; SINGLE.len()];
        for (name, value) in headers {
            let Some(index) = SINGLE
                .iter()
                .position(|single| name.eq_ignore_ascii_case(single))
            else {
                continue;
            };
            if std::mem::replace(&mut seen[index], true) {
                return Err(Problem::new(
                    ErrorCode::DuplicateHeader,
                    format!("`{}` came more than once", SINGLE[index]),
                ));
            }
            let value = value.trim();
            match SINGLE[index] {
                "authorization" => read.bearer = bearer(value),
                "content-encoding" if value.eq_ignore_ascii_case("identity") => {}
                "content-encoding" => read.coding = Some(value.to_owned()),
                "content-type" => read.content_type = Some(value.to_owned()),
                "idempotency-key" => read.idempotency_key = Some(idempotency_key(value)?),
                "nlx-correlation-id" => read.correlation_id = Some(correlation_id(value)?),
                _ => read.traceparent = is_traceparent(value).then(|| value.to_owned()),
            }
        }
        Ok(read)
    }

    /// `application/json`, with any parameters but another character set, and in no coding.
    pub(super) fn check_content_type(&self) -> Result<(), Problem> {
        let refuse = |detail: &str| Err(Problem::new(ErrorCode::UnsupportedMediaType, detail));
        if let Some(coding) = &self.coding {
            let coding = beginning(coding, 40);
            return refuse(&format!(
                "`Content-Encoding: {coding}` is not accepted; send the body as it is"
            ));
        }
        let Some(value) = &self.content_type else {
            return refuse("`Content-Type` is missing; send `Content-Type: application/json`");
        };
        let mut parts = value.split(';').map(str::trim);
        if !parts
            .next()
            .is_some_and(|media_type| media_type.eq_ignore_ascii_case("application/json"))
        {
            return refuse("`Content-Type` must be `application/json`");
        }
        let charset = parts
            .filter_map(|part| part.split_once('='))
            .find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
        match charset {
            Some((_, charset))
                if !charset
                    .trim()
                    .trim_matches('"')
                    .eq_ignore_ascii_case("utf-8") =>
            {
                refuse("JSON is UTF-8; leave the `charset` out")
            }
            _ => Ok(()),
        }
    }
}

/// Bare, or quoted as in the draft of the IETF (a structured field string, RFC 8941): both mean the same key.
fn idempotency_key(value: &str) -> Result<String, Problem> {
    let refuse = |what: &str| {
        Err(Problem::new(
            ErrorCode::InvalidHeader,
            format!(
                "`Idempotency-Key` {what}; send 1 to {KEY_LIMIT} printable ASCII characters, bare or in double quotes"
            ),
        ))
    };
    let key = match value.strip_prefix('"') {
        None => value.to_owned(),
        Some(rest) => match unquoted(rest) {
            Some(key) => key,
            None => return refuse("has a quote that does not end, or more after it"),
        },
    };
    if key.is_empty() {
        refuse("is empty")
    } else if key.len() > KEY_LIMIT {
        refuse("is too long")
    } else if key.bytes().any(|byte| !(b' '..=b'~').contains(&byte)) {
        refuse("has a character that is not printable ASCII")
    } else {
        Ok(key)
    }
}

/// What stands before the closing quote, which must be the end.
fn unquoted(text: &str) -> Option<String> {
    let mut key = String::with_capacity(text.len());
    let mut characters = text.chars();
    loop {
        match characters.next()? {
            '"' => return characters.next().is_none().then_some(key),
            '\\' => key.push(
                characters
                    .next()
                    .filter(|next| matches!(next, '"' | '\\'))?,
            ),
            character => key.push(character),
        }
    }
}

fn bearer(value: &str) -> Option<Secret> {
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| Secret::new(token.trim()))
}

/// Taken as it came, UUID or not: whoever follows an event searches other systems for the same text.
fn correlation_id(value: &str) -> Result<String, Problem> {
    let is_printable = value.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if is_printable && (1..=CORRELATION_ID_LIMIT).contains(&value.len()) {
        return Ok(value.to_owned());
    }
    Err(Problem::new(
        ErrorCode::InvalidHeader,
        format!(
            "`nlx-correlation-id` must be 1 to {CORRELATION_ID_LIMIT} printable ASCII characters, or be left out"
        ),
    ))
}

/// Whether it is a `traceparent`: `version-traceid-parentid-flags`, all lower-case hexadecimal.
pub fn is_traceparent(value: &str) -> bool {
    let lengths: Vec<usize> = value.split('-').map(str::len).collect();
    let is_hexadecimal = value
        .bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-'));
    is_hexadecimal && lengths == [2, 32, 16, 2] && !value.starts_with("ff")
}
