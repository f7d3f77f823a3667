//! What is published: each case that is exercised has an application of its own.

use std::{collections::BTreeSet, sync::Arc};

use hookpoint_engine::{
    application::{
        binding::{Mode, Target},
        condition::Conditions,
    },
    hook::{HookBody, Implementation},
    identifier::{ApplicationId, StoreId},
    publish::{Desired, DesiredApplication, DesiredBinding},
    stages::Stage,
};
use hookpoint_plugins::Plugin;
use hookpoint_script::{Ahead, Sandbox, SandboxOptions};
use hookpoint_workspace::{Case, Workspace};

use super::super::{successes, vendor::Vendor};
use crate::stage_function::Deployment;

/// The time limit of a hook whose vendor always takes longer, in milliseconds: of a synchronous and an asynchronous
/// one.
const HURRIES: [u64; 2] = [1_000, 2_500];
/// Cases of hooks to which only the status matters.
const BODY_UNREAD: [&str; 1] = ["cases/lines-and-hostile-name.case.yaml"];
/// How many applications fit into one publication, each with a binding and its record.
const PART: usize = 20;

/// A case that is exercised.
pub(super) struct Exercise {
    pub(super) plugin: Arc<Plugin>,
    /// The plugin and the file of the case.
    pub(super) name: String,
    pub(super) case: Case,
    /// The binding that runs it.
    pub(super) binding: DesiredBinding,
    pub(super) application: ApplicationId,
    /// The application whose hook has little time, if its vendor fails.
    pub(super) hurried: Option<ApplicationId>,
    /// Whether only the vendor's status matters.
    pub(super) is_body_unread: bool,
}

/// The first success of every hook at each of its stages with each set of requests, which also runs with a vendor that fails, if it asks
/// one.
pub(super) struct Publication {
    desired: Desired,
    pub(super) exercises: Vec<Exercise>,
    /// How many of the applications are published.
    published: usize,
}

impl Publication {
    /// Requests of hooks go to a port of this machine.
    pub(super) async fn of(added: &[(Plugin, Workspace)], port: u16) -> Self {
        let mut publication = Self {
            desired: Desired::default(),
            exercises: Vec::new(),
            published: 0,
        };
        let sandbox = Sandbox::new(&SandboxOptions::default(), Arc::<Vendor>::default());
        for (plugin, workspace) in added {
            for (name, body) in &workspace.desired().hooks {
                let body = redirected(body, port, &sandbox).await;
                publication.desired.hooks.insert(name.clone(), body);
            }
            let first = successes::first_successes(plugin);
            let shared = Arc::new(plugin.clone());
            for (path, case) in successes::successes_by_stage(plugin) {
                let is_first = first.iter().any(|(known, _)| *known == path);
                let asks = !case.requests.is_empty();
                let fails = is_first && asks || successes::is_answered(&case);
                publication.add(workspace.desired(), &shared, &path, case, fails);
            }
        }
        publication
    }

    pub(super) fn stages(&self) -> BTreeSet<Stage> {
        let exercises = self.exercises.iter();
        exercises.map(|exercise| exercise.binding.stage).collect()
    }

    fn add(
        &mut self,
        of_plugin: &Desired,
        plugin: &Arc<Plugin>,
        path: &str,
        case: Case,
        fails: bool,
    ) {
        let name = format!("{}, {path}", plugin.name);
        let mut bindings = of_plugin.bindings.iter();
        let binding = bindings.find(|binding| {
            binding.hook == case.hook && case.stage.is_none_or(|stage| stage == binding.stage)
        });
        let binding =
            binding.unwrap_or_else(|| panic!("{name}: it is not bound at {:?}", case.stage));
        let mut binding = binding.clone();
        binding.variables.extend(case.variables.clone());
        // A condition would keep the sample event out.
        binding.when = Conditions::default();
        let family = binding.stage.definition().family;
        let mut applications = of_plugin.applications.iter();
        let application = applications.find(|application| application.kind.family() == family);
        let application = application.unwrap();
        let hurried = fails.then(|| {
            let limit = HURRIES[usize::from(binding.mode == Mode::Asynchronous)];
            let hurried = DesiredBinding {
                timeout_ms: Some(limit),
                ..binding.clone()
            };
            self.bind(application, &hurried)
        });
        let application = self.bind(application, &binding);
        self.exercises.push(Exercise {
            is_body_unread: BODY_UNREAD.contains(&path),
            plugin: Arc::clone(plugin),
            name,
            case,
            binding,
            application,
            hurried,
        });
    }

