//! The commands that the manual names for each role.

use std::{fs, path::Path, process::Command};

use hookpoint_xtask::repository;

use super::super::PEOPLE;

/// A row of the table in `docs/production.md`, which names one role or several, and their commands.
const ROW: &str = "| `OperatorRole`";
/// On a stack these only say that its queue lists nothing.
const ON_THE_LOCAL_QUEUE: [&str; 3] = ["deliveries show", "deliveries cancel", "deliveries retry"];

/// A command as the manual writes it.
pub(super) struct Documented {
    pub(super) command: String,
    /// The roles that may run it.
    pub(super) roles: Vec<&'static str>,
}

/// All commands of the table.
pub(super) fn commands() -> Vec<Documented> {
    let manual = fs::read_to_string(repository::root().join("docs/production.md")).unwrap();
    let mut commands = Vec::new();
    for line in manual.lines().filter(|line| line.starts_with(ROW)) {
        let cells: Vec<_> = line.trim_matches('|').split('|').collect();
        // The other table has three.
        let [names, listed] = cells[..] else {
            continue;
        };
        let roles = PEOPLE.into_iter();
        let roles: Vec<_> = roles
            .filter(|role| names.contains(&format!("`{role}`")))
            .collect();
        for command in listed.split('`').skip(1).step_by(2) {
            commands.push(Documented {
                command: command.to_owned(),
                roles: roles.clone(),
            });
        }
    }
    commands
}

/// Checks that the table has every command that works on a stack.
pub(super) fn lists_every_command(program: &Path, folder: &Path) {
    let pages = folder.join("man");
    let written = Command::new(program).arg("man").arg(&pages).output();
    assert!(written.unwrap().status.success());
    let documented = commands();
    let mut missing = Vec::new();
    for page in fs::read_dir(&pages).unwrap() {
        let page = page.unwrap().path();
        let name = page.file_stem().unwrap().to_str().unwrap().to_owned();
        if !fs::read_to_string(&page).unwrap().contains("\\-\\-stack") {
            continue;
        }
        let names = name.trim_start_matches("hookpoint-");
        let command = if names.starts_with("dead-letters") {
            names.replacen("dead-letters-", "dead-letters ", 1)
        } else {
            names.replace('-', " ")
        };
        let is_listed = documented.iter().any(|known| {
            let rest = known.command.strip_prefix(&command);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        });
        if !is_listed && !ON_THE_LOCAL_QUEUE.contains(&command.as_str()) {
            missing.push(command);
        }
    }
    assert!(missing.is_empty(), "not in docs/production.md: {missing:?}");
}
