//! The results as JUnit XML, as most build servers read them.

use std::fmt::Write as _;

use super::Tested;

/// The results of a run, as one suite.
pub(super) fn render(tested: &[Tested]) -> String {
    let failures = tested.iter().filter(|case| !case.passed()).count();
    let seconds: f64 = tested.iter().map(|case| case.elapsed.as_secs_f64()).sum();
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"hookpoint\" tests=\"{}\" failures=\"{failures}\" time=\"{seconds:.3}\">\n",
        tested.len()
    );
    for case in tested {
        let (name, seconds) = (escaped(&case.name), case.elapsed.as_secs_f64());
        // Writing to a text cannot fail.
        let _ = write!(xml, "    <testcase name=\"{name}\" time=\"{seconds:.3}\"");
        if case.passed() {
            xml.push_str("/>\n");
        } else {
            let text = escaped(&case.problems.join("\n"));
            let _ = writeln!(xml, "><failure>{text}</failure></testcase>");
        }
    }
    xml.push_str("  </testsuite>\n</testsuites>\n");
    xml
}

/// Text without markup, and without the characters that XML 1.0 cannot hold.
fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => shown.push_str("&amp;"),
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '"' => shown.push_str("&quot;"),
            '\n' | '\t' => shown.push(character),
            other if other.is_control() || matches!(other, '\u{fffe}' | '\u{ffff}') => {
                let _ = write!(shown, "\\u{{{:x}}}", u32::from(other));
            }
            other => shown.push(other),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn failures_are_reported_and_nothing_breaks_the_markup() {
        let tested = [
            ("a.case.yaml", vec![]),
            ("b \"<&>\u{1b}", vec!["expected <1>\u{0}".to_owned()]),
        ]
        .map(|(name, problems)| Tested {
            name: name.to_owned(),
            problems,
            elapsed: Duration::from_millis(12),
            is_updated: false,
        });
        assert_eq!(
            render(&tested),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"hookpoint\" tests=\"2\" failures=\"1\" time=\"0.024\">\n    <testcase name=\"a.case.yaml\" time=\"0.012\"/>\n    <testcase name=\"b &quot;&lt;&amp;&gt;\\u{1b}\" time=\"0.012\"><failure>expected &lt;1&gt;\\u{0}</failure></testcase>\n  </testsuite>\n</testsuites>\n"
        );
    }
}
