//! Stored formats, and how they change without breaking older or newer versions.
//!
//! An upgrade replaces functions one by one, and a rollback runs old code on data that new code wrote. So every stored
//! type ignores unknown members, and new members are optional. A change that old code must not ignore raises the format
//! number, `v`: old code then leaves the item alone ([`Unreadable::Newer`]) and does not treat it as damaged. Jobs and
//! applications, which old code rewrites, keep unknown members.
//!
//! `tests/fixtures/formats` holds the formats of each release; tests read old formats with new code and the reverse.

#[cfg(test)]
mod tests;

use serde::{Deserialize, de::DeserializeOwned};
use thiserror::Error;

/// Stored JSON that this version cannot use.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unreadable {
    /// A newer version of the program wrote it.
    #[error("it was written by a newer Hookpoint: {0}")]
    Newer(String),
    /// It is damaged, or another kind of value.
    #[error("{0}")]
    Damaged(String),
}

impl Unreadable {
    /// Whether a newer version of the program can read it.
    pub fn is_newer(&self) -> bool {
        matches!(self, Self::Newer(_))
    }
}

/// Reads a stored value whose format number is `known` or lower; `number` returns that of a value.
pub(crate) fn read<T: DeserializeOwned>(
    text: &str,
    known: u8,
    number: impl Fn(&T) -> u8,
) -> Result<T, Unreadable> {
    #[derive(Deserialize)]
    struct Versioned {
        v: u64,
    }
    let damaged = |error: serde_json::Error| Unreadable::Damaged(error.to_string());
    let result = serde_json::from_str(text);
    if let Ok(value) = &result
        && (1..=known).contains(&number(value))
    {
        return result.map_err(damaged);
    }
    // A newer format may be unreadable for any reason: its number says why.
    let Versioned { v } = serde_json::from_str(text).map_err(damaged)?;
    if v > u64::from(known) {
        return Err(Unreadable::Newer(format!(
            "it has format {v}, this version reads format {known}"
        )));
    }
    if v == 0 {
        return Err(Unreadable::Damaged("there is no format 0".to_owned()));
    }
    result.map_err(damaged)
}
