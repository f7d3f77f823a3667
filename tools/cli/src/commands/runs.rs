//! `hookpoint runs`: shows records of runs and of attempts at deliveries.

mod difference;
mod follow;
mod id;
mod list;
mod name;
mod replay;
mod save;
mod show;
mod shown;

use clap::Subcommand;

pub(crate) use self::{
    id::short,
    save::served_requests,
    shown::{consequence, hook, next, requests, style, table, to_json},
};
use self::{list::List, replay::Replay, save::Save, show::Show};
use crate::{context::Context, exit::Exit};

/// The subcommands.
#[derive(Debug, Subcommand)]
pub(crate) enum Runs {
    /// List the newest runs, or follow them as they come
    List(List),
    /// Show the whole record of a run
    Show(Show),
    /// Run a hook again on the kept event of a run, and show what differs
    #[command(after_help = replay::EXIT_CODES)]
    Replay(Replay),
    /// Turn a run into a case for `hookpoint test`, with its requests but without secrets
    #[command(after_help = save::EXIT_CODES)]
    Save(Save),
}

impl Runs {
    pub(crate) async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        match self {
            Self::List(list) => list.run(context).await,
            Self::Show(show) => show.run(context).await,
            Self::Replay(replay) => replay.run(context).await,
            Self::Save(save) => save.run(context).await,
        }
    }
}
