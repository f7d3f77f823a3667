//! The table of effects checked against itself.

use std::collections::HashSet;

use super::*;
use crate::{Stage, effects::profiling::FIELD_TYPES, is_sensitive_field_type};

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
fn lists_name_each_stage_once_and_exceptions_would_be_included() {
    for effect in Effect::ALL {
        let listed = match effect.definition().stages {
            Stages::Every => continue,
            Stages::IdentityExcept(listed) => {
                for stage in listed {
                    let included = Stages::IdentityExcept(&[]).contain(*stage);
                    assert!(included, "{effect} at {stage}");
                }
                listed
            }
            Stages::Only(listed) => listed,
        };
        let distinct: HashSet<_> = listed.iter().collect();
        assert_eq!(distinct.len(), listed.len(), "{effect}");
    }
}

#[test]
fn stages_accept_what_the_entries_say_in_the_order_of_the_table() {
    for stage in Stage::ALL {
        let effects: Vec<_> = stage.effects().iter().collect();
        assert!(effects.is_sorted(), "{stage}");
        assert_eq!(effects.is_empty(), stage.effects().is_empty(), "{stage}");
        for effect in Effect::ALL {
            let accepted = effect.definition().stages.contain(*stage);
            assert_eq!(effects.contains(&effect), accepted, "{effect} at {stage}");
        }
    }
    let at = |stage: Stage| format!("{:?}", stage.effects());
    assert_eq!(at(StateModification), "{Context}");
    assert_eq!(at(AfterMfaChange), "{}");
    assert_eq!(at(AfterTokenRefresh), "{Context, Deny, Claims, Scopes}");
    assert_eq!(
        at(AtFailedAuthentication),
        "{Context, Session, ShowError, Redirect}"
    );
    assert_eq!(
        at(BeforeContactUpdate),
        "{Context, Session, Deny, ShowError}"
    );
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
