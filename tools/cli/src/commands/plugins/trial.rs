//! Runs the case that a plugin names, in a workspace of its own.

use std::{env::temp_dir, path::Path, sync::Arc};

use anyhow::Context as _;
use hookpoint_plugins::{Installation, Plugin, RECORD_FILE};
use hookpoint_workspace::{Additions, Case, Workspace};
use serde_json::{Map, Value};
use tokio::task::spawn_blocking;

use super::check_bundler;
use crate::{commands::test::run::run_case, context::Context, output, tree::Scratch};

/// What a hook did with the sample event.
pub(super) struct Trial {
    /// The stage.
    pub(super) stage: String,
    /// Method and URL of each request that it made.
    pub(super) requests: Vec<(String, String)>,
    /// What it returned.
    pub(super) response: Map<String, Value>,
    /// What was not as the case expects; empty for a sound plugin.
    pub(super) problems: Vec<String>,
}

/// Runs the preview of a plugin. Nothing leaves this machine: replies come from the case.
pub(super) async fn trial(
    plugin: &Plugin,
    installation: &Installation,
    site: &Additions,
    context: &Context,
) -> anyhow::Result<Option<Trial>> {
    let path = format!("{}/{}", installation.folder, plugin.manifest.preview);
    let Some((_, text)) = installation.files.iter().find(|(name, _)| *name == path) else {
        // The parameters leave out what it shows.
        return Ok(None);
    };
    check_bundler(plugin, context)?;
    let folder = Scratch::new_in(&temp_dir(), "hookpoint-plugin")
        .context("failed to make a temporary folder")?;
    let files = installation
        .files
        .iter()
        .filter(|(name, _)| !name.ends_with(RECORD_FILE));
    for (name, text) in files {
        folder
            .write(name, text)
            .context("failed to write a temporary file")?;
    }
    let file = "hookpoint.yaml";
    let text_of_workspace = site
        .add_to("version: 1\n", file)
        .and_then(|text| installation.additions.add_to(&text, file))?;
    let (below, bundler) = (folder.path().to_owned(), Arc::clone(&context.bundler));
    let loading = spawn_blocking(move || {
        Workspace::parse_with(&text_of_workspace, file, &below, bundler.as_ref())
    });
    let mut workspace = output::waiting("reading the plugin", loading).await??;
    hookpoint_operator::compile_scripts(&mut workspace).await?;
    let case = Case::parse(text, &path, Path::new(""))?;
    let ran = run_case(&case, &workspace).await?;
    Ok(Some(Trial {
        stage: ran.stage().id().to_owned(),
        requests: case
            .requests
            .iter()
            .map(|request| (request.method.clone(), request.url.clone()))
            .collect(),
        response: ran.response(),
        problems: ran.problems(&case.expect),
    }))
}
