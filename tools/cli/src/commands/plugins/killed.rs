//! Changes of plugins that were killed, and what is left of them.

use std::{fs, path::Path};

use anyhow::{Context as _, bail};
use hookpoint_plugins::{RECORD_FILE, Record, is_inside};
use hookpoint_workspace::Workspace;

use super::update::journal::{Journal, Reach};
use crate::{
    env, output,
    tree::{Claimed, Remains},
};

/// The folder in which an addition is prepared.
pub(super) const ADDING: &str = ".hookpoint-adding";
/// The folder in which an update is prepared.
pub(super) const UPDATING: &str = ".hookpoint-updating";

/// The folder of a workspace file.
pub(crate) fn folder_of(workspace: &Path) -> &Path {
    match workspace.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// A folder in which a change of a plugin is prepared. Refuses while another change runs, because the one that ends last would undo the
/// other.
pub(super) fn claim(folder: &Path, name: &str, own: &str) -> anyhow::Result<Claimed> {
    let claimed = Claimed::new_in(folder, name, own);
    let claimed = claimed.with_context(|| {
        // `.` says little.
        let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        format!(
            "failed to write into `{}`; nothing was changed",
            folder.display()
        )
    })?;
    refuse_beside_another(folder, Some(claimed.path()))?;
    Ok(claimed)
}

fn refuse_beside_another(folder: &Path, own: Option<&Path>) -> anyhow::Result<()> {
    for (name, verb) in [(ADDING, "add"), (UPDATING, "update")] {
        let all = Remains::all(folder, name);
        let mut others = all.iter().filter(|remains| Some(remains.path()) != own);
        if others.any(|remains| remains.is_claimed) {
            bail!(
                "another `{} plugins {verb}` runs in `{}`: wait until it has ended",
                env::program(),
                folder.display()
            );
        }
    }
    Ok(())
}

/// Removes what killed additions left.
pub(super) fn clear_additions(folder: &Path, workspace: Option<&Workspace>) -> anyhow::Result<()> {
    refuse_beside_another(folder, None)?;
    // A command that has begun meanwhile is not killed.
    for remains in left(folder, ADDING) {
        let failed = || format!("failed to remove what is left in `{}`", folder.display());
        let own = purpose(&remains).map(|own| folder.join(own));
        if let Some(own) = own.filter(|own| is_unused(own, workspace)) {
            fs::remove_dir_all(&own).with_context(failed)?;
            // The folder of plugins stays if there are others.
            let _ = own.parent().map(fs::remove_dir);
        }
        remains.remove().with_context(failed)?;
        output::remark(
            output::PLAIN,
            &format!(
                "removed what a killed addition of {} left",
                plugin(&remains)
            ),
        )?;
    }
    Ok(())
}

/// Takes back updates that were killed half-way.
pub(super) fn clear_updates(folder: &Path) -> anyhow::Result<()> {
    refuse_beside_another(folder, None)?;
    for remains in left(folder, UPDATING) {
        let failed = || format!("failed to take back what `{}` lists", remains.name());
        let was_killed = format!("an update of {} was killed", plugin(&remains));
        let note = match (purpose(&remains), Journal::read(&remains)) {
            (Some(own), Some(journal)) => {
                let scratch = claim(folder, UPDATING, own)?;
                let files = folder.join(own);
                match journal.reach(&files) {
                    Reach::All => format!("{was_killed}; it is complete"),
                    Reach::Nothing => format!("{was_killed} before it changed a file"),
                    Reach::Half(_) => {
                        let taken_back = journal.take_back(&files, &scratch);
                        taken_back
                            .map_err(|(path, error)| {
                                anyhow::Error::new(error).context(path.display().to_string())
                            })
                            .with_context(failed)?;
                        format!("{was_killed} half-way; every file is as it was before")
                    }
                    Reach::Changed(changed) => bail!(
                        "{was_killed} half-way, and you changed {} since: move that away and run the command again, which takes the update back; then merge what is yours",
                        listed(own, &changed)
                    ),
                }
            }
            _ => format!("{was_killed} before it changed a file"),
        };
        remains.remove().with_context(failed)?;
        output::remark(output::PLAIN, &note)?;
    }
    Ok(())
}

/// A sentence on each change that was killed.
pub(crate) fn warnings(folder: &Path) -> Vec<String> {
    let additions = left(folder, ADDING).map(|remains| {
        format!(
            "`{}` was left by a killed addition of {}; the next `{} plugins add` removes it",
            remains.name(),
            plugin(&remains),
            env::program()
        )
    });
    additions.chain(updates(folder)).collect()
}

/// A sentence on each update that was killed.
pub(crate) fn updates(folder: &Path) -> impl Iterator<Item = String> {
    left(folder, UPDATING).map(move |remains| {
        let (name, plugin) = (remains.name(), plugin(&remains));
        let next = format!("the next `{} plugins update`", env::program());
        let reach = purpose(&remains).and_then(|own| {
            let reach = Journal::read(&remains)?.reach(&folder.join(own));
            Some((own, reach))
        });
        match reach {
            Some((own, Reach::Half(new))) => format!(
                "an update of {plugin} was killed half-way, with {} updated and others not; {next} takes it back",
                listed(own, &new)
            ),
            Some((own, Reach::Changed(changed))) => format!(
                "an update of {plugin} was killed half-way, and you changed {} since; {next} says how to take it back",
                listed(own, &changed)
            ),
            _ => format!("`{name}` was left by a killed update of {plugin}; {next} removes it"),
        }
    })
}

/// What killed commands left.
fn left(folder: &Path, name: &str) -> impl Iterator<Item = Remains> {
    let all = Remains::all(folder, name).into_iter();
    all.filter(|remains| !remains.is_claimed)
}

/// Files of a plugin, for messages.
fn listed(own: &str, paths: &[String]) -> String {
    let paths = paths.iter();
    let paths: Vec<String> = paths.map(|path| format!("`{own}/{path}`")).collect();
    output::printable(&paths.join(", "))
}

/// The folder of the plugin that was about to change, below that of the workspace.
fn purpose(remains: &Remains) -> Option<&str> {
    remains.purpose.as_deref().filter(|own| is_inside(own))
}

/// The plugin that was about to change.
fn plugin(remains: &Remains) -> String {
    let own = purpose(remains).and_then(|own| own.rsplit('/').next());
    own.map_or_else(
        || "a plugin".to_owned(),
        |name| format!("`{}`", output::printable(name)),
    )
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
