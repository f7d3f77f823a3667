//! `--watch`: runs something again whenever one of its files is saved.

use std::{
    path::{Path, PathBuf},
    pin::pin,
    time::SystemTime,
};

use anyhow::Context as _;
use hookpoint_devserver::Watch;
use hookpoint_workspace::folders_below;

use crate::{
    exit::{self, Exit},
    interrupt::interrupted,
    output::{self, DIM, paint},
};

/// Files that count as soon as they exist.
pub(crate) struct Awaited<'a> {
    /// The folder below which they may appear, at any depth.
    pub(crate) below: &'a Path,
    /// How their names end.
    pub(crate) endings: &'a [&'a str],
}

/// Runs it at once and after each change, until Ctrl-C. `known` are files that it certainly depends on; it adds all of them. Its errors
/// are shown and do not end the watch. What is saved while it runs makes it run again.
pub(crate) async fn watching(
    known: &[PathBuf],
    awaited: Option<Awaited<'_>>,
    run: impl AsyncFn(&mut Vec<PathBuf>) -> anyhow::Result<Exit>,
) -> anyhow::Result<Exit> {
    let mut watch = Watch::new().context("files cannot be watched")?;
    watch.follow(known).context("files cannot be watched")?;
    // From the first run on: a signal during a later one ends it too.
    let mut stopped = pin!(interrupted());
    loop {
        let (mut files, began) = (Vec::new(), SystemTime::now());
        let ended = tokio::select! {
            ended = run(&mut files) => ended,
            () = &mut stopped => return Ok(Exit::Done),
        };
        if let Err(error) = ended {
            // The exit code is that of a single run; here the next save may correct it.
            let _ = exit::report(&error);
        }
        if output::is_closed() {
            return Ok(Exit::Done);
        }
        let (growing, endings) = awaited.as_ref().map_or_else(Default::default, |awaited| {
            (folders_below(awaited.below), awaited.endings)
        });
        let followed = watch.follow_with_new(&files, &growing, endings);
        followed.context("files cannot be watched")?;
        // Some were not known before it ran.
        watch.notice_saved_since(began);
        output::note(&paint(DIM, "waiting for a change; end with Ctrl-C"))?;
        tokio::select! {
            () = watch.changed() => {}
            () = &mut stopped => return Ok(Exit::Done),
        }
    }
}
