//! An engine with a plugin published, as a stage's function has it, and the vendor that its hooks call.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use hookpoint_engine::{
    Arrival, Engine, Ports, Runners,
    application::{binding::Mode, condition::Conditions},
    confidential::secret::Secret,
    event::Event,
    hook::{Hook, egress::EgressPolicy, replay::Replay},
    identifier::VariableName,
    ports::{Fetch, Settlement, WorkQueue as _},
    publish::{Desired, DesiredApplication},
    record::RunRecord,
    stages::Stage,
    testing::{FixedSecrets, MemoryQueue, MemoryStore, ports},
};
use hookpoint_operator::{GivenSecrets, Served, compile_in};
use hookpoint_script::{Sandbox, SandboxOptions};
use hookpoint_workspace::{Case, Workspace};
use serde_json::{Map, Value};

use super::vendor::Vendor;

/// Identifies the events of cases that have no id of their own.
const CORRELATION: &str = "6f1c2a52-7c9e-4d7e-8d36-90b8c5f0a1c4";

pub(super) struct Bench {
    desired: Desired,
    sandbox: Sandbox,
    vendor: Arc<Vendor>,
}

/// What an event came to.
#[derive(Debug)]
pub(super) struct Outcome {
    /// The response to the caller.
    pub(super) response: Map<String, Value>,
    /// Why the hook failed, if it did.
    pub(super) failure: Option<String>,
    /// The wait before the next attempt at a delivery that is retried.
    pub(super) next_attempt: Option<Duration>,
    pub(super) is_asynchronous: bool,
}

impl Bench {
    pub(super) async fn of(mut workspace: Workspace) -> Self {
        let vendor = Arc::<Vendor>::default();
        // Signatures hold the second in which they are made.
        let options = SandboxOptions {
            is_clock_stopped: true,
            ..SandboxOptions::default()
        };
        let sandbox = Sandbox::new(&options, vendor.clone());
        // Compiling has a time limit, which a busy machine may miss.
        let mut attempts = 0;
        while let Err(error) = compile_in(&sandbox, &mut workspace).await {
            attempts += 1;
            assert!(attempts < 10, "{error}");
        }
        Self {
            desired: workspace.desired().clone(),
            sandbox,
            vendor,
        }
    }

    /// Gives the hooks less time.
    pub(super) fn within(&self, limit: Duration) -> Self {
        let mut desired = self.desired.clone();
        for binding in &mut desired.bindings {
            binding.timeout_ms = u64::try_from(limit.as_millis()).ok();
        }
        Self {
            desired,
            sandbox: self.sandbox.clone(),
            vendor: self.vendor.clone(),
        }
    }

    /// The stage of a case: its own, or that of the hook's only binding.
    pub(super) fn stage(&self, case: &Case) -> Stage {
        let mut bindings = self.desired.bindings.iter();
        let bound = bindings.find(|binding| binding.hook == case.hook);
        case.stage.unwrap_or_else(|| bound.unwrap().stage)
    }

    /// Posts the event of a case to an engine that has only the bindings of its hook, with the case's variables and secrets.
    pub(super) async fn post(
        &self,
        case: &Case,
        event: &Map<String, Value>,
        answering: Arc<dyn Fetch>,
    ) -> Outcome {
        self.vendor.is_now(answering);
        let stage = self.stage(case);
        let desired = self.with(&case.variables, case, stage);
        let binding = &desired.bindings[0];
        let is_asynchronous = binding.mode == Mode::Asynchronous;
        let application = application(&desired, stage).id.clone();
        let kept = FixedSecrets::default();
        for (name, value) in &case.secrets {
            kept.set(None, name.as_str(), value);
        }
        let queue = Arc::new(MemoryQueue::default());
        let store = Arc::new(MemoryStore::holding(&desired));
        let ports = Ports {
            secrets: Arc::new(kept),
            queue: queue.clone(),
            ..ports(store)
        };
        let runs = ports.runs.clone();
        let engine = Engine::new(ports, self.runners());
        let now = case.time.unwrap_or_else(SystemTime::now);
        let event =
            Event::parse(stage, Value::Object(event.clone()).to_string().as_bytes()).unwrap();
        let arrival = Arrival {
            correlation_id: case
                .correlation_id
                .clone()
                .unwrap_or_else(|| CORRELATION.to_owned()),
            traceparent: None,
            now,
            received: tokio::time::Instant::now(),
        };
        let report = engine
            .run_without_key(&application, &event, &arrival)
            .await
            .unwrap();
        let mut next_attempt = None;
        let failure = if is_asynchronous {
            let leased = queue
                .receive(1, Duration::from_secs(20), now)
                .await
                .unwrap();
            match engine.handle_message(&leased[0], now).await {
                Settlement::Done => None,
                Settlement::Dead(reason) => Some(format!("{}: {}", reason.code, reason.message)),
                Settlement::Retry(job) => {
                    let mut failure = None;
                    runs.look(|record| {
                        let error = record.error.clone().unwrap_or_default();
                        failure = Some(format!("{}: {error}", record.outcome));
                    });
                    next_attempt = Some(job.wait(now));
                    failure
                }
                Settlement::Postponed(wait) => Some(format!("put off for {wait:?}")),
            }
        } else {
            failure(&report.runs[0].record)
        };
        Outcome {
            response: report.response,
            failure,
            next_attempt,
            is_asynchronous,
        }
    }

