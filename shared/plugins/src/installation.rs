//! What a plugin adds to a workspace.

use std::{collections::BTreeSet, path::Path};

use hookpoint_engine::hook::egress;
use hookpoint_stages::Family;
use hookpoint_workspace::{Additions, Case};
use serde_json::{Map, Value, json};
use thiserror::Error;

use crate::{
    Binding, HookDraft, Plugin, Record, Values,
    plugin::{COPIED, SHARED},
    record::RECORD_FILE,
};

/// Where a plugin is bound: an application, with the store that it uses, or a store alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// The application.
    pub application: Option<String>,
    /// The store.
    pub store: Option<String>,
    /// The kind of stages that happen there.
    pub family: Family,
}

/// Why a plugin cannot be installed at a place.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SiteError {
    /// The place never has the stage.
    #[error(
        "the plugin `{plugin}` is for {wanted} applications: its stage `{stage}` never happens in {place}"
    )]
    Family {
        /// The plugin.
        plugin: String,
        /// The kind of application that it needs.
        wanted: Family,
        /// A stage of it.
        stage: &'static str,
        /// The place, as it is called.
        place: String,
    },
    /// Its stage is bound on stores.
    #[error(
        "the stage `{stage}` of the plugin `{plugin}` is bound on an identity store, and {place} has none: declare one, such as `stores: [customers]`, and give the application `identityStore: customers`"
    )]
    NoStore {
        /// The plugin.
        plugin: String,
        /// The stage.
        stage: &'static str,
        /// The place, as it is called.
        place: String,
    },
    /// A parameter gives an invalid host.
    #[error("the parameters give hook `{hook}` the host `{host}`, which is not valid")]
    Host {
        /// The hook.
        hook: String,
        /// What it would call.
        host: String,
    },
    /// The parameters leave nothing.
    #[error("with these parameters the plugin `{plugin}` installs nothing")]
    Nothing {
        /// The plugin.
        plugin: String,
    },
}

/// Files and entries that a plugin adds.
#[derive(Debug, Clone)]
pub struct Installation {
    /// Names, relative to the folder of the workspace, and texts. The record is among them.
    pub files: Vec<(String, String)>,
    /// The entries of the workspace.
    pub additions: Additions,
    /// The folder of the plugin, relative to that of the workspace.
    pub folder: String,
}

impl Site {
    fn name(&self) -> String {
        match (&self.application, &self.store) {
            (Some(application), _) => format!("the application `{application}`"),
            (None, Some(store)) => format!("the store `{store}`"),
            (None, None) => "the workspace".to_owned(),
        }
    }
}

impl Plugin {
    /// Everything that the plugin adds at a place with these values.
    ///
    /// # Errors
    /// The place does not have a stage of the plugin, or the values give an invalid host.
    pub fn install(&self, values: &Values, site: &Site) -> Result<Installation, SiteError> {
        let bindings: Vec<&Binding> = self
            .manifest
            .bindings
            .iter()
            .filter(|binding| binding.is_wanted(values))
            .collect();
        if bindings.is_empty() {
            return Err(SiteError::Nothing {
                plugin: self.name.clone(),
            });
        }
        let hooks: Vec<&HookDraft> = self
            .manifest
            .hooks
            .iter()
            .filter(|hook| bindings.iter().any(|binding| binding.hook == hook.name))
            .collect();
        let folder = format!("plugins/{}", self.name);
        let mut additions = Additions::default();
        for hook in &hooks {
            let entry = hook_entry(hook, &folder, values)?;
            additions.hooks.insert(hook.name.to_string(), entry);
        }
        let secrets: BTreeSet<&String> = hooks.iter().flat_map(|hook| &hook.secrets).collect();
        additions.secrets = secrets.into_iter().cloned().collect();
        for binding in &bindings {
            let entry = self.binding_entry(binding, values, site)?;
            additions.bindings.push(entry);
        }
        let mut files = self.files(&hooks, &bindings, values);
        let record = Record::of(self, values, site, &files, &additions);
        files.push((RECORD_FILE.to_owned(), record.to_text()));
        for (name, _) in &mut files {
            *name = format!("{folder}/{name}");
        }
        Ok(Installation {
            files,
            additions,
            folder,
        })
    }

