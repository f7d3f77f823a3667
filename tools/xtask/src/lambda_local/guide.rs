//! Prints commands to paste into another terminal.

use std::{
    collections::BTreeSet,
    fs,
    io::{self, Write as _},
    path::PathBuf,
};

use anyhow::Context as _;
use hookpoint_engine::identifier::ApplicationId;
use hookpoint_stages::{Family, Stage};

use super::{Running, SECRET_PREFIX, TABLE};
use crate::{
    generate::events::{event_file, sample_application, sample_key},
    repository,
};

/// A stage and an application that posts it.
type Example = (Stage, ApplicationId);

pub(super) fn print(running: &Running) -> anyhow::Result<()> {
    let text = text(running)?;
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}

fn text(running: &Running) -> anyhow::Result<String> {
    let address = running.address();
    let mut text = format!(
        "\nThe stage functions listen on http://{address}, with an emulated AWS at {}.\n",
        running.aws().endpoint_url()
    );
    if running.is_sample() {
        text += "The built-in sample is published; `hookpoint init` writes it to hookpoint.yaml for you to edit.\n";
    }
    for name in running.secrets_without_value() {
        text += &format!(
            "The secret `{name}` has no value on this machine, so it is a placeholder; set HOOKPOINT_SECRET_{} and restart.\n",
            name.as_str().replace('-', "_")
        );
    }
    text += "\nIn another terminal, in the root of the repository:\n\n";
    text += &format!(
        "  export PATH=\"{}:$PATH\"\n",
        repository::target()?.join("python/bin").display()
    );
    let examples = examples(running);
    for example in &examples {
        let file = file_of(example)?;
        text += &format!(
            "  cargo lambda invoke {} --invoke-address {} --invoke-port {} --data-file {}\n",
            example.0.name(),
            address.ip(),
            address.port(),
            file.display()
        );
    }
    for (stage, application) in &examples {
        text += &format!(
            "\n  curl -i {} \\\n    -H 'Content-Type: application/json' \\\n    -H 'Authorization: Bearer {}' \\\n    -d '{}'\n",
            running.http_url(*stage, application),
            sample_key(application)?.key.expose(),
            // A single quote would end the shell's string.
            stage.example().to_string().replace('\'', "'\\''"),
        );
    }
    text += "\nDeliveries of asynchronous hooks go through the queue to the worker, as on AWS.\n";
    text += "\nTo publish a hookpoint.yaml to the same table, after an edit:\n\n  ";
    for (name, value) in running.aws().variables() {
        text += &format!("{name}={value} ");
    }
    text += &format!("cargo run --features aws -- apply --table {TABLE}\n\n");
    text += &format!(
        "Table `{TABLE}`, secrets `{SECRET_PREFIX}/…`, queue `{}`. All of it is lost after Ctrl-C.\n\n",
        running.queue().url()
    );
    Ok(text)
}

/// The first stage with a hook in each family of stages.
fn examples(running: &Running) -> Vec<Example> {
    let desired = running.workspace().desired();
    let bound: BTreeSet<_> = desired
        .bindings
        .iter()
        .map(|binding| binding.stage)
        .collect();
    [Family::Conversation, Family::Identity]
        .into_iter()
        .filter_map(|family| {
            let application = desired
                .applications
                .iter()
                .find(|application| application.kind.family() == family)?;
            let stage = bound
                .iter()
                .find(|stage| stage.definition().family == family)?;
            Some((*stage, application.id.clone()))
        })
        .collect()
}

/// The file of an event: the generated one, or, for the workspace's own application, one below the target directory.
fn file_of((stage, application): &Example) -> anyhow::Result<PathBuf> {
    let name = format!("{}.json", stage.name());
    if *application == sample_application(stage.definition().family)? {
        return Ok(PathBuf::from("events").join(name));
    }
    let folder = repository::target()?.join("lambda-local/events");
    let path = folder.join(name);
    let text = event_file(*stage, application)?;
    fs::create_dir_all(&folder)
        .and_then(|()| fs::write(&path, text))
        .with_context(|| format!("failed to write `{}`", path.display()))?;
    Ok(path)
}
