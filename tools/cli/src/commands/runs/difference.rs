//! Compares the results of a run and its replay.

use hookpoint_engine::record::RunRecord;
use serde_json::{Map, Value};

use crate::output;

/// The result of a run, as far as it is visible to the caller.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct End {
    /// The stable code of the outcome.
    pub(super) outcome: String,
    /// The error message, if it failed.
    pub(super) error: Option<String>,
    /// The effects that counted; those of an asynchronous hook never do.
    pub(super) response: Map<String, Value>,
}

impl End {
    /// The result in a record.
    pub(super) fn of(record: &RunRecord) -> Self {
        let kept = record.kept.as_ref();
        Self {
            outcome: record.outcome.clone(),
            error: record.error.clone(),
            response: kept.map(|kept| kept.response.clone()).unwrap_or_default(),
        }
    }

    /// Whether both results are equivalent. Error messages are not compared.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.outcome == other.outcome && self.response == other.response
    }

    /// Lines to compare.
    fn lines(&self) -> String {
        format!(
            "outcome: {}\n{}",
            output::printable(&self.outcome),
            output::comparable(&self.response)
        )
    }
}

/// The differing lines with context; `is_painted` adds colours.
pub(super) fn between(before: &End, after: &End, is_painted: bool) -> String {
    output::difference(&before.lines(), &after.lines(), is_painted)
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
