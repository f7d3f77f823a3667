//! `hookpoint init`: the sample as a file.

use std::{
    fs::OpenOptions,
    io::{self, Write as _},
};

use anyhow::{Context as _, bail};
use hookpoint_devserver::SAMPLE;

use crate::{context::Context, exit::Exit, output};

pub(crate) fn run(context: &Context) -> anyhow::Result<Exit> {
    let path = context.source.path();
    let shown = path.display();
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    match file {
        Ok(mut file) => file
            .write_all(SAMPLE.as_bytes())
            .with_context(|| format!("failed to write `{shown}`"))?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            bail!(
                "`{shown}` is there already and stays as it is; remove it first, or name another file by `--workspace`"
            )
        }
        Err(error) => return Err(error).context(format!("failed to create `{shown}`")),
    }
    output::print(&format!(
        "wrote {shown}; try `hookpoint dev`, or `hookpoint trigger conversation-start`"
    ))?;
    Ok(Exit::Done)
}
