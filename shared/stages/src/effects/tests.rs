//! The table of effects checked against itself.

use std::collections::HashSet;

use super::*;
use crate::{effects::profiling::FIELD_TYPES, is_sensitive_field_type};

/// Every member in a form, at any depth.
fn members(form: &'static Form, found: &mut Vec<&'static Member>) {
    match form {
        Form::Members { members: all, .. } => {
            for member in *all {
                found.push(member);
                members(&member.form, found);
            }
        }
        Form::List { items, .. } => members(items, found),
        _ => {}
    }
}

#[test]
fn names_are_distinct_and_lead_back_to_their_effect() {
    let names: HashSet<_> = Effect::ALL.iter().map(|effect| effect.as_str()).collect();
    assert_eq!(names.len(), Effect::ALL.len());
    for effect in Effect::ALL {
        assert_eq!(Effect::from_member(effect.as_str()), Some(effect));
        assert_eq!(
            format!("{effect:?}").to_lowercase(),
            effect.as_str().to_lowercase()
        );
    }
}

#[test]
fn summaries_are_sentences_and_members_have_distinct_names() {
    for effect in Effect::ALL {
        let definition = effect.definition();
        assert!(definition.summary.ends_with('.'), "{effect}");
        assert!(
            definition.veto || definition.ending == Ending::GoesOn,
            "{effect} ends the pass, so it must not fail open"
        );
        let mut found = Vec::new();
        members(&definition.form, &mut found);
        assert!(
            found.iter().all(|member| !member.summary.is_empty()),
            "{effect}"
        );
    }
}

#[test]
fn rules_are_about_members_that_are_there() {
    fn check(form: &'static Form) {
        if let Form::List { items, .. } = form {
            check(items);
        }
        let Form::Members { members, rules } = form else {
            return;
        };
        members.iter().for_each(|member| check(&member.form));
        let names: HashSet<_> = members.iter().map(|member| member.name).collect();
        assert_eq!(names.len(), members.len());
        for rule in *rules {
            let (one, other) = match rule {
                Rule::BelongsTo { member, other, .. } => (*member, *other),
                Rule::Excludes { flag, other } => (flag.0, other.0),
            };
            assert!(
                names.contains(one) && names.contains(other),
                "{one}, {other}"
            );
        }
    }
    for effect in Effect::ALL {
        check(&effect.definition().form);
    }
}

#[test]
fn answers_to_passwords_and_passcodes_are_confidential() {
    let sensitive = FIELD_TYPES.iter().filter(|choice| choice.sensitive);
    let words: Vec<_> = sensitive.map(|choice| choice.word).collect();
    assert_eq!(words, ["password", "passcode"]);
    for choice in FIELD_TYPES {
        assert_eq!(is_sensitive_field_type(choice.word), choice.sensitive);
        assert_eq!(crate::is_sensitive_name(choice.word), choice.sensitive);
    }
}
