//! What differs between two ends of a run.

use hookpoint_engine::record::RunRecord;
use serde_json::{Map, Value};
use similar::{ChangeTag, TextDiff};

use crate::output::{self, BAD, DIM, GOOD, paint};

/// How many lines around a difference are shown.
const CONTEXT: usize = 3;

/// How a run ended, as far as anybody downstream can tell.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct End {
    /// The stable word.
    pub(super) outcome: String,
    /// What went wrong.
    pub(super) error: Option<String>,
    /// The effects that counted; those of an asynchronous hook never do.
    pub(super) response: Map<String, Value>,
}

impl End {
    /// That of a run.
    pub(super) fn of(record: &RunRecord) -> Self {
        let kept = record.kept.as_ref();
        Self {
            outcome: record.outcome.clone(),
            error: record.error.clone(),
            response: kept.map(|kept| kept.response.clone()).unwrap_or_default(),
        }
    }

    /// Whether it comes to the same. How a failure is worded makes no difference.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.outcome == other.outcome && self.response == other.response
    }

    /// As lines to compare, members in the order of their names: the order in which a hook says things means nothing.
    fn lines(&self) -> String {
        let mut response = Value::Object(self.response.clone());
        response.sort_all_objects();
        format!(
            "outcome: {}\n{}\n",
            output::printable(&self.outcome),
            output::pretty(&response)
        )
    }
}

/// The lines that differ, with some around them; `is_painted` for people.
pub(super) fn between(before: &End, after: &End, is_painted: bool) -> String {
    let (before, after) = (before.lines(), after.lines());
    let difference = TextDiff::from_lines(before.as_str(), after.as_str());
    let mut lines = Vec::new();
    for (index, group) in difference.grouped_ops(CONTEXT).iter().enumerate() {
        if index > 0 {
            lines.push("…".to_owned());
        }
        for change in group
            .iter()
            .flat_map(|operation| difference.iter_changes(operation))
        {
            let (mark, style) = match change.tag() {
                ChangeTag::Delete => ('-', BAD),
                ChangeTag::Insert => ('+', GOOD),
                ChangeTag::Equal => (' ', DIM),
            };
            let line = format!("{mark} {}", change.value().trim_end_matches('\n'));
            lines.push(if is_painted {
                paint(style, &line)
            } else {
                line
            });
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn end(outcome: &str, response: Value) -> End {
        let Value::Object(response) = response else {
            panic!("{response}");
        };
        End {
            outcome: outcome.to_owned(),
            error: None,
            response,
        }
    }

    #[test]
    fn order_is_no_difference_and_values_are() {
        let before = end(
            "ok",
            json!({ "context": { "A": 1, "B": 12345678901234567890_u64 } }),
        );
        let turned = end(
            "ok",
            json!({ "context": { "B": 12345678901234567890_u64, "A": 1 } }),
        );
        assert!(before.is_same(&turned));
        assert_eq!(between(&before, &turned, false), "");
        let other = end(
            "ok",
            json!({ "context": { "A": 2, "B": 12345678901234567890_u64 } }),
        );
        assert!(!before.is_same(&other));
        assert_eq!(
            between(&before, &other, false),
            "  outcome: ok\n  {\n    \"context\": {\n-     \"A\": 1,\n+     \"A\": 2,\n      \"B\": 12345678901234567890\n    }\n  }"
        );
        assert!(!before.is_same(&end("timeout", json!({}))));
    }
}
