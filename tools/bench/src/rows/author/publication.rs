//! `plan` and `apply` of many hooks against an emulated DynamoDB.

use std::{fmt::Write as _, path::Path};

use hookpoint_aws::DynamoStore;
use hookpoint_devserver::WORKSPACE_FILE;
use hookpoint_xtask::{lambda_local::EmulatedAws, python};

use super::{hookpoint, timed, times, write};
use crate::{bench::Bench, report::Row};

const TABLE: &str = "author";
const HOOKS: usize = 200;
/// One transaction of DynamoDB binds at most 97 new hooks.
const APPLICATIONS: usize = 4;

pub(super) async fn measure(bench: &Bench<'_>) -> anyhow::Result<Vec<Row>> {
    let folder = bench.subfolder("author-publication")?;
    let aws = EmulatedAws::start(&python::ensure()?, &folder.join("moto.log")).await?;
    let store = DynamoStore::new(aws.clients(), TABLE);
    store.create_table().await?;
    let publication = Publication {
        bench,
        folder: &folder,
        aws: &aws,
    };
    let new = format!("{HOOKS} new hook versions");
    let mut all: [Vec<f64>; 4] = Default::default();
    // Later publications bind the versions that replace those of the first.
    for turn in 0..=bench.times(3, 1) {
        write(&folder, WORKSPACE_FILE, &workspace(turn))?;
        let of_plan = publication.takes(&["plan"], "")?;
        let of_apply = publication.takes(&["apply", "--yes"], &new)?;
        let (plan, apply) = if turn == 0 { (0, 1) } else { (2, 3) };
        all[plan].push(of_plan);
        all[apply].push(of_apply);
    }
    let nothing = publication.takes(&["plan"], "nothing to do")?;
    let [first_plan, first_apply, plan, apply] = all;
    let what = |what: &str| format!("{HOOKS} {what} of {APPLICATIONS} applications, emulated");
    Ok(vec![
        times(what("new hooks, `plan`"), first_plan, None),
        times(what("new hooks, `apply`"), first_apply, None),
        times(what("changed hooks, `plan`"), plan, None),
        times(what("changed hooks, `apply`"), apply, None),
        times(what("unchanged hooks, `plan`"), vec![nothing], None),
    ])
}

struct Publication<'a> {
    bench: &'a Bench<'a>,
    folder: &'a Path,
    aws: &'a EmulatedAws,
}

impl Publication<'_> {
    /// The microseconds of a command that prints this text.
    fn takes(&self, arguments: &[&str], printed: &str) -> anyhow::Result<f64> {
        let mut command = hookpoint(self.bench, self.folder, arguments)?;
        command
            .args(["--table", TABLE, "--endpoint-url", &self.aws.endpoint_url()])
            .envs(self.aws.variables());
        timed(&mut command, printed)
    }
}

fn workspace(turn: usize) -> String {
    let (mut applications, mut hooks, mut bindings) = (String::new(), String::new(), String::new());
    // Writing to a string cannot fail.
    for number in 0..APPLICATIONS {
        let _ = writeln!(applications, "  shop-{number}: {{ kind: identity }}");
    }
    for number in 0..HOOKS {
        let application = number % APPLICATIONS;
        let attributes = format!("n{number}: {turn}");
        let _ = writeln!(
            hooks,
            "  h{number}: {{ static: {{ attributes: {{ {attributes} }} }} }}"
        );
        let _ = writeln!(
            bindings,
            "  - {{ application: shop-{application}, stage: beforeRegistration, hook: h{number} }}"
        );
    }
    format!("version: 1\napplications:\n{applications}hooks:\n{hooks}bindings:\n{bindings}")
}
