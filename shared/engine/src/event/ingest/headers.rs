//! The headers of a posted event that Hookpoint reads.

use crate::{
    confidential::{redaction::beginning, secret::Secret},
    event::{
        error_code::ErrorCode,
        header_names::{CORRELATION_ID, IDEMPOTENCY_KEY, TRACEPARENT},
        idempotency::KEY_LIMIT,
        problem::Problem,
    },
};

/// Headers that may occur once; no others are read.
const SINGLE: [&str; 6] = [
    "authorization",
    "content-encoding",
    "content-type",
    IDEMPOTENCY_KEY,
    CORRELATION_ID,
    TRACEPARENT,
];

/// Maximum length of a correlation id, in bytes.
const CORRELATION_ID_LIMIT: usize = 128;

/// The headers of a posted event that Hookpoint reads, parsed once.
#[derive(Debug)]
pub struct RequestHeaders {
    /// Printable ASCII of at most 128 bytes: the host's value, or else a UUID.
    correlation_id: String,
    /// Why the event is rejected, whatever its body.
    refusal: Option<Problem>,
    /// The token of `Authorization: Bearer`.
    pub(super) bearer: Option<Secret>,
    /// Forwarded unchanged; a malformed one counts as absent (W3C Trace Context, section 3.2).
    pub(super) traceparent: Option<String>,
    /// The idempotency key without its quotes, printable ASCII of at most 255 bytes.
    pub(super) idempotency_key: Option<String>,
    content_type: Option<String>,
    /// The content coding of the body, if any.
    coding: Option<String>,
}

impl RequestHeaders {
    /// Parses the headers of a request. Names may be in any case and may repeat.
    pub fn read(headers: &[(String, String)]) -> Self {
        let mut read = Self {
            correlation_id: String::new(),
            refusal: None,
            bearer: None,
            traceparent: None,
            idempotency_key: None,
            content_type: None,
            coding: None,
        };
        let mut seen = [false; SINGLE.len()];
        for (name, value) in headers {
            if let Err(problem) = read.take(name, value.trim(), &mut seen) {
                read.refusal.get_or_insert(problem);
            }
        }
        if read.correlation_id.is_empty() {
            read.correlation_id = new_correlation_id();
        }
        read
    }

    fn take(
        &mut self,
        name: &str,
        value: &str,
        seen: &mut [bool; SINGLE.len()],
    ) -> Result<(), Problem> {
        let Some(index) = SINGLE
            .iter()
            .position(|single| name.eq_ignore_ascii_case(single))
        else {
            return Ok(());
        };
        if std::mem::replace(&mut seen[index], true) {
            return Err(Problem::new(
                ErrorCode::DuplicateHeader,
                format!("`{}` was sent more than once", SINGLE[index]),
            ));
        }
        match SINGLE[index] {
            "authorization" => self.bearer = bearer(value),
            "content-encoding" if value.eq_ignore_ascii_case("identity") => {}
            "content-encoding" => self.coding = Some(value.to_owned()),
            "content-type" => self.content_type = Some(value.to_owned()),
            IDEMPOTENCY_KEY => self.idempotency_key = Some(idempotency_key(value)?),
            CORRELATION_ID => self.correlation_id = correlation_id(value)?,
            _ => self.traceparent = is_traceparent(value).then(|| value.to_owned()),
        }
        Ok(())
    }

    /// Identifies the event in every system it passes through.
    pub fn correlation_id(&self) -> &str {
        &self.correlation_id
    }

    /// Sets the trace for webhooks, unless the event came with one.
    pub fn continue_trace(&mut self, traceparent: &str) {
        self.traceparent
            .get_or_insert_with(|| traceparent.to_owned());
    }

    /// Returns the problem that the headers cause, if any.
    pub(super) fn check(&self) -> Result<(), Problem> {
        self.refusal.clone().map_or(Ok(()), Err)
    }

    /// Requires `application/json` in UTF-8, without a content coding.
    pub(super) fn check_content_type(&self) -> Result<(), Problem> {
        let refuse = |detail: &str| Err(Problem::new(ErrorCode::UnsupportedMediaType, detail));
        if let Some(coding) = &self.coding {
            let coding = beginning(coding, 40);
            return refuse(&format!(
                "`Content-Encoding: {coding}` is not accepted; send the body without a coding"
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
                refuse("JSON is UTF-8; omit `charset`")
            }
            _ => Ok(()),
        }
    }
}

/// Parses a key that is bare, or quoted as in the IETF draft (a structured field string, RFC 8941). Both forms mean the
/// same key.
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
            None => return refuse("has an unclosed quote, or text after the closing one"),
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

/// The text before the closing quote, which must be the last character.
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

/// Kept unchanged, even if it is not a UUID: operators search other systems for the same text.
fn correlation_id(value: &str) -> Result<String, Problem> {
    if is_correlation_id(value) {
        return Ok(value.to_owned());
    }
    Err(Problem::new(
        ErrorCode::InvalidHeader,
        format!(
            "`{CORRELATION_ID}` must be 1 to {CORRELATION_ID_LIMIT} printable ASCII characters, or be left out"
        ),
    ))
}

/// Whether the text is 1 to 128 printable ASCII characters.
pub fn is_correlation_id(text: &str) -> bool {
    let is_printable = text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    is_printable && (1..=CORRELATION_ID_LIMIT).contains(&text.len())
}

/// A correlation id for an event that came without one.
pub fn new_correlation_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// Whether the text is a `traceparent`: `version-traceid-parentid-flags`, all lower-case hexadecimal.
pub fn is_traceparent(value: &str) -> bool {
    let lengths: Vec<usize> = value.split('-').map(str::len).collect();
    let is_hexadecimal = value
        .bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-'));
    is_hexadecimal && lengths == [2, 32, 16, 2] && !value.starts_with("ff")
}
