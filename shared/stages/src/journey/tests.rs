//! The journeys fit the catalogue of stages.

use std::collections::BTreeSet;

use super::*;
use crate::definition::ModeRule;

#[test]
fn every_stage_is_on_a_journey_of_its_kind() {
    for stage in Stage::ALL {
        assert!(
            JOURNEYS.iter().any(|journey| journey.has(*stage)),
            "{stage} is on no journey: add it to `journey/table.rs`"
        );
    }
    for journey in JOURNEYS {
        for (step, point) in journey.points() {
            let definition = point.stage.definition();
            assert_eq!(definition.family, journey.family, "{}", step.name);
            assert!(journey.step(point.retry).is_some(), "{}", point.retry);
        }
    }
}

#[test]
fn names_are_unique_and_texts_are_complete() {
    let names: BTreeSet<_> = Journey::names().collect();
    assert_eq!(names.len(), JOURNEYS.len());
    for journey in JOURNEYS {
        assert!(journey.summary.ends_with('.'), "{}", journey.name);
        let steps: BTreeSet<_> = journey.steps.iter().map(|step| step.name).collect();
        assert_eq!(steps.len(), journey.steps.len(), "{}", journey.name);
        for step in journey.steps {
            assert!(step.summary.ends_with('.'), "{}", step.name);
            assert!(!step.points.is_empty(), "{}", step.name);
        }
    }
}

#[test]
fn vetoes_leave_the_straight_way_and_nothing_waits_for_asynchronous_hooks() {
    for effect in Effect::ALL {
        if effect.ends_pass() {
            assert_ne!(effect.lead(), Lead::Onwards, "{effect}");
        }
    }
    for (_, point) in JOURNEYS.iter().flat_map(Journey::points) {
        if point.stage.definition().mode == ModeRule::AsynchronousOnly {
            assert_eq!(point.branches().count(), 0, "{}", point.stage);
        }
    }
    let login = Journey::from_name("login").unwrap();
    let (_, failed) = login.points().next().unwrap();
    let branches: Vec<_> = failed.branches().collect();
    assert_eq!(
        branches,
        [
            Effect::Deny,
            Effect::ShowError,
            Effect::Redirect,
            Effect::NextStep
        ]
    );
    assert_eq!(failed.way(Effect::Deny, login), "the journey ends");
    let self_service = Journey::from_name("self-service").unwrap();
    let (_, reset) = self_service.points().next().unwrap();
    assert_eq!(reset.way(Effect::Deny, self_service), "the step ends");
}
