//! Ids that are ordered by time, named by their beginning or end.

use std::collections::HashSet;

use anyhow::bail;

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

/// The last `length` characters of an id.
pub(crate) fn ending(id: &str, length: usize) -> &str {
    &id[id.len().saturating_sub(length)..]
}

/// Refuses a part that is too short. `what` has ids: `run` or `publication`.
///
/// # Errors
/// It has fewer than [`SHORT`] characters.
pub(crate) fn check(part: &str, what: &str) -> anyhow::Result<()> {
    if part.len() < SHORT {
        bail!(
            "`{}` is too short to name a {what}; write at least {SHORT} characters of its id, or `last`",
            shown(part)
        );
    }
    Ok(())
}

/// Returns the one candidate that a part names. `searched` is how many ids were looked at, for the message; `line` shows a candidate.
///
/// # Errors
/// It names none, or several, which the error lists.
pub(crate) fn only<T>(
    part: &str,
    what: &str,
    searched: usize,
    mut named: Vec<T>,
    line: impl Fn(&T) -> String,
) -> anyhow::Result<T> {
    match (named.pop(), named.len()) {
        (Some(one), 0) => Ok(one),
        (None, _) => bail!(
            "`{}` is not the id of a {what}, nor the beginning or end of one (looked at the newest {searched}); `hookpoint {what}s list` shows ids, and `last` is the newest",
            shown(part)
        ),
        (Some(last), _) => {
            named.push(last);
            let lines: Vec<_> = named.iter().map(line).collect();
            bail!(
                "`{}` names {} {what}s; write more of the id:\n{}",
                shown(part),
                named.len(),
                candidates(&lines)
            )
        }
    }
}

/// A part as it was written, for an error.
fn shown(part: &str) -> String {
    printable(&part.chars().take(80).collect::<String>())
}

/// The candidates that a part names, each on a line.
fn candidates(lines: &[String]) -> String {
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
