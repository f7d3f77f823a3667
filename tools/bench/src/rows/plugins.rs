//! The own time of every hook of the plugins: its vendor answers at once.

use std::{
    collections::BTreeMap,
    path::Path,
    process::Command,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use anyhow::{Context as _, anyhow, ensure};
use async_trait::async_trait;
use hookpoint_devserver::BundlerProcess;
use hookpoint_engine::{
    confidential::secret::Secret,
    deadline::Deadline,
    hook::{Hook, exchange::Exchanges, outcome::HookFailure},
    identifier::{DeliveryId, VariableName},
    ports::{Fetch, FetchReply, FetchRequest, NoSourceMap, ScriptCall, ScriptRunner as _},
    publish::{Desired, DesiredBinding},
};
use hookpoint_operator::{Served, compile_in};
use hookpoint_plugins::{Library, Plugin, Values};
use hookpoint_script::{Sandbox, SandboxOptions};
use hookpoint_workspace::{Case, Workspace};
use hookpoint_xtask::repository;
use rustix::time::{ClockId, clock_gettime};
use serde_json::Value;

use crate::{
    bench::Bench,
    report::{Figures, Goal, Row, Unit},
    series::Series,
};

const CORRELATION_ID: &str = "6f1c2a52-7c9e-4d7e-8d36-90b8c5f0a1c4";
/// Longer than any hook takes.
const AMPLE: Duration = Duration::from_secs(10);
/// What a hook may take of the 3 seconds that it shares with its vendor.
const GOAL: f64 = 5_000.0;
/// Attempts to compile, which has a time limit that a busy machine may miss.
const ATTEMPTS: u32 = 10;

pub(super) async fn measure(bench: &Bench<'_>) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (name, plugin) in Library::embedded().plugins() {
        let plugin = plugin.as_ref().map_err(|errors| anyhow!("{errors}"))?;
        let folder = bench.subfolder(&format!("plugins/{name}"))?;
        let measured = of_plugin(bench, plugin, &folder).await;
        rows.extend(measured.with_context(|| format!("the plugin `{name}`"))?);
    }
    Ok(rows)
}

async fn of_plugin(bench: &Bench<'_>, plugin: &Plugin, folder: &Path) -> anyhow::Result<Vec<Row>> {
    let mut workspace = added(bench, plugin, folder)?;
    let vendor = Arc::<Vendor>::default();
    let sandbox = Sandbox::new(&SandboxOptions::default(), vendor.clone());
    let mut attempt = 1;
    while let Err(error) = compile_in(&sandbox, &mut workspace).await {
        ensure!(attempt < ATTEMPTS, "{error}");
        attempt += 1;
    }
    let desired = workspace.desired();
    let mut rows = Vec::new();
    for case in successes(plugin, desired)? {
        let run = Run::of(desired, &case)?;
        let (mut own, mut elapsed) = (Series::default(), Series::default());
        for batch in 0..=bench.times(10, 2) {
            let mut turn = (Vec::new(), Vec::new());
            for _ in 0..bench.times(50, 10) {
                let took = run.time(&sandbox, &vendor).await?;
                turn.0.push(took.own);
                turn.1.push(took.elapsed);
            }
            // The first batch makes the template.
            if batch > 0 {
                own.push(turn.0);
                elapsed.push(turn.1);
            }
        }
        let row = |figure: &str, series, goal| Row {
            name: "plugins",
            what: format!(
                "{}, {figure} of a run with {} requests",
                case.hook,
                case.requests.len()
            ),
            unit: Unit::Microseconds,
            measured: Figures::of(series),
            baseline: None,
            goal,
        };
        let goal = Some(Goal::TailAtMost(GOAL));
        rows.extend([
            row("processor time", &own, goal),
            row("time", &elapsed, None),
        ]);
    }
    Ok(rows)
}

