//! `hookpoint runs`: what hooks did, one record for each run and each attempt at a delivery.

mod difference;
mod follow;
mod list;
mod replay;
mod secrets;
mod show;
mod shown;

use clap::Subcommand;

pub(crate) use self::shown::{hook, next, style};
use self::{list::List, replay::Replay, show::Show};
use crate::{context::Context, exit::Exit};

/// What to do with them.
#[derive(Debug, Subcommand)]
pub(crate) enum Runs {
    /// List the newest runs, or follow them as they come
    List(List),
    /// Show everything that is recorded of a run
    Show(Show),
    /// Run a hook again on the event that a run kept, and show what differs
    #[command(after_help = replay::EXIT_CODES)]
    Replay(Replay),
}

impl Runs {
    pub(crate) async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        match self {
            Self::List(list) => list.run(context).await,
            Self::Show(show) => show.run(context).await,
            Self::Replay(replay) => replay.run(context).await,
        }
    }
}
