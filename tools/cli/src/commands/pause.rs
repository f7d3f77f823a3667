//! `hookpoint pause` and `hookpoint resume`: switch hooks off and on again.

use anyhow::bail;
use clap::Args;
use hookpoint_engine::{
    application::{self, Application},
    audit::AuditAction,
    delivery::gone::{self, GoneBinding},
    identifier::{ApplicationId, BindingId},
    ports::Publisher,
};
use hookpoint_operator::{bindings_of, change_application, change_application_on_record};
use hookpoint_stages::Stage;
use serde_json::json;

use super::applications::{describe, describe_gone};
use crate::{audit, context::Context, exit::Exit, output, shell, stage, store::StoreArguments};

/// The hooks to switch off.
#[derive(Debug, Args)]
pub(crate) struct Pause {
    #[command(flatten)]
    scope: ScopeArguments,

    /// Print what is paused now as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    store: StoreArguments,
}

/// The hooks to switch on.
#[derive(Debug, Args)]
pub(crate) struct Resume {
    #[command(flatten)]
    scope: ScopeArguments,

    /// Lift all pauses of the application and clear all its marks of gone endpoints
    #[arg(long, conflicts_with_all = ["stage", "binding"])]
    all: bool,

    /// Print what is resumed, and what stays paused or gone, as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    store: StoreArguments,
}

/// A part of an application's hooks.
#[derive(Debug, Args)]
struct ScopeArguments {
    /// The application's id in hookpoint.yaml, such as `shop`
    #[arg(long, value_name = "ID")]
    application: ApplicationId,

    /// Only this stage
    #[arg(long, value_parser = stage::parser(), hide_possible_values = true)]
    stage: Option<Stage>,

    /// Only this binding
    #[arg(long, value_name = "ID")]
    binding: Option<BindingId>,
}

impl ScopeArguments {
    fn pause(&self) -> application::Pause {
        application::Pause {
            stage: self.stage,
            binding: self.binding.clone(),
            unknown: serde_json::Map::new(),
        }
    }

    fn describe(&self) -> String {
        format!("{} of {}", describe(&self.pause()), self.application)
    }
}

impl Pause {
    pub(crate) async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let store = self.store.store(&context.source).await?;
        let publisher = store.publisher();
        let id = &self.scope.application;
        let application = change_application(publisher.as_ref(), id, |_| ()).await?;
        self.check(publisher.as_ref(), &application).await?;
        let pause = self.scope.pause();
        if application.pauses.iter().any(|other| other.is_like(&pause)) {
            if self.json {
                print_pauses(&application, false)?;
            } else {
                output::say(&format!("{} is already paused", self.scope.describe()))?;
            }
            return Ok(Exit::Done);
        }
        let what = describe(&pause);
        let entry = audit::entry(&store, AuditAction::Pause, Some(id), &what).await?;
        let changed = change_application_on_record(publisher.as_ref(), id, &entry, |application| {
            if !application.pauses.iter().any(|other| other.is_like(&pause)) {
                application.pauses.push(pause.clone());
            }
        });
        let application = changed.await?;
        if self.json {
            print_pauses(&application, true)?;
        } else {
            output::say(&format!(
                "paused {}; in effect everywhere within 10 s",
                self.scope.describe()
            ))?;
        }
        Ok(Exit::Done)
    }

    /// Refuses a pause that covers no hooks, which would be misleading.
    async fn check(
        &self,
        publisher: &dyn Publisher,
        application: &Application,
    ) -> anyhow::Result<()> {
        let ScopeArguments { stage, binding, .. } = &self.scope;
        let family = application.kind.family();
        if let Some(stage) = stage
            && stage.definition().family != family
        {
            bail!(
                "`{stage}` is a stage of {} applications, and `{}` is of the {family} kind; see `hookpoint stages`",
                stage.definition().family,
                application.id
            );
        }
        let Some(binding) = binding else {
            return Ok(());
        };
        let bindings = bindings_of(publisher, application).await?;
        let at_stage = bindings
            .iter()
            .filter(|bound| stage.is_none_or(|stage| bound.stage == stage));
        let known: Vec<_> = at_stage
            .map(|bound| format!("{}/{}", bound.stage.name(), bound.id))
            .collect();
        let suffix = format!("/{binding}");
        if known.iter().any(|bound| bound.ends_with(&suffix)) {
            return Ok(());
        }
        bail!(
            "there is no binding `{binding}`; the bindings are: {}",
            if known.is_empty() {
                "none".to_owned()
            } else {
                known.join(", ")
            }
        )
    }
}