    /// Whether an event holds an answer to what a hook asked before.
    pub(super) fn is_resumed(event: &Map<String, Value>) -> bool {
        let context = event.get("continueContext");
        context.is_some_and(|context| !context.is_null())
    }

    /// Runs a case: by posting its event, or as a resumption, which has no token here.
    pub(super) async fn run(
        &self,
        case: &Case,
        event: &Map<String, Value>,
        answering: Arc<dyn Fetch>,
    ) -> Outcome {
        if Self::is_resumed(event) {
            self.alone(case, event, answering).await
        } else {
            self.post(case, event, answering).await
        }
    }

    /// Runs the hook of a case and nothing else: as `hookpoint test` does.
    pub(super) async fn alone(
        &self,
        case: &Case,
        event: &Map<String, Value>,
        answering: Arc<dyn Fetch>,
    ) -> Outcome {
        self.vendor.is_now(answering);
        let stage = self.stage(case);
        let desired = self.with(&case.variables, case, stage);
        let hook = Hook {
            name: case.hook.clone(),
            version: 1,
            body: desired.hooks[&case.hook].clone(),
        };
        let secrets = case
            .secrets
            .iter()
            .map(|(name, value)| (name.clone(), Secret::new(value.clone())));
        let now = SystemTime::now();
        // An id that no case can know.
        let unique = format!("{:?}", now.duration_since(UNIX_EPOCH).unwrap());
        let runners = self.runners();
        let report = runners
            .replay(
                Replay {
                    application: &application(&desired, stage).over(None),
                    stage,
                    event,
                    binding: Arc::new(desired.bindings[0].with(&hook, hook.reference())),
                    hook: Arc::new(hook),
                    correlation_id: case.correlation_id.as_deref().unwrap_or(&unique),
                },
                &GivenSecrets(secrets.collect()),
                case.time.unwrap_or(now),
            )
            .await;
        let record = &report.record;
        let kept = record.kept.as_ref();
        Outcome {
            response: kept.map(|kept| kept.response.clone()).unwrap_or_default(),
            failure: failure(record),
            next_attempt: None,
            is_asynchronous: false,
        }
    }

    fn runners(&self) -> Runners {
        let webhooks = Arc::new(Served::new(Vec::new()));
        let scripts = Arc::new(self.sandbox.clone());
        Runners::new(webhooks, Some(scripts), EgressPolicy::default())
    }

    fn with(
        &self,
        variables: &BTreeMap<VariableName, String>,
        case: &Case,
        stage: Stage,
    ) -> Desired {
        let mut desired = self.desired.clone();
        desired
            .bindings
            .retain(|binding| binding.hook == case.hook && binding.stage == stage);
        assert!(
            !desired.bindings.is_empty(),
            "{} is not bound at {stage}",
            case.hook
        );
        for binding in &mut desired.bindings {
            binding.variables.extend(variables.clone());
            // A condition would keep the sample event out.
            binding.when = Conditions::default();
        }
        desired
    }
}

/// The application that posts the events of a stage.
fn application(desired: &Desired, stage: Stage) -> &DesiredApplication {
    let family = stage.definition().family;
    let mut applications = desired.applications.iter();
    let application = applications.find(|application| application.kind.family() == family);
    application.unwrap()
}

/// Why a run failed, if it did.
pub(super) fn failure(record: &RunRecord) -> Option<String> {
    let error = record.error.clone().unwrap_or_default();
    (record.outcome != "ok").then(|| format!("{}: {error}", record.outcome))
}
