//! Checks that names are valid and known.

use std::{collections::BTreeSet, str::FromStr};

use hookpoint_engine::identifier::InvalidIdentifier;

use crate::{problem::Problems, raw::Text};

/// Parses a declared name.
pub(crate) fn check<T>(text: &Text, problems: &mut Problems<'_>) -> Option<T>
where
    T: FromStr<Err = InvalidIdentifier>,
{
    match text.value.parse() {
        Ok(name) => Some(name),
        Err(invalid) => {
            let help = match spell(&text.value) {
                name if name.is_empty() => "choose another name".to_owned(),
                name => format!("rename it, for example to `{name}`"),
            };
            problems.push(text.place, invalid.to_string(), help);
            None
        }
    }
}

/// Parses every declared name of a list.
pub(super) fn all<T>(texts: &[Text], problems: &mut Problems<'_>) -> BTreeSet<T>
where
    T: FromStr<Err = InvalidIdentifier> + Ord,
{
    texts
        .iter()
        .filter_map(|text| check(text, problems))
        .collect()
}

/// Reports an unknown name.
pub(super) fn unknown<'a>(
    text: &Text,
    kind: &str,
    known: impl IntoIterator<Item = &'a str>,
    problems: &mut Problems<'_>,
) {
    problems.push_unknown(text.place, kind, &text.value, known);
}

/// Finds the member of a set that a text names.
pub(super) fn find<'a, T>(text: &Text, known: &'a BTreeSet<T>) -> Option<&'a T>
where
    T: FromStr<Err = InvalidIdentifier> + Ord,
{
    known.get(&text.value.parse().ok()?)
}

/// The closest valid spelling of a name.
fn spell(text: &str) -> String {
    let name: String = text
        .chars()
        .map(|character| match character {
            '-' | '_' => character,
            _ if character.is_ascii_alphanumeric() => character,
            _ => '-',
        })
        .take(64)
        .collect();
    name.trim_matches(['-', '_']).to_owned()
}
