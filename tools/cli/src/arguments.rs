//! The arguments of the command line.

use std::path::PathBuf;

use clap::{CommandFactory as _, Parser, Subcommand};

use crate::{
    commands::{
        applications::Applications,
        apply::{Apply, Planned},
        audit::{self, Audit},
        bindings::Bindings,
        check::Check,
        completions::Completions,
        dead_letters::Letters,
        deliveries::{self, Deliveries},
        dev::Dev,
        endpoints::Endpoints,
        hooks::Hooks,
        init::Init,
        journey::{self, Journey},
        journeys::Journeys,
        keys::Keys,
        man::Man,
        pause,
        plugins::Plugins,
        publications::Publications,
        pull::Pull,
        rollback::Rollback,
        runs::Runs,
        secrets::Secrets,
        smoke,
        stages::Stages,
        subjects::Subjects,
        test::{self, Test},
        trial::Try,
        trigger::Trigger,
    },
    context::Context,
    exit::Exit,
};

const EXIT_CODES: &str = "\
Exit codes:
  0  done; `trigger`: the event got a response, which may be a denial
  1  what was run did not pass: an event ended with a problem, a case failed, a replay differs, a deployment does not work; see the command's help
  2  wrong usage or configuration, or something failed
  130  Ctrl-C before `secrets set` or the walk of `journey` was done

With `--json` a failure is `{\"error\": {…}}` on standard output. docs/cli.md has the shapes.";

/// Lifecycle hooks for customer-facing applications.
#[derive(Debug, Parser)]
#[command(name = "hookpoint", version, after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    /// The workspace file [default: hookpoint.yaml in the current folder; `dev` and `trigger` use a built-in sample without one]
    #[arg(long, short, global = true, value_name = "FILE")]
    pub(crate) workspace: Option<PathBuf>,

    /// Log what happens to standard error
    #[arg(long, short, global = true)]
    pub(crate) verbose: bool,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve events on this machine, deliver to asynchronous hooks, and follow edits of the workspace
    Dev(Dev),
    /// Run one event and show what each hook did, including first attempts of asynchronous hooks; needs no server
    Trigger(Trigger),
    /// Run a script on an event without binding it; publishes nothing
    Try(Try),
    /// Run the cases of hooks, `*.case.yaml`, and scripts of journeys, `*.journey.yaml`; requests are served from them
    #[command(after_help = test::EXIT_CODES)]
    Test(Test),
    /// Show what publishing the workspace would change
    Plan(Planned),
    /// Publish the workspace, to the local store or to a DynamoDB table
    Apply(Apply),
    /// Show who published what, and when
    #[command(subcommand)]
    Publications(Publications),
    /// List who changed what: publications, keys, pauses, secrets, replays, dead letters and more
    #[command(after_help = audit::RECORDED)]
    Audit(Audit),
    /// Undo a publication, or the last change of one binding
    Rollback(Rollback),
    /// Write what is published as a workspace, sources included
    Pull(Pull),
    /// Show, compare and delete published hooks
    #[command(subcommand)]
    Hooks(Hooks),
    /// List and reorder bindings
    #[command(subcommand)]
    Bindings(Bindings),
    /// Set, list and remove secrets; values are never shown
    #[command(subcommand)]
    Secrets(Secrets),
    /// Check the workspace without publishing it
    Check(Check),
    /// Create a workspace, here or in a new folder, or write the sample to ./hookpoint.yaml
    Init(Init),
    /// Show what hooks did, and replay a run
    #[command(subcommand)]
    Runs(Runs),
    /// List, show or cancel deliveries that wait in the queue, or retry them now
    #[command(subcommand, after_help = deliveries::QUEUES)]
    Deliveries(Deliveries),
    /// List, redrive or drop deliveries that were given up
    #[command(subcommand, name = "dead-letters")]
    Letters(Letters),
    /// Show or erase what is stored about a person
    #[command(subcommand)]
    Subjects(Subjects),
    /// Create, list and revoke ingest keys of applications
    #[command(subcommand)]
    Keys(Keys),
    /// Switch off the hooks of an application, a stage or one binding
    Pause(pause::Pause),
    /// Switch hooks on again, including those whose endpoint was gone
    Resume(pause::Resume),
    /// List, show and delete published applications
    #[command(subcommand)]
    Applications(Applications),
    /// Test an installation: publish temporary applications, post events of every stage, check the responses, remove everything
    #[command(after_help = smoke::EXIT_CODES)]
    Smoke(smoke::Trial),
    /// List the lifecycle stages, or show one of them
    Stages(Stages),
    /// Show journeys, with the hooks bound on them
    #[command(subcommand)]
    Journeys(Journeys),
    /// Walk a journey in the role of the platform, or run a script of one
    #[command(after_help = journey::EXIT_CODES)]
    Journey(Journey),
    /// List plugins, preview one, add it to the workspace, or update it
    #[command(subcommand)]
    Plugins(Plugins),
    /// Print CloudFormation templates that receive webhooks in an AWS account
    #[command(subcommand)]
    Endpoints(Endpoints),
    /// Print a completion script for a shell
    Completions(Completions),
    /// Write manual pages, one for each command
    Man(Man),
}

