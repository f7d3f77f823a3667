//! `hookpoint dev`: runs a server on this machine that follows the workspace.

mod keys;
mod screen;

use std::io::{self, IsTerminal as _};

use clap::Args;
use hookpoint_devserver::{DEFAULT_RECEIVER_PORT, DevServer, Notice};

use crate::{context::Context, exit::Exit, interrupt::interrupted, output};

/// The ports.
#[derive(Debug, Args)]
pub(crate) struct Dev {
    /// The port to listen on, 0 for any free one [default: the workspace's, else 7450]
    #[arg(long)]
    port: Option<u16>,

    /// The port of the receiver of the sample's webhooks, 0 for any free one
    #[arg(long, value_name = "PORT", default_value_t = DEFAULT_RECEIVER_PORT)]
    receiver_port: u16,
}

impl Dev {
    pub(crate) async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let app = context.app(self.receiver_port).await?;
        let tell_events = context.verbose || io::stdout().is_terminal() || !is_discarded();
        let (server, mut notices) = DevServer::start(app, self.port, tell_events).await?;
        let keys = keys::ShownKeys::on(&io::stdout(), context.source.state_directory());
        output::print(&screen::welcome(&server, context.source.path(), &keys))?;
        let mut stop = std::pin::pin!(interrupted());
        loop {
            let notice: Notice = tokio::select! {
                () = &mut stop => break,
                notice = notices.recv() => match notice {
                    Some(notice) => notice,
                    None => break,
                },
            };
            output::print(&screen::notice(&notice, server.address(), &keys))?;
        }
        server.stop().await?;
        Ok(Exit::Done)
    }
}

/// Whether what is printed goes nowhere, so that a line per event is not worth its time.
fn is_discarded() -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        std::fs::metadata("/dev/stdout").is_ok_and(|output| output.file_type().is_char_device())
    }
    #[cfg(not(unix))]
    false
}
