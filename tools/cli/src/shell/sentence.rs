//! Commands within sentences.
//!
//! Most sentences are written where nothing is known of the command line: "`hookpoint runs list` shows them" must lead to the store
//! that was read, not to the one in the current folder.

use std::ffi::OsString;

use clap::{ArgMatches, Command, CommandFactory as _, parser::ValueSource};

use super::quote;
use crate::{arguments::Arguments, env};

/// How a command begins.
const START: &str = "`hookpoint ";
/// The options that choose a place, by their ids.
const PLACES: [&str; 3] = ["table", "stack", "queue_url"];
/// Options that need one of them.
const WITH_PLACE: [&str; 4] = ["dead_letter_queue_url", "endpoint_url", "region", "profile"];
/// Commands that use no workspace, or must not be given one.
const WITHOUT_WORKSPACE: [&str; 8] = [
    "completions",
    "endpoints",
    "help",
    "init",
    "man",
    "plugins",
    "smoke",
    "stages",
];

/// A text whose commands in backticks lead to the workspace and the store that this command line names.
pub(crate) fn completed(text: &str) -> String {
    if text.contains(START) {
        within(text, &Arguments::command(), env::arguments())
    } else {
        text.to_owned()
    }
}

fn within(text: &str, command: &Command, given: Vec<OsString>) -> String {
    let Ok(matches) = command.clone().try_get_matches_from(given) else {
        return text.to_owned();
    };
    let given = given_options(&matches);
    let mut completed = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(START) {
        let (before, after) = rest.split_at(start + 1);
        completed.push_str(before);
        let Some(end) = after.find('`') else {
            rest = after;
            break;
        };
        let (words, behind) = after.split_at(end);
        completed.push_str(words);
        completed.push_str(&missing(words, command, &given));
        completed.push('`');
        rest = &behind[1..];
    }
    completed + rest
}

/// The options for places on the command line, by their ids.
fn given_options(matches: &ArgMatches) -> Vec<(&'static str, String)> {
    let mut innermost = matches;
    while let Some((_, inner)) = innermost.subcommand() {
        innermost = inner;
    }
    let value = |id| {
        let is_given = innermost.try_contains_id(id).ok()?
            && innermost.value_source(id) == Some(ValueSource::CommandLine);
        let value = innermost.get_raw(id).filter(|_| is_given)?.next()?;
        Some((id, value.to_str()?.to_owned()))
    };
    let ids = ["workspace"].into_iter().chain(PLACES).chain(WITH_PLACE);
    ids.filter_map(value).collect()
}

/// The given options that a command takes and does not have, to be appended.
fn missing(words: &str, root: &Command, given: &[(&'static str, String)]) -> String {
    let mut command = root;
    let mut names = Vec::new();
    for word in words.split(' ').skip(1) {
        let Some(inner) = command.find_subcommand(word) else {
            break;
        };
        command = inner;
        names.push(inner.get_name());
    }
    let Some(first) = names.first() else {
        return String::new();
    };
    let takes = |id: &str| {
        command
            .get_arguments()
            .any(|argument| argument.get_id() == id)
    };
    let option = |id: &str| format!(" --{}", id.replace('_', "-"));
    let has_place = given.iter().any(|(id, _)| PLACES.contains(id) && takes(id));
    let has_own = PLACES.iter().any(|id| words.contains(&option(id)));
    let options = given.iter().filter(|(id, _)| match *id {
        "workspace" => !WITHOUT_WORKSPACE.contains(first) && !words.contains(&option(id)),
        id => has_place && !has_own && takes(id),
    });
    let options = options.flat_map(|(id, value)| [option(id), " ".to_owned(), quote(value)]);
    options.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_in_a_sentence_lead_to_the_place_that_was_named() {
        let text = "no run; `hookpoint runs list` shows `them`, `hookpoint init` makes a workspace, \
            `hookpoint deliveries list` what waits, and `hookpoint keys create --table t` a key: `hookpoint stages";
        let completed = |line: &str| {
            let given = line.split(' ').map(OsString::from).collect();
            within(text, &Arguments::command(), given)
        };
        assert_eq!(completed("hookpoint runs list"), text);
        assert_eq!(completed("hookpoint runs list --nonsense"), text);
        assert_eq!(
            completed("hookpoint runs list -w a/b.yaml --stack prod --region eu-west-1"),
            "no run; `hookpoint runs list --workspace a/b.yaml --stack prod --region eu-west-1` shows `them`, \
            `hookpoint init` makes a workspace, `hookpoint deliveries list --workspace a/b.yaml --stack prod --region eu-west-1` \
            what waits, and `hookpoint keys create --table t --workspace a/b.yaml` a key: `hookpoint stages"
        );
        // What names its workspace already is left as it is.
        let named = "undo it with `hookpoint rollback 01 --workspace a/b.yaml`";
        let given = ["hookpoint", "apply", "-w", "a/b.yaml", "--stack", "prod"];
        assert_eq!(
            within(
                named,
                &Arguments::command(),
                given.map(OsString::from).to_vec()
            ),
            "undo it with `hookpoint rollback 01 --workspace a/b.yaml --stack prod`"
        );
        // A command without this kind of place gets no option that needs one.
        assert_eq!(
            completed(
                "hookpoint deliveries list --queue-url q --dead-letter-queue-url d --profile ops"
            ),
            text.replace(
                "deliveries list",
                "deliveries list --queue-url q --dead-letter-queue-url d --profile ops"
            )
        );
    }
}
