//! `hookpoint.yaml` as a JSON Schema, in the draft that editors read.
//!
//! `shared/workspace` defines the format; its tests compare the keys of every mapping with this schema.

use hookpoint_engine::application::binding::{ASYNCHRONOUS_TIMEOUT, SYNCHRONOUS_TIMEOUT};
use hookpoint_stages::{Effect, Stage};
use serde_json::{Map, Value, json};

use super::{comment, effect};

pub(super) fn schema() -> anyhow::Result<Value> {
    let mut definitions = effect::definitions()?;
    let effects: Map<String, Value> = Effect::ALL
        .into_iter()
        .map(|effect| (effect.to_string(), effect::reference(effect)))
        .collect();
    let response = json!({
        "description": "A response, or the JSON or YAML file that holds one. Each stage accepts some of these effects.",
        "type": ["object", "string"],
        "properties": effects,
    });
    for (name, schema) in [
        ("names", names()),
        ("texts", texts()),
        ("response", response),
        ("application", application()),
        ("hook", hook()),
        ("webhook", webhook()),
        ("script", script()),
        ("binding", binding()),
        ("local", local()),
    ] {
        definitions.insert(name.to_owned(), schema);
    }
    Ok(json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$comment": comment("tools/xtask/src/generate/schemas/workspace.rs and shared/stages"),
        "title": "hookpoint.yaml",
        "type": "object",
        "properties": {
            "version": { "const": 1 },
            "secrets": section("names", "The secrets that hooks may use, by name."),
            "stores": section("names", "Identity stores."),
            "applications": {
                "description": "The applications that post events, by their id in the route.",
                "type": ["object", "null"],
                "additionalProperties": reference("application"),
            },
            "hooks": {
                "description": "The hooks, by name.",
                "type": ["object", "null"],
                "additionalProperties": reference("hook"),
            },
            "bindings": {
                "description": "Where each hook runs.",
                "type": ["array", "null"],
                "items": reference("binding"),
            },
            "local": section("local", "For `hookpoint dev` and `hookpoint trigger` on this machine; never published."),
        },
        "required": ["version"],
        "additionalProperties": false,
        "$defs": definitions,
    }))
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{name}") })
}

/// A part that may be empty. Its description is outside the reference, because the draft ignores siblings of `$ref`.
fn section(name: &str, description: &str) -> Value {
    json!({ "description": description, "anyOf": [reference(name), { "type": "null" }] })
}

fn text(description: &str) -> Value {
    json!({ "description": description, "type": "string", "minLength": 1 })
}

fn names() -> Value {
    json!({ "type": "array", "items": { "type": "string", "minLength": 1 }, "uniqueItems": true })
}

fn texts() -> Value {
    json!({ "type": "object", "additionalProperties": { "type": "string" } })
}

/// One name, or several.
fn name_or_names(description: &str) -> Value {
    json!({
        "description": description,
        "anyOf": [{ "type": "string", "minLength": 1 }, reference("names"), { "type": "null" }],
    })
}

fn application() -> Value {
    json!({
        "type": "object",
        "properties": {
            "name": text("Shown to people; the id when absent."),
            "kind": { "description": "The kind of stages it posts.", "enum": ["conversation", "identity"] },
            "identityStore": text("The store it uses; for identity applications."),
            "variables": reference("texts"),
            "keepEvents": {
                "description": "Whether run records hold the event and the response, redacted, so that they can be replayed.",
                "type": "boolean",
            },
        },
        "required": ["kind"],
        "additionalProperties": false,
    })
}

fn hook() -> Value {
    json!({
        "type": "object",
        "properties": {
            "static": reference("response"),
            "webhook": { "anyOf": [text("The URL."), reference("webhook")] },
            "script": { "anyOf": [text("The file."), reference("script")] },
        },
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": false,
    })
}

fn webhook() -> Value {
    json!({
        "type": "object",
        "properties": {
            "url": text("Where the event is posted. `{Name:Secret}` and `{Name:Variable}` are replaced."),
            "headers": reference("texts"),
            "signingSecrets": name_or_names("Secrets that sign the event (Standard Webhooks)."),
        },
        "required": ["url"],
        "additionalProperties": false,
    })
}

