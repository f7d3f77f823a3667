//! The output of `hookpoint dev`.

use std::{net::SocketAddr, path::Path};

use hookpoint_devserver::{Current, DevError, DevServer, Reloaded};
use hookpoint_engine::{
    application::binding::Target,
    confidential::secret::Secret,
    event::route,
    identifier::ApplicationId,
    publish::{Desired, DesiredApplication},
};
use hookpoint_stages::Stage;

use super::keys::ShownKeys;
use crate::{
    commands::apply::stray_remark,
    exit,
    output::{BAD, BOLD, Cell, DIM, GOOD, Table, WARNING, paint, printable_lines, prose, width},
    shell,
};

const FOLLOWING: &str = "Saving the workspace reloads it. Ctrl-C stops.";
/// Longest sample event of a command that leaves room for the rest on a small terminal.
const SMALL_EVENT: usize = 500;
/// How many applications are named at start.
const NAMED: usize = 6;

/// The output at start that fits a small terminal: address, applications, and one command to paste. `prune` is another.
pub(super) fn short_welcome(
    server: &DevServer,
    workspace: &Path,
    keys: &ShownKeys,
    prune: &str,
) -> String {
    let address = server.address();
    let current = server.current();
    let desired = current.workspace.desired();
    let mut lines = vec![
        heading(address),
        paint(DIM, &prose(&origin(current, workspace))),
    ];
    if !desired.applications.is_empty() {
        let ids = desired.applications.iter().map(|one| one.id.as_str());
        let named = ids.take(NAMED).collect::<Vec<_>>().join(", ");
        let text = match desired.applications.len().checked_sub(NAMED) {
            Some(more @ 1..) => format!("{named} and {more} more"),
            _ => named,
        };
        let text = format!("Applications: {text}; `-v` shows their keys and commands.");
        lines.push(paint(DIM, &prose(&text)));
    }
    let commands = desired.applications.iter().filter_map(|application| {
        let key = server.keys().get(&application.id)?;
        Some((application, key, shown_stage(desired, application)))
    });
    let size = |stage: Stage| stage.example().to_string().len().max(SMALL_EVENT);
    let shortest = commands.min_by_key(|(_, _, stage)| size(*stage));
    if let Some((application, key, stage)) = shortest {
        let key = keys.file().is_none().then_some(key);
        lines.push(format!(
            "\n{}\n",
            curl(address, &application.id, key, stage)
        ));
    }
    lines.extend(keys.file().map(kept_in));
    if !current.strays.is_empty() {
        lines.push(paint(
            WARNING,
            &prose(&stray_remark(&current.strays, prune)),
        ));
    }
    lines.push(paint(DIM, FOLLOWING));
    lines.join("\n")
}

fn heading(address: SocketAddr) -> String {
    format!("{} http://{address}", paint(BOLD, "Hookpoint listens on"))
}

fn origin(current: &Current, workspace: &Path) -> String {
    if current.is_sample {
        format!(
            "No {} here, so this is the built-in sample; `hookpoint init` makes a workspace.",
            workspace.display()
        )
    } else {
        format!(
            "Following {}: {}.",
            workspace.display(),
            current.changes.summary()
        )
    }
}

fn kept_in(file: &Path) -> String {
    prose(&format!(
        "The keys are in {}; they are not written to log files.",
        file.display()
    ))
}

/// The output at start in full: address, keys, and commands to paste.
pub(super) fn welcome(
    server: &DevServer,
    workspace: &Path,
    keys: &ShownKeys,
    prune: &str,
) -> String {
    let address = server.address();
    let current = server.current();
    let desired = current.workspace.desired();
    let mut table = Table::new(["application", "kind", "ingest key"]);
    for application in &desired.applications {
        table.push([
            Cell::text(application.id.as_str()),
            Cell::text(application.kind.family().as_str()),
            Cell::text(
                server
                    .keys()
                    .get(&application.id)
                    .map_or("", |key| keys.shown(key)),
            ),
        ]);
    }
    let mut blocks = vec![format!(
        "{}\n{}",
        heading(address),
        paint(DIM, &prose(&origin(current, workspace)))
    )];
    if !desired.applications.is_empty() {
        blocks.push(table.render());
    }
    for application in &desired.applications {
        if let Some(key) = server.keys().get(&application.id) {
            let stage = shown_stage(desired, application);
            let key = keys.file().is_none().then_some(key);
            blocks.push(curl(address, &application.id, key, stage));
        }
    }
    if let Some(file) = keys.file() {
        blocks.push(kept_in(file));
    }
    if !current.strays.is_empty() {
        blocks.push(paint(
            WARNING,
            &prose(&stray_remark(&current.strays, prune)),
        ));
    }
    blocks.push(paint(DIM, FOLLOWING));
    blocks.join("\n\n")
}

/// The output for a reload.
pub(super) fn reloaded(
    reloaded: &Reloaded,
    address: SocketAddr,
    keys: &ShownKeys,
    prune: &str,
) -> String {
    let mut lines = vec![prose(&format!(
        "{}: {}",
        paint(GOOD, "reloaded"),
        reloaded.changes.summary()
    ))];
    for (id, key) in &reloaded.new_keys {
        lines.push(format!("key of {id}: {}", keys.shown(key)));
    }
    if let Some(port) = reloaded.other_port {
        let port_line = format!(
            "the workspace now has port {port}; this server stays on {} until it is restarted",
            address.port()
        );
        lines.push(paint(WARNING, &prose(&port_line)));
    }
    if !reloaded.new_strays.is_empty() {
        lines.push(paint(
            WARNING,
            &prose(&stray_remark(&reloaded.new_strays, prune)),
        ));
    }
    lines.join("\n")
}

/// The output for an edit that is not in effect.
pub(super) fn kept(error: &DevError) -> String {
    match error {
        DevError::App(app) => {
            let problems = exit::of_app(app, width::of_terminal());
            let text = problems.unwrap_or_else(|| printable_lines(&app.to_string()));
            let outcome = "not reloaded: the last valid workspace stays in effect";
            prose(&format!("{text}\n{}", paint(BAD, outcome)))
        }
        error => prose(&format!("{}: {error}", paint(BAD, "not fully reloaded"))),
    }
}

/// The first stage, as the workspace lists them, that has hooks for the application.
fn shown_stage(desired: &Desired, application: &DesiredApplication) -> Stage {
    let concerns = |target: &Target| match target {
        Target::Application(id) => *id == application.id,
        Target::Store(id) => application.identity_store.as_ref() == Some(id),
    };
    let bound = desired
        .bindings
        .iter()
        .find(|binding| concerns(&binding.target));
    let family = application.kind.family();
    let any = || {
        Stage::ALL
            .iter()
            .copied()
            .find(|stage| stage.definition().family == family)
    };
    bound
        .map(|binding| binding.stage)
        .or_else(any)
        .unwrap_or(Stage::ConversationStart)
}

/// A command to paste. A key that must not be shown is replaced by a shell variable.
fn curl(
    address: SocketAddr,
    application: &ApplicationId,
    key: Option<&Secret>,
    stage: Stage,
) -> String {
    let path = route::path(application.as_str(), &stage.name());
    let url = format!("http://{address}{path}");
    let authorization = match key {
        Some(key) => shell::quote(&format!("Authorization: Bearer {}", key.expose())),
        None => "\"Authorization: Bearer $INGEST_KEY\"".to_owned(),
    };
    format!(
        "curl -sS {} \\\n  -H {} \\\n  -H 'Content-Type: application/json' \\\n  -d {}",
        shell::quote(&url),
        authorization,
        shell::quote(&stage.example().to_string())
    )
}
