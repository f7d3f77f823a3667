//! What pruning deletes.

use hookpoint_engine::identifier::ApplicationId;
use hookpoint_operator::{BindingChange, ChangeKind, Pruned};
use serde_json::{Value, json};

use crate::output::{BAD, GOOD, WARNING, paint, plural};

/// A remark on published applications that are not in the workspace, with the command that prunes them.
pub(crate) fn stray_remark(strays: &[ApplicationId], prune: &str) -> String {
    let ids: Vec<_> = strays.iter().map(|id| format!("`{id}`")).collect();
    let verb = if strays.len() == 1 {
        "accepts"
    } else {
        "accept"
    };
    format!(
        "published, but not in this workspace: {} (still {verb} events); remove them with `{prune}`",
        ids.join(", ")
    )
}

/// One line per deletion and what became of them.
pub(super) fn render(pruned: &Pruned, is_dry_run: bool) -> String {
    if pruned.is_empty() {
        return "nothing to prune: only applications of the workspace have keys or bindings"
            .to_owned();
    }
    let summary = if is_dry_run {
        "dry run, nothing was pruned"
    } else {
        "pruned; the applications stay in lists but accept no events, within a minute everywhere"
    };
    let mut lines = lines(pruned);
    lines.push(summary.to_owned());
    lines.join("\n")
}

/// One line per deletion.
pub(super) fn lines(pruned: &Pruned) -> Vec<String> {
    let removed = mark(ChangeKind::Removed);
    let keys = pruned.applications.iter().map(|(id, count)| {
        let keys = plural(*count, "ingest key", "ingest keys");
        format!("{removed} {keys} of {id}")
    });
    keys.chain(pruned.bindings.iter().map(binding_line))
        .collect()
}

/// How much is deleted, for a question.
pub(super) fn summary(pruned: &Pruned) -> String {
    let keys = pruned.applications.iter().map(|(_, count)| count).sum();
    let counts = [
        (pruned.bindings.len(), "binding", "bindings"),
        (keys, "ingest key", "ingest keys"),
    ];
    let counts = counts.iter().filter(|(count, ..)| *count > 0);
    let counts = counts.map(|(count, one, many)| plural(*count, one, many));
    counts.collect::<Vec<_>>().join(" and ")
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

/// The members of `pruned`.
pub(super) fn to_json(pruned: &Pruned) -> Value {
    let keys = pruned
        .applications
        .iter()
        .map(|(id, count)| json!({ "id": id, "keys": count }));
    json!({
        "applications": keys.collect::<Value>(),
        "bindings": pruned.bindings.iter().map(binding_to_json).collect::<Value>(),
        "publication": pruned.publication,
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
