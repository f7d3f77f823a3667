//! Jobs to put into a queue, and a runtime to do it on.

use std::time::SystemTime;

use hookpoint_engine::{
    application::binding::Target,
    delivery::job::{Job, NewJob},
    hook::HookReference,
    identifier::DeliveryId,
    stages::Stage,
    testing::sample::id,
};
use serde_json::{Map, Value};
use tokio::runtime::{Builder, Runtime};

/// A job of an application, due at once, with `size` bytes of content.
pub(crate) fn job(application: &str, size: usize) -> Job {
    let text = Value::from("x".repeat(size));
    Job::new(NewJob {
        delivery: DeliveryId::unique(),
        application: &id(application),
        stage: Stage::StateModification,
        target: &Target::Application(id(application)),
        binding: &id("stream"),
        hook: &HookReference {
            name: id("stream"),
            version: 1,
            sha256: "ab".repeat(32),
        },
        correlation_id: "6f1c2a52-7c9e-4d7e-8d36-90b8c5f0a1c4",
        traceparent: None,
        accepted: SystemTime::now(),
        event: Map::from_iter([("text".to_owned(), text)]),
    })
}

pub(crate) fn runtime() -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(2)
        .enable_time()
        .build()
        .unwrap()
}
