//! The syntax of hooks.

use super::{
    Text, Texts, binding,
    fields::{self, Fields},
};
use crate::{
    document::{Entry, Node, NodeValue, Place},
    problem::Problems,
};

/// The key that makes a hook one of a kind.
#[derive(Clone, Copy)]
enum Kind {
    Static,
    Webhook,
    Script,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Static, Self::Webhook, Self::Script];

    const fn key(self) -> &'static str {
        match self {
            Self::Static => "static",
            Self::Webhook => "webhook",
            Self::Script => "script",
        }
    }

    /// The keys of a mapping of this kind; the response of a static hook has its own.
    const fn inner_keys(self) -> &'static [&'static str] {
        match self {
            Self::Static => &[],
            Self::Webhook => &["url", "headers", "signingSecrets"],
            Self::Script => &["file", "source", "hosts", "secrets", "optionalSecrets"],
        }
    }

    /// What a webhook has instead of a key of scripts.
    fn remedy_of_webhook(key: &str) -> Option<String> {
        let remedy = match key {
            "secrets" | "optionalSecrets" => {
                "declare them at the top of the workspace, `secrets: [CrmToken]`; a webhook names one where its value goes: `Bearer {CrmToken:Secret}`"
            }
            "hosts" => "remove it: a webhook reaches the host of its `url`",
            _ => return None,
        };
        Some(remedy.to_owned())
    }

    /// Where a key belongs that stands beside the kind instead of inside it, or in a binding.
    fn remedy(key: &str) -> Option<String> {
        let mut kinds = Self::ALL.into_iter();
        let Some(kind) = kinds.find(|kind| kind.inner_keys().contains(&key)) else {
            return binding::remedy(key);
        };
        let first = match key {
            // What the kind needs, and either of what a script needs.
            "url" | "file" | "source" => String::new(),
            _ => format!("{}: …, ", kind.inner_keys()[0]),
        };
        let kind = kind.key();
        Some(format!(
            "it belongs inside `{kind}`: `{kind}: {{ {first}{key}: … }}`"
        ))
    }
}

/// One entry of `hooks`. The implementation is absent if it could not be read.
pub(crate) struct RawHook {
    pub(crate) name: Text,
    pub(crate) implementation: Option<RawImplementation>,
}

/// The kind of a hook.
pub(crate) enum RawImplementation {
    Static(RawResponse),
    Webhook(RawWebhook),
    Script(RawScript),
}

/// A response, inline or in a file.
pub(crate) enum RawResponse {
    Inline(Node),
    File(Text),
}

pub(crate) struct RawWebhook {
    pub(crate) url: Text,
    pub(crate) headers: Texts,
    pub(crate) signing_secrets: Vec<Text>,
}

pub(crate) struct RawScript {
    pub(crate) source: ScriptSource,
    pub(crate) hosts: Vec<Text>,
    pub(crate) secrets: Vec<Text>,
    /// Secrets that the script can run without; never listed under `secrets` as well.
    pub(crate) optional_secrets: Vec<Text>,
}

pub(crate) enum ScriptSource {
    File(Text),
    Inline(Text),
}

impl RawHook {
    pub(super) fn read(entry: &Entry, problems: &mut Problems<'_>) -> Self {
        Self {
            name: entry.key.clone(),
            implementation: RawImplementation::read(entry, problems),
        }
    }
}

impl RawImplementation {
    fn read(entry: &Entry, problems: &mut Problems<'_>) -> Option<Self> {
        let place = entry.key.place;
        let keys = Kind::ALL.map(Kind::key);
        let is_webhook = match &entry.node.value {
            NodeValue::Mapping(inner) => inner
                .iter()
                .any(|inner| inner.key.value == Kind::Webhook.key()),
            _ => false,
        };
        let remedy = |key: &str| {
            let own = is_webhook.then(|| Kind::remedy_of_webhook(key)).flatten();
            own.or_else(|| Kind::remedy(key))
        };
        let fields = Fields::with_remedy(&entry.node, "a hook", place, &keys, remedy, problems)?;
        let mut given = Kind::ALL
            .iter()
            .filter_map(|kind| Some((*kind, fields.entry(kind.key())?)));
        let Some((kind, of_kind)) = given.next() else {
            // A key that belongs inside a kind was reported, with that kind.
            let is_within = |key: &&str| fields.entry(key).is_some();
            let mut inner = Kind::ALL.iter().flat_map(|kind| kind.inner_keys());
            if !fields.one_is_misspelt(&keys) && !inner.any(is_within) {
                problems.push(
                    place,
                    format!("hook `{}` does nothing", entry.key.value),
                    format!("give it one of `{}`", keys.join("`, `")),
                );
            }
            return None;
        };
        if let Some((_, second)) = given.next() {
            problems.push(
                second.key.place,
                format!(
                    "hook `{}` is both `{}` and `{}`",
                    entry.key.value,
                    kind.key(),
                    second.key.value
                ),
                "keep one of them; make two hooks if you need both",
            );
            return None;
        }
        let (place, node) = (of_kind.key.place, &of_kind.node);
        match kind {
            Kind::Static => RawResponse::read(node, "`static`", problems).map(Self::Static),
            Kind::Webhook => RawWebhook::read(node, place, problems).map(Self::Webhook),
            Kind::Script => RawScript::read(node, place, problems).map(Self::Script),
        }
    }
}