fn script() -> Value {
    json!({
        "type": "object",
        "properties": {
            "file": text("The script's file, relative to this one."),
            "source": text("The script itself."),
            "hosts": section("names", "What `fetch` may reach."),
            "secrets": section("names", "What `hook.secrets` holds. Without a value of each, the script does not run."),
            "optionalSecrets": section("names", "What `hook.secrets` holds if it has a value."),
        },
        "oneOf": [{ "required": ["file"] }, { "required": ["source"] }],
        "additionalProperties": false,
    })
}

fn binding() -> Value {
    let stages: Vec<_> = Stage::ALL
        .iter()
        .map(|stage| stage.id().to_owned())
        .collect();
    // Some stages have the same id and name.
    let kebab = Stage::ALL.iter().map(|stage| stage.name());
    let kebab: Vec<_> = kebab.filter(|name| !stages.contains(name)).collect();
    let stages = [stages, kebab].concat();
    let longest = SYNCHRONOUS_TIMEOUT.max(ASYNCHRONOUS_TIMEOUT).as_millis();
    json!({
        "type": "object",
        "properties": {
            "application": text("The application it is attached to."),
            "store": text("The identity store it is attached to: it applies to every application that uses the store."),
            "stage": { "description": "When the hook runs.", "enum": stages },
            "hook": text("The hook that runs."),
            "version": {
                "description": "The version that runs; `latest` when absent.",
                "anyOf": [{ "const": "latest" }, { "type": "integer", "minimum": 1 }],
            },
            "id": text("Unique within target and stage; the hook's name when absent."),
            "order": {
                "description": "Its place among the hooks of the stage, 100 when absent; equal orders run at once.",
                "type": "integer",
                "minimum": 0,
                "maximum": 9_999,
            },
            "mode": { "description": "Before or after the response.", "enum": ["synchronous", "asynchronous"] },
            "failure": {
                "description": "What a failed synchronous hook does; the stage has a default.",
                "anyOf": [
                    { "enum": ["continue", "deny"] },
                    {
                        "type": "object",
                        "properties": { "fallback": reference("response") },
                        "required": ["fallback"],
                        "additionalProperties": false,
                    },
                ],
            },
            "timeoutMs": {
                "description": format!(
                    "Milliseconds, at most {}; asynchronously at most {}.",
                    SYNCHRONOUS_TIMEOUT.as_millis(),
                    ASYNCHRONOUS_TIMEOUT.as_millis()
                ),
                "type": "integer",
                "minimum": 1,
                "maximum": u64::try_from(longest).unwrap_or(u64::MAX),
            },
            "when": {
                "description": "Dotted paths in the event with their allowed values; each must match.",
                "type": "object",
                "additionalProperties": {
                    "anyOf": [scalar(), { "type": "array", "items": scalar(), "minItems": 1 }],
                },
            },
            "variables": reference("texts"),
            "secrets": reference("texts"),
        },
        "required": ["stage", "hook"],
        "oneOf": [{ "required": ["application"] }, { "required": ["store"] }],
        "additionalProperties": false,
    })
}

fn scalar() -> Value {
    json!({ "type": ["string", "number", "boolean", "null"] })
}

fn local() -> Value {
    json!({
        "type": "object",
        "properties": {
            "port": { "type": "integer", "minimum": 0, "maximum": 65_535 },
            "allow": section("names", "Addresses with their port that may be reached, also without TLS, such as `127.0.0.1:3000`."),
            "allowHttpHosts": section("names", "Hosts that may be reached without TLS."),
            "allowNetworks": section("names", "Private or loopback networks that may be reached."),
            "trustCa": name_or_names("Files with certificates of authorities trusted in addition to the public ones."),
            "deliveriesAtOnce": {
                "description": "How many deliveries `dev` attempts at once.",
                "type": "integer",
                "minimum": 1,
                "maximum": 4_096,
            },
        },
        "additionalProperties": false,
    })
}
