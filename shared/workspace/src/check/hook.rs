//! Checks of hooks.

mod bundle;

use std::{collections::BTreeSet, sync::Arc};

use hookpoint_engine::{
    hook::{BundleFiles, HookBody, Implementation, ScriptHook, SourceMap, StaticHook},
    identifier::{HookName, SecretName},
};

use super::{local::check_host, name, response::Response, secret, webhook};
use crate::{
    document::Place,
    files::{Files, without_mark},
    local::LocalSettings,
    problem::Problems,
    raw::{RawHook, RawImplementation, RawScript, ScriptSource, Text},
    type_files,
};

/// Maximum size of a script in bytes; the sandbox has the same. A script inside the workspace is limited by the size of that.
const LARGEST_SCRIPT: usize = 1024 * 1024;

/// A hook, with its place for messages about its bindings.
pub(super) struct CheckedHook {
    pub(super) name: HookName,
    pub(super) place: Place,
    pub(super) body: Arc<HookBody>,
    /// The response, for a static hook.
    pub(super) response: Option<Response>,
}

pub(super) fn check(
    raw: &RawHook,
    secrets: &BTreeSet<SecretName>,
    variables: &BTreeSet<&str>,
    local: &LocalSettings,
    files: &mut Files<'_>,
    problems: &mut Problems<'_>,
) -> Option<CheckedHook> {
    let name = name::check(&raw.name, problems);
    let mut response = None;
    let body = match raw.implementation.as_ref()? {
        RawImplementation::Static(raw) => {
            let read = Response::read(raw, files, problems)?;
            let body = HookBody {
                implementation: Implementation::Static(StaticHook {
                    response: read.members(),
                }),
                secrets: Vec::new(),
            };
            response = Some(read);
            body
        }
        RawImplementation::Webhook(raw) => {
            webhook::check(raw, secrets, variables, local, problems)?
        }
        RawImplementation::Script(raw) => check_script(raw, secrets, files, problems)?,
    };
    Some(CheckedHook {
        name: name?,
        place: raw.name.place,
        body: Arc::new(body),
        response,
    })
}

pub(crate) fn check_script(
    raw: &RawScript,
    secrets: &BTreeSet<SecretName>,
    files: &mut Files<'_>,
    problems: &mut Problems<'_>,
) -> Option<HookBody> {
    let hosts = raw
        .hosts
        .iter()
        .filter_map(|host| check_host(host, problems))
        .collect();
    let needed = known_secrets(&raw.secrets, secrets, problems);
    let mut optional_secrets = known_secrets(&raw.optional_secrets, secrets, problems);
    for text in &raw.optional_secrets {
        if needed.iter().any(|name| name.as_str() == text.value) {
            problems.push(
                text.place,
                format!("secret `{}` is needed and optional", text.value),
                "list it under `secrets` if the script must not run without it, else under `optionalSecrets`",
            );
        }
    }
    optional_secrets.retain(|name| !needed.contains(name));
    let secrets = [needed, optional_secrets.clone()].concat();
    let (source, file, place) = match &raw.source {
        ScriptSource::Inline(source) => (source.value.clone(), None, source.place),
        ScriptSource::File(name) => {
            // It can be pulled as it is.
            let read = files.read_whole(name, LARGEST_SCRIPT, problems)?;
            if let Some(bundled) = bundle::bundle(name, &read.text, files, problems)? {
                return Some(HookBody {
                    implementation: Implementation::Script(ScriptHook {
                        source: bundled.code,
                        file: Some(read.name),
                        hosts,
                        optional_secrets,
                        source_map: SourceMap::new(&bundled.map).map(|map| {
                            let mut beside = files.configuration(&bundled.configuration);
                            beside.extend(type_files::of(&bundled.files, files));
                            map.with_files(BundleFiles::new(beside))
                        }),
                        compiled: None,
                    }),
                    secrets,
                });
            }
            (read.text, Some(read.name), name.place)
        }
    };
    if without_mark(&source).trim().is_empty() {
        problems.push(
            place,
            "the script is empty",
            "export a function: `export default function (event, hook) { return {}; }`",
        );
        return None;
    }
    Some(HookBody {
        implementation: Implementation::Script(ScriptHook {
            source,
            file,
            hosts,
            optional_secrets,
            source_map: None,
            compiled: None,
        }),
        secrets,
    })
}

/// The declared secrets that texts name.
fn known_secrets(
    texts: &[Text],
    declared: &BTreeSet<SecretName>,
    problems: &mut Problems<'_>,
) -> Vec<SecretName> {
    texts
        .iter()
        .filter_map(|text| secret::check_known(text, declared, problems))
        .collect()
}
