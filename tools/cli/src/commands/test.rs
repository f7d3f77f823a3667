//! `hookpoint test`: runs the cases of hooks, and scripts of journeys.

mod junit;
mod misspelt;
pub(crate) mod run;

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use clap::Args;
use hookpoint_workspace::{
    CASE_SUFFIX, Case, JOURNEY_SUFFIX, JourneyScript, Workspace, WorkspaceErrors, case_files,
    files_below,
};
use serde_json::{Value, json};

use self::run::{NOTHING_EXPECTED, Ran, run_case};

use crate::{
    commands::{check::warning, journey::script::walk},
    context::Context,
    exit::{self, Exit},
    output::{self, BAD, GOOD, WARNING, milliseconds, paint},
    watching::{Awaited, watching},
};

pub(crate) const EXIT_CODES: &str = "\
A case is a file `NAME.case.yaml` anywhere below the workspace: hook, stage, event, secrets, variables, time, requests with their \
replies, and what is expected. docs/hooks.md has an example. A script of a journey is a file `NAME.journey.yaml`; see \
docs/journeys.md. Nothing leaves this machine: what a case does not list is refused.

Exit codes:
  0  every case passed
  1  a case failed
  2  wrong usage or configuration, or there is no case";

/// The end of a name that is probably meant to be that of a case.
const OTHER_SUFFIX: &str = ".case.yml";

/// Which cases, and how.
#[derive(Debug, Args)]
pub(crate) struct Test {
    /// Run only cases whose path or hook contains this text
    filter: Option<String>,

    /// Accept the results of failing cases as their new expectations
    #[arg(long)]
    update: bool,

    /// Run them again whenever a file is saved
    #[arg(long, conflicts_with = "json")]
    watch: bool,

    /// Write the results as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,

    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// The result of a case.
#[derive(Debug)]
pub(crate) struct Tested {
    /// Its path, from the folder of the workspace.
    name: String,
    /// Deviations from the expectation, each on one or more lines.
    problems: Vec<String>,
    elapsed: Duration,
    /// Whether its expectation was rewritten.
    is_updated: bool,
}

impl Tested {
    fn passed(&self) -> bool {
        self.problems.is_empty() || self.is_updated
    }
}

impl Test {
    pub(crate) async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        if !self.watch {
            return self.once(context, &mut Vec::new()).await;
        }
        let known = [context.source.path().to_owned()];
        let awaited = Awaited {
            below: context.source.path().parent().unwrap_or(Path::new("")),
            endings: &[CASE_SUFFIX, JOURNEY_SUFFIX],
        };
        watching(&known, Some(awaited), async |files| {
            self.once(context, files).await
        })
        .await
    }

    /// Runs the cases once, and adds the files to watch.
    async fn once(&self, context: &Context, files: &mut Vec<PathBuf>) -> anyhow::Result<Exit> {
        files.push(context.source.path().to_owned());
        let workspace = context.workspace().await.inspect_err(|error| {
            if let Some(errors) = error.downcast_ref::<WorkspaceErrors>() {
                files.extend(errors.files().to_vec());
            }
        })?;
        files.extend(workspace.files().to_vec());
        let folder = context.source.path().parent().unwrap_or(Path::new(""));
        let found = case_files(folder)
            .with_context(|| format!("failed to look for cases in `{}`", folder.display()))?;
        files.extend(found.clone());
        for path in files_below(folder, OTHER_SUFFIX).unwrap_or_default() {
            let name = path.strip_prefix(folder).unwrap_or(&path).display();
            let said = format!(
                "{name}: it is not run, because the name of a case ends with `{CASE_SUFFIX}`"
            );
            output::remark(output::PLAIN, &warning(&said))?;
        }
        let mut tested = Vec::new();
        for path in found {
            let name = path.strip_prefix(folder).unwrap_or(&path);
            let name = name.display().to_string();
            let started = Instant::now();
            let case = Case::load(&path);
            if !self.wants(&name, case.as_ref().ok()) {
                continue;
            }
            let (mut problems, mut is_updated) = (Vec::new(), false);
            match case {
                Err(errors) => problems.push(self.shown(&errors)),
                Ok(case) => match run_case(&case, &workspace).await {
                    Err(error) => problems.push(format!("{error:#}")),
                    Ok(ran) => {
                        let found = misspelt::warnings(&case, ran.stage());
                        for found in found.iter().chain(&ran.remarks) {
                            output::remark(output::PLAIN, &warning(&format!("{name}: {found}")))?;
                        }
                        problems = ran.problems(&case.expect);
                        if self.update && !problems.is_empty() {
                            match not_updated(&ran, &case) {
                                None => match ran.write_to(&path, &case.expect) {
                                    Ok(()) => {
                                        is_updated = true;
                                        problems.retain(|problem| problem != NOTHING_EXPECTED);
                                    }
                                    Err(error) => problems.push(format!("{error:#}")),
                                },
                                Some(reason) => problems.push(reason),
                            }
                        }
                    }
                },
            }
            self.push(
                Tested {
                    name,
                    problems,
                    elapsed: started.elapsed(),
                    is_updated,
                },
                &mut tested,
            )?;
        }
        self.journeys(&workspace, context, files, &mut tested)
            .await?;
        self.finish(&tested, folder)
    }

