//! What a trial publishes: at each stage a static hook, a webhook and a script, before and after the response.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};

use hookpoint_engine::{
    application::{ApplicationKind, ingest_key::IngestKey},
    confidential::secret::Secret,
    identifier::{ApplicationId, StoreId},
    ports::{Publisher, RunStore},
    publish::{Desired, DesiredApplication},
};
use hookpoint_stages::{Effect, Family, ModeRule, Stage, TargetRule};
use hookpoint_workspace::Workspace;
use serde_json::{Map, Value, json};

use super::{
    ApiUrl, Echo, KEYS_FOR, Smoke, SmokeError, SmokeNames,
    api::{Caller, host_of},
};
use crate::{
    applications::change_application, publishing::apply_over_others, scripts::compile_scripts,
};

const PATIENCE: Duration = Duration::from_mins(1);
/// The variable of an event that makes the script suspend it.
pub(super) const SUSPEND: &str = "SmokeSuspend";
/// In the URL of the webhook, the stage's name.
const STAGE: &str = "{Stage:Variable}";
/// The variables that hooks set.
pub(super) const BY_STATIC: &str = "SmokeStatic";
pub(super) const BY_SCRIPT: &str = "SmokeScript";
pub(super) const BY_WEBHOOK: &str = "SmokeWebhook";
pub(super) const BY_RESUMED: &str = "SmokeResumed";

impl Smoke {
    /// Publishes what is needed at these stages. After an error, [`Publisher::forget`] removes what was published.
    ///
    /// # Errors
    /// It cannot be published.
    pub async fn publish(
        publisher: &dyn Publisher,
        runs: Arc<dyn RunStore>,
        names: &SmokeNames,
        stages: &[Stage],
        url: ApiUrl,
        echo: Echo,
    ) -> Result<Self, SmokeError> {
        let families: Vec<_> = [Family::Conversation, Family::Identity]
            .into_iter()
            .filter(|family| {
                let mut stages = stages.iter();
                stages.any(|stage| stage.definition().family == *family)
            })
            .collect();
        // The applications are there before anything else: they are what a later trial finds. A key must be there before its first use,
        // because functions remember applications for seconds.
        let mut keys = BTreeMap::new();
        for family in &families {
            let own = names.application(*family);
            let key = enter(publisher, &own, *family, names.store()).await?;
            keys.insert(own, key);
            if echo == Echo::Own {
                let application = names.echo_application(*family);
                let key = enter(publisher, &application, *family, names.echo_store()).await?;
                keys.insert(application, key);
            }
        }
        for family in families {
            let stages = stages.iter().copied();
            let stages: Vec<_> = stages
                .filter(|stage| stage.definition().family == family)
                .collect();
            if echo == Echo::Own {
                apply(publisher, &echoing(names, family, &stages)).await?;
            }
            let webhook = match &echo {
                Echo::Endpoint(endpoint) => json!({ "url": endpoint }),
                Echo::Own => own_echo(&url, &names.echo_application(family), &keys),
            };
            apply(publisher, &tried(names, family, &stages, webhook)).await?;
        }
        Ok(Self {
            names: names.clone(),
            echo,
            caller: Caller::new(url),
            keys,
            runs,
            patience: PATIENCE,
        })
    }
}

/// Publishes an application without bindings, and returns its key.
async fn enter(
    publisher: &dyn Publisher,
    id: &ApplicationId,
    family: Family,
    store: &StoreId,
) -> Result<Secret, SmokeError> {
    let application = DesiredApplication {
        id: id.clone(),
        name: title(),
        kind: ApplicationKind::of(family),
        identity_store: (family == Family::Identity).then(|| store.clone()),
        variables: BTreeMap::new(),
        keep_events: false,
    };
    let desired = Desired {
        applications: vec![application],
        ..Desired::default()
    };
    apply_over_others(publisher, &desired).await?;
    let new = IngestKey::generate(id, SystemTime::now(), Some(KEYS_FOR))
        .map_err(|error| SmokeError::Randomness(error.to_string()))?;
    change_application(publisher, id, |application| {
        application.ingest_keys = vec![new.record.clone()];
    })
    .await?;
    Ok(new.key)
}

/// Publishes a workspace as `hookpoint apply` does.
async fn apply(publisher: &dyn Publisher, workspace: &Value) -> Result<(), SmokeError> {
    let mut workspace = Workspace::parse(&workspace.to_string(), "smoke", Path::new(""))?;
    compile_scripts(&mut workspace).await?;
    apply_over_others(publisher, workspace.desired()).await?;
    Ok(())
}

