//! `hookpoint apply`: publishes the workspace.

use clap::Args;
use hookpoint_engine::identifier::{ApplicationId, SecretName};
use hookpoint_operator::{
    BindingChange, ChangeKind, Changes, Pruned, apply, preview, prune, strays,
};
use serde_json::{Value, json};

use crate::{
    context::Context,
    exit::Exit,
    output::{self, BAD, DIM, GOOD, WARNING, paint},
    store::StoreArguments,
};

/// The store and the options.
#[derive(Debug, Args)]
pub(crate) struct Apply {
    /// Show what would change without writing it
    #[arg(long)]
    dry_run: bool,

    /// Also delete the bindings and ingest keys of published applications that are not in the workspace
    #[arg(long)]
    prune: bool,

    /// Print the changes as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    store: StoreArguments,
}

impl Apply {
    pub(crate) async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let workspace = context.workspace().await?;
        let desired = workspace.desired();
        let publisher = self.store.open_or_create(&context.source).await?;
        let changes = if self.dry_run {
            preview(publisher.as_ref(), desired).await?
        } else {
            apply(publisher.as_ref(), desired).await?
        };
        let strays = match strays(publisher.as_ref(), desired).await {
            Ok(strays) => Some(strays),
            // A role that may publish need not be allowed to list, so this is no failure.
            Err(error) if !self.prune => {
                output::note(&paint(
                    WARNING,
                    &format!("failed to check for other published applications: {error}"),
                ))?;
                None
            }
            Err(error) => return Err(error.into()),
        };
        let pruned = if self.prune {
            Some(prune(publisher.as_ref(), desired, self.dry_run).await?)
        } else {
            None
        };
        if self.json {
            let mut shown = to_json(&changes, self.dry_run);
            shown["notInWorkspace"] = json!(strays);
            shown["pruned"] = pruned.as_ref().map_or(Value::Null, pruned_to_json);
            output::print_json(&shown)?;
            return Ok(Exit::Done);
        }
        output::print(&render(&changes, self.dry_run))?;
        if let Some(pruned) = &pruned {
            output::print(&render_pruned(pruned, self.dry_run))?;
        } else if let Some(strays) = strays.filter(|strays| !strays.is_empty()) {
            output::note(&paint(WARNING, &stray_remark(&strays)))?;
        }
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

/// One line per change and a summary.
fn render(changes: &Changes, is_dry_run: bool) -> String {
    let hooks = changes
        .hooks
        .iter()
        .map(|(name, version)| format!("{} hook {name} v{version}", mark(ChangeKind::Added)));
    let applications = changes
        .applications
        .iter()
        .map(|(kind, id)| format!("{} application {id}", mark(*kind)));
    let bindings = changes.bindings.iter().map(binding_line);
    let summary = if changes.is_empty() {
        "nothing to do: the workspace is already published".to_owned()
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

fn binding_line(change: &BindingChange) -> String {
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
}

/// A remark on published applications that are not in the workspace, with the fix.
pub(crate) fn stray_remark(strays: &[ApplicationId]) -> String {
    let ids: Vec<_> = strays.iter().map(|id| format!("`{id}`")).collect();
    let verb = if strays.len() == 1 {
        "answers"
    } else {
        "answer"
    };
    format!(
        "published, but not in this workspace: {} (still {verb} events); remove them with `hookpoint apply --prune`",
        ids.join(", ")
    )
}

/// One line per deletion and a summary.
fn render_pruned(pruned: &Pruned, is_dry_run: bool) -> String {
    if pruned.is_empty() {
        return "nothing to prune: only applications of the workspace have keys or bindings"
            .to_owned();
    }
    let removed = mark(ChangeKind::Removed);
    let keys = pruned.applications.iter().map(|(id, count)| {
        let plural = if *count == 1 { "" } else { "s" };
        format!("{removed} {count} ingest key{plural} of {id}")
    });
    let summary = if is_dry_run {
        "dry run, nothing was pruned"
    } else {
        "pruned; the applications stay in lists but accept no events, within a minute everywhere"
    };
    let bindings = pruned.bindings.iter().map(binding_line);
    let lines: Vec<_> = keys.chain(bindings).chain([summary.to_owned()]).collect();
    lines.join("\n")
}

fn pruned_to_json(pruned: &Pruned) -> Value {
    let keys = pruned
        .applications
        .iter()
        .map(|(id, count)| json!({ "id": id, "keys": count }));
    json!({
        "applications": keys.collect::<Value>(),
        "bindings": pruned.bindings.iter().map(binding_to_json).collect::<Value>(),
    })
}

fn binding_to_json(change: &BindingChange) -> Value {
    json!({
        "change": change.kind.as_str(),
        "target": change.target.to_string(),
        "stage": change.stage.id(),
        "id": change.id,
        "hook": change.hook,
        "version": change.version,
    })
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
    let bindings = changes.bindings.iter().map(binding_to_json);
    json!({
        "dryRun": is_dry_run,
        "hooks": hooks.collect::<Value>(),
        "applications": applications.collect::<Value>(),
        "bindings": bindings.collect::<Value>(),
    })
}
