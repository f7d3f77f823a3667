//! Checks the guest's replies. The guest may be compromised: a reply affects only its own run.

use hookpoint_engine::{
    confidential::redaction::{CUT, one_line},
    event::json::{self, JsonError},
    hook::outcome::{FailureClass, HookFailure},
    ports::RESPONSE_LIMIT,
};
use hookpoint_script_protocol::{
    FRAME_LIMIT, FUNCTION_NAME_LIMIT, Frame, MESSAGE_LIMIT, REJECTION_LIMIT, Rejection, Reply,
    split,
};
use serde_json::{Map, Value};

/// Returns the reply and the bytes after it.
///
/// # Errors
/// What makes the reply invalid. The parser's own message would quote the guest.
pub(crate) fn read(message: &[u8]) -> Result<(Reply, Vec<u8>), String> {
    let (mut reply, body) = split::<Reply>(message).ok_or("a reply that cannot be read")?;
    match &mut reply {
        Reply::Failure(failure) => {
            check_failure(&mut failure.message, &mut failure.frames)?;
            check_rejections(&mut failure.rejections)?;
        }
        Reply::Result(rejections) => check_rejections(rejections)?,
        Reply::Compiled(_) | Reply::Evaluated | Reply::Waiting(_) => {}
    }
    Ok((reply, body.to_vec()))
}

fn check_rejections(rejections: &mut [Rejection]) -> Result<(), String> {
    check_count("rejections", rejections.len(), REJECTION_LIMIT)?;
    rejections
        .iter_mut()
        .try_for_each(|rejection| check_failure(&mut rejection.message, &mut rejection.frames))
}

fn check_failure(message: &mut String, frames: &mut [Frame]) -> Result<(), String> {
    check_text(message, MESSAGE_LIMIT)?;
    check_count("calls", frames.len(), FRAME_LIMIT)?;
    frames
        .iter_mut()
        .try_for_each(|frame| check_text(&mut frame.function, FUNCTION_NAME_LIMIT))
}

fn check_count(what: &str, count: usize, limit: usize) -> Result<(), String> {
    if count > limit {
        return Err(format!("{count} {what}, at most {limit}"));
    }
    Ok(())
}

/// Puts a bounded text on one line.
fn check_text(text: &mut String, limit: usize) -> Result<(), String> {
    if text.len() > limit + CUT.len_utf8() {
        let length = text.len();
        return Err(format!("a message of {length} bytes, at most {limit}"));
    }
    *text = cut(one_line(text), limit);
    Ok(())
}

/// Shortens text that grew through replaced characters. Allows for the guest's own ellipsis.
fn cut(mut text: String, limit: usize) -> String {
    if text.len() > limit + CUT.len_utf8() {
        text.truncate(text.floor_char_boundary(limit));
        text.push(CUT);
    }
    text
}

/// Parses the response: a JSON object of at most 256 KB, at most 100 levels deep.
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
            frames: Vec::new(),
            rejections: Vec::new(),
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
    fn calls_and_rejections_are_bounded_and_on_one_line() {
        let frame = |function: &str| Frame {
            function: function.to_owned(),
            line: 1,
            column: 1,
        };
        let of = |frames: Vec<Frame>, times: usize| {
            let rejection = Rejection {
                message: "a\nb".to_owned(),
                frames,
            };
            read(&encode(&Reply::Result(vec![rejection; times]), &[]))
        };
        let Ok((Reply::Result(rejections), _)) = of(vec![frame("f\n\x1b[2J")], 1) else {
            panic!("no result");
        };
        assert_eq!(rejections[0].message, "a · b");
        assert_eq!(rejections[0].frames[0].function, "f · \u{fffd}[2J");
        assert!(of(vec![frame("f"); FRAME_LIMIT], REJECTION_LIMIT).is_ok());
        assert!(of(vec![frame("f"); FRAME_LIMIT + 1], 1).is_err());
        assert!(of(Vec::new(), REJECTION_LIMIT + 1).is_err());
        assert!(of(vec![frame(&"f".repeat(FUNCTION_NAME_LIMIT + 4))], 1).is_err());
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
            if let Ok((Reply::Result(_), body)) = read(&message) {
                let _ = response(&body);
            }
        }
    }
}
