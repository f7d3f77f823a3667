//! `hookpoint apply`: what the workspace says, published.

use clap::Args;
use hookpoint_devserver::{BindingChange, ChangeKind, Changes, apply, preview};
use hookpoint_engine::identifier::SecretName;
use serde_json::{Value, json};

use crate::{
    context::Context,
    exit::Exit,
    output::{self, BAD, DIM, GOOD, WARNING, paint},
    store::StoreArguments,
};

/// Where to, and how.
#[derive(Debug, Args)]
pub(crate) struct Apply {
    /// Show what would change and write nothing
    #[arg(long)]
    dry_run: bool,

    /// Print the changes as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    store: StoreArguments,
}

impl Apply {
    pub(crate) async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let workspace = context.workspace()?;
        let publisher = self.store.open_or_create(&context.source).await?;
        let changes = if self.dry_run {
            preview(publisher.as_ref(), workspace.desired()).await?
        } else {
            apply(publisher.as_ref(), workspace.desired()).await?
        };
        if self.json {
            output::print_json(&to_json(&changes, self.dry_run))?;
            return Ok(Exit::Done);
        }
        output::print(&render(&changes, self.dry_run))?;
        let secrets: Vec<_> = workspace
            .secret_names()
            .iter()
            .map(SecretName::as_str)
            .collect();
        if !self.store.is_local() && !secrets.is_empty() {
            let remark = format!(
                "hooks use these secrets, which must be in Secrets Manager as <stack>/<application>/<name> or <stack>/<name>: {}",
                secrets.join(", ")
            );
            output::note(&paint(DIM, &remark))?;
        }
        Ok(Exit::Done)
    }
}

/// One line per change and one that sums up.
fn render(changes: &Changes, is_dry_run: bool) -> String {
    let hooks = changes
        .hooks
        .iter()
        .map(|(name, version)| format!("{} hook {name} v{version}", mark(ChangeKind::Added)));
    let applications = changes
        .applications
        .iter()
        .map(|(kind, id)| format!("{} application {id}", mark(*kind)));
    let bindings = changes.bindings.iter().map(|change| {
        let BindingChange {
            kind,
            target,
            stage,
            id,
            hook,
            version,
        } = change;
        format!(
            "{} binding {target} {stage} {id} (hook {hook} v{version})",
            mark(*kind)
        )
    });
    let summary = if changes.is_empty() {
        "nothing to do: what is published is what the workspace says".to_owned()
    } else if is_dry_run {
        format!("dry run, nothing was written: {}", changes.summary())
    } else {
        format!("published: {}", changes.summary())
    };
    let lines: Vec<_> = hooks
        .chain(applications)
        .chain(bindings)
        .chain([summary])
        .collect();
    lines.join("\n")
}

fn mark(kind: ChangeKind) -> String {
    match kind {
        ChangeKind::Added => paint(GOOD, "+"),
        ChangeKind::Changed => paint(WARNING, "~"),
        ChangeKind::Removed => paint(BAD, "-"),
    }
}

fn to_json(changes: &Changes, is_dry_run: bool) -> Value {
    let hooks = changes
        .hooks
        .iter()
        .map(|(name, version)| json!({ "name": name, "version": version }));
    let applications = changes
        .applications
        .iter()
        .map(|(kind, id)| json!({ "change": kind.as_str(), "id": id }));
    let bindings = changes.bindings.iter().map(|change| {
        json!({
            "change": change.kind.as_str(),
            "target": change.target.to_string(),
            "stage": change.stage.id(),
            "id": change.id,
            "hook": change.hook,
            "version": change.version,
        })
    });
    json!({
        "dryRun": is_dry_run,
        "hooks": hooks.collect::<Value>(),
        "applications": applications.collect::<Value>(),
        "bindings": bindings.collect::<Value>(),
    })
}