    /// Adds the success of a plugin whose vendor may fail once more, with other variables and the real clock.
    pub(super) fn vary(&mut self, plugin: &str, variables: &[(&str, &str)]) {
        let start = format!("{plugin}, ");
        let mut exercises = self.exercises.iter();
        let varied = exercises
            .find(|exercise| exercise.hurried.is_some() && exercise.name.starts_with(&start));
        let varied = varied.unwrap();
        let (mut case, mut binding) = (varied.case.clone(), varied.binding.clone());
        let (name, id) = (varied.name.clone(), varied.application.clone());
        let plugin = Arc::clone(&varied.plugin);
        case.time = None;
        for (name, value) in variables {
            let name = name.parse().unwrap();
            binding.variables.insert(name, (*value).to_owned());
        }
        let mut applications = self.desired.applications.iter();
        let application = applications.find(|application| application.id == id);
        let application = application.unwrap().clone();
        let application = self.bind(&application, &binding);
        self.exercises.push(Exercise {
            plugin,
            application,
            name,
            case,
            binding,
            hurried: None,
            is_body_unread: false,
        });
    }

    /// Attaches a binding to a copy of an application, or to the copy's identity store. Returns the copy.
    fn bind(&mut self, like: &DesiredApplication, binding: &DesiredBinding) -> ApplicationId {
        let number = self.desired.applications.len();
        let mut application = DesiredApplication {
            id: format!("shop-{number}").parse().unwrap(),
            ..like.clone()
        };
        let id = application.id.clone();
        let mut target = Target::Application(id.clone());
        if application.identity_store.is_some() {
            let store: StoreId = format!("store-{number}").parse().unwrap();
            application.identity_store = Some(store.clone());
            self.desired.stores.insert(store.clone());
            if matches!(binding.target, Target::Store(_)) {
                target = Target::Store(store);
            }
        }
        self.desired.applications.push(application);
        self.desired.bindings.push(DesiredBinding {
            target,
            ..binding.clone()
        });
        id
    }

    /// Publishes what is new, with the secrets of the cases.
    pub(super) async fn publish(&mut self, deployment: &Deployment) {
        let newer = &self.desired.applications[self.published..];
        for applications in newer.chunks(PART) {
            let is_store = |id: &StoreId| {
                let mut applications = applications.iter();
                applications.any(|application| application.identity_store.as_ref() == Some(id))
            };
            let mut part = Desired {
                applications: applications.to_vec(),
                ..self.desired.clone()
            };
            part.stores.retain(is_store);
            part.bindings.retain(|binding| match &binding.target {
                Target::Application(id) => applications.iter().any(|known| known.id == *id),
                Target::Store(id) => is_store(id),
            });
            let bound = |name: &_| part.bindings.iter().any(|binding| binding.hook == *name);
            part.hooks.retain(|name, _| bound(name));
            deployment.publish(&part).await;
        }
        let is_newer = |id: &&ApplicationId| newer.iter().any(|newer| newer.id == **id);
        for exercise in &self.exercises {
            let applications = [&exercise.application].into_iter().chain(&exercise.hurried);
            for application in applications.filter(is_newer) {
                for (name, value) in &exercise.case.secrets {
                    let name = format!("{application}/{name}");
                    deployment.put_secret(&name, value).await;
                }
            }
        }
        self.published = self.desired.applications.len();
    }
}

/// A hook whose requests go to a port of this machine: their paths begin with the event, an id of the run and the vendor's host. The end
/// of the event's id is what its clock shows.
async fn redirected(body: &HookBody, port: u16, sandbox: &Sandbox) -> Arc<HookBody> {
    let mut body = body.clone();
    let Implementation::Script(script) = &mut body.implementation else {
        return Arc::new(body);
    };
    let before = BEFORE.replace("PORT", &port.to_string()).replace('\n', " ");
    script.source = format!("{before}\n{}", script.source);
    script.hosts = vec!["127.0.0.1".to_owned()];
    script.source_map = None;
    // Compiling has a time limit, which a busy machine may miss.
    let mut attempts = 0;
    let compiled = loop {
        match sandbox
            .compile_source("hook", None, &script.source, false, Ahead::Memory)
            .await
        {
            Ok(compiled) => break compiled.unwrap_or_else(|error| panic!("{error}")),
            Err(failure) => assert!(attempts < 10, "{failure:?}"),
        }
        attempts += 1;
    };
    script.compiled = compiled.map(Arc::new);
    Arc::new(body)
}

/// Inserted before the source of each hook.
const BEFORE: &str = "{
  const there = globalThis.fetch, Clock = globalThis.Date;
  let run;
  const now = () => Number.parseInt((globalThis.hook?.correlationId ?? '0').slice(-12), 16) || Clock.now();
  globalThis.Date = class Date extends Clock {
    constructor(...parts) { super(...(parts.length === 0 ? [now()] : parts)); }
    static now() { return now(); }
  };
  globalThis.fetch = (url, options) => {
    run ??= crypto.randomUUID();
    return there(String(url).replace(/^https:\\/\\//, `http://127.0.0.1:PORT/${hook.correlationId}/${run}/`), options);
  };
}";