impl Command {
    pub(crate) async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        match self {
            Self::Dev(dev) => dev.run(context).await,
            Self::Trigger(trigger) => trigger.run(context).await,
            Self::Try(trial) => trial.run(context).await,
            Self::Test(test) => test.run(context).await,
            Self::Plan(plan) => plan.run(context).await,
            Self::Apply(apply) => apply.run(context).await,
            Self::Publications(publications) => publications.run(context).await,
            Self::Audit(audit) => audit.run(context).await,
            Self::Pull(pull) => pull.run(context).await,
            Self::Hooks(hooks) => hooks.run(context).await,
            Self::Bindings(bindings) => bindings.run(context).await,
            Self::Secrets(secrets) => secrets.run(context).await,
            Self::Rollback(rollback) => rollback.run(context).await,
            Self::Check(check) => check.run(context).await,
            Self::Init(init) => init.run(context),
            Self::Runs(runs) => runs.run(context).await,
            Self::Deliveries(deliveries) => deliveries.run(context).await,
            Self::Letters(letters) => letters.run(context).await,
            Self::Keys(keys) => keys.run(context).await,
            Self::Pause(pause) => pause.run(context).await,
            Self::Resume(resume) => resume.run(context).await,
            Self::Applications(applications) => applications.run(context).await,
            Self::Smoke(trial) => trial.run(context).await,
            Self::Stages(stages) => stages.run(),
            Self::Subjects(subjects) => subjects.run(context).await,
            Self::Journey(journey) => journey.run(context).await,
            Self::Journeys(journeys) => journeys.run(context).await,
            Self::Plugins(plugins) => plugins.run(context).await,
            Self::Endpoints(endpoints) => endpoints.run(),
            Self::Man(man) => man.run(Arguments::command()),
            Self::Completions(completions) => completions.run(Arguments::command()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definitions_are_sound() {
        Arguments::command().debug_assert();
    }

    /// The commands below this one that do something themselves: their whole names, and whether they have `--json`.
    fn commands(command: &clap::Command, name: &str, found: &mut Vec<(String, bool)>) {
        if !command.has_subcommands() {
            let mut arguments = command.get_arguments();
            let has_json = arguments.any(|argument| argument.get_id() == "json");
            found.push((name.to_owned(), has_json));
        }
        for inner in command.get_subcommands() {
            commands(inner, format!("{name} {}", inner.get_name()).trim(), found);
        }
    }

    /// The commands below this one whose help has the exit code 1, each with its whole name.
    fn with_exit_code_1(command: &clap::Command, name: &str, found: &mut Vec<String>) {
        for inner in command.get_subcommands() {
            let name = format!("{name} {}", inner.get_name()).trim().to_owned();
            let help = inner.get_after_help().map(ToString::to_string);
            if help.is_some_and(|help| help.contains("\n  1  ")) {
                found.push(name.clone());
            }
            with_exit_code_1(inner, &name, found);
        }
    }

    #[test]
    fn the_document_names_every_command_that_ends_with_1() {
        let document = include_str!("../../../docs/cli.md");
        let row = document.lines().find(|line| line.starts_with("| 1 |"));
        let row = row.unwrap_or_default();
        let mut found = Vec::new();
        with_exit_code_1(&Arguments::command(), "", &mut found);
        assert_eq!(found.len(), 7, "{found:?}");
        for name in found {
            assert!(row.contains(&format!("`{name}`")), "{name}: {row}");
        }
    }

    #[test]
    fn every_command_has_json_which_the_document_lists() {
        let document = include_str!("../../../docs/cli.md");
        let mut found = Vec::new();
        commands(&Arguments::command(), "", &mut found);
        assert!(found.len() > 50, "{found:?}");
        for (name, has_json) in found {
            assert!(has_json, "{name}");
            assert!(document.contains(&format!("| `{name}` |")), "{name}");
        }
    }
}
