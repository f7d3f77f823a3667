//! `hookpoint plan` and `hookpoint apply`: show what publishing the workspace changes, and publish it.

mod outside;
mod pruned;
mod recompiled;

use std::time::SystemTime;

use clap::Args;
use hookpoint_engine::identifier::{ApplicationId, SecretName};
use hookpoint_operator::{ApplyError, Plan, Pruned, compile_written, prunable, strays};
use hookpoint_workspace::Workspace;
use serde_json::{Value, json};
use tokio::join;

use self::outside::{Outside, listed};
pub(crate) use self::pruned::stray_remark;
use super::{
    changes,
    check::{missing_secrets, needed_secrets},
    publishing,
};
use crate::{
    author::author,
    context::{COMPILING, Context},
    exit::{self, Exit},
    output::{self, DIM, WARNING},
    shell,
    store::StoreArguments,
};

/// What is shown while a plan waits.
const READING: &str = "reading what is published";

/// What to show, and where.
#[derive(Debug, Args)]
pub(crate) struct Planned {
    /// Also show the bindings and ingest keys that `apply --prune` would delete
    #[arg(long)]
    prune: bool,

    /// Print the changes as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    store: StoreArguments,
}

/// The store and the options.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags of the command line")]
pub(crate) struct Apply {
    /// Show what would change without writing it, as `hookpoint plan` does
    #[arg(long)]
    dry_run: bool,

    /// Also delete the bindings and ingest keys of published applications that are not in the workspace
    #[arg(long)]
    prune: bool,

    /// Publish without asking, as always without a terminal
    #[arg(long, short)]
    yes: bool,

    /// Print the changes as JSON; implies `--yes`
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    store: StoreArguments,
}

impl Planned {
    pub(crate) async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        show(&self.store, self.prune, self.json, context).await
    }
}

/// Reads the workspace, whose scripts are compiled once the plan says which are written. Where nothing is published, all of them are
/// at once: a script that does not compile leaves no store behind.
async fn read(store: &StoreArguments, context: &Context) -> anyhow::Result<Workspace> {
    if store.is_new(&context.source) {
        context.workspace().await
    } else {
        context.workspace_to_compile().await
    }
}

/// Prints what would change; writes nothing.
async fn show(
    arguments: &StoreArguments,
    with_prune: bool,
    is_json: bool,
    context: &Context,
) -> anyhow::Result<Exit> {
    let mut workspace = read(arguments, context).await?;
    let compared = arguments.to_compare(&context.source).await?;
    let publisher = compared.publisher();
    let reading = async {
        let (plan, strays) = join!(
            Plan::of(publisher.as_ref(), workspace.desired()),
            strays(publisher.as_ref(), workspace.desired()),
        );
        Ok::<_, anyhow::Error>((plan?, strays))
    };
    let (mut plan, strays) = output::waiting(READING, reading).await?;
    let compiling = compile_written(&mut workspace, &mut plan);
    output::waiting(COMPILING, compiling).await?;
    let strays = listed(strays, with_prune)?;
    let again = recompiled::planned(publisher.as_ref(), &plan, &workspace).await?;
    let pruned = if with_prune {
        Some(prunable(publisher.as_ref(), workspace.desired()).await?)
    } else {
        None
    };
    if is_json {
        let mut shown = changes::to_json(&plan);
        shown["dryRun"] = json!(true);
        shown["publication"] = Value::Null;
        shown["notInWorkspace"] = json!(strays);
        shown["pruned"] = pruned.as_ref().map_or(Value::Null, pruned::to_json);
        let names = again.map(|scripts| scripts.into_iter().map(|hook| hook.name));
        shown["recompiled"] = json!(names.map(Iterator::collect::<Vec<_>>));
        output::print_json(&shown)?;
        return Ok(Exit::Done);
    }
    let mut lines = changes::render(&plan);
    lines.push(if plan.is_empty() {
        "nothing to do: the workspace is already published".to_owned()
    } else {
        let summary = plan.changes().summary();
        output::prose(&format!("dry run, nothing was written: {summary}"))
    });
    if let Some(pruned) = &pruned {
        lines.push(output::prose(&pruned::render(pruned, true)));
    }
    output::print(&lines.join("\n"))?;
    recompiled::remark(
        again.map_or(0, |scripts| scripts.len()),
        "`hookpoint apply` compiles",
    )?;
    remark(
        strays.filter(|_| !with_prune),
        arguments,
        &workspace,
        context,
    )
    .await?;
    Ok(Exit::Done)
}

