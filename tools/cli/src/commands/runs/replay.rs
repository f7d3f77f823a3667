//! `hookpoint runs replay`: runs a hook again on a kept event.

use std::sync::Arc;

use anyhow::bail;
use clap::Args;
use hookpoint_devserver::{DEFAULT_RECEIVER_PORT, Receiver, uses_receiver};
use hookpoint_engine::{
    audit::AuditAction,
    hook::{egress::EgressPolicy, outcome::FailureClass},
    record::{
        RunRecord,
        report::{RunOutcome, RunReport},
    },
};
use hookpoint_operator::{Replay as Wanted, ReplayVersion, replay};
use serde_json::{Value, json};

use super::{
    difference::{self, End},
    name::Named,
};
use crate::{
    audit,
    commands::needed_secrets::Secrets,
    context::Context,
    exit::Exit,
    output::{
        self, BAD, DIM, GOOD, WARNING, milliseconds, paint, printable, printable_lines, prose,
    },
    store::StoreArguments,
};

pub(super) const EXIT_CODES: &str = "\
The hook runs for real: a webhook is posted to its endpoint, a script fetches what it fetches. Nothing is recorded, queued or \
merged. The event is as it was kept, without passwords and secrets.

Exit codes:
  0  the outcome and the response are the same as they were
  1  they differ, or the hook failed
  2  wrong usage or configuration, or the run cannot be repeated";

/// The run, the version and the options.
#[derive(Debug, Args)]
pub(crate) struct Replay {
    #[command(flatten)]
    run: Named,

    /// The version of the hook: a number, or `latest` [default: the recorded one]
    #[arg(long, value_name = "VERSION", value_parser = version)]
    version: Option<ReplayVersion>,

    /// Print one JSON object with both responses and what differs
    #[arg(long)]
    json: bool,

    /// Prefix of the installation's secrets, needed if the hook uses any; `--stack` provides it
    #[arg(long, value_name = "PREFIX", requires = "table")]
    secret_prefix: Option<String>,

    /// The port of the receiver of the sample's webhooks
    #[arg(long, value_name = "PORT", default_value_t = DEFAULT_RECEIVER_PORT)]
    receiver_port: u16,

    #[command(flatten)]
    store: StoreArguments,
}

fn version(text: &str) -> Result<ReplayVersion, String> {
    if text == "latest" {
        return Ok(ReplayVersion::Latest);
    }
    match text.strip_prefix('v').unwrap_or(text).parse() {
        Ok(number) if number > 0 => Ok(ReplayVersion::Number(number)),
        _ => Err("write a version number, such as `3`, or `latest`".to_owned()),
    }
}

impl Replay {
    pub(super) async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let store = self.store.store(&context.source).await?;
        let record = self.run.find(store.runs().as_ref()).await?;
        let (policy, _receiver) = self.surroundings(context).await?;
        let publisher = store.publisher();
        if record.kept.is_some() {
            let warning = format!(
                "running {} again for real: its requests reach their endpoints",
                record.hook
            );
            output::remark(WARNING, &warning)?;
            let what = format!("run {} of hook {}", record.id, record.hook);
            let application = Some(&record.id.application);
            audit::record(&store, AuditAction::Replay, application, &what).await?;
        }
        let secrets = Arc::new(Secrets::new(context, &store, self.secret_prefix.as_deref()));
        let report = replay(Wanted {
            record: &record,
            version: self.version.unwrap_or(ReplayVersion::Recorded),
            publisher: publisher.as_ref(),
            secrets: secrets.clone(),
            policy,
        })
        .await?;
        if let RunOutcome::Failed(failure, _) = report.outcome()
            && failure.class == FailureClass::SecretsUnavailable
        {
            bail!(
                "the run was not repeated, because its hook's secrets cannot be read: {}",
                failure.message
            );
        }
        let lacks_some = matches!(report.outcome(), RunOutcome::Failed(failure, _) if failure.class == FailureClass::MissingSecret);
        let remedy = if lacks_some { secrets.remedy() } else { None };
        let (before, after) = (End::of(&record), End::of(&report.record));
        if self.json {
            let mut shown = to_json(&record, &report, &before, &after);
            shown["remedy"] = json!(remedy);
            output::print_json(&shown)?;
        } else {
            output::print(&render(&record, &report, &before, &after))?;
            if let Some(remedy) = remedy {
                output::remark(WARNING, &remedy)?;
            }
        }
        let is_good = *report.outcome() == RunOutcome::Ok && before.is_same(&after);
        Ok(if is_good { Exit::Done } else { Exit::Different })
    }

    /// The egress policy on this machine, and the receiver for the sample's webhooks.
    async fn surroundings(
        &self,
        context: &Context,
    ) -> anyhow::Result<(EgressPolicy, Option<Receiver>)> {
        if context.is_without_workspace()? && !self.store.is_local() {
            return Ok((EgressPolicy::default(), None));
        }
        let workspace = context
            .source
            .load(self.receiver_port, context.bundler.as_ref())?;
        let receiver = if uses_receiver(workspace.desired(), self.receiver_port) {
            Some(Receiver::on(self.receiver_port).await?)
        } else {
            None
        };
        Ok((workspace.local().egress(), receiver))
    }
}

fn to_json(record: &RunRecord, report: &RunReport, before: &End, after: &End) -> Value {
    json!({
        "run": record.id,
        "hook": record.hook,
        "same": before.is_same(after),
        "recorded": {
            "version": record.version,
            "outcome": before.outcome,
            "error": before.error,
            "status": record.status,
            "response": before.response,
        },
        "replayed": {
            "version": report.record.version,
            "outcome": after.outcome,
            "error": after.error,
            "status": report.record.status,
            "response": after.response,
            "durationMs": report.record.duration().as_secs_f64() * 1_000.0,
            "dropped": report.record.dropped,
            "log": report.record.log,
        },
        "difference": difference::between(before, after, false),
    })
}

fn render(record: &RunRecord, report: &RunReport, before: &End, after: &End) -> String {
    let style = if *report.outcome() == RunOutcome::Ok {
        GOOD
    } else {
        BAD
    };
    let versions = if record.version == report.record.version {
        format!("{} v{}", record.hook, record.version)
    } else {
        format!(
            "{} v{}, recorded with v{}",
            record.hook, report.record.version, record.version
        )
    };
    let mut lines = vec![format!(
        "{versions}: {}, {}",
        paint(style, &after.outcome),
        milliseconds(report.record.duration())
    )];
    if let Some(error) = &after.error {
        lines.push(prose(&printable_lines(error)));
    }
    let dropped = report
        .record
        .dropped
        .iter()
        .map(|part| format!("dropped {part}"));
    let log = report.record.log.iter().map(|line| format!("> {line}"));
    lines.extend(dropped.chain(log).map(|line| prose(&printable(&line))));
    lines.push(String::new());
    if before.is_same(after) {
        lines.push(paint(GOOD, "the same as recorded"));
    } else {
        let legend = paint(DIM, "recorded (-) and now (+):");
        lines.push(legend);
        lines.push(difference::between(before, after, true));
    }
    lines.join("\n")
}
