//! What commands that publish have in common: the question before, the remarks after.

use std::collections::BTreeSet;

use hookpoint_engine::{application::binding::Target, ports::Publisher, publish::PublicationId};
use hookpoint_operator::{ApplyError, Author, Overtaken, Plan};
use serde_json::json;

use super::changes;
use crate::{
    context::Context,
    exit::Exit,
    moment,
    output::{self, BAD, DIM, paint},
    shell,
    store::StoreArguments,
};

/// Asks whether to publish a plan that was shown.
pub(crate) fn confirmed(plan: &Plan) -> anyhow::Result<bool> {
    agreed(&format!("{}?", question(plan)))
}

/// The question without its mark.
pub(crate) fn question(plan: &Plan) -> String {
    format!("Publish this ({})", plan.changes().summary())
}

/// Asks a question about what was shown.
pub(crate) fn agreed(question: &str) -> anyhow::Result<bool> {
    let is_confirmed = output::confirm(question)?;
    if !is_confirmed {
        output::note("nothing was published")?;
    }
    Ok(is_confirmed)
}

/// Says how to undo a publication about these applications and identity stores.
pub(crate) fn remark_undo(
    id: PublicationId,
    targets: &BTreeSet<Target>,
    store: &StoreArguments,
    context: &Context,
) -> anyhow::Result<()> {
    let remark = format!("publication {id}; {}", undo(id, targets, store, context));
    output::remark(DIM, &remark)?;
    Ok(())
}

/// How to undo a publication about these applications and identity stores.
pub(crate) fn undo(
    id: PublicationId,
    targets: &BTreeSet<Target>,
    store: &StoreArguments,
    context: &Context,
) -> String {
    let id = id.to_string();
    let mut words = vec!["rollback", &id];
    // In a shared table, the author of one application may not look for it among all publications.
    if let (false, Some(target), 1) = (store.is_local(), targets.first(), targets.len()) {
        words.extend(match target {
            Target::Application(id) => ["--application", id.as_str()],
            Target::Store(id) => ["--identity-store", id.as_str()],
        });
    }
    let command = shell::command_on(words, store, context);
    format!("undo it with `{command}`")
}

/// Reports that another writer was faster, and what differs now.
pub(crate) fn overtaken(
    theirs: Box<Overtaken>,
    is_json: bool,
    store: &StoreArguments,
    context: &Context,
) -> anyhow::Result<Exit> {
    if is_json {
        return Err(ApplyError::Overtaken(theirs).into());
    }
    let mut lines = vec![format!(
        "{}: `{}` was changed by another publication meanwhile; nothing was published",
        paint(BAD, "error"),
        theirs.item
    )];
    if let Some(record) = &theirs.publication {
        lines.push(format!(
            "publication {} by {} at {}; what has changed since your plan:",
            record.id,
            output::printable(&record.origin.by),
            moment::seconds(record.id.time())
        ));
    } else {
        lines.push("what has changed since your plan:".to_owned());
    }
    let changes = changes::render_difference(&theirs.difference);
    if changes.is_empty() {
        lines.push(if theirs.item.starts_with("application ") {
            "  keys or pauses of the application".to_owned()
        } else {
            "  nothing that a plan shows".to_owned()
        });
    }
    lines.extend(changes);
    let plan = shell::command_on(["plan"], store, context);
    lines.push(format!("look at `{plan}`, and publish again"));
    output::remark(output::PLAIN, &lines.join("\n"))?;
    Ok(Exit::Refused)
}

/// Shows a plan, asks, publishes it and reports. For commands other than `apply`.
pub(crate) async fn publish(
    plan: Plan,
    publisher: &dyn Publisher,
    author: &Author,
    options: Options<'_>,
) -> anyhow::Result<Exit> {
    let Options { store, context, .. } = options;
    if !options.is_json {
        for line in changes::render(&plan) {
            output::print(&line)?;
        }
    }
    let shown = options.is_json.then(|| changes::to_json(&plan));
    let (difference, is_empty) = (plan.changes(), plan.is_empty());
    if !options.is_json && !options.is_agreed && !is_empty && !confirmed(&plan)? {
        return Ok(Exit::Done);
    }
    let publishing = plan.publish(publisher, author);
    let id = match output::waiting("publishing", publishing).await {
        Err(ApplyError::Overtaken(theirs)) => {
            return overtaken(theirs, options.is_json, store, context);
        }
        result => result?,
    };
    if let Some(mut shown) = shown {
        shown["publication"] = json!(id);
        output::print_json(&shown)?;
        return Ok(Exit::Done);
    }
    match id {
        Some(id) => {
            output::say(&format!("published: {}", difference.summary()))?;
            remark_undo(id, &difference.targets(), store, context)?;
        }
        None => output::say("nothing to do")?,
    }
    Ok(Exit::Done)
}

/// How to publish.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Options<'a> {
    /// Without a question.
    pub(crate) is_agreed: bool,
    /// With a result as JSON, and without a question.
    pub(crate) is_json: bool,
    /// Where; named again in commands to paste.
    pub(crate) store: &'a StoreArguments,
    pub(crate) context: &'a Context,
}
