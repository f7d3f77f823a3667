//! Fields of a question whose answers are confidential.

use std::collections::{BTreeMap, BTreeSet};

use hookpoint_stages::is_sensitive_field_type;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The fields of `profilingSteps` whose answers are confidential, by step id. Steps without one are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HiddenFields(BTreeMap<String, BTreeSet<String>>);

impl HiddenFields {
    /// Collects the confidential fields of validated steps.
    pub fn of(steps: &Value) -> Self {
        let steps = steps.as_array().into_iter().flatten();
        let by_step: BTreeMap<_, _> = steps
            .filter_map(|step| {
                let fields = step["fields"].as_array().into_iter().flatten();
                let hidden = fields
                    .filter(|field| field["type"].as_str().is_some_and(is_sensitive_field_type));
                let ids = hidden.filter_map(|field| Some(field["id"].as_str()?.to_owned()));
                Some((step["id"].as_str()?.to_owned(), ids.collect()))
            })
            .collect();
        if by_step.values().all(BTreeSet::is_empty) {
            Self::default()
        } else {
            Self(by_step)
        }
    }

    /// True when no answer is confidential.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The confidential fields of the step being answered, or those of all steps when it is missing or unknown.
    pub(super) fn of_answers(&self, answers: &Value) -> BTreeSet<&str> {
        let step = answers["stepId"].as_str().and_then(|id| self.0.get(id));
        let fields = match step {
            Some(fields) => fields.iter().collect::<Vec<_>>(),
            None => self.0.values().flatten().collect(),
        };
        fields.into_iter().map(String::as_str).collect()
    }
}
