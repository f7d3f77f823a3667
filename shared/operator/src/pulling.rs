//! Turns what is published into a workspace, sources included.

mod configuration;
mod reading;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    sync::Arc,
};

use hookpoint_engine::{
    application::binding::{Binding, FailurePolicy, Mode, Target},
    hook::{
        BundleFiles, Hook, HookBody, Implementation, ScriptHook, WebhookHook, template::Template,
    },
    identifier::{ApplicationId, HookName, SecretName, StoreId},
    ports::{Publisher, StoreError},
    publish::DesiredApplication,
};
use hookpoint_workspace::{protocol::INSTALL, syntax::is_typescript, to_yaml};
use serde_json::{Map, Value, json};
use thiserror::Error;

use self::{
    configuration::Configuration,
    reading::{applications_of, newest_of},
};
use crate::{
    inspection::bindings_at,
    sources::{authored_files, normal, own_file, packages, stays_inside},
    unknown_target::UnknownTarget,
};

/// A workspace as files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pulled {
    /// The text of `hookpoint.yaml`.
    pub workspace: String,
    /// The files that it names, relative to its folder.
    pub files: BTreeMap<String, String>,
    /// What differs from the author's sources, and why.
    pub remarks: Vec<String>,
}

/// Why nothing was pulled.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PullError {
    /// A chosen application is not published.
    #[error(transparent)]
    Unknown(#[from] UnknownTarget),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Reads what is published: of these applications with what they use, or everything if none is named.
///
/// # Errors
/// A chosen application is not published, or the store cannot be read.
pub async fn pull(
    publisher: &dyn Publisher,
    chosen: &BTreeSet<ApplicationId>,
) -> Result<Pulled, PullError> {
    let is_all = chosen.is_empty();
    let mut applications = if is_all {
        publisher.applications().await?
    } else {
        applications_of(publisher, chosen).await?
    };
    applications.sort_by(|one, other| one.id.cmp(&other.id));
    let used = applications.iter();
    let mut stores: BTreeSet<StoreId> = used
        .filter_map(|application| application.identity_store.clone())
        .collect();
    if is_all {
        stores.extend(publisher.stores().await?);
    }
    let own = applications
        .iter()
        .map(|application| Target::Application(application.id.clone()));
    let targets = own.chain(stores.iter().cloned().map(Target::Store));
    let bindings = bindings_at(publisher, targets.collect()).await?;
    let hooks = newest_of(publisher, is_all, &bindings).await?;
    let mut writing = Writing::default();
    for hook in hooks.values() {
        writing.hook(hook);
    }
    let applications = applications.iter().map(DesiredApplication::of);
    Ok(writing.finish(applications, &stores, &bindings, &hooks))
}

/// The workspace being written.
#[derive(Default)]
struct Writing {
    hooks: Map<String, Value>,
    secrets: BTreeSet<SecretName>,
    http_hosts: BTreeSet<String>,
    networks: BTreeSet<String>,
    configuration: Configuration,
    /// Whether a hook that can be built again imports packages.
    has_packages: bool,
    pulled: Pulled,
}

impl Writing {
    fn hook(&mut self, hook: &Hook) {
        let HookBody {
            implementation,
            secrets,
        } = hook.body.as_ref();
        self.secrets.extend(secrets.iter().cloned());
        let value = match implementation {
            Implementation::Static(hook) => json!({ "static": hook.response }),
            Implementation::Webhook(webhook) => json!({ "webhook": self.webhook(webhook) }),
            Implementation::Script(script) => {
                json!({ "script": self.script(hook, script, secrets) })
            }
        };
        self.hooks.insert(hook.name.to_string(), value);
    }

    fn webhook(&mut self, webhook: &WebhookHook) -> Value {
        self.allow(&webhook.url);
        let mut members = Map::new();
        members.insert("url".to_owned(), json!(webhook.url.to_string()));
        if !webhook.headers.is_empty() {
            let headers = webhook.headers.iter();
            let headers = headers.map(|(name, value)| (name.clone(), json!(value.to_string())));
            members.insert("headers".to_owned(), headers.collect());
        }
        if !webhook.signing_secrets.is_empty() {
            let secrets = json!(webhook.signing_secrets);
            members.insert("signingSecrets".to_owned(), secrets);
        }
        Value::Object(members)
    }

    /// Lists a host without TLS or with a private address under `local`, which is not published, but without which the
    /// workspace would be refused.
    fn allow(&mut self, url: &Template) {
        let Some(rest) = url.literal().and_then(|url| url.strip_prefix("http://")) else {
            return;
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let host = match rest[..end].rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => &rest[..end],
        };
        self.http_hosts.insert(host.to_owned());
        if let Ok(address) = host.parse::<IpAddr>() {
            let bits = if address.is_ipv4() { 32 } else { 128 };
            self.networks.insert(format!("{address}/{bits}"));
        }
    }

    fn script(&mut self, hook: &Hook, script: &ScriptHook, secrets: &[SecretName]) -> Value {
        let mut members = Map::new();
        match &script.file {
            None => {
                members.insert("source".to_owned(), json!(script.source));
            }
            Some(file) => {
                let file = self.script_files(hook, script, file);
                members.insert("file".to_owned(), json!(file));
            }
        }
        if !script.hosts.is_empty() {
            members.insert("hosts".to_owned(), json!(script.hosts));
        }
        let is_optional = |name: &&SecretName| script.optional_secrets.contains(name);
        let (optional, needed): (Vec<_>, Vec<_>) = secrets.iter().partition(is_optional);
        for (name, secrets) in [("secrets", needed), ("optionalSecrets", optional)] {
            if !secrets.is_empty() {
                members.insert(name.to_owned(), json!(secrets));
            }
        }
        Value::Object(members)
    }

    /// Adds the files of a script. Returns the name of the one that the hook names.
    fn script_files(&mut self, hook: &Hook, script: &ScriptHook, file: &str) -> String {
        let file = normal(file);
        let authored = authored_files(script);
        let authored = authored.filter(|files| files.keys().all(|name| stays_inside(name)));
        let authored = authored.and_then(|files| Some((own_file(script, &files, &file)?, files)));
        let Some((own, files)) = authored else {
            let remark = format!(
                "hook `{}`: the files that it was bundled from are not stored, or not which of them is its own; its bundle was written",
                hook.name
            );
            return self.renamed(hook, script, remark);
        };
        let taken = files.iter().find(|(name, text)| {
            let known = self.pulled.files.get(*name);
            known.is_some_and(|known| known != *text)
        });
        if let Some((taken, _)) = taken {
            let remark = format!(
                "hook `{}`: another hook has a file `{taken}` with another text; the bundle of this one was written under another name",
                hook.name
            );
            return self.renamed(hook, script, remark);
        }
        let is_locked = self.configuration.add(&hook.name, script);
        let packages = packages(script);
        self.has_packages |= is_locked && !packages.is_empty();
        if !packages.is_empty() && !is_locked {
            self.pulled.remarks.push(format!(
                "hook `{}` imports packages, whose files and versions are not stored: add a package.json with its lock file for {}",
                hook.name,
                packages.into_iter().collect::<Vec<_>>().join(", ")
            ));
        }
        self.pulled.files.extend(files);
        self.type_files(hook, script);
        if own != file {
            self.pulled.remarks.push(format!(
                "hook `{}`: `{file}` was a link; its file is `{own}`",
                hook.name
            ));
        }
        own
    }

    /// Adds the files that a script imports for their types only.
    fn type_files(&mut self, hook: &Hook, script: &ScriptHook) {
        let beside = script.source_map.as_ref().and_then(|map| map.files());
        for (name, text) in beside.into_iter().flat_map(BundleFiles::texts) {
            if !is_typescript(name) || !stays_inside(name) {
                continue;
            }
            let known = self.pulled.files.entry(name.clone());
            if known.or_insert_with(|| text.clone()) != text {
                self.pulled.remarks.push(format!(
                    "hook `{}` was published with another text of `{name}`, which it uses for its types",
                    hook.name
                ));
            }
        }
    }

    /// Writes the script that runs, under a name of its own. The next publication makes a new version of it.
    fn renamed(&mut self, hook: &Hook, script: &ScriptHook, remark: String) -> String {
        let name = format!("hooks/{}.published.js", hook.name);
        self.pulled.remarks.push(remark);
        self.pulled
            .files
            .insert(name.clone(), script.source.clone());
        name
    }

    /// Adds the files that determine the content of bundles.
    fn configure(&mut self) {
        let chosen = std::mem::take(&mut self.configuration).chosen();
        for (hook, folder) in chosen.strayed {
            let place = match folder.trim_end_matches('/') {
                "" => "the folder".to_owned(),
                folder => format!("`{folder}`"),
            };
            self.pulled.remarks.push(format!(
                "hook `{hook}` was bundled with other versions of its packages, or another tsconfig.json, than {place} has now: \
                 the next publication makes a new version of it"
            ));
        }
        for (name, text) in chosen.files {
            self.pulled.files.entry(name).or_insert(text);
        }
        if self.has_packages {
            let remark = format!(
                "install the packages before the next command, as the lock file has them: for npm, `{INSTALL}`"
            );
            self.pulled.remarks.push(remark);
        }
    }

    fn finish(
        mut self,
        applications: impl Iterator<Item = DesiredApplication>,
        stores: &BTreeSet<StoreId>,
        bindings: &[Binding],
        hooks: &BTreeMap<HookName, Arc<Hook>>,
    ) -> Pulled {
        self.configure();
        for binding in bindings {
            self.secrets.extend(binding.secrets.values().cloned());
        }
        let mut members = Map::new();
        let mut set = |name: &str, value: Value| {
            if value.as_array().is_none_or(|list| !list.is_empty())
                && value.as_object().is_none_or(|members| !members.is_empty())
            {
                members.insert(name.to_owned(), value);
            }
        };
        set("version", json!(1));
        set("secrets", json!(self.secrets));
        set("stores", json!(stores));
        let applications = applications.map(|settings| {
            let id = settings.id.to_string();
            (id, application(&settings))
        });
        set("applications", Value::Object(applications.collect()));
        set("hooks", Value::Object(std::mem::take(&mut self.hooks)));
        let bindings = bindings.iter().map(|bound| binding(bound, hooks));
        set("bindings", bindings.collect());
        let mut local = Map::new();
        for (name, list) in [
            ("allowHttpHosts", &self.http_hosts),
            ("allowNetworks", &self.networks),
        ] {
            if !list.is_empty() {
                local.insert(name.to_owned(), json!(list));
            }
        }
        set("local", Value::Object(local));
        self.pulled.workspace = to_yaml(&members, 0);
        self.pulled
    }
}

fn application(settings: &DesiredApplication) -> Value {
    let mut members = application_settings(settings);
    if settings.name == settings.id.as_str() {
        members.remove("name");
    }
    Value::Object(members)
}

/// The settings of an application, as a workspace has them.
pub fn application_settings(settings: &DesiredApplication) -> Map<String, Value> {
    let mut members = Map::new();
    members.insert("name".to_owned(), json!(settings.name));
    members.insert("kind".to_owned(), json!(settings.kind));
    if let Some(store) = &settings.identity_store {
        members.insert("identityStore".to_owned(), json!(store));
    }
    if !settings.variables.is_empty() {
        members.insert("variables".to_owned(), json!(settings.variables));
    }
    if settings.keep_events {
        members.insert("keepEvents".to_owned(), json!(true));
    }
    members
}

fn binding(binding: &Binding, hooks: &BTreeMap<HookName, Arc<Hook>>) -> Value {
    let mut members = Map::new();
    let mut set = |name: &str, value: Value| members.insert(name.to_owned(), value);
    match &binding.target {
        Target::Application(id) => set("application", json!(id)),
        Target::Store(id) => set("store", json!(id)),
    };
    set("stage", json!(binding.stage.id()));
    set("hook", json!(binding.hook.name));
    let newest = hooks.get(&binding.hook.name);
    if newest.is_none_or(|newest| newest.version != binding.hook.version) {
        set("version", json!(binding.hook.version));
    }
    if binding.id.as_str() != binding.hook.name.as_str() {
        set("id", json!(binding.id));
    }
    set("order", json!(binding.order));
    if binding.mode != Mode::default_for(binding.stage) {
        set("mode", json!(binding.mode));
    }
    if binding.failure != FailurePolicy::default_for(binding.stage) {
        let failure = match &binding.failure {
            FailurePolicy::Fallback(response) => json!({ "fallback": response }),
            policy => json!(policy),
        };
        set("failure", failure);
    }
    if let Some(timeout) = binding.timeout_ms {
        set("timeoutMs", json!(timeout));
    }
    if !binding.when.is_empty() {
        let conditions = binding.when.iter();
        let conditions = conditions.map(|(path, values)| (path.to_owned(), json!(values)));
        set("when", Value::Object(conditions.collect()));
    }
    if !binding.variables.is_empty() {
        set("variables", json!(binding.variables));
    }
    if !binding.secrets.is_empty() {
        set("secrets", json!(binding.secrets));
    }
    Value::Object(members)
}
