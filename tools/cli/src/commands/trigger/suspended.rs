//! The tokens of the events that were suspended last, for `trigger --continue`.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    path::PathBuf,
};

use anyhow::Context as _;
use hookpoint_stages::Stage;
use serde_json::{Map, Value};

use crate::{context::Context, shell};

/// The file in `.hookpoint/`: a token for each stage.
const FILE: &str = "suspended.json";

fn file(context: &Context) -> PathBuf {
    context.source.state_directory().join(FILE)
}

/// Keeps the token of a response that suspends its event. Tokens are as good as the event, so only the owner may read them.
pub(super) fn keep(
    context: &Context,
    stage: Stage,
    response: &Map<String, Value>,
) -> anyhow::Result<()> {
    let Some(token) = response.get("continuation") else {
        return Ok(());
    };
    let path = file(context);
    let failed = || format!("failed to write `{}`", path.display());
    let mut tokens = read(&path);
    tokens.insert(stage.id().to_owned(), token.clone());
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(&path).with_context(failed)?;
    file.write_all(Value::Object(tokens).to_string().as_bytes())
        .with_context(failed)
}

/// The token of the event that was suspended last at a stage.
pub(super) fn last(context: &Context, stage: Stage) -> anyhow::Result<String> {
    let tokens = read(&file(context));
    let token = tokens.get(stage.id()).and_then(Value::as_str);
    token.map(str::to_owned).with_context(|| {
        format!(
            "no event of `{stage}` was suspended here; run `{}` first, or name the token with `--continuation`",
            shell::command(["trigger", &stage.name()], context)
        )
    })
}

/// The tokens by stage; none when there is no file, or another one.
fn read(path: &PathBuf) -> Map<String, Value> {
    let text = fs::read(path).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}
