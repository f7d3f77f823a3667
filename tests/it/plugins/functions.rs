//! A plugin of each family in the functions that are deployed, against an emulated AWS.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{Method, Response, StatusCode, Uri, header::HeaderMap},
};
use hookpoint_engine::{
    application::{binding::Mode, condition::Conditions},
    deadline::Deadline,
    hook::{HookBody, Implementation},
    ports::{Fetch, FetchRequest, RunStore as _},
    publish::Desired,
    record::RunFilter,
    stages::Stage,
};
use hookpoint_operator::Served;
use hookpoint_plugins::{Library, Values};
use hookpoint_workspace::{Case, CaseReply, ExpectedRequest};
use hookpoint_xtask::generate::functions::WORKER;
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::spawn_blocking, time::Instant};

use super::{place::Place, vendor::Vendor};
use crate::{
    runtime_api::RuntimeApi,
    stage_function::{APPLICATION, Deployment, event_of},
    worker::pump::Pump,
};

/// A case of a plugin of each family: a gate, a synchronisation, a feed, claims of tokens, a migration.
const FAMILIES: [(&str, &str, Stage); 5] = [
    ("hubspot-contact-gate", "contact", Stage::BeforeRegistration),
    (
        "hubspot-profile-sync",
        "registered",
        Stage::AfterRegistration,
    ),
    ("slack-feed", "login", Stage::AfterSelfServiceLogin),
    (
        "claims-enrichment",
        "id-token",
        Stage::BeforeIdTokenGeneration,
    ),
    (
        "account-migration",
        "bcrypt",
        Stage::BeforePasswordValidation,
    ),
];
/// Longer than the worker needs for an attempt.
const LEASE: Duration = Duration::from_secs(15);
/// Longer than the wait before the second attempt.
const PATIENCE: Duration = Duration::from_mins(1);

/// The case of each family.
fn cases() -> Vec<(Stage, Case)> {
    let library = Library::embedded();
    FAMILIES
        .iter()
        .map(|(name, case, stage)| {
            let plugin = library.find(name).unwrap();
            let plugin = plugin.unwrap_or_else(|errors| panic!("{errors}"));
            let values = Values::examples(&plugin.manifest);
            let path = format!("cases/{case}.case.yaml");
            let (_, text) = plugin.cases().find(|(known, _)| *known == path).unwrap();
            let case = Case::parse(&values.fill(text), &path, std::path::Path::new(""));
            (*stage, case.unwrap_or_else(|errors| panic!("{errors}")))
        })
        .collect()
}

/// What `plugins add` of all of them publishes, each bound at its stage only, with the variables of its case. Their requests go to a
/// port of this machine.
fn desired(cases: &[(Stage, Case)], port: u16) -> Desired {
    let place = Place::new();
    let shop = format!(
        "version: 1\nstores: [customers]\napplications:\n  {APPLICATION}: {{ kind: identity, identityStore: customers }}\n"
    );
    place.write("hookpoint.yaml", &shop);
    let library = Library::embedded();
    for (name, ..) in FAMILIES {
        let plugin = library.find(name).unwrap();
        let plugin = plugin.unwrap_or_else(|errors| panic!("{errors}"));
        let mut arguments = ["plugins", "add", name, "--application", APPLICATION]
            .map(str::to_owned)
            .to_vec();
        for (name, value) in Values::examples(&plugin.manifest).all() {
            arguments.extend(["--set".to_owned(), format!("{name}={value}")]);
        }
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        place.ok(&arguments);
    }
    let mut desired = place.workspace().desired().clone();
    let case_of = |hook: &str, stage| {
        let mut cases = cases.iter();
        cases.find(|(known, case)| *known == stage && case.hook.as_str() == hook)
    };
    desired
        .bindings
        .retain(|binding| case_of(binding.hook.as_str(), binding.stage).is_some());
    assert_eq!(desired.bindings.len(), cases.len());
    for binding in &mut desired.bindings {
        let (_, case) = case_of(binding.hook.as_str(), binding.stage).unwrap();
        binding.variables.extend(case.variables.clone());
        binding.when = Conditions::default();
    }
    for body in desired.hooks.values_mut() {
        let mut moved = HookBody::clone(body);
        if let Implementation::Script(script) = &mut moved.implementation {
            script.source = format!("{}{}", elsewhere(port), script.source);
            script.hosts = vec!["127.0.0.1".to_owned()];
            script.source_map = None;
        }
        *body = Arc::new(moved);
    }
    desired
}

/// A line that takes the requests of a script to a port of this machine, where the vendor's host begins the path.
fn elsewhere(port: u16) -> String {
    format!(
        "{{ const there = globalThis.fetch; globalThis.fetch = (url, options) => there(String(url).replace(/^https:\\/\\//, 'http://127.0.0.1:{port}/'), options); }}\n"
    )
}

