//! Checks of webhooks: URL, headers, references in both, and signing secrets.

mod references;

use std::collections::{BTreeSet, HashMap};

use hookpoint_engine::{
    event::header,
    hook::{HookBody, Implementation, WebhookHook, egress::EgressError, template::Template},
    identifier::SecretName,
};
use url::{Host, Url};

use self::references::template;
use super::secret;
use crate::{
    local::LocalSettings,
    problem::Problems,
    raw::{RawWebhook, Text},
};

pub(super) fn check(
    raw: &RawWebhook,
    secrets: &BTreeSet<SecretName>,
    variables: &BTreeSet<&str>,
    local: &LocalSettings,
    problems: &mut Problems<'_>,
) -> Option<HookBody> {
    let url = template(&raw.url, secrets, variables, problems);
    if has_two_schemes(&raw.url.value) {
        problems.push(
            raw.url.place,
            "the URL has two schemes",
            "write one: `https://host.example.com/path`",
        );
    } else if let Some(literal) = url.as_ref().and_then(Template::literal) {
        check_url(literal, &raw.url, local, problems);
    }
    let mut headers: Vec<(String, Template)> = Vec::new();
    let mut is_read = true;
    let mut lines = HashMap::new();
    for (name, value) in &raw.headers {
        let template = template(value, secrets, variables, problems);
        is_read &= template.is_some();
        if check_header(name, value, &mut lines, problems)
            && let Some(template) = template
        {
            headers.push((name.value.clone(), template));
        }
    }
    let signing_secrets: Vec<SecretName> = raw
        .signing_secrets
        .iter()
        .filter_map(|text| check_signing_secret(text, secrets, problems))
        .collect();
    // What a text refers to is unknown if it cannot be read.
    let url = url.filter(|_| is_read)?;
    let templates = || std::iter::once(&url).chain(headers.iter().map(|(_, value)| value));
    let used: BTreeSet<SecretName> = templates()
        .flat_map(Template::secrets)
        .chain(&signing_secrets)
        .cloned()
        .collect();
    Some(HookBody {
        implementation: Implementation::Webhook(WebhookHook {
            url,
            headers,
            signing_secrets,
        }),
        secrets: used.into_iter().collect(),
    })
}

fn check_signing_secret(
    text: &Text,
    secrets: &BTreeSet<SecretName>,
    problems: &mut Problems<'_>,
) -> Option<SecretName> {
    let is_name = secrets.iter().any(|name| name.as_str() == text.value);
    // This is the secret itself, so the message must not quote it.
    if text.value.starts_with("whsec_") && !is_name {
        problems.push_hidden(
            text.place,
            "`signingSecrets` holds names, and this is the value of a secret",
            "write its name here and in `secrets`, and store a new value where secrets are kept: this one is exposed",
        );
        return None;
    }
    secret::check_known(text, secrets, problems)
}

fn check_header(
    name: &Text,
    value: &Text,
    lines: &mut HashMap<String, usize>,
    problems: &mut Problems<'_>,
) -> bool {
    if let Err(error) = header::check_own_header(&name.value) {
        problems.push(
            name.place,
            error.to_string(),
            "remove the header, or give it another name",
        );
        return false;
    }
    if let Err(error) = header::check_header_value(&name.value, &value.value) {
        problems.push(
            value.place,
            error.to_string(),
            "write the value in one line of ASCII",
        );
        return false;
    }
    let twin = lines.insert(name.value.to_ascii_lowercase(), name.place.line);
    if let Some(line) = twin {
        problems.push(
            name.place,
            format!("header `{}` appears twice", name.value),
            format!("remove one; the first is on line {line}, and letter case makes no difference"),
        );
    }
    twin.is_none()
}

/// Whether a URL begins like `https://http://` or `https://https//`.
fn has_two_schemes(url: &str) -> bool {
    let Some((_, rest)) = url.split_once("://") else {
        return false;
    };
    let rest = rest.to_ascii_lowercase();
    ["https:/", "https//", "http:/", "http//"]
        .iter()
        .any(|scheme| rest.starts_with(scheme))
}

fn check_url(literal: &str, text: &Text, local: &LocalSettings, problems: &mut Problems<'_>) {
    let url = match Url::parse(literal) {
        Ok(url) => url,
        Err(error) => {
            problems.push(
                text.place,
                format!("the URL cannot be read: {error}"),
                "write the whole address: `https://host.example.com/path`",
            );
            return;
        }
    };
    if url.fragment().is_some() {
        problems.push(
            text.place,
            "the part of the URL after `#` is never sent",
            "remove it",
        );
    }
    if let Err(error) = local.egress().check_url(&url) {
        let (message, help) = explain(&error, &url);
        if error == EgressError::Credentials {
            problems.push_hidden(text.place, message, help);
        } else {
            problems.push(text.place, message, help);
        }
    }
}

/// The engine's messages address the operator; these address the author of the workspace.
fn explain(error: &EgressError, url: &Url) -> (String, String) {
    let host = match url.host() {
        Some(Host::Ipv4(_) | Host::Ipv6(_)) => url.host_str(),
        Some(Host::Domain("localhost")) => Some("127.0.0.1"),
        _ => None,
    };
    let endpoint = host.zip(url.port_or_known_default());
    let allow = match endpoint {
        Some((host, port)) if Some(host) == url.host_str() => {
            format!("write `local: {{ allow: [\"{host}:{port}\"] }}`")
        }
        Some((host, port)) => format!(
            "write `{host}` in place of the name, and `local: {{ allow: [\"{host}:{port}\"] }}`"
        ),
        None => "list its network in `local.allowNetworks`".to_owned(),
    };
    match error {
        EgressError::PlainHttp(host) => (
            format!("webhook to `{host}` would travel without encryption"),
            match endpoint {
                Some(_) => format!("use https; for tests on this machine {allow}"),
                None => format!(
                    "use https; for tests on this machine list `{host}` in `local.allowHttpHosts`"
                ),
            },
        ),
        EgressError::Address { address, kind } => (
            format!("hooks may not reach `{address}`: it is {kind}"),
            format!("use a public address; for tests on this machine {allow}"),
        ),
        EgressError::Credentials => (
            "the URL carries a user name or password".to_owned(),
            "send them in a header, from a secret: `Authorization: \"Basic {Credentials:Secret}\"`"
                .to_owned(),
        ),
        other => (other.to_string(), "use an https URL".to_owned()),
    }
}