/// The application that posts events, with its hooks.
fn tried(names: &SmokeNames, family: Family, stages: &[Stage], webhook: Value) -> Value {
    let own = names.application(family);
    let url = webhook["url"].as_str().unwrap_or_default().to_owned();
    let uses_stage = url.contains(STAGE);
    let mut bindings = Vec::new();
    for stage in stages {
        let mut bind = |hook: &str, order: u16, mode: &str| {
            let mut binding = target(*stage, &own, names.store());
            binding.insert("stage".to_owned(), stage.id().into());
            binding.insert("hook".to_owned(), hook.into());
            if mode == SYNCHRONOUS {
                binding.insert("order".to_owned(), order.into());
                // The response shows which hook failed; a denial would hide the others.
                binding.insert("failure".to_owned(), "continue".into());
            } else if stage.definition().mode != ModeRule::AsynchronousOnly {
                binding.insert("mode".to_owned(), mode.into());
            }
            if hook == names.webhook().as_str() && uses_stage {
                binding.insert("variables".to_owned(), json!({ "Stage": stage.name() }));
            }
            bindings.push(Value::Object(binding));
        };
        if stage.definition().mode == ModeRule::AsynchronousOnly {
            bind(names.webhook().as_str(), 0, ASYNCHRONOUS);
        } else {
            bind(names.fixed().as_str(), 10, SYNCHRONOUS);
            bind(names.webhook().as_str(), 20, SYNCHRONOUS);
            bind(names.script().as_str(), 30, SYNCHRONOUS);
        }
        if stage.definition().mode != ModeRule::SynchronousOnly {
            bind(names.later().as_str(), 0, ASYNCHRONOUS);
        }
    }
    let effect = |name: &str| json!({ "context": { name: names.id() } });
    let mut hooks = Map::new();
    if stages.iter().any(|stage| has_context(*stage)) {
        hooks.insert(
            names.fixed().to_string(),
            json!({ "static": effect(BY_STATIC) }),
        );
        hooks.insert(names.script().to_string(), script(names.id()));
    }
    hooks.insert(names.webhook().to_string(), json!({ "webhook": webhook }));
    hooks.insert(
        names.later().to_string(),
        json!({ "script": { "source": "export default () => {};" } }),
    );
    hooks.retain(|hook, _| bindings.iter().any(|binding| binding["hook"] == **hook));
    workspace(&own, family, names.store(), hooks, bindings, &url)
}

const SYNCHRONOUS: &str = "synchronous";
const ASYNCHRONOUS: &str = "asynchronous";

/// Whether hooks may set variables before the response, as they may at every stage that has one.
pub(super) fn has_context(stage: Stage) -> bool {
    let definition = stage.definition();
    definition.mode != ModeRule::AsynchronousOnly && stage.effects().contains(Effect::Context)
}

/// Whether a script may suspend the event.
pub(super) fn can_suspend(stage: Stage) -> bool {
    has_context(stage) && stage.effects().contains(Effect::Redirect)
}

/// Sets a variable; suspends the event when it asks for that, and sets another variable when it is resumed.
fn script(id: &str) -> Value {
    let source = format!(
        "export default (event) => {{
  const answer = event.continueContext?.smoke;
  if (answer) return {{ context: {{ {BY_RESUMED}: answer }} }};
  if (event.context?.{SUSPEND}) return {{ redirect: {{ url: \"https://hookpoint.invalid/\" }} }};
  return {{ context: {{ {BY_SCRIPT}: \"{id}\" }} }};
}};
"
    );
    json!({ "script": { "source": source } })
}

/// The application that the webhook posts as: a static hook answers it.
fn echoing(names: &SmokeNames, family: Family, stages: &[Stage]) -> Value {
    let own = names.echo_application(family);
    let synchronous = stages.iter().filter(|stage| has_context(**stage));
    let bindings: Vec<_> = synchronous
        .map(|stage| {
            let mut binding = target(*stage, &own, names.echo_store());
            binding.insert("stage".to_owned(), stage.id().into());
            binding.insert("hook".to_owned(), names.echo().as_str().into());
            Value::Object(binding)
        })
        .collect();
    let response = json!({ "static": { "context": { BY_WEBHOOK: names.id() } } });
    let hooks = (!bindings.is_empty()).then(|| (names.echo().to_string(), response));
    let hooks = hooks.into_iter().collect();
    workspace(&own, family, names.echo_store(), hooks, bindings, "")
}

/// Posts to the route of the same stage, as another application.
fn own_echo(url: &ApiUrl, echo: &ApplicationId, keys: &BTreeMap<ApplicationId, Secret>) -> Value {
    let key = keys.get(echo).map(Secret::expose).unwrap_or_default();
    json!({
        "url": url.of(STAGE, echo),
        "headers": { "Authorization": format!("Bearer {key}") },
    })
}

fn target(stage: Stage, application: &ApplicationId, store: &StoreId) -> Map<String, Value> {
    let (member, id) = match stage.definition().target {
        TargetRule::ApplicationOrStore => ("application", application.as_str()),
        TargetRule::StoreOnly => ("store", store.as_str()),
    };
    Map::from_iter([(member.to_owned(), id.into())])
}

fn workspace(
    application: &ApplicationId,
    family: Family,
    store: &StoreId,
    hooks: Map<String, Value>,
    bindings: Vec<Value>,
    webhook: &str,
) -> Value {
    let mut settings = json!({ "name": title(), "kind": family.as_str() });
    if family == Family::Identity {
        settings["identityStore"] = store.as_str().into();
    }
    let mut workspace = json!({
        "version": 1,
        "applications": { application.as_str(): settings },
        "hooks": hooks,
        "bindings": bindings,
    });
    if family == Family::Identity {
        workspace["stores"] = json!([store]);
    }
    if !webhook.is_empty() {
        // What may be reached is up to the functions, not to this check.
        workspace["local"] = json!({
            "allowHttpHosts": host_of(&webhook.replace(STAGE, "stage")).as_slice(),
            "allowNetworks": ["0.0.0.0/0", "::/0"],
        });
    }
    workspace
}

fn title() -> String {
    "Temporary, of `hookpoint smoke`".to_owned()
}
