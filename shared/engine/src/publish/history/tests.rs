//! What records say, and what those of older versions lack.

use hookpoint_stages::{Family, Stage};

use super::*;
use crate::{
    publish::{Revised, Snapshot},
    testing::sample::{self, id},
};

#[test]
fn the_pauses_of_a_removed_application_are_recorded() {
    let mut stored = Revised {
        value: sample::application(&id("shop"), Family::Identity).over(None),
        revision: 3,
    };
    let record = |stored: &Revised<Application>| {
        let publication = Publication {
            removals: vec![stored.clone()],
            ..Publication::default()
        };
        let difference = Difference::of(&publication, &Snapshot::default());
        let origin = Origin {
            action: Action::Delete,
            by: "ada".to_owned(),
            commit: None,
            undoes: None,
        };
        let publication_id = PublicationId::new(SystemTime::UNIX_EPOCH);
        let recorded = publication.recorded(&difference, publication_id, &origin);
        assert_eq!(recorded.records.len(), 1);
        recorded.records[0].clone()
    };
    // Older versions wrote no such member.
    let without = record(&stored);
    assert!(!without.to_json().contains("pauses"));
    let read = PublicationRecord::from_json(&without.to_json()).unwrap();
    assert_eq!(read, without);

    stored.value.pauses.push(Pause {
        stage: Some(Stage::BeforeRegistration),
        binding: Some(id("crm")),
        unknown: serde_json::Map::new(),
    });
    let with = record(&stored);
    assert_eq!(with.pauses, stored.value.pauses);
    let read = PublicationRecord::from_json(&with.to_json()).unwrap();
    assert_eq!(read, with);
}
