//! Reads the entries of a mapping by key.

use std::collections::{HashMap, hash_map};

use super::{Text, Texts};
use crate::{
    document::{Entry, Node, NodeValue, Place, Spanned},
    problem::Problems,
    suggestion,
};

/// A mapping whose keys are all known.
pub struct Fields<'a> {
    what: &'static str,
    place: Place,
    entries: &'a [Entry],
    /// The keys that are probably meant by unknown ones.
    misspelt: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    /// The entries of a node that must be a mapping. `what` names it in messages ("a binding"); missing keys are
    /// reported at `place`.
    pub fn of(
        node: &'a Node,
        what: &'static str,
        place: Place,
        known: &[&'static str],
        problems: &mut Problems<'_>,
    ) -> Option<Self> {
        Self::with_remedy(node, what, place, known, |_| None, problems)
    }

    /// Like [`Fields::of`]; `remedy` says what to do with an unknown key that means something elsewhere.
    pub(super) fn with_remedy(
        node: &'a Node,
        what: &'static str,
        place: Place,
        known: &[&'static str],
        remedy: impl Fn(&str) -> Option<String>,
        problems: &mut Problems<'_>,
    ) -> Option<Self> {
        let entries = mapping(node, what, problems)?;
        let is_given = |name: &str| entries.iter().any(|entry| entry.key.value == name);
        let missing: Vec<_> = known
            .iter()
            .copied()
            .filter(|name| !is_given(name))
            .collect();
        let mut misspelt = Vec::new();
        for key in entries.iter().map(|entry| &entry.key) {
            if !known.contains(&key.value.as_str()) {
                let meant = suggestion::key_meant(&key.value, &missing);
                misspelt.extend(meant.or_else(|| suggestion::nearest(&key.value, known)));
                problems.push(
                    key.place,
                    format!("unknown key `{}` in {what}", key.value),
                    remedy(&key.value).unwrap_or_else(|| match meant {
                        Some(meant) => format!("did you mean `{meant}`?"),
                        None => suggestion::for_unknown(&key.value, "key", known.iter().copied()),
                    }),
                );
            }
        }
        Some(Self {
            what,
            place,
            entries,
            misspelt,
        })
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&'a Node> {
        self.entry(key).map(|entry| &entry.node)
    }

    /// A key with its value.
    pub fn entry(&self, key: &str) -> Option<&'a Entry> {
        self.entries.iter().find(|entry| entry.key.value == key)
    }

    /// The value of a key that must be there; `example` is part of the fix.
    pub fn required(
        &self,
        key: &str,
        example: &str,
        problems: &mut Problems<'_>,
    ) -> Option<&'a Node> {
        let found = self.get(key);
        // Otherwise the misspelling was reported, and what follows from it is no other problem.
        if found.is_none() && !self.is_misspelt(key) {
            problems.push(
                self.place,
                format!("{} lacks the key `{key}`", self.what),
                format!("add `{key}: {example}`"),
            );
        }
        found
    }

    /// Whether a key is missing and an unknown one is like it, or means it.
    pub fn is_misspelt(&self, key: &str) -> bool {
        self.get(key).is_none() && self.misspelt.contains(&key)
    }

    /// Whether one of several missing keys is like an unknown one, which was reported: that they are missing is no other problem.
    pub fn one_is_misspelt(&self, keys: &[&str]) -> bool {
        keys.iter().any(|key| self.is_misspelt(key))
    }

    /// The text of a key.
    pub fn text(&self, key: &str, problems: &mut Problems<'_>) -> Option<Text> {
        text(self.get(key)?, &format!("`{key}`"), problems)
    }

    /// The whole number of a key.
    pub fn whole_number(&self, key: &str, problems: &mut Problems<'_>) -> Option<Spanned<u64>> {
        whole_number(self.get(key)?, key, problems)
    }

    /// The boolean of a key.
    pub fn boolean(&self, key: &str, problems: &mut Problems<'_>) -> Option<bool> {
        let node = self.get(key)?;
        if let NodeValue::Boolean(boolean) = node.value {
            return Some(boolean);
        }
        problems.push(
            node.place,
            format!(
                "`{key}` must be `true` or `false`, not {}",
                node.description()
            ),
            "write `true` or `false`, without quotes",
        );
        None
    }

    /// The mapping of a key, from names to texts that may be empty.
    pub fn texts(&self, key: &str, problems: &mut Problems<'_>) -> Texts {
        let Some(node) = self.get(key) else {
            return Vec::new();
        };
        mapping(node, &format!("`{key}`"), problems)
            .unwrap_or_default()
            .iter()
            .filter_map(|entry| {
                let what = format!("`{}`", entry.key.value);
                let value = text_or_empty(&entry.node, &what, problems)?;
                Some((entry.key.clone(), value))
            })
            .collect()
    }

    /// A list of unique texts.
    pub fn names(&self, key: &str, problems: &mut Problems<'_>) -> Vec<Text> {
        let Some(node) = self.get(key).filter(|node| !node.is_null()) else {
            return Vec::new();
        };
        let mut names = Vec::new();
        let mut lines = HashMap::new();
        for item in list(node, &format!("`{key}`"), problems).unwrap_or_default() {
            let Some(name) = text(item, &format!("an item of `{key}`"), problems) else {
                continue;
            };
            match lines.entry(name.value.clone()) {
                hash_map::Entry::Occupied(first) => problems.push(
                    name.place,
                    format!("`{}` appears twice in `{key}`", name.value),
                    format!("remove one; the first is on line {}", first.get()),
                ),
                hash_map::Entry::Vacant(free) => {
                    free.insert(name.place.line);
                    names.push(name);
                }
            }
        }
        names
    }
}

