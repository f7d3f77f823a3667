//! Checks values against the catalogue's forms. The result contains known members only.

use std::collections::HashSet;

use hookpoint_stages::{Form, Member, Names, Reserved, Rule};
use serde_json::{Map, Value};
use url::Url;

use super::{Dropped, path::Path, problems::Problems};
use crate::spelling::nearest;

/// Checks one value, collecting all problems.
#[derive(Default)]
pub(super) struct Checker {
    /// Problems that make the value unusable.
    pub(super) wrong: Problems,
    /// Parts that can be dropped without weakening the rest.
    pub(super) left_out: Problems,
}

impl Checker {
    /// Returns the value without the dropped parts, or `None` if something in it is wrong.
    pub(super) fn check(&mut self, form: &Form, path: Path<'_>, value: &Value) -> Option<Value> {
        match (form, value) {
            (
                Form::Map {
                    names,
                    reserved,
                    values,
                },
                Value::Object(given),
            ) => Some(self.map(*names, reserved, values, path, given)),
            (Form::Members { members, rules }, Value::Object(given)) => {
                self.members(members, rules, path, given)
            }
            (
                Form::List {
                    items,
                    least,
                    most,
                    key,
                    reserved,
                },
                Value::Array(given),
            ) if given.len() >= *least && most.is_none_or(|most| given.len() <= most) => {
                let sound = key.is_none_or(|key| self.has_unique_keys(key, path, given));
                self.items(items, reserved, path, given)
                    .filter(|_| sound)
                    .map(Value::Array)
            }
            _ if is_plain(form, value) => Some(value.clone()),
            _ => {
                self.wrong(path, || format!("must be {}", describe_form(form)));
                None
            }
        }
    }

    fn map(
        &mut self,
        names: Names,
        reserved: &Reserved,
        values: &Form,
        path: Path<'_>,
        given: &Map<String, Value>,
    ) -> Value {
        let mut kept = Map::new();
        for (name, value) in given {
            let path = path.member(name);
            if !names.accept(name) {
                self.leave_out(path, || {
                    "is not a variable name: use letters, digits, `-` and `_`".to_owned()
                });
            } else if reserved.names.contains(&name.as_str()) {
                self.leave_out(path, || reserved.reason.to_owned());
            } else if !is_plain(values, value) {
                self.leave_out(path, || format!("must be {}", values.description()));
            } else {
                kept.insert(name.clone(), value.clone());
            }
        }
        Value::Object(kept)
    }

    fn members(
        &mut self,
        members: &[Member],
        rules: &[Rule],
        path: Path<'_>,
        given: &Map<String, Value>,
    ) -> Option<Value> {
        let mut kept = Map::new();
        let mut sound = true;
        for (name, value) in given.iter().filter(|(_, value)| !value.is_null()) {
            let path = path.member(name);
            match members.iter().find(|member| member.name == name) {
                None => self.leave_out(path, || unknown(name, members)),
                Some(member) => match self.check(&member.form, path, value) {
                    Some(value) => {
                        kept.insert(name.clone(), value);
                    }
                    None => sound = false,
                },
            }
        }
        let absent = |name: &str| given.get(name).is_none_or(Value::is_null);
        for member in members {
            if member.required && absent(member.name) {
                self.wrong(path.member(member.name), || "is missing".to_owned());
                sound = false;
            }
        }
        for rule in rules {
            if let Some((name, reason)) = broken(rule, given) {
                self.wrong(path.member(name), || reason);
                sound = false;
            }
        }
        sound.then_some(Value::Object(kept))
    }

    fn items(
        &mut self,
        form: &Form,
        reserved: &Reserved,
        path: Path<'_>,
        given: &[Value],
    ) -> Option<Vec<Value>> {
        let mut kept = Vec::with_capacity(given.len());
        let mut sound = true;
        for (index, item) in given.iter().enumerate() {
            let path = path.item(index);
            let word = item.as_str().filter(|word| reserved.names.contains(word));
            if let Some(word) = word {
                self.leave_out(path, || format!("is `{word}`, which {}", reserved.reason));
                continue;
            }
            match self.check(form, path, item) {
                Some(item) => kept.push(item),
                None => sound = false,
            }
        }
        sound.then_some(kept)
    }

    /// Whether all items have different keys, since a customer's answers refer to items by key.
    fn has_unique_keys(&mut self, key: &str, path: Path<'_>, items: &[Value]) -> bool {
        let mut seen = HashSet::new();
        let mut sound = true;
        for (index, item) in items.iter().enumerate() {
            let given = item.get(key).and_then(Value::as_str);
            if given.is_some_and(|given| !seen.insert(given)) {
                self.wrong(path.item(index).member(key), || {
                    "is that of an earlier item; each needs its own".to_owned()
                });
                sound = false;
            }
        }
        sound
    }

    fn wrong(&mut self, path: Path<'_>, reason: impl FnOnce() -> String) {
        self.wrong.push(|| problem(path, reason));
    }

