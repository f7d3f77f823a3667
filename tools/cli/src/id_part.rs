//! Ids, named by their beginning or end.

use std::collections::HashSet;

use anyhow::{anyhow, bail};

use crate::output::printable;

/// Length of a short id where no longer one is needed.
pub(crate) const SHORT: usize = 4;
/// How many candidates an error lists.
const CANDIDATES: usize = 8;

/// Whether an id begins or ends like this, in any case.
pub(crate) fn matches(part: &str, id: &str) -> bool {
    let (part, id) = (part.to_ascii_uppercase(), id.to_ascii_uppercase());
    id.starts_with(&part) || id.ends_with(&part)
}

/// The length of the end that tells these ids apart.
pub(crate) fn unique_length<'a>(ids: impl Iterator<Item = &'a str> + Clone) -> usize {
    let longest = ids.clone().map(str::len).max().unwrap_or_default();
    let is_unique = |length: &usize| {
        let mut seen = HashSet::new();
        ids.clone().all(|id| seen.insert(ending(id, *length)))
    };
    (SHORT..longest).find(is_unique).unwrap_or(longest)
}

/// The last `length` characters of an id.
pub(crate) fn ending(id: &str, length: usize) -> &str {
    let start = id.len().saturating_sub(length);
    &id[id.ceil_char_boundary(start)..]
}

/// Refuses a part that is too short to name a `run` or `publication`.
///
/// # Errors
/// It has fewer than [`SHORT`] characters.
pub(crate) fn check(part: &str, what: &str) -> anyhow::Result<()> {
    if part.len() < SHORT {
        bail!("{}, or `last`", too_short(part, what));
    }
    Ok(())
}

/// Says that a part is too short.
fn too_short(part: &str, what: &str) -> String {
    format!(
        "`{}` is too short to name a {what}; write at least {SHORT} characters of its id",
        shown(part)
    )
}

/// Returns the one `run` or `publication` that a part names. `searched` is how many ids were looked at, for the message; `line` shows
/// a candidate.
///
/// # Errors
/// It names none, or several, which the error lists.
pub(crate) fn only<T>(
    part: &str,
    what: &str,
    searched: usize,
    named: Vec<T>,
    line: impl Fn(&T) -> String,
) -> anyhow::Result<T> {
    at_most_one(part, &format!("{what}s"), named, line)?.ok_or_else(|| {
        anyhow!(
            "`{}` is not the id of a {what}, nor the beginning or end of one (looked at the newest {searched}); `hookpoint {what}s list` shows ids, and `last` is the newest",
            shown(part)
        )
    })
}

/// Returns the one of `all` with this id, or else the only one whose id begins or ends like this, if there is one. `names` are its kind
/// and the plural of that; `line` shows a candidate beside its id.
///
/// # Errors
/// The part has fewer than [`SHORT`] characters, or names several, which the error lists.
pub(crate) fn find<'a, T>(
    part: &str,
    [what, plural]: [&str; 2],
    all: &'a [T],
    id: impl Fn(&T) -> &str,
    line: impl Fn(&T) -> String,
) -> anyhow::Result<Option<&'a T>> {
    if let Some(exact) = all.iter().find(|one| id(one) == part) {
        return Ok(Some(exact));
    }
    if part.len() < SHORT {
        bail!(too_short(part, what));
    }
    let named = all.iter().filter(|one| matches(part, id(one)));
    at_most_one(part, plural, named.collect(), |one| {
        format!("{}  {}", id(one), line(one))
    })
}

/// Returns what a part names, if anything. `line` shows a candidate.
///
/// # Errors
/// It names several, which the error lists.
fn at_most_one<T>(
    part: &str,
    plural: &str,
    mut named: Vec<T>,
    line: impl Fn(&T) -> String,
) -> anyhow::Result<Option<T>> {
    if named.len() < 2 {
        return Ok(named.pop());
    }
    let lines: Vec<_> = named.iter().map(line).collect();
    bail!(
        "`{}` names {} {plural}; write more of the id:\n{}",
        shown(part),
        named.len(),
        candidates(&lines)
    )
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