/// The entries of a mapping; `what` names it in messages.
pub fn mapping<'a>(node: &'a Node, what: &str, problems: &mut Problems<'_>) -> Option<&'a [Entry]> {
    match &node.value {
        NodeValue::Mapping(entries) => Some(entries),
        _ => wrong_kind(node, what, "a mapping (`key: value`)", problems),
    }
}

/// The items of a list.
pub fn list<'a>(node: &'a Node, what: &str, problems: &mut Problems<'_>) -> Option<&'a [Node]> {
    match &node.value {
        NodeValue::List(items) => Some(items),
        _ => wrong_kind(node, what, "a list (`[one, two]`)", problems),
    }
}

/// Text that is not empty.
pub fn text(node: &Node, what: &str, problems: &mut Problems<'_>) -> Option<Text> {
    let text = text_or_empty(node, what, problems)?;
    if text.value.is_empty() {
        problems.push(
            node.place,
            format!("{what} is empty"),
            "write text, or remove the key",
        );
        return None;
    }
    Some(text)
}

/// Text.
pub fn text_or_empty(node: &Node, what: &str, problems: &mut Problems<'_>) -> Option<Text> {
    match &node.value {
        NodeValue::Text(text) => Some(Spanned {
            value: text.clone(),
            place: node.place,
        }),
        NodeValue::Number(_) | NodeValue::Boolean(_) => {
            problems.push(
                node.place,
                format!("{what} must be text, not {}", node.description()),
                "put it in quotes",
            );
            None
        }
        _ => wrong_kind(node, what, "text", problems),
    }
}

fn whole_number(node: &Node, key: &str, problems: &mut Problems<'_>) -> Option<Spanned<u64>> {
    let number = match &node.value {
        NodeValue::Number(number) => number.as_u64(),
        _ => None,
    };
    if number.is_none() {
        problems.push(
            node.place,
            format!("`{key}` must be a whole number, not {}", node.description()),
            "write digits only, without quotes, sign or fraction",
        );
    }
    Some(Spanned {
        value: number?,
        place: node.place,
    })
}

fn wrong_kind<T>(node: &Node, what: &str, wanted: &str, problems: &mut Problems<'_>) -> Option<T> {
    let message = if node.is_null() {
        format!("{what} is empty; it must be {wanted}")
    } else {
        format!("{what} must be {wanted}, not {}", node.description())
    };
    problems.push(node.place, message, format!("write {wanted}"));
    None
}
