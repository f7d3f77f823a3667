//! What is meant by commands and options of other tools: `publish`, `logs`, `--output`.

#[cfg(test)]
mod tests;

use std::ffi::{OsStr, OsString};

use clap::{
    Command, Error,
    builder::StyledStr,
    error::{ContextKind, ContextValue, ErrorKind},
};
use hookpoint_workspace::syntax::nearest;

/// An unknown command, and the commands it may stand for, each with its summary.
struct Word(
    &'static [&'static str],
    &'static [(&'static str, &'static str)],
);

/// Words for commands, by their meaning.
const COMMANDS: [Word; 24] = [
    Word(
        &["publish", "deploy", "push", "release", "ship", "up", "sync"],
        &[("apply", "publishes the workspace")],
    ),
    Word(
        &["diff", "changes", "what-if"],
        &[("plan", "shows what publishing would change")],
    ),
    Word(
        &["undo", "revert", "restore"],
        &[("rollback last", "returns to what was published before")],
    ),
    Word(
        &["new", "create", "scaffold", "generate", "setup"],
        &[("init NAME", "makes a workspace")],
    ),
    Word(
        &["validate", "lint", "verify", "typecheck"],
        &[("check", "checks the workspace")],
    ),
    Word(
        &["logs", "log", "tail", "executions", "output"],
        &[
            ("runs list --follow", "shows what hooks did and do"),
            ("runs show last", "shows the log of one run"),
        ],
    ),
    Word(
        &["status", "state", "info"],
        &[
            ("applications list", "shows what is published"),
            ("runs list", "shows what hooks did"),
            ("deliveries list", "shows what waits"),
        ],
    ),
    Word(
        &["invoke", "send", "fire", "emit", "post", "event"],
        &[("trigger STAGE", "runs one event")],
    ),
    Word(
        &["run", "exec", "execute", "eval"],
        &[
            ("try FILE --stage STAGE", "runs a script without binding it"),
            ("trigger STAGE", "runs one event through every hook"),
        ],
    ),
    Word(
        &["serve", "server", "start", "watch", "local", "listen"],
        &[("dev", "serves events on this machine")],
    ),
    Word(
        &["ls", "list"],
        &[
            ("hooks list", "lists published hooks"),
            ("bindings list", "lists where they run"),
            ("applications list", "lists applications"),
        ],
    ),
    Word(
        &["rm", "remove", "delete", "destroy", "del"],
        &[
            ("hooks delete NAME", "deletes a published hook"),
            ("applications delete ID", "deletes an application"),
            ("secrets rm NAME", "removes a secret"),
        ],
    ),
    Word(
        &["show", "get", "describe", "cat"],
        &[
            ("hooks show NAME", "shows a published hook"),
            ("runs show last", "shows a run"),
        ],
    ),
    Word(
        &["export", "download", "import", "clone", "eject"],
        &[("pull", "writes what is published as a workspace")],
    ),
    Word(
        &["history", "versions", "releases", "deployments"],
        &[
            ("publications list", "shows who published what"),
            ("hooks versions NAME", "shows the versions of a hook"),
        ],
    ),
    Word(
        &["replay", "retry", "resend", "rerun"],
        &[
            ("runs replay ID", "runs a hook again on a kept event"),
            ("deliveries retry ID", "attempts a delivery now"),
        ],
    ),
    Word(
        &["dlq", "failed", "failures"],
        &[("dead-letters list", "lists deliveries that were given up")],
    ),
    Word(
        &["queue", "jobs", "pending"],
        &[("deliveries list", "shows what waits")],
    ),
    Word(
        &["stop", "disable", "off", "deactivate"],
        &[("pause --application ID", "switches hooks off")],
    ),
    Word(
        &["enable", "on", "unpause", "activate"],
        &[("resume --application ID --all", "switches hooks on again")],
    ),
    Word(
        &["continue", "proceed"],
        &[(
            "trigger STAGE --continue",
            "resumes the event that was suspended last",
        )],
    ),
    Word(
        &["add", "install"],
        &[("plugins add NAME", "adds a ready-made hook")],
    ),
    Word(
        &["doctor", "ping", "health", "healthcheck"],
        &[("smoke", "tries out a deployment")],
    ),
    Word(
        &["forget", "erase", "gdpr", "privacy"],
        &[("subjects erase ID", "erases what is stored about a person")],
    ),
];

/// Words that mean the same below a command such as `hooks`. A command has at most one of each line.
const INNER: [&[&str]; 7] = [
    &["list", "ls", "all", "index"],
    &["show", "get", "describe", "info", "view", "cat", "inspect"],
    &[
        "delete", "rm", "drop", "revoke", "cancel", "erase", "remove", "del", "destroy", "unset",
    ],
    &[
        "create", "set", "add", "new", "put", "make", "install", "update",
    ],
    &["redrive", "retry", "replay", "resend", "rerun", "requeue"],
    &["versions", "history", "revisions"],
    &["order", "sort", "reorder", "move"],
];