    fn leave_out(&mut self, path: Path<'_>, reason: impl FnOnce() -> String) {
        self.left_out.push(|| problem(path, reason));
    }
}

fn problem(path: Path<'_>, reason: impl FnOnce() -> String) -> Dropped {
    Dropped {
        path: path.to_string(),
        reason: reason(),
    }
}

/// The form in words, to follow "must be", with the members of its objects.
pub fn describe_form(form: &Form) -> String {
    let description = form.description();
    let (each, objects) = match form {
        Form::List { items, .. } => (", each", *items),
        form => ("", form),
    };
    match objects {
        Form::Members { members, .. } => {
            format!("{description}{each} with {}", described(members))
        }
        _ => description,
    }
}

/// Names the members of an object, the required ones first.
fn described(members: &[Member]) -> String {
    let named = |required| {
        let some = members.iter().filter(|member| member.required == required);
        let names: Vec<_> = some.map(|member| format!("`{}`", member.name)).collect();
        names.join(", ")
    };
    match (named(true), named(false)) {
        (required, optional) if optional.is_empty() => required,
        (required, optional) if required.is_empty() => format!("any of {optional}"),
        (required, optional) => format!("{required}, optionally {optional}"),
    }
}

/// Describes an unknown member: a suggestion, and the known names.
fn unknown(name: &str, members: &[Member]) -> String {
    let names = || members.iter().map(|member| member.name);
    let all: Vec<_> = names().collect();
    let all = all.join("`, `");
    match nearest(&[name], names()) {
        Some(meant) => format!("is not known; did you mean `{meant}`? It has `{all}`"),
        None => format!("is not known; it has `{all}`"),
    }
}

/// The member that breaks a rule, with the reason.
fn broken(rule: &Rule, given: &Map<String, Value>) -> Option<(&'static str, String)> {
    match rule {
        Rule::BelongsTo {
            member,
            other,
            words,
        } => {
            let belongs = given
                .get(*other)
                .and_then(Value::as_str)
                .filter(|word| words.contains(word));
            let is_there = given.get(*member).is_some_and(|value| !value.is_null());
            match (is_there, belongs) {
                (true, None) => {
                    let words = words.join("` or `");
                    let reason = format!("belongs to objects whose `{other}` is `{words}`");
                    Some((member, reason))
                }
                (false, Some(word)) => {
                    Some((member, format!("is missing: `{other}` `{word}` needs it")))
                }
                _ => None,
            }
        }
        Rule::Excludes { flag, other } => {
            let is = |(name, value): (&str, bool)| given.get(name) == Some(&Value::Bool(value));
            (is(*flag) && is(*other)).then(|| {
                let reason = format!("cannot be {} when `{}` is {}", flag.1, other.0, other.1);
                (flag.0, reason)
            })
        }
    }
}

/// Whether a value fits a form without parts.
pub(super) fn is_plain(form: &Form, value: &Value) -> bool {
    match form {
        Form::Any => true,
        Form::Scalar => value.is_string() || value.is_number() || value.is_boolean(),
        Form::Flag => value.is_boolean(),
        Form::True => value == &Value::Bool(true),
        Form::Count => value.is_u64(),
        Form::String => value.is_string(),
        Form::Text { most } => value.as_str().is_some_and(|text| is_text(text, *most)),
        Form::Word => value
            .as_str()
            .is_some_and(|text| !text.is_empty() && !text.contains(char::is_whitespace)),
        Form::OneOf(choices) => value
            .as_str()
            .is_some_and(|text| choices.iter().any(|choice| choice.word == text)),
        Form::HttpsUrl { most } => value.as_str().is_some_and(|text| is_https(text, *most)),
        Form::Labelled => {
            value.is_string()
                || ["value", "label"]
                    .iter()
                    .all(|name| value.get(name).is_some_and(Value::is_string))
        }
        Form::Map { .. } | Form::Members { .. } | Form::List { .. } => false,
    }
}

/// Whether the value is plain text: no control characters except line breaks and tabs.
fn is_text(text: &str, most: usize) -> bool {
    !text.trim().is_empty()
        && text.chars().take(most + 1).count() <= most
        && text.chars().all(is_text_character)
}

/// Whether a character may be in plain text.
pub(super) fn is_text_character(character: char) -> bool {
    !character.is_control() || matches!(character, '\n' | '\t')
}

/// Whether the value is an unambiguous https URL. Input that a parser would repair (white space, line breaks, missing
/// slashes) is rejected, because the URL is sent as written.
fn is_https(text: &str, most: usize) -> bool {
    let plain = text.len() <= most
        && text.starts_with("https://")
        && !text.chars().any(|character| {
            character.is_control() || character.is_whitespace() || "\\\"<>^`{|}".contains(character)
        });
    let parsed = Url::parse(text).ok().filter(|_| plain);
    parsed
        .is_some_and(|url| url.has_host() && url.username().is_empty() && url.password().is_none())
}
