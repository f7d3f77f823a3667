//! Hooks and bindings as a workspace has them.

use std::collections::BTreeMap;

use hookpoint_engine::{
    application::binding::{Binding, FailurePolicy},
    hook::{HookBody, Implementation},
};
use hookpoint_operator::authored_files;
use serde_json::{Map, Value, json};

use crate::output::comparable;

/// The files of a script by name, as its author wrote them; of other hooks, none. A bundle without a source map has its
/// own text.
pub(crate) fn sources(body: &HookBody) -> BTreeMap<String, String> {
    match &body.implementation {
        Implementation::Script(script) => authored_files(script).unwrap_or_else(|| {
            let name = script.file.clone().unwrap_or_else(|| "source".to_owned());
            [(name, script.source.clone())].into()
        }),
        Implementation::Static(_) | Implementation::Webhook(_) => BTreeMap::new(),
    }
}

/// Everything but the source, on lines to compare.
pub(crate) fn text(body: &HookBody) -> String {
    comparable(&members(body))
}

/// Everything but the source.
pub(crate) fn members(body: &HookBody) -> Map<String, Value> {
    let value = match &body.implementation {
        Implementation::Static(hook) => json!({ "static": hook.response }),
        Implementation::Webhook(hook) => {
            let headers = hook.headers.iter();
            let headers = headers.map(|(name, value)| (name.clone(), json!(value.to_string())));
            json!({ "webhook": {
                "url": hook.url.to_string(),
                "headers": headers.collect::<Map<_, _>>(),
                "signingSecrets": hook.signing_secrets,
            }, "secrets": body.secrets })
        }
        Implementation::Script(hook) => {
            let mut script = json!({
                "file": hook.file,
                "hosts": hook.hosts,
                "secrets": body.needed_secrets().collect::<Vec<_>>(),
            });
            if !hook.optional_secrets.is_empty() {
                script["optionalSecrets"] = json!(hook.optional_secrets);
            }
            json!({ "script": script })
        }
    };
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// A binding without what identifies it.
pub(crate) fn binding_settings(binding: &Binding) -> Map<String, Value> {
    let mut members = Map::new();
    let mut set = |name: &str, value: Value| members.insert(name.to_owned(), value);
    set(
        "hook",
        json!(format!("{} v{}", binding.hook.name, binding.hook.version)),
    );
    set("order", json!(binding.order));
    set("mode", json!(binding.mode));
    set(
        "failure",
        match &binding.failure {
            FailurePolicy::Fallback(response) => json!({ "fallback": response }),
            policy => json!(policy),
        },
    );
    if let Some(timeout) = binding.timeout_ms {
        set("timeoutMs", json!(timeout));
    }
    if !binding.when.is_empty() {
        set("when", json!(binding.when));
    }
    if !binding.variables.is_empty() {
        set("variables", json!(binding.variables));
    }
    if !binding.secrets.is_empty() {
        set("secrets", json!(binding.secrets));
    }
    members
}