/// The vendors of all plugins, on a port of this machine.
async fn vendors() -> (u16, Arc<Vendor>) {
    let vendor = Arc::<Vendor>::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let router = Router::new()
        .fallback(answer)
        .with_state(Arc::clone(&vendor));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (port, vendor)
}

async fn answer(
    State(vendor): State<Arc<Vendor>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let path = uri.path_and_query().unwrap().as_str();
    let headers = headers.iter();
    let request = FetchRequest {
        method: method.to_string(),
        url: format!("https:/{path}"),
        headers: headers
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect(),
        body: body.to_vec(),
        deadline: Deadline::after(Instant::now(), LEASE),
        now: std::time::SystemTime::now(),
    };
    let Ok(reply) = vendor.fetch(request).await else {
        return Response::builder()
            .status(StatusCode::NOT_IMPLEMENTED)
            .body(Body::empty())
            .unwrap();
    };
    let mut response = Response::builder().status(reply.status);
    for (name, value) in &reply.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(reply.body)).unwrap()
}

/// The event of a case, as API Gateway passes it on.
fn event(stage: Stage, case: &Case) -> Value {
    let mut event = event_of(stage);
    event["body"] = Value::Object(case.event_at(stage)).to_string().into();
    event
}

/// The requests of a case after one that fails.
fn after_a_failure(case: &Case) -> Vec<ExpectedRequest> {
    let mut failing = case.requests[0].clone();
    failing.reply = CaseReply::Response {
        status: 500,
        headers: Vec::new(),
        body: None,
    };
    let all = case.requests.iter().cloned();
    [failing].into_iter().chain(all).collect()
}

/// The outcomes of a hook's attempts, in order.
async fn outcomes(deployment: &Deployment, case: &Case) -> Vec<String> {
    let records = deployment.store.runs(&RunFilter::default(), 100).await;
    let mut records = records.unwrap();
    records.retain(|record| record.hook == case.hook && record.delivery.is_some());
    records.sort_by_key(hookpoint_engine::record::RunRecord::started);
    records.into_iter().map(|record| record.outcome).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_of_each_family_does_in_its_function_what_its_case_says() {
    let cases = Arc::new(cases());
    let (port, vendor) = vendors().await;
    let desired = {
        let cases = Arc::clone(&cases);
        spawn_blocking(move || desired(&cases, port)).await.unwrap()
    };
    let stages = cases.iter().map(|(stage, _)| stage.name());
    let functions: Vec<String> = stages.chain([WORKER.to_owned()]).collect();
    let deployment = Deployment::of_desired(&desired, &functions, "plugins").await;
    for (name, value) in cases.iter().flat_map(|(_, case)| &case.secrets) {
        deployment.put_secret(name.as_str(), value).await;
    }
    for (stage, case) in cases.iter() {
        let mut bindings = desired.bindings.iter();
        let binding = bindings.find(|binding| binding.hook == case.hook).unwrap();
        let api = RuntimeApi::start().await;
        let function = deployment.start_function(&stage.name(), &api);
        for requests in [case.requests.clone(), after_a_failure(case)] {
            let fails = requests.len() > case.requests.len();
            let served = Arc::new(Served::new(requests));
            vendor.is_now(served.clone());
            let answer = api.invoke(event(*stage, case)).await;
            let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
            if binding.mode == Mode::Asynchronous {
                assert_eq!(
                    (&answer["statusCode"], &body),
                    (&json!(202), &json!({"queued": 1})),
                    "{stage}: {answer}"
                );
                api.frozen().await;
                let mut pump = Pump::new(&deployment, LEASE);
                pump.until_empty(PATIENCE).await;
                let log = pump.stop().await;
                let all = outcomes(&deployment, case).await;
                let expected: &[&str] = if fails {
                    &["ok", "script-error", "ok"]
                } else {
                    &["ok"]
                };
                assert_eq!(all, expected, "{stage}:\n{log}");
                assert!(served.problems().is_empty(), "{:?}", served.problems());
                continue;
            }
            assert_eq!(answer["statusCode"], 200, "{stage}: {answer}");
            let timing = answer["headers"]["server-timing"].as_str().unwrap();
            let good = Value::Object(case.expect.response.clone().unwrap());
            if fails {
                assert!(timing.contains("script-error"), "{stage}: {answer}");
                assert_ne!(body, good, "{stage}");
            } else {
                assert_eq!(body, good, "{stage}: {timing}");
                assert!(served.problems().is_empty(), "{:?}", served.problems());
            }
        }
        function.kill().await;
    }
}
