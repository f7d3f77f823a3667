//! One publication, with all its records.

use std::collections::BTreeSet;

use hookpoint_engine::{
    application::binding::Target,
    publish::{Difference, Erasure, Origin, PublicationId, PublicationRecord},
};
use serde_json::{Value, json};

use crate::{
    commands::{changes, subjects},
    moment,
    output::{self, DIM, count, paint},
};

/// All records of one publication.
pub(super) struct Publication {
    records: Vec<PublicationRecord>,
}

impl Publication {
    pub(super) fn id(&self) -> Option<PublicationId> {
        self.records.first().map(|record| record.id)
    }

    pub(super) fn origin(&self) -> Option<&Origin> {
        self.records.first().map(|record| &record.origin)
    }

    /// The applications and identity stores that it is about.
    pub(super) fn targets(&self) -> BTreeSet<Target> {
        let subjects = self
            .records
            .iter()
            .filter_map(|record| record.subject.clone());
        subjects.collect()
    }

    fn erasure(&self) -> Option<Erasure> {
        self.records.iter().find_map(|record| record.erasure)
    }

    /// What all its records changed.
    fn difference(&self) -> Difference {
        let mut all = Difference::default();
        for record in &self.records {
            for hook in &record.hooks {
                if !all.hooks.contains(hook) {
                    all.hooks.push(hook.clone());
                }
            }
            all.applications.extend(record.application.clone());
            all.bindings.extend(record.bindings.iter().cloned());
            if let Some(subject) = &record.subject {
                let keys = record.keys.iter();
                all.keys
                    .extend(keys.map(|key| (subject.clone(), key.clone())));
            }
        }
        all
    }

    pub(super) fn summary(&self) -> String {
        let Difference {
            hooks,
            applications,
            bindings,
            keys,
        } = self.difference();
        let parts = [
            (hooks.len(), "hook"),
            (applications.len(), "application"),
            (bindings.len(), "binding"),
            (keys.len(), "key"),
        ];
        let parts = parts.iter().filter(|(number, _)| *number > 0);
        let mut parts: Vec<_> = parts.map(|(number, what)| count(*number, what)).collect();
        let erasure = self.erasure();
        parts.extend(erasure.map(|erasure| format!("erased {}", subjects::summary(&erasure))));
        parts.join(", ")
    }

    /// `undo` says how to undo it.
    pub(super) fn render(&self, undo: &str) -> String {
        let (Some(id), Some(origin)) = (self.id(), self.origin()) else {
            return String::new();
        };
        let mut lines = vec![
            format!("publication {id}"),
            format!(
                "  {} at {}",
                origin.action.as_str(),
                moment::seconds(id.time())
            ),
            format!("  by {}", output::printable(&origin.by)),
        ];
        if let Some(undone) = origin.undoes {
            lines.push(format!("  undoes {undone}"));
        }
        if let Some(commit) = &origin.commit {
            let modified = if commit.is_modified {
                ", with changes that are not in it"
            } else {
                ""
            };
            lines.push(format!(
                "  commit {}{modified}",
                output::printable(&commit.id)
            ));
        }
        if self.erasure().is_some() {
            lines.push(format!("  {}", self.summary()));
            return lines.join("\n");
        }
        lines.extend(changes::render_difference(&self.difference()));
        lines.push(paint(DIM, undo));
        lines.join("\n")
    }

    pub(super) fn to_json(&self) -> Value {
        let mut value = changes::difference_to_json(&self.difference());
        if let (Some(id), Some(origin)) = (self.id(), self.origin()) {
            value["id"] = json!(id);
            value["time"] = json!(moment::milliseconds(id.time()));
            value["action"] = json!(origin.action.as_str());
            value["by"] = json!(origin.by);
            value["commit"] = json!(origin.commit);
            value["undoes"] = json!(origin.undoes);
            value["erasure"] = json!(self.erasure());
        }
        value
    }
}

/// Records by publication, in their order.
pub(super) fn grouped(records: Vec<PublicationRecord>) -> Vec<Publication> {
    let mut publications: Vec<Publication> = Vec::new();
    for record in records {
        match publications.last_mut() {
            Some(last) if last.id() == Some(record.id) => last.records.push(record),
            _ => publications.push(Publication {
                records: vec![record],
            }),
        }
    }
    publications
}