/// The workspace of an empty folder to which a plugin was added with the examples of its manifest.
fn added(bench: &Bench<'_>, plugin: &Plugin, folder: &Path) -> anyhow::Result<Workspace> {
    // Its profile does not matter: it is not measured.
    let bundler = repository::target()?.join("debug/hookpoint-bundler");
    let mut command = Command::new(bench.programs.hookpoint()?);
    command
        .current_dir(folder)
        .env("HOOKPOINT_BUNDLER", &bundler)
        .args(["plugins", "add", &plugin.name, "--application", "shop"]);
    for (name, value) in Values::examples(&plugin.manifest).all() {
        command.args(["--set", &format!("{name}={value}")]);
    }
    let output = command.output().context("failed to start `hookpoint`")?;
    ensure!(
        output.status.success(),
        "`hookpoint plugins add` failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let bundler = BundlerProcess::find(Some(bundler), None);
    Workspace::load_with(&folder.join("hookpoint.yaml"), &bundler)
        .map_err(|errors| anyhow!("{errors}"))
}

/// Each hook's first case that succeeds at a stage where it is bound, if possible one with requests.
fn successes(plugin: &Plugin, desired: &Desired) -> anyhow::Result<Vec<Case>> {
    let values = Values::examples(&plugin.manifest);
    let mut cases = Vec::new();
    for (path, text) in plugin.cases() {
        let case = Case::parse(&values.fill(text), path, Path::new(""));
        let case = case.map_err(|errors| anyhow!("{errors}"))?;
        let is_success = matches!(case.expect.outcome.as_deref(), None | Some("ok"));
        if is_success && binding_of(desired, &case).is_some() {
            cases.push(case);
        }
    }
    cases.sort_by_key(|case| case.requests.is_empty());
    let mut seen = Vec::new();
    cases.retain(|case| {
        let is_new = !seen.contains(&case.hook);
        seen.push(case.hook.clone());
        is_new
    });
    Ok(cases)
}

/// The binding whose hook runs in a case. Parameters decide at which stages there is one.
fn binding_of<'a>(desired: &'a Desired, case: &Case) -> Option<&'a DesiredBinding> {
    let mut bindings = desired.bindings.iter();
    bindings.find(|binding| {
        binding.hook == case.hook && case.stage.is_none_or(|stage| stage == binding.stage)
    })
}

/// A hook with the event, variables and secrets of a case.
struct Run<'a> {
    case: &'a Case,
    hook: Hook,
    binding: &'a DesiredBinding,
    event: serde_json::Map<String, Value>,
    variables: BTreeMap<VariableName, String>,
}

impl<'a> Run<'a> {
    fn of(desired: &'a Desired, case: &'a Case) -> anyhow::Result<Self> {
        let binding = binding_of(desired, case);
        let binding = binding.with_context(|| format!("`{}` is not bound", case.hook))?;
        let body = desired.hooks.get(&case.hook).context("there is no hook")?;
        let mut variables = binding.variables.clone();
        variables.extend(case.variables.clone());
        Ok(Self {
            case,
            hook: Hook {
                name: case.hook.clone(),
                version: 1,
                body: Arc::clone(body),
            },
            binding,
            event: case.event_at(binding.stage),
            variables,
        })
    }

    /// Times one run, whose requests are answered as the case says.
    async fn time(&self, sandbox: &Sandbox, vendor: &Vendor) -> anyhow::Result<Took> {
        let served = Arc::new(Served::new(self.case.requests.clone()));
        vendor.is_now(Arc::clone(&served));
        let secrets = self.case.secrets.iter();
        let exchanges = Exchanges::new(false);
        let delivery = DeliveryId::unique();
        let call = ScriptCall {
            hook: &self.hook,
            stage: self.binding.stage,
            event: &self.event,
            variables: self
                .variables
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect(),
            secrets: secrets
                .map(|(name, value)| (name.clone(), Secret::new(value.clone())))
                .collect(),
            correlation_id: CORRELATION_ID,
            delivery: Some(&delivery),
            now: self.case.time.unwrap_or_else(SystemTime::now),
            deadline: Deadline::after(tokio::time::Instant::now(), AMPLE),
            source_map: &NoSourceMap,
            exchanges: &exchanges,
        };
        let (begin, begin_of_work) = (Instant::now(), processor_time());
        let reply = sandbox.run(call).await;
        let (end_of_work, elapsed) = (processor_time(), begin.elapsed());
        reply.with_context(|| format!("`{}` failed", self.case.hook))?;
        let problems = served.problems();
        ensure!(problems.is_empty(), "`{}`: {problems:?}", self.case.hook);
        Ok(Took {
            own: microseconds(end_of_work.saturating_sub(begin_of_work)),
            elapsed: microseconds(elapsed),
        })
    }
}

/// The microseconds of one run.
struct Took {
    /// Of any processor, for this process, in which nothing else happens meanwhile. Waiting for a processor that others use is no part
    /// of it.
    own: f64,
    elapsed: f64,
}

/// The processor time of all threads of this process so far.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

fn microseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000_000.0
}

/// The vendor of the hook that runs now.
#[derive(Default)]
struct Vendor(Mutex<Option<Arc<Served>>>);

impl Vendor {
    fn is_now(&self, served: Arc<Served>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(served);
    }
}

#[async_trait]
impl Fetch for Vendor {
    async fn fetch(&self, request: FetchRequest) -> Result<FetchReply, HookFailure> {
        let served = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        served
            .unwrap_or_else(|| Arc::new(Served::new(Vec::new())))
            .fetch(request)
            .await
    }
}
