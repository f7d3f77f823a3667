//! Additions of plugins that were killed, and what is left of them.

use std::{
    fs,
    path::{Component, Path},
};

use anyhow::{Context as _, bail};
use hookpoint_plugins::{RECORD_FILE, Record};
use hookpoint_workspace::Workspace;

use crate::{env, output, tree::Remains};

/// The folder in which an addition is prepared.
pub(super) const SCRATCH: &str = ".hookpoint-adding";

/// The folder of a workspace file.
pub(crate) fn folder_of(workspace: &Path) -> &Path {
    match workspace.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Removes what killed additions left. Refuses while another addition runs, because the one that ends last would undo the other.
pub(super) fn clear(folder: &Path, workspace: Option<&Workspace>) -> anyhow::Result<()> {
    let all = Remains::all(folder, SCRATCH);
    if all.iter().any(|remains| remains.is_claimed) {
        bail!(
            "another `{} plugins add` runs in `{}`: wait until it has ended",
            env::program(),
            folder.display()
        );
    }
    for remains in all {
        let failed = || format!("failed to remove what is left in `{}`", folder.display());
        let own = remains.purpose.as_deref().filter(|own| is_inside(own));
        let own = own.map(|own| folder.join(own));
        if let Some(own) = own.filter(|own| is_unused(own, workspace)) {
            fs::remove_dir_all(&own).with_context(failed)?;
            // The folder of plugins stays if there are others.
            let _ = own.parent().map(fs::remove_dir);
        }
        remains.remove().with_context(failed)?;
        output::note(&format!("removed {}", described(&remains)))?;
    }
    Ok(())
}

/// A sentence on each killed addition, for `check`.
pub(crate) fn warnings(folder: &Path) -> Vec<String> {
    Remains::all(folder, SCRATCH)
        .iter()
        .filter(|remains| !remains.is_claimed)
        .map(|remains| {
            format!(
                "`{}` is {}; the next `{} plugins add` removes it",
                remains.name(),
                described(remains),
                env::program()
            )
        })
        .collect()
}

fn described(remains: &Remains) -> String {
    let plugin = remains.purpose.as_deref();
    match plugin.and_then(|own| own.rsplit('/').next()) {
        Some(name) => {
            format!(
                "what an addition of `{}` left that was killed",
                output::printable(name)
            )
        }
        None => "what an addition of a plugin left that was killed".to_owned(),
    }
}

/// Whether a path leads below the folder that it is relative to.
fn is_inside(path: &str) -> bool {
    let mut parts = Path::new(path).components();
    parts.all(|part| matches!(part, Component::Normal(_))) && !path.is_empty()
}

/// Whether a folder has the files of a plugin as they were installed, and the workspace uses none of them.
fn is_unused(folder: &Path, workspace: Option<&Workspace>) -> bool {
    let files = workspace.map(Workspace::files).unwrap_or_default();
    let real = |path: &Path| path.canonicalize().ok();
    let own = real(folder);
    let is_used = files.iter().any(|file| match (real(file), &own) {
        (Some(file), Some(own)) => file.starts_with(own),
        _ => false,
    });
    let record = fs::read_to_string(folder.join(RECORD_FILE)).ok();
    let record = record.and_then(|text| Record::parse(&text).ok());
    !is_used && record.is_some_and(|record| is_untouched(&record, folder))
}

/// Whether every file is as it was installed, and there is no other.
pub(super) fn is_untouched(record: &Record, folder: &Path) -> bool {
    let read = |path: &str| fs::read_to_string(folder.join(path)).ok();
    let present = record
        .files
        .keys()
        .filter_map(|path| Some((path.clone(), read(path)?)));
    let present: std::collections::BTreeMap<_, _> = present.collect();
    let changes = record.changes(&present, read);
    let is_same = changes
        .iter()
        .all(|file| file.change == hookpoint_plugins::Change::None);
    // Files that the record lists are the only ones, besides the record.
    is_same && present.len() == record.files.len() && files_below(folder) == present.len() + 1
}

fn files_below(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.path() {
            path if path.is_dir() => files_below(&path),
            _ => 1,
        })
        .sum()
}
