//! Fits the messages of a veto: they often quote what a customer typed, and that must not decide whether the veto counts.

use hookpoint_stages::{Form, Member};
use serde_json::{Map, Value};

use super::{
    form::{is_plain, is_text_character},
    path::Path,
    problems::Problems,
};

/// Makes the texts of a veto fit their forms: a long one is cut, and control characters become spaces. An optional text
/// that still does not fit is removed. Every change goes to `changed`.
pub(super) fn fit(
    members: &[Member],
    path: Path<'_>,
    given: &mut Map<String, Value>,
    changed: &mut Problems,
) {
    for member in members {
        let Form::Text { most } = member.form else {
            continue;
        };
        let Some(value) = given.get_mut(member.name) else {
            continue;
        };
        let mut note = |reason: String| {
            let path = path.member(member.name).to_string();
            changed.push(|| super::Dropped { path, reason });
        };
        if let Value::String(text) = value {
            if !text.chars().all(is_text_character) {
                *text = text.replace(|character| !is_text_character(character), " ");
                note("had control characters, which became spaces".to_owned());
            }
            if text.chars().nth(most).is_some() {
                // The start first: what is kept would be blank if a thousand blanks came before the text.
                *text = text.trim_start().chars().take(most).collect();
                note(format!("was cut to {most} characters"));
            }
        }
        if !member.required && !value.is_null() && !is_plain(&member.form, value) {
            note(format!("must be {}", member.form.description()));
            given.remove(member.name);
        }
    }
}