impl RawResponse {
    /// Text names a file.
    pub(super) fn read(node: &Node, what: &str, problems: &mut Problems<'_>) -> Option<Self> {
        if let NodeValue::Text(_) = node.value {
            return fields::text(node, what, problems).map(Self::File);
        }
        fields::mapping(node, what, problems)?;
        Some(Self::Inline(node.clone()))
    }
}

impl RawWebhook {
    /// Text is the URL.
    fn read(node: &Node, place: Place, problems: &mut Problems<'_>) -> Option<Self> {
        if let NodeValue::Text(_) = node.value {
            return Some(Self {
                url: fields::text(node, "`webhook`", problems)?,
                headers: Vec::new(),
                signing_secrets: Vec::new(),
            });
        }
        let known = Kind::Webhook.inner_keys();
        let remedy = |key: &str| Kind::remedy_of_webhook(key).or_else(|| binding::remedy(key));
        let fields = Fields::with_remedy(node, "a webhook", place, known, remedy, problems)?;
        fields.required("url", "https://…", problems);
        let headers = fields.texts("headers", problems);
        let signing_secrets = Self::read_signing_secrets(&fields, problems);
        Some(Self {
            url: fields.text("url", problems)?,
            headers,
            signing_secrets,
        })
    }

    /// Text is the only secret. An empty list is a problem rather than absent: its author expects signatures.
    fn read_signing_secrets(fields: &Fields<'_>, problems: &mut Problems<'_>) -> Vec<Text> {
        let key = "signingSecrets";
        let Some(entry) = fields.entry(key) else {
            return Vec::new();
        };
        let empty = match &entry.node.value {
            NodeValue::Text(_) => return fields.text(key, problems).into_iter().collect(),
            NodeValue::List(items) => items.is_empty(),
            _ => entry.node.is_null(),
        };
        if empty {
            problems.push(
                entry.key.place,
                "`signingSecrets` names no secret: nothing would be signed",
                "name at least one, or remove the key",
            );
        }
        fields.names(key, problems)
    }
}

impl RawScript {
    /// Text names the file.
    fn read(node: &Node, place: Place, problems: &mut Problems<'_>) -> Option<Self> {
        if let NodeValue::Text(_) = node.value {
            return Some(Self {
                source: ScriptSource::File(fields::text(node, "`script`", problems)?),
                hosts: Vec::new(),
                secrets: Vec::new(),
                optional_secrets: Vec::new(),
            });
        }
        let known = Kind::Script.inner_keys();
        let fields =
            Fields::with_remedy(node, "a script", place, known, binding::remedy, problems)?;
        let hosts = fields.names("hosts", problems);
        let secrets = fields.names("secrets", problems);
        let optional_secrets = fields.names("optionalSecrets", problems);
        let source = match (fields.entry("file"), fields.entry("source")) {
            (Some(_), None) => ScriptSource::File(fields.text("file", problems)?),
            (None, Some(_)) => ScriptSource::Inline(fields.text("source", problems)?),
            (None, None) => {
                if !fields.one_is_misspelt(&["file", "source"]) {
                    problems.push(
                        place,
                        "a script lacks its source",
                        "add `file: hooks/name.js` or `source: |`",
                    );
                }
                return None;
            }
            (Some(_), Some(source)) => {
                problems.push(
                    source.key.place,
                    "a script has both `file` and `source`",
                    "keep one of them",
                );
                return None;
            }
        };
        Some(Self {
            source,
            hosts,
            secrets,
            optional_secrets,
        })
    }
}
