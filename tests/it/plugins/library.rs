//! Every plugin: added by its manual's command, tested, published, and exercised.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use hookpoint_engine::hook::Implementation;
use hookpoint_operator::Served;
use hookpoint_plugins::{Kind, Library, Plugin, Values};
use hookpoint_workspace::{Case, Workspace};
use hookpoint_xtask::repository;
use serde_json::{Map, json};

use super::{
    bench::{Bench, Outcome},
    elsewhere::Elsewhere,
    place::Place,
    successes::successes,
    trickle::{self, Trickling},
    vendor::{self, Fault},
};

/// The time limits of a hook whose vendor always takes longer. On a busy machine one may pass before the hook has
/// reached the vendor; then the hook runs again with the next one.
const HURRIES: [Duration; 3] = [
    Duration::from_millis(600),
    Duration::from_millis(1_200),
    Duration::from_millis(2_400),
];

/// Maximum size of a hook's bundle, in bytes.
const LARGEST_BUNDLE: usize = 100 * 1024;
/// Does something with every plugin on two threads, and reports all that went wrong.
pub(super) fn with_every_plugin(check: impl Fn(&Plugin) -> Vec<String> + Sync) {
    let plugins: Vec<Plugin> = Library::embedded()
        .plugins()
        .into_iter()
        .map(|(_, plugin)| plugin.unwrap())
        .collect();
    let (next, found) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(plugin) = plugins.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let problems = check(plugin);
                    let problems = problems
                        .iter()
                        .map(|text| format!("{}: {text}", plugin.name));
                    found.lock().unwrap().extend(problems);
                }
            });
        }
    });
    let found = found.into_inner().unwrap();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// The blocks of commands in a manual.
fn blocks(plugin: &Plugin) -> impl Iterator<Item = &str> {
    let blocks = plugin.manual().split("```sh\n").skip(1);
    blocks.filter_map(|rest| rest.split("```").next())
}

/// The first command of a manual that adds the plugin, as it stands.
fn adding(plugin: &Plugin) -> Option<&str> {
    let command = format!("hookpoint plugins add {}", plugin.name);
    blocks(plugin).find(|block| block.contains(&command))
}

/// The other commands of a manual, in blocks and in sentences, as they stand.
fn others(plugin: &Plugin) -> BTreeSet<String> {
    let others = blocks(plugin).filter(|block| Some(*block) != adding(plugin));
    let prose = plugin.manual().split("```").step_by(2);
    let inline = prose
        .flat_map(|text| text.split('`').skip(1).step_by(2))
        .map(|quoted| quoted.split_whitespace().collect::<Vec<_>>().join(" "));
    let inline = inline.filter(|quoted| quoted.starts_with("hookpoint "));
    others.map(str::to_owned).chain(inline).collect()
}

/// The workspace of an empty folder to which a plugin was added with the examples of its manifest and everything that can
/// be chosen. Each is made once in a process.
pub(super) fn workspace(plugin: &Plugin) -> Workspace {
    static MADE: Mutex<BTreeMap<String, Workspace>> = Mutex::new(BTreeMap::new());
    if let Some(made) = MADE.lock().unwrap().get(&plugin.name) {
        return made.clone();
    }
    let workspace = added(plugin);
    let mut made = MADE.lock().unwrap();
    made.insert(plugin.name.clone(), workspace.clone());
    workspace
}

fn added(plugin: &Plugin) -> Workspace {
    let place = Place::new();
    let mut arguments = vec!["plugins".to_owned(), "add".to_owned(), plugin.name.clone()];
    arguments.extend(["--application".to_owned(), "shop".to_owned()]);
    let values = Values::examples(&plugin.manifest);
    for (name, value) in values.all() {
        // All of the choices, so that every binding is there.
        let mut parameters = plugin.manifest.parameters.iter();
        let parameter = parameters.find(|parameter| parameter.name == *name);
        let value = match parameter.map(|parameter| &parameter.kind) {
            Some(Kind::Choices(all)) => all.join(","),
            _ => value.clone(),
        };
        arguments.extend(["--set".to_owned(), format!("{name}={value}")]);
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    place.ok(&arguments);
    place.workspace()
}

pub(super) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
}

#[test]
fn every_plugin_is_added_by_its_manuals_command_tested_and_published() {
    with_every_plugin(|plugin| {
        let place = Place::new();
        let Some(command) = adding(plugin) else {
            return vec!["the manual has no command that adds it".to_owned()];
        };
        let added = place.shell(command);
        if added.code != 0 {
            return vec![format!("`{command}`: {}", added.stderr)];
        }
        let mut problems = Vec::new();
        for arguments in [["test"], ["apply"]] {
            let ended = place.hookpoint(&arguments);
            if ended.code != 0 {
                problems.push(format!("{arguments:?}: {}{}", ended.stdout, ended.stderr));
            }
        }
        for command in others(plugin) {
            let ended = place.shell(&command);
            if ended.code != 0 {
                problems.push(format!("`{command}`: {}{}", ended.stdout, ended.stderr));
            }
        }
        let updated = place.json(&["plugins", "update", &plugin.name, "--json"]);
        if updated["isNewer"] != json!(false) || updated["files"] != json!([]) {
            problems.push(format!("a new plugin is not the library's: {updated}"));
        }
        for (name, body) in &place.workspace().desired().hooks {
            if let Implementation::Script(script) = &body.implementation
                && script.source.len() > LARGEST_BUNDLE
            {
                problems.push(format!(
                    "the bundle of `{name}` has {} bytes",
                    script.source.len()
                ));
            }
        }
        problems
    });
}

