//! JavaScript strings may hold lone surrogates; JSON for others must not.

/// Replaces every lone surrogate in JSON text with U+FFFD, in keys and values.
///
/// `JSON.stringify` writes lone surrogates as escapes, and no other character that way. This fixes the text instead of
/// the values because no script can reach it.
pub(super) fn well_formed(text: String) -> String {
    let mut repaired: Option<String> = None;
    let mut kept = 0;
    let mut position = 0;
    while let Some(found) = text[position..].find('\\') {
        let escape = position + found;
        let Some(unit) = escaped_surrogate(&text, escape) else {
            // The escaped character is ASCII, even after a backslash.
            position = escape + 2;
            continue;
        };
        position = escape + ESCAPE;
        let is_low = |unit| (0xDC00..0xE000).contains(&unit);
        if !is_low(unit) && escaped_surrogate(&text, position).is_some_and(is_low) {
            position += ESCAPE;
            continue;
        }
        let repaired = repaired.get_or_insert_default();
        repaired.push_str(&text[kept..escape]);
        repaired.push(char::REPLACEMENT_CHARACTER);
        kept = position;
    }
    match repaired {
        None => text,
        Some(repaired) => repaired + &text[kept..],
    }
}

/// The length of `\uXXXX`.
const ESCAPE: usize = 6;

/// The surrogate escaped at this position.
fn escaped_surrogate(text: &str, position: usize) -> Option<u16> {
    let digits = text.get(position..position + ESCAPE)?.strip_prefix("\\u")?;
    let unit = u16::from_str_radix(digits, 16).ok()?;
    (0xD800..0xE000).contains(&unit).then_some(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lone_surrogates_are_replaced_and_everything_else_stays() {
        for (text, expected) in [
            (r#"{"a":"b"}"#, r#"{"a":"b"}"#),
            (r#""a\ud83d""#, "\"a\u{FFFD}\""),
            (r#""\udE00\ud83dx""#, "\"\u{FFFD}\u{FFFD}x\""),
            (
                r#"{"\ud83d\ud83d\ude00\n":1}"#,
                "{\"\u{FFFD}\\ud83d\\ude00\\n\":1}",
            ),
            (
                r#""\\ud83d \\\ud83d \u0000\"""#,
                "\"\\\\ud83d \\\\\u{FFFD} \\u0000\\\"\"",
            ),
            ("\"ä\u{1F600}\\ud83dä\"", "\"ä\u{1F600}\u{FFFD}ä\""),
        ] {
            assert_eq!(well_formed(text.to_owned()), expected, "{text}");
        }
    }
}