/// Words for options. Those of a line that a command has are meant.
const OPTIONS: [&[&str]; 14] = [
    &["json", "output", "format", "o"],
    &["follow", "watch", "tail", "f", "w"],
    &["application", "app", "a"],
    &["dry-run", "dry", "noop", "preview", "n"],
    &["yes", "y", "assume-yes", "auto-approve", "no-confirm"],
    &["force", "replace", "overwrite", "f"],
    &[
        "event", "input", "payload", "data", "body", "e", "d", "file",
    ],
    &["workspace", "config", "c", "cwd"],
    &["limit", "max", "count", "last", "n"],
    &["since", "from", "after"],
    &["outcome", "status", "state", "failed", "errors"],
    &["hook", "function", "name", "script"],
    &["stack", "stack-name", "environment", "env", "s"],
    &["verbose", "debug", "trace", "log-level"],
];

/// `did you mean …? ` for an unknown name that is nearly a known one, to go before the command that lists them.
pub(crate) fn meant<'a>(unknown: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let nearest = nearest(unknown, &known);
    nearest.map_or_else(String::new, |name| format!("did you mean `{name}`? "))
}

/// Adds what is meant to an error about an unknown command or option.
pub(crate) fn explain(
    error: &mut Error,
    command: &Command,
    arguments: impl Iterator<Item = OsString>,
) {
    let (kind, suggested) = match error.kind() {
        ErrorKind::InvalidSubcommand => (
            ContextKind::InvalidSubcommand,
            ContextKind::SuggestedSubcommand,
        ),
        ErrorKind::UnknownArgument => (ContextKind::InvalidArg, ContextKind::SuggestedArg),
        _ => return,
    };
    let Some(ContextValue::String(unknown)) = error.get(kind) else {
        return;
    };
    let arguments: Vec<OsString> = arguments.collect();
    let meant = if kind == ContextKind::InvalidArg {
        let (_, inner) = innermost(command, &arguments);
        option(unknown, inner).map(|option| format!("did you mean `--{option}`?"))
    } else {
        let is_unknown = |argument: &OsString| argument == unknown.as_str();
        let place = arguments.iter().position(is_unknown);
        let (before, behind) = arguments.split_at(place.unwrap_or(arguments.len()));
        let (path, inner) = innermost(command, before);
        let singular = path
            .is_empty()
            .then(|| singular(unknown, behind.get(1), command));
        singular
            .flatten()
            .or_else(|| of_command(unknown, &path, inner))
    };
    if let Some(meant) = meant {
        // A similar spelling is not the meaning.
        error.remove(suggested);
        let meant = ContextValue::StyledStrs(vec![StyledStr::from(meant)]);
        error.insert(ContextKind::Suggested, meant);
    }
}

/// The innermost command that arguments name, with its path below the program.
fn innermost<'a>(command: &'a Command, arguments: &[OsString]) -> (Vec<&'a str>, &'a Command) {
    let (mut path, mut innermost) = (Vec::new(), command);
    for argument in arguments {
        if argument == OsStr::new("--") {
            break;
        }
        if let Some(next) = innermost.find_subcommand(argument) {
            path.push(next.get_name());
            innermost = next;
        }
    }
    (path, innermost)
}

/// What is meant by the singular of a command, such as `run list`. Alone, `run` may be another word.
fn singular(unknown: &str, next: Option<&OsString>, root: &Command) -> Option<String> {
    let word = unknown.to_lowercase();
    let stem = word.strip_suffix('y').unwrap_or(&word);
    let plurals = [format!("{word}s"), format!("{stem}ies")];
    let meant = plurals
        .iter()
        .find_map(|plural| root.find_subcommand(plural))?;
    let plural = meant.get_name();
    if let Some(inner) = next.and_then(|next| meant.find_subcommand(next)) {
        return Some(format!(
            "did you mean `hookpoint {plural} {}`?",
            inner.get_name()
        ));
    }
    let is_other = COMMANDS
        .iter()
        .any(|Word(words, _)| words.contains(&word.as_str()));
    (!is_other).then(|| format!("did you mean `hookpoint {plural}`?"))
}

fn of_command(unknown: &str, path: &[&str], inner: &Command) -> Option<String> {
    let word = unknown.to_lowercase();
    let has = |name: &&&str| inner.find_subcommand(name).is_some();
    let alike = INNER.iter().filter(|line| line.contains(&word.as_str()));
    let own = alike.flat_map(|line| line.iter()).find(has);
    if let (false, Some(own)) = (path.is_empty(), own) {
        return Some(format!(
            "did you mean `hookpoint {} {own}`?",
            path.join(" ")
        ));
    }
    let Word(_, meant) = COMMANDS
        .iter()
        .find(|Word(words, _)| words.contains(&word.as_str()))?;
    let described: Vec<String> = meant
        .iter()
        .map(|(command, purpose)| format!("`hookpoint {command}`, which {purpose}"))
        .collect();
    Some(format!("did you mean {}?", described.join(", or ")))
}

/// The option of a command that an unknown one means.
fn option(unknown: &str, command: &Command) -> Option<&'static str> {
    let word = unknown.trim_start_matches('-').to_lowercase();
    let lines = OPTIONS.iter().filter(|line| line.contains(&word.as_str()));
    let mut words = lines.flat_map(|line| line.iter().copied());
    words.find(|word| {
        *word == "workspace"
            || *word == "verbose"
            || command
                .get_arguments()
                .any(|argument| argument.get_long() == Some(word))
    })
}
