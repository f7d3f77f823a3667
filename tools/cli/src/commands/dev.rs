//! `hookpoint dev`: runs a server on this machine that follows the workspace.

mod event;
mod gathering;
mod keyboard;
mod keys;
mod lines;
mod screen;
mod warnings;

use std::io::{self, IsTerminal as _};

use clap::Args;
use hookpoint_devserver::{DEFAULT_RECEIVER_PORT, DevServer, Notice};
use hookpoint_engine::record::RunRecord;
use hookpoint_workspace::Workspace;
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

use self::{gathering::Gathering, keyboard::Keyboard, keys::ShownKeys, warnings::Warnings};
use super::check;
use crate::{
    context::{Context, READING},
    exit::Exit,
    interrupt::interrupted,
    output::{self, DIM},
    shell,
};

/// The keys, in one line.
const KEYS: &str = "Keys: r repeats the last event, o shows only failed ones, c clears, q quits.";
/// Erases the screen and moves to its beginning.
const CLEAR: &str = "\u{1b}[2J\u{1b}[H";

/// The ports.
#[derive(Debug, Args)]
pub(crate) struct Dev {
    /// The port to listen on, 0 for any free one [default: the workspace's, else 7450]
    #[arg(long)]
    port: Option<u16>,

    /// The port of the receiver of the sample's webhooks, 0 for any free one
    #[arg(long, value_name = "PORT", default_value_t = DEFAULT_RECEIVER_PORT)]
    receiver_port: u16,

    /// Print what happens as JSON, an object on each line
    #[arg(long)]
    json: bool,
}

impl Dev {
    pub(crate) async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        match self.serve(context).await {
            Err(error) if self.json => {
                lines::print(&lines::failed(&error))?;
                Ok(Exit::Refused)
            }
            served => served,
        }
    }

    async fn serve(&self, context: &Context) -> anyhow::Result<Exit> {
        let app = context.app(self.receiver_port).await?;
        let shows_events = context.verbose || io::stdout().is_terminal() || !is_discarded();
        let starting = DevServer::start(app, self.port, shows_events);
        let (server, notices) = output::waiting(READING, starting).await?;
        let keys = ShownKeys::on(&io::stdout(), context.source.state_directory());
        let path = context.source.path();
        let prune = shell::command(["apply", "--prune"], context);
        if self.json {
            lines::print(&lines::started(&server, path, &keys))?;
        } else if context.verbose {
            output::print(&screen::welcome(&server, path, &keys, &prune))?;
        } else {
            output::print(&screen::short_welcome(&server, path, &keys, &prune))?;
        }
        let watched = self.watch(context, &server, notices, &keys).await;
        server.stop().await?;
        watched
    }

    /// Shows what happens, and follows keys, until the server is to stop.
    async fn watch(
        &self,
        context: &Context,
        server: &DevServer,
        mut notices: mpsc::Receiver<Notice>,
        keys: &ShownKeys,
    ) -> anyhow::Result<Exit> {
        // Before the keyboard: a signal must not end the process with the terminal in its mode.
        let mut stop = std::pin::pin!(interrupted());
        let mut keyboard = if self.json { None } else { Keyboard::start() };
        if keyboard.is_some() {
            output::say(&output::paint(DIM, KEYS))?;
        }
        let mut warnings = Warnings::new(context, &server.current().workspace);
        let mut gathering = Gathering::default();
        let mut filter = Filter::All;
        while !output::is_closed() {
            tokio::select! {
                () = &mut stop => break,
                found = warnings.new_ones() => {
                    for warning in found {
                        if self.json {
                            lines::print(&lines::warning(&warning))?;
                        } else {
                            output::remark(output::PLAIN, &check::warning(&warning))?;
                        }
                    }
                }
                notice = notices.recv() => match notice {
                    None => break,
                    Some(Notice::Answered(answered)) => gathering.add(answered),
                    Some(Notice::Ran(record)) => {
                        gathering.add_run(placed(*record, &server.current().workspace));
                    }
                    Some(Notice::Delivered(record)) => {
                        gathering.add_delivery(placed(*record, &server.current().workspace));
                    }
                    Some(Notice::Reloaded(reloaded)) => {
                        if self.json {
                            lines::print(&lines::reloaded(&reloaded, keys))?;
                        } else {
                            let prune = shell::command(["apply", "--prune"], context);
                            let address = server.address();
                            output::print(&screen::reloaded(&reloaded, address, keys, &prune))?;
                        }
                        warnings.look_at(reloaded.workspace);
                    }
                    Some(Notice::Kept(error)) => {
                        if self.json {
                            lines::print(&lines::kept(&error))?;
                        } else {
                            output::print(&screen::kept(&error))?;
                        }
                    }
                },
                () = sleep_until(gathering.due()) => {}
                Some(key) = keyboard::next(&mut keyboard) => match key {
                    b'q' | b'Q' => break,
                    b'r' | b'R' => {
                        let is_posted = server.again();
                        if !is_posted {
                            output::say(&output::paint(DIM, "no event was posted yet"))?;
                        }
                    }
                    b'c' | b'C' => {
                        let is_cleared = output::control(&io::stdout(), CLEAR)?;
                        if !is_cleared {
                            output::say(&output::paint(DIM, "this terminal cannot be cleared"))?;
                        }
                    }
                    b'o' | b'O' => {
                        filter = filter.other();
                        output::say(&output::paint(DIM, filter.description()))?;
                    }
                    _ => {}
                },
            }
            for shown in gathering.take(Instant::now()) {
                if self.json {
                    lines::print(&lines::shown(&shown))?;
                } else if filter == Filter::All || shown.has_failed() {
                    output::print(&shown.render(output::width::of_terminal()))?;
                }
            }
        }
        Ok(Exit::Done)
    }
}

/// A record whose error has its place in the workspace.
fn placed(mut record: RunRecord, workspace: &Workspace) -> RunRecord {
    if let Some(error) = &mut record.error {
        *error = workspace.placed(&record.hook, error).into_owned();
    }
    record
}

/// Which events are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Filter {
    All,
    Failed,
}

impl Filter {
    fn other(self) -> Self {
        match self {
            Self::All => Self::Failed,
            Self::Failed => Self::All,
        }
    }

    fn description(self) -> &'static str {
        match self {
            Self::All => "showing all events",
            Self::Failed => "showing only events that failed or were refused; `o` shows all again",
        }
    }
}

/// Whether output is discarded, so that a line per event would be a waste.
fn is_discarded() -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        std::fs::metadata("/dev/stdout").is_ok_and(|output| output.file_type().is_char_device())
    }
    #[cfg(not(unix))]
    false
}
