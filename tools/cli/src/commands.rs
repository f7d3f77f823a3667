//! The commands, one file each.

pub(crate) mod applications;
pub(crate) mod apply;
pub(crate) mod audit;
pub(crate) mod bindings;
pub(crate) mod changes;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod dead_letters;
pub(crate) mod deliveries;
pub(crate) mod dev;
pub(crate) mod endpoints;
pub(crate) mod hooks;
pub(crate) mod init;
pub(crate) mod journey;
pub(crate) mod journeys;
pub(crate) mod keys;
pub(crate) mod man;
pub(crate) mod needed_secrets;
pub(crate) mod pause;
pub(crate) mod plugins;
pub(crate) mod publications;
pub(crate) mod publishing;
pub(crate) mod pull;
pub(crate) mod rollback;
pub(crate) mod runs;
pub(crate) mod secrets;
pub(crate) mod smoke;
pub(crate) mod stages;
pub(crate) mod subjects;
pub(crate) mod test;
pub(crate) mod trial;
pub(crate) mod trigger;

use clap::CommandFactory as _;

use crate::{
    arguments::{Arguments, Command},
    context::Context,
    exit::Exit,
};

/// Runs a command.
pub(crate) async fn run(command: &Command, context: &Context) -> anyhow::Result<Exit> {
    match command {
        Command::Dev(dev) => dev.run(context).await,
        Command::Trigger(trigger) => trigger.run(context).await,
        Command::Try(trial) => trial.run(context).await,
        Command::Test(test) => test.run(context).await,
        Command::Plan(plan) => plan.run(context).await,
        Command::Apply(apply) => apply.run(context).await,
        Command::Publications(publications) => publications.run(context).await,
        Command::Audit(audit) => audit.run(context).await,
        Command::Pull(pull) => pull.run(context).await,
        Command::Hooks(hooks) => hooks.run(context).await,
        Command::Bindings(bindings) => bindings.run(context).await,
        Command::Secrets(secrets) => secrets.run(context).await,
        Command::Rollback(rollback) => rollback.run(context).await,
        Command::Check(check) => check.run(context).await,
        Command::Init(init) => init.run(context),
        Command::Runs(runs) => runs.run(context).await,
        Command::Deliveries(deliveries) => deliveries.run(context).await,
        Command::Letters(letters) => letters.run(context).await,
        Command::Keys(keys) => keys.run(context).await,
        Command::Pause(pause) => pause.run(context).await,
        Command::Resume(resume) => resume.run(context).await,
        Command::Applications(applications) => applications.run(context).await,
        Command::Smoke(trial) => trial.run(context).await,
        Command::Stages(stages) => stages.run(),
        Command::Subjects(subjects) => subjects.run(context).await,
        Command::Journey(journey) => journey.run(context).await,
        Command::Journeys(journeys) => journeys.run(context).await,
        Command::Plugins(plugins) => plugins.run(context).await,
        Command::Endpoints(endpoints) => endpoints.run(),
        Command::Man(man) => man.run(Arguments::command()),
        Command::Completions(completions) => completions.run(Arguments::command()),
    }
}
