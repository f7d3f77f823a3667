//! `hookpoint init`: writes the sample and its JSON Schema for editors.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
};

use anyhow::{Context as _, bail};
use hookpoint_devserver::SAMPLE;

use crate::{context::Context, exit::Exit, output};

/// File name of the schema, written beside the workspace.
const SCHEMA_NAME: &str = "hookpoint.schema.json";
const SCHEMA: &str = include_str!("../../../../schemas/hookpoint.schema.json");

pub(crate) fn run(context: &Context) -> anyhow::Result<Exit> {
    let path = context.source.path();
    let shown = path.display();
    let text = format!("# yaml-language-server: $schema={SCHEMA_NAME}\n{SAMPLE}");
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    match file {
        Ok(mut file) => file
            .write_all(text.as_bytes())
            .with_context(|| format!("failed to write `{shown}`"))?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            bail!(
                "`{shown}` already exists and stays as it is; remove it first, or name another file with `--workspace`"
            )
        }
        Err(error) => return Err(error).context(format!("failed to create `{shown}`")),
    }
    let schema = path.with_file_name(SCHEMA_NAME);
    fs::write(&schema, SCHEMA)
        .with_context(|| format!("failed to write `{}`", schema.display()))?;
    output::print(&format!(
        "wrote {shown}, and {SCHEMA_NAME} for your editor; try `hookpoint dev`, or `hookpoint trigger conversation-start`"
    ))?;
    Ok(Exit::Done)
}
