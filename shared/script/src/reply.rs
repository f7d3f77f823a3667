//! Checks the guest's replies. The guest may be compromised: a reply affects only its own run.

use hookpoint_engine::{
    confidential::redaction::{CUT, one_line},
    event::json::{self, JsonError},
    hook::outcome::{FailureClass, HookFailure},
    ports::RESPONSE_LIMIT,
};
use hookpoint_script_protocol::{MESSAGE_LIMIT, Reply, split};
use serde_json::{Map, Value};

/// Returns the reply and the bytes after it.
///
/// # Errors
/// What makes the reply invalid. The parser's own message would quote the guest.
pub(crate) fn read(message: &[u8]) -> Result<(Reply, Vec<u8>), String> {
    let (mut reply, body) = split::<Reply>(message).ok_or("a reply that cannot be read")?;
    if let Reply::Failure(failure) = &mut reply {
        if failure.message.len() > MESSAGE_LIMIT + CUT.len_utf8() {
            return Err(format!(
                "a message of {} bytes, at most {MESSAGE_LIMIT}",
                failure.message.len()
            ));
        }
        failure.message = cut(one_line(&failure.message), MESSAGE_LIMIT);
    }
    Ok((reply, body.to_vec()))
}

/// Shortens text that grew through replaced characters. Allows for the guest's own ellipsis.
fn cut(mut text: String, limit: usize) -> String {
    if text.len() > limit + CUT.len_utf8() {
        text.truncate(text.floor_char_boundary(limit));
        text.push(CUT);
    }
    text
}

/// Parses the response: a JSON object of at most 256 KB, at most as deep as the parser goes (128 levels).
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
    json::read_object(body).map_err(|error| {
        let message = match error {
            JsonError::NotAnObject => "the response is not a JSON object".to_owned(),
            other => format!("the response cannot be read: {other}"),
        };
        HookFailure::new(FailureClass::BadResponse, message)
    })
}

#[cfg(test)]
mod tests {
    use hookpoint_script_protocol::{Failure, FailureKind, encode};
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

    fn failure(message: &str) -> Result<(Reply, Vec<u8>), String> {
        let failure = Failure {
            kind: FailureKind::Threw,
            message: message.to_owned(),
            line: 0,
            column: 0,
        };
        read(&encode(&Reply::Failure(failure), &[]))
    }

    fn text(message: &str) -> String {
        match failure(message) {
            Ok((Reply::Failure(failure), _)) => failure.message,
            other => panic!("no failure: {other:?}"),
        }
    }

    #[test]
    fn a_message_is_one_line_of_bounded_length() {
        assert_eq!(
            text("a\nb\x1b[2J\t\u{202e}c\u{2066}\u{2028}d\r"),
            "a · b\u{fffd}[2J \u{fffd}c\u{fffd}\u{fffd}d\u{fffd}"
        );
        let grown = text(&"\n".repeat(MESSAGE_LIMIT));
        assert!(grown.len() <= MESSAGE_LIMIT + CUT.len_utf8());
        assert!(grown.ends_with(CUT));
        let cut = text(&format!("{}…", "x".repeat(MESSAGE_LIMIT)));
        assert!(cut.ends_with("x…"), "cut once, by the guest");
        assert!(failure(&"x".repeat(MESSAGE_LIMIT + 4)).is_err());
    }

    #[test]
    fn a_header_that_cannot_be_read_is_not_quoted() {
        let header = serde_json::json!({ "Failure": { "kind": "forged\nline" } });
        let error = read(&encode(&header, &[])).unwrap_err();
        assert_eq!(error, "a reply that cannot be read");
    }

    proptest! {
        #[test]
        fn no_message_makes_the_reader_panic(
            header in prop_oneof![
                prop::collection::vec(any::<u8>(), 0..64),
                "\\{\"(Failure|Waiting|Result|Compiled)\":(1|-1|null|\\[\\]|\\{\\}|\\{\"timer\":-1\\})\\}".prop_map(String::into_bytes),
            ],
            length in prop_oneof![any::<u32>(), 0_u32..70],
            body in prop::collection::vec(any::<u8>(), 0..64),
        ) {
            let message = [&length.to_le_bytes()[..], &header, &body].concat();
            if let Ok((Reply::Result, body)) = read(&message) {
                let _ = response(&body);
            }
        }
    }
}
