//! The built command line in each role for people: it gets from AWS what the role's policy allows, and nothing else. What the manual
//! says that a role may run succeeds, everything else is refused, and the role allows no more than that needs.

mod gate;
mod installation;
mod manual;
mod request;

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use self::{
    gate::{Gate, Seen, question},
    installation::Installation,
    request::Access,
};
use super::{PEOPLE, each_is_noticed, mutants::narrowed, simulator::Simulator};

/// What authors may not do for another application, though they may for their own.
const FOR_OTHERS: [&str; 13] = [
    "publications list --application bot",
    "applications show bot",
    "bindings list --application bot",
    "bindings list --identity-store people",
    "hooks list --application bot",
    "hooks diff hello",
    "pull --application bot",
    "keys list --application bot",
    "runs list --application bot",
    "audit --application bot",
    "rollback --application bot",
    "secrets set NAME --application bot",
    "secrets rm NAME --application bot",
];

/// Permissions for the AWS console and the AWS command line: logs, alarms, dashboard, and the check after a rotation.
fn is_for_aws(action: &str) -> bool {
    ["logs:", "cloudwatch:", "secretsmanager:DescribeSecret"]
        .iter()
        .any(|prefix| action.starts_with(prefix))
}

/// Runs commands in each role.
struct Replay {
    installation: Installation,
    gates: Vec<(&'static str, Gate)>,
    /// What allowed commands needed.
    needed: BTreeSet<(&'static str, Access)>,
    /// What ended in another way than expected.
    wrong: Vec<String>,
}

impl Replay {
    async fn start() -> Self {
        let installation = Installation::deploy().await;
        let roles = installation.roles(&PEOPLE);
        let simulator = Arc::new(Mutex::new(Simulator::of(&roles)));
        let upstream = installation.account.aws.endpoint_url();
        let upstream = upstream.trim_start_matches("http://");
        let mut gates = Vec::new();
        for role in PEOPLE {
            let simulator = Arc::clone(&simulator);
            let gate = Gate::before(upstream.to_owned(), simulator, role).await;
            gates.push((role, gate));
        }
        Self {
            installation,
            gates,
            needed: BTreeSet::new(),
            wrong: Vec::new(),
        }
    }

    /// Runs a command, and notes whether it ended as it should in a role that may run it, or may not.
    async fn run(&mut self, role: &'static str, command: &str, may: bool) {
        let words = self.installation.prepared(command).await;
        let mut gates = self.gates.iter();
        let (_, gate) = gates.find(|(name, _)| *name == role).unwrap();
        let is_author = role == "AuthorRole";
        let ended = self.installation.run(&words, &gate.url(), is_author);
        let seen = gate.take();
        if !is_as_expected(may, ended.code, &seen) {
            self.wrong.push(format!(
                "{role}: {words:?} ended with {:?}, denied {:?}\n{}",
                ended.code, seen.denied, ended.output
            ));
        }
        if may {
            let allowed = seen.allowed.into_iter();
            self.needed.extend(allowed.map(|access| (role, access)));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_role_may_run_the_commands_that_the_manual_names_and_allows_nothing_that_they_do_not_need()
 {
    let mut replay = Replay::start().await;
    let Installation {
        program, account, ..
    } = &replay.installation;
    manual::lists_every_command(program, account.folder.path());
    let commands = manual::commands();
    for documented in &commands {
        // Those who may do most go last.
        for role in PEOPLE.into_iter().rev() {
            let may = documented.roles.contains(&role);
            replay.run(role, &documented.command, may).await;
        }
    }
    for command in FOR_OTHERS {
        replay.run("AuthorRole", command, false).await;
    }
    // More hooks than fit into a transaction, and then fewer bindings.
    replay.installation.extras = true;
    replay.run("AuthorRole", "apply", true).await;
    replay.installation.publish_a_change();
    replay.installation.extras = false;
    replay.run("AuthorRole", "apply", true).await;
    replay.run("OperatorRole", "apply", true).await;
    // The settings of an application are in its item, which has its keys.
    replay.installation.keeps_events = false;
    replay.run("AuthorRole", "apply", false).await;
    let wrong = &replay.wrong;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));

    let needed = without_repetitions(replay.needed);
    let questions = needed
        .iter()
        .map(|(role, access)| question(role, access, true));
    let questions: Vec<_> = questions.collect();
    let roles = replay.installation.roles(&PEOPLE);
    let changes = each_is_noticed(&roles, &questions, |policies| {
        narrowed(policies, is_for_aws)
    });
    eprintln!(
        "{} commands, {} different accesses, {changes} narrower roles",
        commands.len(),
        questions.len()
    );
}

/// An allowed command ends with 0, or with 1 if what it was about did not pass; one that is refused ends with 2, because something was
/// denied.
fn is_as_expected(may: bool, code: Option<i32>, seen: &Seen) -> bool {
    match code {
        Some(0 | 1) => may,
        Some(2) => !may && !seen.denied.is_empty(),
        _ => false,
    }
}

/// One of each kind of access: that to eight shards at 29 stages is alike.
fn without_repetitions(needed: BTreeSet<(&'static str, Access)>) -> Vec<(&'static str, Access)> {
    let mut kinds = BTreeSet::new();
    let mut kept: Vec<_> = needed.into_iter().collect();
    kept.retain(|(role, access)| {
        let keys = access.keys.iter().map(|key| match key.split_once('#') {
            Some((_, rest)) if rest.contains(':') => {
                rest.trim_end_matches(|end: char| end.is_ascii_digit())
            }
            _ => key.as_str(),
        });
        let keys: BTreeSet<_> = keys.map(str::to_owned).collect();
        kinds.insert((*role, access.action, access.resource.clone(), keys))
    });
    kept
}
