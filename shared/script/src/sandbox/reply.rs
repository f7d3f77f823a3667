//! Checks what a child sent. The child may have been taken over: nothing it says is believed beyond its own run.

use hookpoint_engine::{
    outcome::{FailureClass, HookFailure},
    ports::RESPONSE_LIMIT,
    redaction::{CUT, log_line, one_line},
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::{
    frame::Frame,
    message::{
        ABORT, AbortHeader, CHECKED, FAILURE, FETCH, FETCH_BODY_LIMIT, FETCH_LIMIT, FailureHeader,
        FetchHeader, LOG, LOG_LINE_LIMIT, LogTail, MESSAGE_LIMIT, RESULT,
    },
};

/// A frame that makes sense.
#[derive(Debug)]
pub(crate) enum Said {
    Result { body: Vec<u8>, dropped_lines: u32 },
    Failure(FailureHeader),
    Log(String),
    Fetch(FetchHeader, Vec<u8>),
    Abort(u32),
    Checked,
}

/// What a frame says; an error when it is none that a child sends.
pub(crate) fn read(frame: Frame) -> Result<Said, String> {
    let Frame { kind, header, body } = frame;
    match kind {
        RESULT => {
            let LogTail { dropped_lines } = parse(&header)?;
            Ok(Said::Result {
                body,
                dropped_lines,
            })
        }
        FAILURE => {
            let mut header: FailureHeader = parse(&header)?;
            within(
                "message",
                header.message.len(),
                MESSAGE_LIMIT + CUT.len_utf8(),
            )?;
            header.message = cut(one_line(&header.message), MESSAGE_LIMIT);
            Ok(Said::Failure(header))
        }
        LOG => {
            parse::<LogTail>(&header)?;
            within("log line", body.len(), LOG_LINE_LIMIT + CUT.len_utf8())?;
            let text = String::from_utf8(body).map_err(|_| "a log line is not UTF-8")?;
            Ok(Said::Log(cut(log_line(&text), LOG_LINE_LIMIT)))
        }
        FETCH => {
            let header: FetchHeader = parse(&header)?;
            if header.id == 0 || header.id > FETCH_LIMIT {
                return Err(format!("request number {}", header.id));
            }
            within("request body", body.len(), FETCH_BODY_LIMIT)?;
            // The other limits of a request are the script's to keep, and errors that it can catch.
            Ok(Said::Fetch(header, body))
        }
        ABORT => Ok(Said::Abort(parse::<AbortHeader>(&header)?.id)),
        CHECKED => {
            parse::<LogTail>(&header)?;
            Ok(Said::Checked)
        }
        other => Err(format!("a frame of unknown kind {other}")),
    }
}

fn parse<T: DeserializeOwned>(header: &[u8]) -> Result<T, String> {
    // The parser's message would quote the child.
    serde_json::from_slice(header).map_err(|_| "a header that cannot be read".to_owned())
}

/// Shortens what grew when characters were replaced. What the child has cut is not cut again for its ellipsis.
fn cut(mut text: String, limit: usize) -> String {
    if text.len() > limit + CUT.len_utf8() {
        text.truncate(text.floor_char_boundary(limit));
        text.push(CUT);
    }
    text
}

fn within(what: &str, length: usize, limit: usize) -> Result<(), String> {
    if length <= limit {
        return Ok(());
    }
    Err(format!("a {what} of {length}, at most {limit}"))
}

/// The response in a result: a JSON object of at most 256 KB, nested at most as deep as the parser goes (128).
pub(crate) fn response(body: &[u8]) -> Result<Map<String, Value>, HookFailure> {
    if body.len() > RESPONSE_LIMIT {
        return Err(HookFailure::new(
            FailureClass::TooLarge,
            format!(
                "the response is {} bytes, at most {RESPONSE_LIMIT} are accepted",
                body.len()
            ),
        ));
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(response)) => Ok(response),
        Ok(_) => Err(HookFailure::new(
            FailureClass::BadResponse,
            "the response is not a JSON object",
        )),
        Err(error) => Err(HookFailure::new(
            FailureClass::BadResponse,
            format!("the response cannot be read: {error}"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn responses_are_objects_of_bounded_size_and_depth() {
        let class = |body: &[u8]| response(body).unwrap_err().class;
        assert!(response(b"{\"context\":{}}").is_ok());
        assert_eq!(class(b"[]"), FailureClass::BadResponse);
        assert_eq!(class(b"{} x"), FailureClass::BadResponse);
        assert_eq!(class(b"{\"a\":\xff}"), FailureClass::BadResponse);
        let deep = format!("{{\"a\":{}1{}}}", "[".repeat(200), "]".repeat(200));
        assert_eq!(class(deep.as_bytes()), FailureClass::BadResponse);
        let long = format!("{{\"a\":\"{}\"}}", "x".repeat(RESPONSE_LIMIT));
        assert_eq!(class(long.as_bytes()), FailureClass::TooLarge);
    }

    #[test]
    fn control_characters_do_not_reach_the_log() {
        let line = Frame {
            kind: LOG,
            header: b"{}".to_vec(),
            body: b"a\x1b[31m\tb\nc".to_vec(),
        };
        let Ok(Said::Log(text)) = read(line) else {
            panic!("a log line");
        };
        assert_eq!(text, "a\u{fffd}[31m b\u{fffd}c");
    }

    fn failure(message: &str) -> Result<Said, String> {
        read(Frame {
            kind: FAILURE,
            header:
                serde_json::json!({ "kind": "Threw", "message": message, "line": 0, "column": 0 })
                    .to_string()
                    .into_bytes(),
            body: Vec::new(),
        })
    }

    #[test]
    fn a_message_is_one_line_of_bounded_length() {
        let Ok(Said::Failure(header)) = failure("a\nb\x1b[2J\t\u{202e}c\u{2066}\u{2028}d\r") else {
            panic!("a failure");
        };
        assert_eq!(
            header.message,
            "a · b\u{fffd}[2J \u{fffd}c\u{fffd}\u{fffd}d\u{fffd}"
        );
        let Ok(Said::Failure(header)) = failure(&"\n".repeat(MESSAGE_LIMIT)) else {
            panic!("a failure");
        };
        assert!(header.message.len() <= MESSAGE_LIMIT + CUT.len_utf8());
        assert!(header.message.ends_with(CUT));
        let Ok(Said::Failure(header)) = failure(&format!("{}…", "x".repeat(MESSAGE_LIMIT)))
        else {
            panic!("a failure");
        };
        assert!(header.message.ends_with("x…"), "cut once, by the child");
        assert!(failure(&"x".repeat(MESSAGE_LIMIT + 4)).is_err());
    }

    #[test]
    fn a_header_that_cannot_be_read_is_not_quoted() {
        let header = br#"{"kind":"forged\nline","message":"","line":0,"column":0}"#;
        let error = read(Frame {
            kind: FAILURE,
            header: header.to_vec(),
            body: Vec::new(),
        });
        assert_eq!(error.unwrap_err(), "a header that cannot be read");
    }

    proptest! {
        #[test]
        fn no_frame_makes_the_reader_panic(
            kind in prop_oneof![any::<u8>(), RESULT..=CHECKED],
            header in prop_oneof![
                prop::collection::vec(any::<u8>(), 0..64),
                "\\{\"(id|kind|dropped_lines|message|line|method)\":(1|-1|99999999999|\"x\"|null|\\[\\])\\}".prop_map(String::into_bytes),
            ],
            body in prop::collection::vec(any::<u8>(), 0..64),
        ) {
            if let Ok(Said::Result { body, .. }) = read(Frame { kind, header, body }) {
                let _ = response(&body);
            }
        }
    }
}
