//! A deployment with plugins: functions, worker and vendors, and the events that are posted to it.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::{Duration, UNIX_EPOCH},
};

use hookpoint_engine::{
    application::binding::Mode,
    hook::hex,
    identifier::ApplicationId,
    ports::{Fetch, RunStore as _},
    record::{AfterAttempt, RunFilter, RunRecord},
    stages::Stage,
};
use hookpoint_plugins::Plugin;
use hookpoint_workspace::{Body, Case, ExpectedRequest};
use hookpoint_xtask::generate::{
    events::{event, sample_key},
    functions::WORKER,
};
use ring::digest;
use serde_json::{Map, Value, json};
use tokio::{
    task::spawn_blocking,
    time::{sleep, timeout},
};

use super::{
    super::{
        bench::{Bench, failure},
        library,
        vendor::{self, Fault},
    },
    fake::{Script, Vendors},
    publication::{Exercise, Publication},
};
use crate::{
    runtime_api::RuntimeApi,
    stage_function::Deployment,
    worker::{
        counts::counts,
        pump::{Pump, Turn},
    },
};

/// Longer than the worker needs for a batch on a busy machine: a message that comes back sooner runs twice.
const LEASE: Duration = Duration::from_mins(2);
/// Longer than everything takes.
const PATIENCE: Duration = Duration::from_mins(15);
/// How often an event is posted, if a busy machine has no time left when a slow vendor would be asked, or cuts off a run or a batch.
const ATTEMPTS: usize = 3;

/// What a vendor does wrong.
#[derive(Clone)]
struct Failing<'a> {
    name: &'static str,
    /// Of the request.
    index: usize,
    fault: Fault,
    application: &'a ApplicationId,
}

/// An event that was posted.
pub(super) struct Posted<'a> {
    pub(super) exercise: &'a Exercise,
    failing: Option<Failing<'a>>,
    pub(super) correlation_id: String,
    pub(super) script: Arc<Script>,
    pub(super) status: u16,
    pub(super) response: Map<String, Value>,
}

impl<'a> Posted<'a> {
    pub(super) fn is_asynchronous(&self) -> bool {
        self.exercise.binding.mode == Mode::Asynchronous
    }

    /// What the vendor does about a request, by name, and its URL; `None` if it does nothing wrong.
    pub(super) fn failure(&self) -> Option<(&'static str, &str)> {
        let Failing { name, index, .. } = self.failing.as_ref()?;
        Some((name, &self.exercise.case.requests[*index].url))
    }

    fn application(&self) -> &'a ApplicationId {
        let failing = self.failing.as_ref();
        failing.map_or(&self.exercise.application, |failing| failing.application)
    }

    /// Whether the emulated AWS was too slow for a delivery: the queue repeated one whose run left no record or was the last, or a later
    /// run had no time. The vendor works then, so that nothing can be said about its failure.
    fn is_unclear(&self, records: &[RunRecord]) -> bool {
        let (_, earlier) = records.split_last().unzip();
        let earlier: &[RunRecord] = earlier.unwrap_or_default();
        let retries = earlier.get(1..).unwrap_or_default();
        let is_over = |record: &RunRecord| {
            let delivery = record.delivery.as_ref();
            delivery.is_some_and(|delivery| delivery.next != AfterAttempt::Retry)
        };
        let has_no_time =
            |record: &RunRecord| ["script-timeout", "timeout"].contains(&&record.outcome[..]);
        self.is_asynchronous()
            && self.failing.is_some()
            && (self.script.run_count() > records.len()
                || earlier.iter().any(is_over)
                || retries.iter().any(has_no_time))
    }
}

/// The records of each event by its correlation id, in order.
pub(super) type Records = BTreeMap<String, Vec<RunRecord>>;

/// A deployment with plugins.
pub(in super::super) struct Scene {
    pub(in super::super) deployment: Deployment,
    vendors: Arc<Vendors>,
    publication: Publication,
    posted: Cell<u32>,
}

