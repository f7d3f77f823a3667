//! The catalogue checked against itself.

use std::collections::HashSet;

use serde_json::Value;

use crate::{Effect, FailureDefault, Family, ModeRule, Stage, TargetRule, is_sensitive_name};

#[test]
fn ids_and_names_are_distinct() {
    let ids: HashSet<_> = Stage::ALL.iter().map(|stage| stage.id()).collect();
    let names: HashSet<_> = Stage::ALL.iter().map(|stage| stage.name()).collect();
    let count = Stage::ALL.len();
    assert_eq!((ids.len(), names.len()), (count, count));
    assert_eq!(
        Stage::BeforeSaml2AssertionGeneration.name(),
        "before-saml2-assertion-generation"
    );
}

#[test]
fn ids_and_names_lead_back_to_their_stage() {
    for &stage in Stage::ALL {
        assert_eq!(stage.id().parse(), Ok(stage));
        assert_eq!(stage.name().parse(), Ok(stage));
        assert_eq!(
            format!("{stage:?}").to_lowercase(),
            stage.id().to_lowercase()
        );
    }
    assert_eq!(
        "beforeBreakfast".parse::<Stage>().unwrap_err().to_string(),
        "`beforeBreakfast` is not a lifecycle stage"
    );
}

#[test]
fn every_example_parses_and_has_the_shape_of_its_field() {
    for &stage in Stage::ALL {
        for field in stage.fields() {
            let value: Value = serde_json::from_str(field.example)
                .unwrap_or_else(|error| panic!("{stage}: example of `{}`: {error}", field.path));
            assert!(
                field.shape.accepts(&value),
                "{stage}: `{}` is not {}",
                field.path,
                field.shape.description()
            );
        }
        let example = stage.example();
        assert_eq!(example["eventType"], stage.id());
        for field in stage.fields() {
            let pointer = format!("/{}", field.path.replace('.', "/"));
            assert!(
                example.pointer(&pointer).is_some(),
                "{stage}: example lacks `{}`",
                field.path
            );
        }
    }
}

#[test]
fn every_stage_that_can_suspend_has_a_subject_in_its_example() {
    for &stage in Stage::ALL {
        let definition = stage.definition();
        if stage.effects().iter().any(Effect::suspends) {
            let example = stage.example();
            let found = definition.subject.iter().any(|path| {
                path.split('+').all(|part| {
                    let pointer = format!("/{}", part.replace('.', "/"));
                    example.pointer(&pointer).is_some()
                })
            });
            assert!(found, "{stage}: no subject in its example");
        }
    }
}

#[test]
fn definitions_do_not_contradict_themselves() {
    for &stage in Stage::ALL {
        let definition = stage.definition();
        let asynchronous = definition.mode == ModeRule::AsynchronousOnly;
        assert_eq!(
            asynchronous,
            definition.failure == FailureDefault::NotApplicable,
            "{stage}"
        );
        if definition.failure == FailureDefault::Deny {
            assert!(
                stage.effects().contains(Effect::Deny),
                "{stage} denies by default but accepts no denial"
            );
        }
        assert_eq!(
            stage.effects().contains(Effect::Claims),
            stage.effects().contains(Effect::Scopes),
            "{stage}: claims and scopes come together"
        );
        if definition.family == Family::Conversation {
            assert!(stage.effects().iter().eq([Effect::Context]), "{stage}");
            assert_eq!(definition.target, TargetRule::ApplicationOrStore, "{stage}");
        }
        assert!(
            definition.summary.ends_with('.') && definition.summary.contains(' '),
            "{stage}"
        );
    }
}

#[test]
fn a_field_is_sensitive_exactly_when_its_name_is() {
    let mut count = 0;
    for &stage in Stage::ALL {
        for field in stage.fields() {
            let name = field.path.rsplit('.').next().unwrap();
            assert_eq!(
                is_sensitive_name(name),
                field.sensitive,
                "{stage}: `{}`",
                field.path
            );
            assert!(
                !(field.sensitive && field.identifying),
                "{stage}: `{}`",
                field.path
            );
            count += usize::from(field.sensitive);
        }
    }
    assert_eq!(
        count, 2,
        "`password`, before validation and before it is stored"
    );
}

#[test]
fn no_example_has_a_sensitive_member_that_its_fields_do_not_declare() {
    fn names(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    found.push(name.clone());
                    names(value, found);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| names(item, found)),
            _ => {}
        }
    }
    for &stage in Stage::ALL {
        let mut found = Vec::new();
        names(&stage.example(), &mut found);
        found.retain(|name| is_sensitive_name(name));
        let declared = stage.fields().filter(|field| field.sensitive);
        let declared: Vec<_> = declared.map(|field| field.path.to_owned()).collect();
        assert_eq!(found, declared, "{stage}");
    }
}