    /// Runs the scripts of journeys.
    async fn journeys(
        &self,
        workspace: &Workspace,
        context: &Context,
        files: &mut Vec<PathBuf>,
        tested: &mut Vec<Tested>,
    ) -> anyhow::Result<()> {
        let folder = context.source.path().parent().unwrap_or(Path::new(""));
        let found = files_below(folder, JOURNEY_SUFFIX)
            .with_context(|| format!("failed to look for scripts in `{}`", folder.display()))?;
        files.extend(found.clone());
        for path in found {
            let name = path.strip_prefix(folder).unwrap_or(&path);
            let name = name.display().to_string();
            if !self.wants(&name, None) {
                continue;
            }
            let started = Instant::now();
            let mut problems = match JourneyScript::load(&path) {
                Err(errors) => vec![self.shown(&errors)],
                Ok(script) => match walk(&script, workspace, context).await {
                    Err(error) => vec![format!("{error:#}")],
                    Ok(walked) => walked.problems,
                },
            };
            if self.update && !problems.is_empty() {
                problems.push(
                    "not updated: `--update` writes cases, not scripts of journeys".to_owned(),
                );
            }
            self.push(
                Tested {
                    name,
                    problems,
                    elapsed: started.elapsed(),
                    is_updated: false,
                },
                tested,
            )?;
        }
        Ok(())
    }

    /// Problems of a file, for below its name.
    fn shown(&self, errors: &WorkspaceErrors) -> String {
        let columns = output::width::of_terminal().filter(|_| !self.json && self.junit.is_none());
        exit::of_workspace(errors, columns.map(|columns| columns.saturating_sub(2)))
    }

    fn push(&self, case: Tested, tested: &mut Vec<Tested>) -> anyhow::Result<()> {
        if !self.json {
            output::print(&line(&case))?;
        }
        tested.push(case);
        Ok(())
    }

    fn wants(&self, name: &str, case: Option<&Case>) -> bool {
        self.filter.as_ref().is_none_or(|filter| {
            name.contains(filter) || case.is_some_and(|case| case.hook.as_str().contains(filter))
        })
    }

    fn finish(&self, tested: &[Tested], folder: &Path) -> anyhow::Result<Exit> {
        if tested.is_empty() {
            match &self.filter {
                Some(filter) => bail!("no case has `{filter}` in its path or hook"),
                None => bail!(
                    "there is no case below `{}`; write one as `NAME{CASE_SUFFIX}` beside its hook",
                    if folder.as_os_str().is_empty() {
                        Path::new(".")
                    } else {
                        folder
                    }
                    .display()
                ),
            }
        }
        let failed = tested.iter().filter(|case| !case.passed()).count();
        if let Some(path) = &self.junit {
            fs::write(path, junit::render(tested))
                .with_context(|| format!("failed to write `{}`", path.display()))?;
        }
        if self.json {
            let cases = tested.iter().map(|case| {
                json!({
                    "case": case.name,
                    "passed": case.passed(),
                    "updated": case.is_updated,
                    "problems": case.problems,
                    "durationMs": case.elapsed.as_secs_f64() * 1_000.0,
                })
            });
            output::print_json(&json!({
                "passed": tested.len() - failed,
                "failed": failed,
                "cases": cases.collect::<Value>(),
            }))?;
        } else {
            let elapsed = tested.iter().map(|case| case.elapsed).sum();
            let style = if failed == 0 { GOOD } else { BAD };
            let summary = format!("{} passed, {failed} failed", tested.len() - failed);
            output::say(&format!(
                "\n{} ({})",
                paint(style, &summary),
                milliseconds(elapsed)
            ))?;
        }
        Ok(if failed == 0 {
            Exit::Done
        } else {
            Exit::Different
        })
    }
}

/// Why `--update` leaves a case as it is although the result differs.
fn not_updated(ran: &Ran, case: &Case) -> Option<String> {
    if ran.fails_unexpectedly(&case.expect) {
        return Some(
            "not updated, because the hook failed: write `outcome` below `expect` if it is to fail"
                .to_owned(),
        );
    }
    (!ran.other.is_empty()).then(|| "not updated: no expectation can make this pass".to_owned())
}

/// One case and, below it, its problems.
fn line(case: &Tested) -> String {
    let word = if case.is_updated {
        paint(WARNING, "updated")
    } else if case.passed() {
        paint(GOOD, "ok")
    } else {
        paint(BAD, "failed")
    };
    let mut text = format!(
        "{word} {} ({})",
        output::printable(&case.name),
        milliseconds(case.elapsed)
    );
    // Those of an update too: what it replaced is for the author to judge.
    for problem in &case.problems {
        for line in output::printable_lines(problem).lines() {
            text.push_str("\n  ");
            text.push_str(&painted(line));
        }
    }
    text
}

/// Lines of a difference in colours.
fn painted(line: &str) -> String {
    match line.chars().next() {
        Some('-') => paint(BAD, line),
        Some('+') => paint(GOOD, line),
        _ => line.to_owned(),
    }
}
