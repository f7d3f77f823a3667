//! The ids of runs, shortened.

use hookpoint_engine::record::{RunId, RunRecord};

use crate::id_part::{self, SHORT};

/// The shortest end of an id that distinguishes these runs.
pub(super) fn unique_length(records: &[RunRecord]) -> usize {
    let ids: Vec<String> = records.iter().map(|record| record.id.ulid()).collect();
    id_part::unique_length(ids.iter().map(String::as_str))
}

/// The last `length` characters of an id.
pub(super) fn ending(id: &RunId, length: usize) -> String {
    id_part::ending(&id.ulid(), length).to_owned()
}

/// The id that usually suffices: its last four characters.
pub(crate) fn short(id: &RunId) -> String {
    ending(id, SHORT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_id_is_the_end_that_differs_between_runs() {
        let id = "conversation-start.bot.5.01J9ZK4T0V8N7E2Q6M5B1C3D4D";
        assert_eq!(short(&id.parse().unwrap()), "3D4D");
    }
}