#[test]
fn the_helpers_pass_their_cases() {
    let place = Place::new();
    let (mut hooks, mut bindings) = (Map::new(), Vec::new());
    let folder = repository::root().join("plugins/lib");
    for below in ["", "tests"] {
        for entry in fs::read_dir(folder.join(below)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                continue;
            }
            let file = path.file_name().unwrap().to_str().unwrap();
            let name = Path::new("plugins/lib")
                .join(below)
                .join(file)
                .display()
                .to_string();
            place.write(&name, &fs::read_to_string(&path).unwrap());
            let Some(hook) = file.strip_suffix(".ts").filter(|_| !below.is_empty()) else {
                continue;
            };
            let case = Case::load(&path.with_file_name(format!("{hook}.case.yaml")));
            let case = case.unwrap_or_else(|errors| panic!("{errors}"));
            let mut hosts: Vec<&str> = case
                .requests
                .iter()
                .filter_map(|request| request.url.split('/').nth(2))
                .collect();
            hosts.sort_unstable();
            hosts.dedup();
            hooks.insert(
                hook.to_owned(),
                json!({ "script": { "file": name, "hosts": hosts } }),
            );
            bindings.push(
                json!({ "application": "shop", "stage": "beforeRegistration", "hook": hook }),
            );
        }
    }
    assert!(hooks.len() > 5);
    let workspace = json!({ "version": 1, "applications": { "shop": { "kind": "identity" } }, "hooks": hooks, "bindings": bindings });
    place.write("hookpoint.yaml", &workspace.to_string());
    let ended = place.hookpoint(&["test"]);
    assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
}

#[test]
fn every_preview_runs_and_does_what_its_case_expects() {
    let place = Place::new();
    with_every_plugin(|plugin| {
        let shown = place.json(&["plugins", "preview", &plugin.name, "--json"]);
        let run = &shown["dryRun"];
        if run["problems"] == json!([]) && run["stage"].is_string() {
            Vec::new()
        } else {
            vec![format!("the preview fails: {run}")]
        }
    });
    assert_eq!(place.files(), []);
}

#[test]
fn every_plugin_survives_every_failure_of_its_vendor() {
    let runtime = runtime();
    let trickle = trickle::start();
    with_every_plugin(|plugin| {
        let successes = successes(plugin);
        if successes.is_empty() {
            return Vec::new();
        }
        let workspace = workspace(plugin);
        runtime.block_on(async {
            let bench = Bench::of(workspace).await;
            let mut problems = Vec::new();
            for (path, case) in &successes {
                let event = case.event_at(bench.stage(case));
                let served = Arc::new(Served::new(case.requests.clone()));
                let good = bench.run(case, &event, served.clone()).await;
                if good.failure.is_some() || !served.problems().is_empty() {
                    problems.push(format!("{path}: {good:?} {:?}", served.problems()));
                    continue;
                }
                for (index, request) in case.requests.iter().enumerate() {
                    for (failure, fault) in vendor::faults(plugin, request) {
                        let outcome = match fault {
                            Fault::Reply(reply) => {
                                let served = vendor::failing(&case.requests, index, &reply);
                                Some(bench.run(case, &event, served).await)
                            }
                            // A resumption has no token here, and is not posted.
                            Fault::Trickle if Bench::is_resumed(&event) => continue,
                            Fault::Trickle => trickled(&bench, case, index, &trickle).await,
                        };
                        let problem = match outcome {
                            Some(outcome) => vendor::wrong(&outcome, &good, failure),
                            None => Some("the request was never made".to_owned()),
                        };
                        if let Some(problem) = problem {
                            let url = &request.url;
                            problems.push(format!("{path}, {failure} from {url}: {problem}"));
                        }
                    }
                }
            }
            problems
        })
    });
}

/// What an event came to when the body of one of the case's requests arrived byte by byte; `None` if the hook never came as far as
/// that request.
async fn trickled(
    bench: &Bench,
    case: &Case,
    index: usize,
    trickle: &Arc<Elsewhere>,
) -> Option<Outcome> {
    let event = case.event_at(bench.stage(case));
    for limit in HURRIES {
        let slow = Arc::new(Trickling::at(&case.requests, index, trickle));
        let outcome = bench.within(limit).post(case, &event, slow.clone()).await;
        if slow.was_asked() {
            return Some(outcome);
        }
    }
    None
}
