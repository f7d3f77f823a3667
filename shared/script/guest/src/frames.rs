//! Reads stack traces. They are text, and the script may have written them.

use hookpoint_script_protocol::{FRAME_LIMIT, FUNCTION_NAME_LIMIT, Frame};

use super::{code::FILE, cut::truncate};

/// The calls in the script that a stack trace names, innermost first. Built-in code is left out.
pub(crate) fn frames(stack: &str) -> Vec<Frame> {
    stack.lines().filter_map(frame).take(FRAME_LIMIT).collect()
}

/// Parses `at name (hook.js:1:2)` or `at hook.js:1:2`.
fn frame(line: &str) -> Option<Frame> {
    let call = line.trim().strip_prefix("at ")?;
    let (function, place) = match call.strip_suffix(')') {
        Some(call) => call.rsplit_once(" (")?,
        None => ("", call),
    };
    let mut numbers = place.strip_prefix(FILE)?.strip_prefix(':')?.split(':');
    let line = numbers.next()?.parse().ok().filter(|line| *line > 0)?;
    let column = numbers.next().and_then(|column| column.parse().ok());
    let mut function = match function {
        "<anonymous>" => String::new(),
        name => name.to_owned(),
    };
    truncate(&mut function, FUNCTION_NAME_LIMIT);
    Some(Frame {
        function,
        line,
        column: column.unwrap_or(0),
    })
}

/// ` (hook.js:1:2)`, which the host replaces by the author's place; empty if the place is unknown.
pub(crate) fn in_words((line, column): (u32, u32)) -> String {
    match line {
        0 => String::new(),
        line => format!(" ({FILE}:{line}:{column})"),
    }
}

/// Whether an error is from `JSON.parse`: only its first frame says so, the message does not mention JSON.
pub(crate) fn is_of_json(stack: &str) -> bool {
    stack.trim_start().starts_with("at <input>:")
}

/// Whether the innermost call is in the script. In most built-in functions the first frame is theirs.
pub(crate) fn begins_in_script(stack: &str) -> bool {
    stack.lines().next().and_then(frame).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_json_is_known_by_its_first_frame() {
        assert!(is_of_json(
            "    at <input>:1:1\n    at parse (native)\n    at default (hook.js:1:45)\n"
        ));
        assert!(!is_of_json("    at parse (hook.js:1:45)\n"));
    }

    #[test]
    fn the_innermost_call_may_be_in_built_in_code() {
        assert!(begins_in_script("    at f (hook.js:1:2)\n"));
        for stack in ["", "    at keys (native)\n    at f (hook.js:1:2)\n"] {
            assert!(!begins_in_script(stack), "{stack}");
        }
    }

    fn read(stack: &str) -> Vec<(String, u32, u32)> {
        let frames = frames(stack).into_iter();
        frames
            .map(|frame| (frame.function, frame.line, frame.column))
            .collect()
    }

    #[test]
    fn calls_in_the_script_are_read_and_others_left_out() {
        let stack = "    at next (native)\n    at inner (hook.js:12:5)\n    at then (hookpoint:fetch:1:2)\n    at <anonymous> (hook.js:3:1)\n    at hook.js:7\n";
        let expected = [("inner", 12, 5), ("", 3, 1), ("", 7, 0)];
        assert_eq!(
            read(stack),
            expected.map(|(name, line, column)| (name.to_owned(), line, column))
        );
        assert_eq!(
            read("at a (b) (hook.js:1:2) (hook.js:3:4)"),
            [("a (b) (hook.js:1:2)".to_owned(), 3, 4)]
        );
    }

    #[test]
    fn a_forged_stack_trace_is_bounded() {
        for forged in [
            "hook.js:x:y",
            "at x (native)",
            "at hook.js:0:1",
            "at hook.js:4294967296:1",
            "at hook.js:-1:1",
            "at f hook.js:1:1)",
        ] {
            assert_eq!(read(forged), [], "{forged}");
        }
        assert_eq!(read("at hook.js:1:4294967296"), [(String::new(), 1, 0)]);
        let many = "at evil (hook.js:1:1)\n".repeat(1000);
        assert_eq!(frames(&many).len(), FRAME_LIMIT);
        let long = format!("at {} (hook.js:1:1)", "é".repeat(1000));
        assert!(frames(&long)[0].function.len() <= FUNCTION_NAME_LIMIT + 3);
    }
}