impl Apply {
    pub(crate) async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        if self.dry_run {
            return show(&self.store, self.prune, self.json, context).await;
        }
        let mut workspace = read(&self.store, context).await?;
        let compared = self.store.to_compare(&context.source).await?;
        let publisher = compared.publisher();
        let now = SystemTime::now();
        let planning = Plan::of(publisher.as_ref(), workspace.desired());
        let mut plan = output::waiting(READING, planning).await?;
        let compiling = compile_written(&mut workspace, &mut plan);
        output::waiting(COMPILING, compiling).await?;
        let desired = workspace.desired();
        // What is deleted is what is shown, or would be.
        let seen = if self.prune {
            Some(prunable(publisher.as_ref(), desired).await?)
        } else {
            None
        };
        let deleted = seen.as_ref().filter(|pruned| !pruned.is_empty());
        let has_work = deleted.is_some() || !plan.is_empty();
        let author = if has_work {
            Some(author(&compared, context, now).await?)
        } else {
            None
        };
        let asks = !self.yes && !self.json;
        if !self.json {
            let shown = asks && output::is_interactive();
            let deleted = deleted.filter(|_| shown).map(pruned::lines);
            for line in changes::render(&plan)
                .iter()
                .chain(deleted.iter().flatten())
            {
                output::print(line)?;
            }
        }
        if asks && has_work {
            if !publishing::agreed(&question(&plan, deleted))? {
                return Ok(Exit::Done);
            }
            // A person may have read for a while.
            if let Some(seen) = &seen {
                let now = prunable(publisher.as_ref(), desired).await?;
                if now != *seen {
                    return self.overtaken(&now, context);
                }
            }
        }
        // A local store that was not there is made once something is written.
        let store = if has_work && self.store.is_new(&context.source) {
            self.store.store_or_new(&context.source).await?
        } else {
            compared
        };
        let publisher = store.publisher();
        let (is_empty, difference) = (plan.is_empty(), plan.changes());
        let shown = self.json.then(|| changes::to_json(&plan));
        let again = recompiled::planned(publisher.as_ref(), &plan, &workspace).await?;
        let publishing = async {
            match &author {
                Some(author) => plan.publish(publisher.as_ref(), author).await,
                None => Ok(plan
                    .complete_lists(publisher.as_ref())
                    .await
                    .map(|()| None)?),
            }
        };
        let id = match output::waiting("publishing", publishing).await {
            Err(ApplyError::Overtaken(theirs)) => {
                return publishing::overtaken(theirs, self.json, &self.store, context);
            }
            result => result?,
        };
        let outside = Outside::prune(publisher.as_ref(), desired, author.as_ref(), seen).await;
        let Outside {
            strays,
            pruned,
            failure,
        } = outside;
        let is_pruned = pruned.as_ref().is_some_and(|pruned| !pruned.is_empty());
        let failure = match failure {
            Some(error) if id.is_none() && !is_pruned => return Err(error),
            // What was done is shown first.
            failure => failure,
        };
        let again = recompiled::compiled(publisher.as_ref(), again, &mut workspace).await?;
        if let Some(mut shown) = shown {
            shown["recompiled"] = json!(again);
            shown["dryRun"] = json!(false);
            shown["publication"] = json!(id);
            shown["notInWorkspace"] = json!(strays);
            shown["pruned"] = pruned.as_ref().map_or(Value::Null, pruned::to_json);
            let exit = failure.map_or(Exit::Done, |error| {
                shown["error"] = exit::to_json(&error)["error"].take();
                Exit::Refused
            });
            output::print_json(&shown)?;
            return Ok(exit);
        }
        if is_empty && !is_pruned {
            output::say("nothing to do: the workspace is already published")?;
        } else if !is_empty {
            output::say(&format!("published: {}", difference.summary()))?;
        }
        if let Some(id) = id {
            publishing::remark_undo(id, &difference.targets(), &self.store, context)?;
        }
        recompiled::remark(again.map_or(0, |names| names.len()), "compiled")?;
        if let Some(pruned) = &pruned {
            output::say(&pruned::render(pruned, false))?;
            if let Some(id) = pruned.publication {
                publishing::remark_undo(id, &pruned.targets(), &self.store, context)?;
            }
        }
        if let Some(error) = failure {
            return Err(error);
        }
        remark(
            strays.filter(|_| !self.prune),
            &self.store,
            &workspace,
            context,
        )
        .await?;
        Ok(Exit::Done)
    }

    /// Reports that what would be deleted has changed since it was shown.
    fn overtaken(&self, now: &Pruned, context: &Context) -> anyhow::Result<Exit> {
        let plan = shell::command_on(["plan", "--prune"], &self.store, context);
        let mut lines = vec![format!(
            "{}: what is deleted has changed since you saw it; nothing was published. It is now:",
            output::paint(output::BAD, "error")
        )];
        lines.extend(pruned::lines(now));
        lines.push(format!("look at `{plan}`, and publish again"));
        output::remark(output::PLAIN, &lines.join("\n"))?;
        Ok(Exit::Refused)
    }
}

/// What is asked before a plan is published and what it lacks is deleted.
fn question(plan: &Plan, deleted: Option<&Pruned>) -> String {
    match deleted.map(pruned::summary) {
        None => format!("{}?", publishing::question(plan)),
        Some(deletion) if plan.is_empty() => format!("Delete {deletion}?"),
        Some(deletion) => format!("{}, and delete {deletion}?", publishing::question(plan)),
    }
}

/// Remarks on applications that the workspace lacks, and on secrets that it needs.
async fn remark(
    strays: Option<Vec<ApplicationId>>,
    store: &StoreArguments,
    workspace: &Workspace,
    context: &Context,
) -> anyhow::Result<()> {
    if let Some(strays) = strays.filter(|strays| !strays.is_empty()) {
        let prune = shell::command_on(["apply", "--prune"], store, context);
        output::remark(WARNING, &stray_remark(&strays, &prune))?;
    }
    if store.is_local() {
        for missing in missing_secrets(workspace, context).await? {
            output::remark(WARNING, &output::prose(&missing))?;
        }
        return Ok(());
    }
    let secrets = needed_secrets(workspace);
    let secrets: Vec<_> = secrets.iter().map(SecretName::as_str).collect();
    if let Some(first) = secrets.first() {
        let mut remark = format!(
            "hooks use these secrets, which must be in Secrets Manager as <stack>/<application>/<name> or <stack>/<name>: {}",
            secrets.join(", ")
        );
        if store.stack().is_some() {
            let set = shell::command_on(["secrets", "set", first], store, context);
            remark = format!("{remark}; `{set}` writes the first");
        }
        output::remark(DIM, &output::prose(&remark))?;
    }
    Ok(())
}
