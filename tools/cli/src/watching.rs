//! `--watch`: runs something again whenever one of its files is saved.

use std::path::PathBuf;

use anyhow::Context as _;
use hookpoint_devserver::Watch;

use crate::{
    exit::{self, Exit},
    interrupt::interrupted,
    output::{self, DIM, paint},
};

/// Runs it at once and after each change, until Ctrl-C. It adds the files that it depends on; its errors are shown and do not end the
/// watch.
pub(crate) async fn watching(
    run: impl AsyncFn(&mut Vec<PathBuf>) -> anyhow::Result<Exit>,
) -> anyhow::Result<Exit> {
    let mut watch = Watch::new().context("files cannot be watched")?;
    loop {
        let mut files = Vec::new();
        if let Err(error) = run(&mut files).await {
            // The exit code is that of a single run; here the next save may correct it.
            let _ = exit::report(&error);
        }
        watch.follow(&files).context("files cannot be watched")?;
        output::note(&paint(DIM, "waiting for a change; end with Ctrl-C"))?;
        tokio::select! {
            () = watch.changed() => {}
            () = interrupted() => return Ok(Exit::Done),
        }
    }
}