    fn binding_entry(
        &self,
        binding: &Binding,
        values: &Values,
        site: &Site,
    ) -> Result<Value, SiteError> {
        let stage = binding.stage.definition();
        if stage.family != site.family {
            return Err(SiteError::Family {
                plugin: self.name.clone(),
                wanted: stage.family,
                stage: stage.id,
                place: site.name(),
            });
        }
        let mut entry = Map::new();
        let (key, target) = match (&site.application, &site.store) {
            (Some(application), _) if !binding.is_of_store() => ("application", application),
            (_, Some(store)) => ("store", store),
            _ => {
                return Err(SiteError::NoStore {
                    plugin: self.name.clone(),
                    stage: stage.id,
                    place: site.name(),
                });
            }
        };
        entry.insert(key.to_owned(), json!(target));
        entry.insert("stage".to_owned(), json!(stage.id));
        entry.insert("hook".to_owned(), json!(binding.hook.as_str()));
        if let Some(order) = binding.order {
            entry.insert("order".to_owned(), json!(order));
        }
        if binding.is_asynchronous && stage.mode == hookpoint_stages::ModeRule::SynchronousByDefault
        {
            entry.insert("mode".to_owned(), json!("asynchronous"));
        }
        if let Some(failure) = &binding.failure {
            entry.insert("failure".to_owned(), values.fill_json(failure));
        }
        if let Some(timeout) = binding.timeout_ms {
            entry.insert("timeoutMs".to_owned(), json!(timeout));
        }
        if let Some(when) = &binding.when {
            entry.insert("when".to_owned(), json!(when));
        }
        let names = self.manifest.hook(&binding.hook);
        let names = names.map_or(&[][..], |hook| &hook.variables);
        let variables: Map<String, Value> = names
            .iter()
            .filter(|name| !values.get(name).is_empty())
            .map(|name| (name.clone(), values.get(name).into()))
            .collect();
        if !variables.is_empty() {
            entry.insert("variables".to_owned(), json!(variables));
        }
        Ok(Value::Object(entry))
    }

    /// Files by their path in the plugin: the hooks, their helpers and cases, and the manual.
    fn files(
        &self,
        hooks: &[&HookDraft],
        bindings: &[&Binding],
        values: &Values,
    ) -> Vec<(String, String)> {
        let mut files = Vec::new();
        let is_left_out = |path: &str| {
            let drafts = &self.manifest.hooks;
            drafts.iter().any(|hook| hook.file == path)
                && !hooks.iter().any(|hook| hook.file == path)
        };
        for (path, text) in &self.files {
            if path.starts_with("hooks/") && !is_left_out(path) {
                files.push((path.clone(), text.replace(SHARED, COPIED)));
            }
        }
        for (file, text) in &self.helpers {
            files.push((format!("lib/{file}"), text.clone()));
        }
        for (path, text) in self.cases() {
            let filled = values.fill(text);
            let case = Case::parse(&filled, path, Path::new(""));
            // A case of a stage that was not chosen would run without the values of its binding.
            let is_installed = case.as_ref().map_or(true, |case| {
                bindings.iter().any(|binding| {
                    binding.hook == case.hook
                        && case.stage.is_none_or(|stage| stage == binding.stage)
                })
            });
            if is_installed {
                files.push((path.to_owned(), format!("{}{filled}", schema_line(path))));
            }
        }
        files.push(("README.md".to_owned(), self.manual().to_owned()));
        files
    }
}

/// The first line of a case, for editors: where its schema is, from this path in the folder of the plugin.
fn schema_line(path: &str) -> String {
    // Above the folder of the case are those of the plugin and of all plugins.
    let up = "../".repeat(path.matches('/').count() + 2);
    format!("# yaml-language-server: $schema={up}hookpoint.case.schema.json\n")
}

fn hook_entry(hook: &HookDraft, folder: &str, values: &Values) -> Result<Value, SiteError> {
    let mut script = Map::new();
    script.insert("file".to_owned(), format!("{folder}/{}", hook.file).into());
    let mut hosts = BTreeSet::new();
    for host in &hook.hosts {
        let filled = values.fill(host);
        let is_left_out = filled.is_empty();
        match egress::host(&filled) {
            Some(host) => {
                hosts.insert(host);
            }
            None if is_left_out => {}
            None => {
                return Err(SiteError::Host {
                    hook: hook.name.to_string(),
                    host: filled,
                });
            }
        }
    }
    if !hosts.is_empty() {
        script.insert("hosts".to_owned(), json!(hosts));
    }
    if !hook.secrets.is_empty() {
        script.insert("secrets".to_owned(), json!(hook.secrets));
    }
    Ok(json!({ "script": script }))
}