impl Scene {
    /// Adds each plugin that is chosen to an empty workspace of its own, by command, and publishes it.
    pub(in super::super) async fn with(
        chosen: impl Fn(&Plugin) -> bool + Send + Sync + 'static,
    ) -> Self {
        let added = spawn_blocking(move || {
            let added = Mutex::new(Vec::new());
            library::with_every_plugin(|plugin| {
                if chosen(plugin) {
                    let workspace = library::workspace(plugin);
                    added.lock().unwrap().push((plugin.clone(), workspace));
                }
                Vec::new()
            });
            added.into_inner().unwrap()
        });
        let (port, vendors) = Vendors::start();
        let mut publication = Publication::of(&added.await.unwrap(), port).await;
        let stages = publication.stages().into_iter().map(Stage::name);
        let functions: Vec<String> = stages.chain([WORKER.to_owned()]).collect();
        let deployment = Deployment::empty(&functions, "plugins").await;
        publication.publish(&deployment).await;
        Self {
            deployment,
            vendors,
            publication,
            posted: Cell::default(),
        }
    }

    /// Exercises an asynchronous plugin with other variables and with a real service. Returns why its first attempt failed, if it did.
    pub(in super::super) async fn run(
        &mut self,
        plugin: &str,
        real: Arc<dyn Fetch>,
        variables: &[(&str, &str)],
    ) -> Option<String> {
        let (event, status, _) = self.vary(plugin, real, variables).await;
        assert_eq!(status, 202, "{plugin}");
        let exercise = self.publication.exercises.last().unwrap();
        let stage = exercise.binding.stage;
        let mut pump = Pump::new(&self.deployment, LEASE);
        let delivered = async {
            loop {
                pump.turn().await;
                let records = self.of_application(&exercise.application, stage).await;
                let mut records = records.into_iter();
                if let Some(record) = records.find(|record| record.correlation_id == event) {
                    break record;
                }
            }
        };
        let record = timeout(PATIENCE, delivered).await.expect("no hook ran");
        pump.stop().await;
        failure(&record)
    }

    /// Exercises a synchronous plugin with other variables and with a real service. Returns the response.
    pub(in super::super) async fn ask(
        &mut self,
        plugin: &str,
        real: Arc<dyn Fetch>,
        variables: &[(&str, &str)],
    ) -> Map<String, Value> {
        let (_, status, response) = self.vary(plugin, real, variables).await;
        assert_eq!(status, 200, "{plugin}: {response:?}");
        response
    }

    /// Posts an event for a plugin with other variables and a real service. Returns its correlation id, and status and response.
    async fn vary(
        &mut self,
        plugin: &str,
        real: Arc<dyn Fetch>,
        variables: &[(&str, &str)],
    ) -> (String, u16, Map<String, Value>) {
        self.publication.vary(plugin, variables);
        self.publication.publish(&self.deployment).await;
        let exercise = self.publication.exercises.last().unwrap();
        let stage = exercise.binding.stage;
        let api = RuntimeApi::start().await;
        let function = self.deployment.start_function(&stage.name(), &api);
        let (body, script) = (exercise.case.event_at(stage), Script::of(real));
        let id = self.correlation_id(&exercise.case);
        let (status, response) = self
            .invoke(&api, exercise, &exercise.application, body, &id, &script)
            .await;
        api.frozen().await;
        function.kill().await;
        (id, status, response)
    }

