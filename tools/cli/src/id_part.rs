//! Ids that are ordered by time, named by their beginning or end.

use std::collections::HashSet;

use crate::output::printable;

/// Length of a short id where no longer one is needed.
pub(crate) const SHORT: usize = 4;
/// Length of the time-ordered id.
const WHOLE: usize = 26;
/// How many candidates an error lists.
const CANDIDATES: usize = 8;

/// Whether an id begins or ends like this, in any case.
pub(crate) fn matches(part: &str, id: &str) -> bool {
    let upper = part.to_ascii_uppercase();
    id.starts_with(&upper) || id.ends_with(&upper)
}

/// The length of the end that tells these ids apart.
pub(crate) fn unique_length(ids: &[String]) -> usize {
    let is_unique = |length: &usize| {
        let mut seen = HashSet::new();
        ids.iter().all(|id| seen.insert(ending(id, *length)))
    };
    (SHORT..WHOLE).find(is_unique).unwrap_or(WHOLE)
}

/// So many characters of the end of an id.
pub(crate) fn ending(id: &str, length: usize) -> &str {
    &id[id.len().saturating_sub(length)..]
}

/// A part as it was written, for an error.
pub(crate) fn shown(part: &str) -> String {
    printable(&part.chars().take(80).collect::<String>())
}

/// The candidates that a part names, each on a line.
pub(crate) fn candidates(lines: &[String]) -> String {
    let mut shown: Vec<String> = lines
        .iter()
        .take(CANDIDATES)
        .map(|line| format!("  {line}"))
        .collect();
    let more = lines.len().saturating_sub(CANDIDATES);
    if more > 0 {
        shown.push(format!("  and {more} more"));
    }
    shown.join("\n")
}
