//! Small samples to publish, for tests that do not care which.

use std::{
    collections::BTreeMap,
    fmt::Debug,
    str::FromStr,
    sync::Arc,
    time::{Duration, SystemTime},
};

use hookpoint_stages::{Family, Stage};
use serde_json::Value;

use crate::{
    application::{
        ApplicationKind,
        binding::{FailurePolicy, Mode, Target},
        condition::Conditions,
    },
    delivery::job::{Job, NewJob},
    hook::{
        HookBody, HookKind, HookReference, Implementation, ScriptHook, StaticHook, WebhookHook,
        template::Template,
    },
    identifier::{ApplicationId, HookName},
    publish::{DesiredApplication, DesiredBinding, DesiredVersion},
    record::{
        RunRecord,
        report::{BoundHook, EventIdentity, RunOutcome, RunReport},
    },
};

/// Parses an identifier; panics when the text is not valid.
pub fn id<I: FromStr<Err: Debug>>(text: &str) -> I {
    text.parse().unwrap()
}

/// An application that posts the stages of a family, with default settings.
pub fn application(id: &ApplicationId, family: Family) -> DesiredApplication {
    DesiredApplication {
        id: id.clone(),
        name: format!("Application {id}"),
        kind: match family {
            Family::Conversation => ApplicationKind::Conversation,
            Family::Identity => ApplicationKind::Identity,
        },
        identity_store: None,
        variables: BTreeMap::new(),
        keep_events: false,
    }
}

/// Binds the newest version of a hook under the hook's name, with the stage's default mode and failure policy.
pub fn binding(hook: &HookName, stage: Stage, target: &Target) -> DesiredBinding {
    DesiredBinding {
        id: id(hook.as_str()),
        stage,
        target: target.clone(),
        order: 100,
        mode: Mode::default_for(stage),
        failure: FailurePolicy::default_for(stage),
        timeout_ms: None,
        when: Conditions::default(),
        variables: BTreeMap::new(),
        secrets: BTreeMap::new(),
        hook: hook.clone(),
        version: DesiredVersion::Latest,
    }
}

/// A static hook with this response, which must be an object.
pub fn static_hook(response: Value) -> Arc<HookBody> {
    let Value::Object(response) = response else {
        panic!("the response of a static hook must be an object");
    };
    body(Implementation::Static(StaticHook { response }))
}

/// A webhook with this URL, which may contain references. Declares the secrets it refers to.
pub fn webhook_hook(url: &str) -> Arc<HookBody> {
    let url = Template::parse(url).unwrap();
    let secrets = url.secrets().cloned().collect();
    Arc::new(HookBody {
        implementation: Implementation::Webhook(WebhookHook {
            url,
            headers: Vec::new(),
            signing_secrets: Vec::new(),
        }),
        secrets,
    })
}

/// A script with this source.
pub fn script_hook(source: &str) -> Arc<HookBody> {
    body(Implementation::Script(ScriptHook {
        source: source.to_owned(),
        file: None,
        hosts: Vec::new(),
        optional_secrets: Vec::new(),
        source_map: None,
        compiled: None,
    }))
}

fn body(implementation: Implementation) -> Arc<HookBody> {
    Arc::new(HookBody {
        implementation,
        secrets: Vec::new(),
    })
}

/// A job of a hook version that is bound to the application under the hook's name, due when it was accepted.
///
/// # Panics
/// If the event is not an object, or a name is not valid.
pub fn job(
    delivery: &str,
    application: &str,
    stage: Stage,
    (hook, version): (&str, u32),
    event: &Value,
    accepted: SystemTime,
) -> Job {
    Job::new(NewJob {
        delivery: id(delivery),
        application: &id(application),
        stage,
        target: &Target::Application(id(application)),
        binding: &id(hook),
        hook: &HookReference {
            name: id(hook),
            version,
            sha256: "0".repeat(64),
        },
        correlation_id: "5b1d6a52-7c9e-4d7e-8d36-90b8c5f0a1c4",
        traceparent: None,
        accepted,
        event: event.as_object().unwrap().clone(),
    })
}

/// The record of a successful synchronous run of the hook `crm`, bound as `crm` to the application.
pub fn run(stage: Stage, application: &str, started: SystemTime) -> RunRecord {
    report(stage, application, started, RunOutcome::Ok).record
}

/// The report of that run.
pub fn report(
    stage: Stage,
    application: &str,
    started: SystemTime,
    outcome: RunOutcome,
) -> RunReport {
    let application = id(application);
    let event = EventIdentity {
        stage,
        application: &application,
        correlation_id: "6f1c2a52-7c9e-4d7e-8d36-90b8c5f0a1c4",
    };
    let bound = BoundHook {
        binding: &id("crm"),
        target: &Target::Application(application.clone()),
        hook: &id("crm"),
        version: 1,
        mode: Mode::Synchronous,
    };
    let mut report = RunReport::new(event, bound, started, outcome);
    report.record.kind = Some(HookKind::Webhook);
    report.record.set_duration(Duration::from_micros(1_500));
    report
}
