//! Every word leads somewhere.

use std::collections::BTreeSet;

use clap::{CommandFactory as _, Parser as _};

use super::*;
use crate::arguments::Arguments;

/// What is shown for a command line that is wrong.
fn shown(line: &str) -> String {
    let arguments = || std::iter::once("hookpoint").chain(line.split(' '));
    let mut error = Arguments::try_parse_from(arguments()).unwrap_err();
    let command = Arguments::command();
    explain(&mut error, &command, arguments().skip(1).map(Into::into));
    error.render().to_string()
}

#[test]
fn every_word_leads_to_commands_that_exist() {
    let command = Arguments::command();
    let mut seen = BTreeSet::new();
    for Word(words, meant) in &COMMANDS {
        for word in *words {
            assert!(seen.insert(*word), "`{word}` twice");
            assert!(command.find_subcommand(word).is_none(), "`{word}` exists");
            let text = shown(word);
            let first = format!("did you mean `hookpoint {}`", meant[0].0);
            assert!(text.contains(&first), "{word}: {text}");
            assert_eq!(text.matches("tip:").count(), 1, "{word}: {text}");
        }
        for (line, _) in *meant {
            let (path, innermost) = innermost(
                &command,
                &line.split(' ').map(Into::into).collect::<Vec<_>>(),
            );
            let rest: Vec<&str> = line.split(' ').skip(path.len()).collect();
            assert!(!path.is_empty(), "{line}");
            assert!(!innermost.is_subcommand_required_set(), "{line}");
            for part in rest {
                let is_option = part.strip_prefix("--").map(|long| {
                    innermost
                        .get_arguments()
                        .any(|argument| argument.get_long() == Some(long))
                });
                let is_value = part == "last" || part.to_uppercase() == part;
                assert!(is_option.unwrap_or(is_value), "{line}: {part}");
            }
        }
    }
}

#[test]
fn below_a_command_its_own_word_is_meant() {
    for (line, meant) in [
        ("hooks rm", "did you mean `hookpoint hooks delete`?"),
        ("hooks ls", "did you mean `hookpoint hooks list`?"),
        ("hooks history", "did you mean `hookpoint hooks versions`?"),
        ("secrets add", "did you mean `hookpoint secrets set`?"),
        ("secrets delete", "did you mean `hookpoint secrets rm`?"),
        ("keys new", "did you mean `hookpoint keys create`?"),
        ("keys rm", "did you mean `hookpoint keys revoke`?"),
        (
            "dead-letters retry",
            "did you mean `hookpoint dead-letters redrive`?",
        ),
        (
            "dead-letters rm",
            "did you mean `hookpoint dead-letters drop`?",
        ),
        (
            "deliveries delete",
            "did you mean `hookpoint deliveries cancel`?",
        ),
        ("runs get", "did you mean `hookpoint runs show`?"),
        ("plugins install", "did you mean `hookpoint plugins add`?"),
        ("hooks publish", "did you mean `hookpoint apply`"),
    ] {
        assert!(shown(line).contains(meant), "{line}: {}", shown(line));
    }
}

#[test]
fn the_singular_of_a_command_means_that_command_alone() {
    for (line, meant) in [
        ("run list", "runs list"),
        ("run show last", "runs show"),
        ("binding list", "bindings list"),
        ("application list", "applications list"),
        ("secret list", "secrets list"),
        ("hook list", "hooks list"),
        ("delivery list", "deliveries list"),
        ("publication list", "publications list"),
        ("dead-letter list", "dead-letters list"),
        ("Key create", "keys create"),
        ("stage", "stages"),
        ("secret", "secrets"),
    ] {
        let text = shown(line);
        let tip = format!("did you mean `hookpoint {meant}`?");
        assert!(text.contains(&tip), "{line}: {text}");
        assert_eq!(text.matches("tip:").count(), 1, "{line}: {text}");
    }
    assert!(shown("run a.js").contains("`hookpoint try FILE"));
    assert!(shown("hooks run").contains("`hookpoint try FILE"));
}

#[test]
fn an_option_of_another_tool_leads_to_ours() {
    for (line, meant) in [
        ("check --output", "`--json`"),
        ("runs list --tail", "`--follow`"),
        ("runs list --app bot", "`--application`"),
        ("runs list -n 3", "`--limit`"),
        ("runs list --errors", "`--outcome`"),
        ("apply --auto-approve", "`--yes`"),
        ("apply --dry", "`--dry-run`"),
        ("apply --config x.yaml", "`--workspace`"),
        ("test --tail", "`--watch`"),
        ("trigger conversation-start --payload x", "`--event`"),
        ("plan --debug", "`--verbose`"),
    ] {
        let text = shown(line);
        let meant = format!("did you mean {meant}?");
        assert!(text.contains(&meant), "{line}: {text}");
        assert_eq!(text.matches("tip:").count(), 1, "{line}: {text}");
    }
}

#[test]
fn a_misspelt_command_is_still_found_by_its_letters() {
    let text = shown("aply");
    assert!(
        text.contains("'apply'") && !text.contains("did you mean"),
        "{text}"
    );
    assert!(!shown("zzz").contains("tip:"));
    assert!(!shown("check --zzz").contains("did you mean"));
}
