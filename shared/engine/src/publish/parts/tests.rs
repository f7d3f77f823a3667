//! Parts are whole, in order, and publish everything.

use std::time::SystemTime;

use hookpoint_stages::{Family, Stage};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{
    audit::{AuditAction, AuditEntry},
    publish::{Action, Desired, Difference, Origin, PublicationId, Snapshot},
    testing::{
        MemoryStore,
        sample::{self, id},
    },
};

const STAGE: Stage = Stage::BeforeRegistration;

/// Applications of one identity store, each with bindings of its own; the store has one too.
fn with_a_store(applications: usize, bindings: usize) -> Desired {
    let mut desired = Desired::default();
    let store: StoreId = id("people");
    desired.stores.insert(store.clone());
    for number in 0..applications {
        let mut application = sample::application(&id(&format!("app{number}")), Family::Identity);
        application.identity_store = Some(store.clone());
        for index in 0..bindings {
            let hook = id(&format!("app{number}-hook{index}"));
            desired.hooks.insert(
                hook,
                sample::static_hook(json!({ "context": { "number": index } })),
            );
            let target = Target::Application(application.id.clone());
            let name = id(&format!("app{number}-hook{index}"));
            desired
                .bindings
                .push(sample::binding(&name, STAGE, &target));
        }
        desired.applications.push(application);
    }
    desired
        .hooks
        .insert(id("shared"), sample::static_hook(json!({})));
    let binding = sample::binding(&id("shared"), STAGE, &Target::Store(store));
    desired.bindings.push(binding);
    desired
        .hooks
        .insert(id("unbound"), sample::static_hook(json!({})));
    desired
}

#[test]
fn what_fits_is_one_part_and_the_parts_of_the_rest_are_whole_applications() {
    let plan = with_a_store(3, 2).plan(&Snapshot::default()).unwrap();
    let origin = Origin {
        action: Action::Apply,
        by: "tester".to_owned(),
        commit: None,
        undoes: None,
    };
    let publication = PublicationId::new(SystemTime::UNIX_EPOCH);
    let difference = Difference::of(&plan, &Snapshot::default());
    let plan = plan.recorded(&difference, publication, &origin);
    let size = |part: &Publication| {
        part.applications.len() + part.bindings.len() + part.records.len() + part.hooks.len()
    };
    let at_most = |limit: usize| {
        move |part: &Publication| (size(part) <= limit).then_some(()).ok_or(size(part))
    };
    let whole = plan.parts(at_most(size(&plan))).unwrap();
    assert_eq!(whole.len(), 1);
    assert_eq!(size(&whole[0].publication), size(&plan));

    // An application has itself, its record, two hooks and two bindings.
    let parts = plan.parts(at_most(6)).unwrap();
    let subjects: Vec<Vec<String>> = parts
        .iter()
        .map(|part| part.subjects.iter().map(ToString::to_string).collect())
        .collect();
    let expected = [
        vec![],
        vec!["application:app0".to_owned()],
        vec!["application:app1".to_owned()],
        vec!["application:app2".to_owned()],
        vec!["store:people".to_owned()],
    ];
    assert_eq!(subjects, expected);
    let unbound = &parts[0].publication;
    assert_eq!((unbound.hooks.len(), unbound.records.len()), (1, 1));
    // The store's part rewrites its applications at the revision that their own parts left.
    let guards: Vec<_> = parts[4]
        .publication
        .applications
        .iter()
        .map(|change| change.replaces)
        .collect();
    assert_eq!(guards, [Some(1); 3]);
    assert_eq!(parts[1].publication.applications[0].replaces, None);

    let (subject, actual) = plan.parts(at_most(5)).unwrap_err();
    assert_eq!(subject, Some(Target::Application(id("app0"))));
    assert_eq!(actual, 6);
}

#[test]
fn a_hook_that_moves_is_added_before_it_is_removed() {
    let people = Target::Store(id("people"));
    for (from, to) in [(0, 3), (3, 0), (0, 2), (2, 1)] {
        let target = |number: usize| match number {
            3 => people.clone(),
            number => Target::Application(id(&format!("app{number}"))),
        };
        let mut desired = with_a_store(3, 2);
        let fraud: HookName = id("fraud");
        let body = sample::static_hook(json!({ "deny": { "error": "no" } }));
        desired.hooks.insert(fraud.clone(), body);
        desired
            .bindings
            .push(sample::binding(&fraud, STAGE, &target(from)));
        let store = MemoryStore::holding(&desired);
        let binding = desired.bindings.last_mut().unwrap();
        *binding = sample::binding(&fraud, STAGE, &target(to));
        let plan = store.apply(&desired).unwrap();
        let one = |part: &Publication| match part.bindings.len() + part.deletions.len() {
            0 | 1 => Ok(()),
            count => Err(count),
        };
        let parts = plan.parts(one).unwrap();
        let part = |holds: &dyn Fn(&Publication) -> bool| {
            let mut parts = parts.iter().map(|part| &part.publication);
            parts.position(holds).unwrap()
        };
        let (added, removed) = (
            part(&|part| !part.bindings.is_empty()),
            part(&|part| !part.deletions.is_empty()),
        );
        assert!(added < removed, "from {from} to {to}");
    }
}

#[test]
fn an_entry_of_the_audit_trail_is_in_the_part_of_its_application() {
    let mut plan = with_a_store(3, 2).plan(&Snapshot::default()).unwrap();
    let entry = |application: Option<&str>| {
        let (now, by) = (SystemTime::UNIX_EPOCH, "tester".to_owned());
        AuditEntry::new(now, by, AuditAction::Pause, application.map(id), "")
    };
    plan.audit = [Some("app0"), Some("app2"), Some("elsewhere"), None]
        .map(entry)
        .into();
    let fits = |part: &Publication| (part.bindings.len() <= 2).then_some(()).ok_or(());
    let parts = plan.parts(fits).unwrap();
    let mut found = Vec::new();
    for part in &parts {
        for entry in &part.publication.audit {
            let target = entry.application.clone().map(Target::Application);
            assert!(target.is_none_or(|target| part.subjects.contains(&target)));
            found.push(entry.clone());
        }
    }
    found.sort_by_key(|entry| entry.id);
    plan.audit.sort_by_key(|entry| entry.id);
    assert!(parts.len() > 2);
    assert_eq!(found, plan.audit);
}

proptest! {
    #[test]
    fn parts_publish_everything_once_and_none_is_too_large(
        applications in 1_usize..6,
        bindings in 0_usize..5,
        limit in 12_usize..40,
    ) {
        let desired = with_a_store(applications, bindings);
        let plan = desired.plan(&Snapshot::default()).unwrap();
        let size = |part: &Publication| part.applications.len() + part.bindings.len() + part.hooks.len();
        let parts = plan.parts(|part| if size(part) <= limit { Ok(()) } else { Err(()) }).unwrap();
        let mut published: Vec<_> = parts.iter().flat_map(|part| &part.publication.bindings).collect();
        prop_assert_eq!(published.len(), plan.bindings.len());
        published.retain(|change| !plan.bindings.contains(change));
        prop_assert!(published.is_empty());
        let store = MemoryStore::default();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for part in &parts {
            prop_assert!(size(&part.publication) <= limit);
            runtime.block_on(crate::ports::Publisher::publish(&store, &part.publication)).unwrap();
        }
        let after = runtime.block_on(crate::ports::Publisher::snapshot(&store, &desired.scope())).unwrap();
        prop_assert!(desired.plan(&after).unwrap().is_empty());
    }
}