    /// Posts everything that is exercised at a stage to its function.
    async fn exercise(&self, stage: Stage) -> Vec<Posted<'_>> {
        let api = RuntimeApi::start().await;
        let function = self.deployment.start_function(&stage.name(), &api);
        let mut all = Vec::new();
        let exercises = self.publication.exercises.iter();
        for exercise in exercises.filter(|exercise| exercise.binding.stage == stage) {
            all.push(self.post(&api, exercise, None).await);
            let Some(hurried) = &exercise.hurried else {
                continue;
            };
            for (index, request) in exercise.case.requests.iter().enumerate() {
                for (failure, fault) in vendor::faults(&exercise.plugin, request) {
                    if exercise.is_body_unread && fault.has_good_status() {
                        continue;
                    }
                    let is_slow = vendor::SLOW.contains(&failure);
                    let application = if is_slow {
                        hurried
                    } else {
                        &exercise.application
                    };
                    let failing = Failing {
                        name: failure,
                        index,
                        fault,
                        application,
                    };
                    let mut attempts = 0;
                    all.push(loop {
                        let posted = self.post(&api, exercise, Some(failing.clone())).await;
                        attempts += 1;
                        let is_over = posted.is_asynchronous() || posted.script.was_asked();
                        if is_over || attempts == ATTEMPTS {
                            break posted;
                        }
                    });
                }
            }
        }
        api.frozen().await;
        function.kill().await;
        all
    }

    /// Posts the event of a case, whose vendor may fail.
    async fn post<'a>(
        &'a self,
        api: &RuntimeApi,
        exercise: &'a Exercise,
        failing: Option<Failing<'a>>,
    ) -> Posted<'a> {
        let Exercise { case, binding, .. } = exercise;
        let mut body = case.event_at(binding.stage);
        let of_failing = failing.as_ref().map(|failing| failing.application);
        let application = of_failing.unwrap_or(&exercise.application);
        if Bench::is_resumed(&body) {
            // The event that sent the customer away comes first.
            let mut first = body.clone();
            first.insert("continueContext".to_owned(), Value::Null);
            let correlation_id = self.correlation_id(case);
            let script = Script::new(&requests(case, &correlation_id), None);
            let (_, response) = self
                .invoke(api, exercise, application, first, &correlation_id, &script)
                .await;
            body.insert("continuation".to_owned(), response["continuation"].clone());
        }
        let fault = failing
            .as_ref()
            .map(|failing| (failing.index, failing.fault.clone()));
        let correlation_id = self.correlation_id(case);
        let script = Script::new(&requests(case, &correlation_id), fault);
        let (status, response) = self
            .invoke(api, exercise, application, body, &correlation_id, &script)
            .await;
        Posted {
            exercise,
            failing,
            correlation_id,
            script,
            status,
            response,
        }
    }

    /// The id of the next event, whose end is what its clock shows.
    fn correlation_id(&self, case: &Case) -> String {
        self.posted.set(self.posted.get() + 1);
        let clock = case.time.map_or(0, |time| {
            time.duration_since(UNIX_EPOCH).unwrap().as_millis()
        });
        format!("{:08x}-0000-4000-8000-{clock:012x}", self.posted.get())
    }

    async fn invoke(
        &self,
        api: &RuntimeApi,
        exercise: &Exercise,
        application: &ApplicationId,
        body: Map<String, Value>,
        correlation_id: &str,
        script: &Arc<Script>,
    ) -> (u16, Map<String, Value>) {
        self.vendors.follow(correlation_id, script);
        let key = sample_key(application).unwrap();
        let mut event = event(exercise.binding.stage, application, &key).unwrap();
        event["headers"]["nlx-correlation-id"] = json!(correlation_id);
        event["body"] = Value::Object(body).to_string().into();
        let answer = api.invoke(event).await;
        let status = answer["statusCode"].as_u64().unwrap();
        let response = serde_json::from_str(answer["body"].as_str().unwrap());
        (status.try_into().unwrap(), response.unwrap())
    }

    /// Runs stages one after the other, until there are none left.
    async fn lane<'a>(&'a self, stages: &RefCell<BTreeSet<Stage>>, all: &RefCell<Vec<Posted<'a>>>) {
        loop {
            let stage = stages.borrow_mut().pop_first();
            let Some(stage) = stage else { return };
            let posted = self.exercise(stage).await;
            all.borrow_mut().extend(posted);
        }
    }

    /// Runs the worker until nothing more is queued.
    async fn deliver(&self, is_over: &Cell<bool>) {
        let mut pump = Pump::new(&self.deployment, LEASE);
        while !(is_over.get() && counts(&self.deployment).await.sum() == 0) {
            if pump.turn().await == Turn::Empty {
                sleep(Duration::from_millis(50)).await;
            }
        }
        pump.stop().await;
    }

    /// Posts everything, while the worker delivers it, and again what came to no clear end. Returns the records of each event too.
    pub(super) async fn all(&self) -> (Vec<Posted<'_>>, Records) {
        let (stages, all) = (RefCell::new(self.publication.stages()), RefCell::default());
        let is_over = Cell::new(false);
        let posting = async {
            // Most of the time they wait for a slow vendor.
            let lane = || self.lane(&stages, &all);
            tokio::join!(lane(), lane(), lane(), lane());
            is_over.set(true);
        };
        let delivering = || self.deliver(&is_over);
        let everything = async { tokio::join!(posting, delivering(), delivering()) };
        timeout(PATIENCE, Box::pin(everything))
            .await
            .expect("it takes too long");
        let mut all = all.into_inner();
        let mut records = self.records(&all).await;
        for _ in 1..ATTEMPTS {
            let unclear = all.iter_mut().filter(|posted| {
                let records = records.get(&posted.correlation_id);
                posted.is_unclear(records.map_or(&[], Vec::as_slice))
            });
            let unclear: Vec<_> = unclear.collect();
            if unclear.is_empty() {
                break;
            }
            timeout(PATIENCE, Box::pin(self.again(unclear)))
                .await
                .expect("it takes too long");
            records = self.records(&all).await;
        }
        (all, records)
    }

    /// Posts events again, one after the other, while the worker delivers them.
    async fn again<'a>(&'a self, unclear: Vec<&mut Posted<'a>>) {
        let is_over = Cell::new(false);
        let posting = async {
            for posted in unclear {
                let exercise = posted.exercise;
                let api = RuntimeApi::start().await;
                let stage = exercise.binding.stage.name();
                let function = self.deployment.start_function(&stage, &api);
                *posted = self.post(&api, exercise, posted.failing.clone()).await;
                api.frozen().await;
                function.kill().await;
            }
            is_over.set(true);
        };
        tokio::join!(posting, self.deliver(&is_over));
    }

    async fn of_application(&self, application: &ApplicationId, stage: Stage) -> Vec<RunRecord> {
        let filter = RunFilter {
            application: Some(application.clone()),
            stage: Some(stage),
            ..RunFilter::default()
        };
        self.deployment.store.runs(&filter, 1_000).await.unwrap()
    }

    async fn records(&self, posted: &[Posted<'_>]) -> Records {
        let applications: BTreeSet<_> = posted
            .iter()
            .map(|posted| (posted.application(), posted.exercise.binding.stage))
            .collect();
        let mut by_event = Records::new();
        for (application, stage) in applications {
            for record in self.of_application(application, stage).await {
                let event = record.correlation_id.clone();
                by_event.entry(event).or_default().push(record);
            }
        }
        for records in by_event.values_mut() {
            records.sort_by_key(RunRecord::started);
        }
        by_event
    }
}

/// The requests of a case whose event has another id.
fn requests(case: &Case, correlation_id: &str) -> Vec<ExpectedRequest> {
    let mut requests = case.requests.clone();
    let Some(own) = &case.correlation_id else {
        return requests;
    };
    for request in &mut requests {
        let Some(Body::Json(body)) = &mut request.body else {
            continue;
        };
        let mut text = body.to_string().replace(own, correlation_id);
        // A state machine is started by a name that tells events apart.
        if let Some(input) = body["input"].as_str() {
            text = text.replace(&digest(own, input), &digest(correlation_id, input));
        }
        *body = serde_json::from_str(&text).unwrap();
    }
    requests
}

/// The hash of an event, as the names of executions have it.
fn digest(correlation_id: &str, input: &str) -> String {
    let text = format!("{correlation_id} {input}");
    let digest = digest::digest(&digest::SHA256, text.as_bytes());
    hex(&digest.as_ref()[..16])
}
