//! Checks of test cases.

use std::{collections::BTreeMap, time::SystemTime};

use hookpoint_engine::{event::ingest::is_correlation_id, identifier::InvalidIdentifier};
use serde_json::{Map, Value};

use super::{binding::check_stage, name, response::Response};
use crate::{
    case::Case,
    files::Files,
    problem::Problems,
    raw::{RawCase, Text, Texts},
};

impl RawCase {
    /// Checks the names of a case, and reads its event.
    pub(crate) fn check(self, files: &mut Files<'_>, problems: &mut Problems<'_>) -> Option<Case> {
        let stage = match &self.stage {
            Some(stage) => Some(check_stage(stage, problems)?),
            None => None,
        };
        let application = match &self.application {
            Some(application) => Some(name::check(application, problems)?),
            None => None,
        };
        let event: Option<Map<String, Value>> = match &self.event {
            Some(raw) => Some(Response::read(raw, files, problems)?.members()),
            None => None,
        };
        let time = self.time.as_ref().and_then(|time| moment(time, problems));
        let correlation_id = self.correlation_id.as_ref();
        let correlation_id = correlation_id.and_then(|id| correlation(id, problems));
        Some(Case {
            hook: name::check(&self.hook, problems)?,
            stage,
            application,
            event,
            changes: self.changes,
            secrets: named(&self.secrets, problems),
            variables: named(&self.variables, problems),
            time,
            correlation_id,
            requests: self.requests,
            expect: self.expect,
        })
    }
}

/// Checks a correlation id.
fn correlation(text: &Text, problems: &mut Problems<'_>) -> Option<String> {
    if is_correlation_id(&text.value) {
        return Some(text.value.clone());
    }
    problems.push(
        text.place,
        "`correlationId` is not 1 to 128 printable ASCII characters",
        "write one as callers send it, such as `6f1c2a52-7c9e-4d7e-8d36-90b8c5f0a1c4`",
    );
    None
}

/// Parses a moment.
pub(crate) fn moment(text: &Text, problems: &mut Problems<'_>) -> Option<SystemTime> {
    let read = humantime::parse_rfc3339_weak(&text.value);
    if read.is_err() {
        problems.push(
            text.place,
            format!("`time` is not a moment: `{}`", text.value),
            "write it in UTC, such as `2026-01-31T12:00:00Z`",
        );
    }
    read.ok()
}

fn named<T>(texts: &Texts, problems: &mut Problems<'_>) -> BTreeMap<T, String>
where
    T: std::str::FromStr<Err = InvalidIdentifier> + Ord,
{
    texts
        .iter()
        .filter_map(|(name, value)| Some((name::check(name, problems)?, value.value.clone())))
        .collect()
}
