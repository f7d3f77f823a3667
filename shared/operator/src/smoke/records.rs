//! Waits for the records of runs and deliveries.

use std::{collections::BTreeSet, time::Duration};

use hookpoint_engine::{
    application::binding::Mode,
    hook::HookKind,
    identifier::HookName,
    record::{RunFilter, RunRecord, RunResultKind},
};
use hookpoint_stages::{ModeRule, Stage};
use tokio::time::{Instant, sleep};

use super::{Check, HookReport, Smoke, StageReport, published::has_context};

/// How often records are looked for.
const INTERVAL: Duration = Duration::from_millis(500);
/// After this time another event is posted: a function that Lambda froze writes the records of one event with the next.
const AGAIN: Duration = Duration::from_secs(5);
/// More than one stage's events have runs.
const MOST: usize = 500;

impl Smoke {
    /// Waits until each hook has a record, and notes what they say: for the synchronous script two, and one for each repeated event; for
    /// one from the queue one for each of the `accepted` events.
    pub(super) async fn records(
        &self,
        stage: Stage,
        body: &[u8],
        mut accepted: usize,
        report: &mut StageReport,
    ) {
        let mode = stage.definition().mode;
        let mut later = vec![];
        if mode != ModeRule::SynchronousOnly {
            later.push(self.names.later());
        }
        if mode == ModeRule::AsynchronousOnly {
            later.push(self.names.webhook());
        }
        let script = has_context(stage).then(|| self.names.script());
        let filter = RunFilter {
            application: Some(self.application(stage)),
            stage: Some(stage),
            ..RunFilter::default()
        };
        let begin = Instant::now();
        let (mut again, mut repeated) = (begin + AGAIN, 0);
        let records = loop {
            let records = match self.runs.runs(&filter, MOST).await {
                Ok(records) => records,
                Err(error) => {
                    return report.note(Check::Records, Err((None, error.to_string())));
                }
            };
            // What runs or is delivered later would be recorded after everything is removed.
            let is_whole = later
                .iter()
                .all(|hook| deliveries(&records, hook) >= accepted)
                && script.is_none_or(|hook| runs_of(&records, hook).count() > 1 + repeated);
            if is_whole || begin.elapsed() > self.patience {
                break records;
            }
            if Instant::now() > again {
                again += AGAIN;
                // An answer of another kind than before is not of interest here.
                let posted = self.post(stage, body.to_vec()).await;
                let is_accepted = usize::from(posted.is_ok_and(|answer| answer.status < 300));
                accepted += is_accepted;
                repeated += is_accepted;
            }
            sleep(INTERVAL).await;
        };
        for hook in &later {
            report.note(Check::Delivers, self.delivered(&records, hook));
        }
        if let Some(script) = script {
            let found = runs_of(&records, script).count();
            let outcome = if found > 0 {
                Ok(())
            } else {
                let message = format!("no record of a run after {:?}", self.patience);
                Err((None, message))
            };
            report.note(Check::Records, outcome);
        }
        let hooks = [
            (self.names.script(), HookKind::Script),
            (self.names.webhook(), HookKind::Webhook),
            (self.names.later(), HookKind::Script),
        ];
        report.hooks = hooks
            .into_iter()
            .filter_map(|(hook, kind)| summary(&records, hook, kind))
            .collect();
    }

    fn delivered(
        &self,
        records: &[RunRecord],
        hook: &HookName,
    ) -> Result<(), (Option<u16>, String)> {
        let attempts: Vec<_> = runs_of(records, hook).collect();
        if attempts.iter().any(|run| run.result == RunResultKind::Ok) {
            return Ok(());
        }
        let kind = if hook == self.names.webhook() {
            "webhook"
        } else {
            "script"
        };
        let message = match attempts.first() {
            None => format!(
                "the {kind} was queued, and no worker ran it within {:?}",
                self.patience
            ),
            Some(run) => format!(
                "the {kind} was queued, and its run ended with {}: {}",
                run.outcome,
                run.error.as_deref().unwrap_or("no reason is recorded")
            ),
        };
        Err((attempts.first().and_then(|run| run.status), message))
    }
}

/// The runs of a hook, the newest first.
fn runs_of<'a>(
    records: &'a [RunRecord],
    hook: &'a HookName,
) -> impl Iterator<Item = &'a RunRecord> {
    records.iter().filter(move |record| record.hook == *hook)
}

/// How many deliveries of a hook have been attempted.
fn deliveries(records: &[RunRecord], hook: &HookName) -> usize {
    let runs = runs_of(records, hook).filter_map(|run| run.delivery.as_ref());
    let ids: BTreeSet<_> = runs.map(|delivery| delivery.id.as_str()).collect();
    ids.len()
}

fn summary(records: &[RunRecord], hook: &HookName, kind: HookKind) -> Option<HookReport> {
    let mut runs: Vec<_> = runs_of(records, hook)
        .filter(|run| run.result == RunResultKind::Ok)
        .collect();
    let first = runs.pop()?;
    Some(HookReport {
        kind,
        mode: first.mode,
        first: first.duration(),
        later: runs.iter().map(|run| run.duration()).min(),
        waited: first
            .delivery
            .as_ref()
            .filter(|_| first.mode == Mode::Asynchronous)
            .map(|delivery| Duration::from_millis(delivery.waited_ms)),
    })
}
