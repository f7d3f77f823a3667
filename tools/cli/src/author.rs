//! Who publishes, and from which commit.

use std::{path::Path, process::Command, time::SystemTime};

use hookpoint_engine::publish::Commit;
use hookpoint_operator::Author;

use crate::{
    context::Context,
    output::{self, WARNING},
    store::Store,
};

/// Returns the author of a publication that was planned at a time. If the user's identity cannot be read, warns and records `unknown`.
pub(crate) async fn author(
    store: &Store,
    context: &Context,
    now: SystemTime,
) -> anyhow::Result<Author> {
    let by = match store.user().await {
        Ok(user) => user,
        Err(reason) => {
            let warning = format!("the history will not say who published: {reason}");
            output::remark(WARNING, &warning)?;
            "unknown".to_owned()
        }
    };
    let folder = context.source.path().parent().unwrap_or(Path::new(""));
    Ok(Author {
        by,
        commit: commit(folder),
        now,
    })
}

/// The commit that is checked out in a folder; `None` outside of repositories, and without git.
fn commit(folder: &Path) -> Option<Commit> {
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let id = git(folder, &["rev-parse", "--verify", "HEAD"])?;
    let status = git(folder, &["status", "--porcelain", "--", "."])?;
    Some(Commit {
        id,
        is_modified: !status.is_empty(),
    })
}

fn git(folder: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(arguments)
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