impl Resume {
    pub(crate) async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let store = self.store.store(&context.source).await?;
        let publisher = store.publisher();
        let pause = self.scope.pause();
        let mut before = Vec::new();
        let id = &self.scope.application;
        let what = if self.all {
            "everything".to_owned()
        } else {
            describe(&pause)
        };
        let entry = audit::entry(&store, AuditAction::Resume, Some(id), &what).await?;
        let changed = change_application_on_record(publisher.as_ref(), id, &entry, |application| {
            before.clone_from(&application.pauses);
            application
                .pauses
                .retain(|other| !self.all && !other.is_like(&pause));
        });
        let application = changed.await?;
        let is_lifted = application.pauses.len() < before.len();
        let marks = store.gone();
        let gone = gone::of_application(marks.as_ref(), &application).await?;
        let (again, still_gone): (Vec<_>, Vec<_>) =
            gone.into_iter().partition(|mark| self.covers(mark));
        // Marks are no part of the application, so without a pause nothing is recorded yet.
        if !is_lifted && !again.is_empty() {
            audit::add(&store, &entry).await?;
        }
        for mark in &again {
            marks
                .forget_gone(mark.stage, &mark.target, &mark.binding)
                .await?;
        }
        let left: Vec<_> = application.pauses.iter().map(describe).collect();
        let still_gone: Vec<_> = still_gone.iter().map(describe_gone).collect();
        if !is_lifted && again.is_empty() {
            return Err(nothing_to_resume(
                &application,
                self.scope.stage.is_none() && self.scope.binding.is_none(),
                &left,
                &still_gone,
                |options| {
                    let words = ["resume", "--application", id.as_str()];
                    let options = options.iter().map(String::as_str);
                    shell::command_on(words.into_iter().chain(options), &self.store, context)
                },
            ));
        }
        if self.json {
            let again = again.iter().map(describe_gone);
            output::print_json(&json!({
                "application": id,
                "changed": is_lifted,
                "noLongerGone": again.collect::<Vec<_>>(),
                "pauses": application.pauses,
                "gone": still_gone,
            }))?;
            return Ok(Exit::Done);
        }
        let mut said = Vec::new();
        if is_lifted {
            let what = if self.all {
                format!("everything of {id}")
            } else {
                self.scope.describe()
            };
            said.push(format!("resumed {what}; in effect everywhere within 10 s"));
        }
        if !again.is_empty() {
            let again: Vec<_> = again.iter().map(describe_gone).collect();
            said.push(format!(
                "no longer counts as gone: {}; `hookpoint dead-letters redrive` resends its dead letters",
                again.join(", ")
            ));
        }
        if !left.is_empty() {
            said.push(format!("still paused: {}", left.join(", ")));
        }
        if !still_gone.is_empty() {
            said.push(format!("still gone: {}", still_gone.join(", ")));
        }
        output::say(&said.join("\n"))?;
        Ok(Exit::Done)
    }

    /// Whether the scope to resume includes a gone binding.
    fn covers(&self, mark: &GoneBinding) -> bool {
        let ScopeArguments { stage, binding, .. } = &self.scope;
        stage.is_none_or(|stage| stage == mark.stage)
            && binding.as_ref().is_none_or(|id| *id == mark.binding)
    }
}

fn print_pauses(application: &Application, is_new: bool) -> std::io::Result<()> {
    output::print_json(&json!({
        "application": application.id,
        "changed": is_new,
        "pauses": application.pauses,
    }))
}

/// Says what could be resumed, and by which options.
fn nothing_to_resume(
    application: &Application,
    is_whole: bool,
    descriptions: &[String],
    gone: &[String],
    command: impl Fn(&[String]) -> String,
) -> anyhow::Error {
    let Application { id, pauses, .. } = application;
    if pauses.is_empty() && gone.is_empty() {
        return anyhow::anyhow!(
            "application `{id}` has no pause and no binding whose endpoint is gone; `hookpoint applications list` shows both"
        );
    }
    let mut commands: Vec<_> = pauses
        .iter()
        .map(|pause| {
            let mut options = Vec::new();
            if let Some(stage) = pause.stage {
                options.extend(["--stage".to_owned(), stage.name()]);
            }
            if let Some(binding) = &pause.binding {
                options.extend(["--binding".to_owned(), binding.to_string()]);
            }
            format!("`{}`", command(&options))
        })
        .collect();
    commands.push(format!(
        "`{}` for everything",
        command(&["--all".to_owned()])
    ));
    let none = if is_whole {
        format!("`{id}` as a whole is not paused")
    } else {
        format!("nothing that matches is paused or gone in `{id}`")
    };
    let what: Vec<_> = descriptions
        .iter()
        .chain(gone)
        .map(String::as_str)
        .collect();
    anyhow::anyhow!(
        "{none}; {} {}: use {}",
        what.join(", "),
        if what.len() == 1 { "is" } else { "are" },
        commands.join(", or ")
    )
}
