//! What the emulated AWS holds: the hook, and what the programs written by hand read in its place.

use std::{net::SocketAddr, path::Path};

use anyhow::Context as _;
use hookpoint_aws::{DynamoStore, SecretsManagerSource};
use hookpoint_engine::confidential::secret::Secret;
use hookpoint_operator::{Author, apply, change_application, compile_scripts};
use hookpoint_settings as settings;
use hookpoint_workspace::Workspace;
use hookpoint_xtask::{lambda_local::EmulatedAws, python};
use serde_json::{Value, json};

use super::replay::{self, Transport, Trust};
use crate::sample::{self, Measured, RESPONSE};

const TABLE: &str = "measured";
const PREFIX: &str = "measured";
/// The secret that the webhook sends in a header.
const SECRET: &str = "Token";
const SCRIPT: &str =
    "export default async function () {\n  return { context: { tier: \"gold\" } };\n}\n";

/// The kind of the hook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Static,
    /// With one secret in a header.
    Webhook,
    /// Three lines.
    Script,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Static => "static",
            Self::Webhook => "webhook",
            Self::Script => "script",
        }
    }

    fn hook(self, endpoint: SocketAddr) -> anyhow::Result<Measured> {
        let mut measured = Measured::webhook(endpoint);
        match self {
            Self::Static => return Measured::static_hook(),
            Self::Webhook => {
                let token = format!("{{{SECRET}:Secret}}");
                measured.hook["webhook"]["headers"] = json!({ "x-token": token });
                measured.signing_secrets = vec![SECRET];
            }
            Self::Script => measured.hook = json!({ "script": { "source": SCRIPT } }),
        }
        Ok(measured)
    }
}

/// An emulated AWS with one hook, behind an endpoint at a distance.
#[derive(Debug)]
pub(crate) struct Published {
    aws: EmulatedAws,
    kind: Kind,
    trust: Trust,
}

impl Published {
    /// Starts it. `endpoint` answers webhooks.
    pub(crate) async fn start(
        kind: Kind,
        transport: Transport,
        endpoint: SocketAddr,
        folder: &Path,
    ) -> anyhow::Result<Self> {
        let bundler = hookpoint_devserver::BundlerProcess::find(None, None);
        let hook = kind.hook(endpoint)?;
        let mut workspace = hook.write(folder)?.load(0, &bundler)?;
        compile_scripts(&mut workspace).await?;
        let published = Self::of(&workspace, transport, folder).await?;
        Ok(Self { kind, ..published })
    }

    /// Starts one that holds the script of a workspace, with the bytecode that it has.
    pub(crate) async fn of(
        workspace: &Workspace,
        transport: Transport,
        folder: &Path,
    ) -> anyhow::Result<Self> {
        let aws = EmulatedAws::start(&python::ensure()?, &folder.join("moto.log")).await?;
        let clients = aws.clients();
        let store = DynamoStore::new(clients.clone(), TABLE);
        store.create_table().await?;
        apply(&store, workspace.desired(), &Author::program("bench")).await?;
        let record = sample::key()?.record;
        change_application(&store, &sample::application()?, |application| {
            application.ingest_keys.push(record.clone());
        })
        .await?;
        let secrets = SecretsManagerSource::new(clients, PREFIX);
        secrets.put_secret(SECRET, &Secret::new("s3cr3t")).await?;
        let address = aws.endpoint_url();
        let address = address.strip_prefix("http://").unwrap_or_default();
        let address = address.parse().context("the emulator has no address")?;
        Ok(Self {
            trust: replay::start(address, transport, folder)?,
            aws,
            kind: Kind::Script,
        })
    }

    /// The environment of the stage function.
    pub(crate) fn variables(&self) -> Vec<(&'static str, String)> {
        let mut variables = self.aws.variables();
        variables.retain(|(name, _)| *name != settings::ENDPOINT_URL.name);
        let url = &self.trust.url;
        variables.extend([
            (settings::ENDPOINT_URL.name, url.clone()),
            (settings::TABLE.name, TABLE.to_owned()),
            (settings::SECRET_PREFIX.name, PREFIX.to_owned()),
            // The measured hook is synchronous: the queue is never used.
            (
                settings::QUEUE_URL.name,
                format!("{url}/123456789012/measured"),
            ),
            (settings::ALLOWED_NETWORKS.name, "127.0.0.1/32".to_owned()),
            (settings::ALLOWED_HTTP_HOSTS.name, "127.0.0.1".to_owned()),
        ]);
        if let Some(certificate) = &self.trust.certificate {
            let certificate = certificate.display().to_string();
            variables.push((settings::CA_BUNDLE.name, certificate.clone()));
            variables.push(("NODE_EXTRA_CA_CERTS", certificate));
        }
        variables
    }

    /// The environment of the programs written by hand: they know the hook without reading it.
    pub(crate) fn variables_by_hand(
        &self,
        endpoint: SocketAddr,
    ) -> anyhow::Result<Vec<(&'static str, String)>> {
        let response: Value = serde_json::from_str(RESPONSE)?;
        let secret = format!("{PREFIX}/{SECRET}");
        let is_webhook = self.kind == Kind::Webhook;
        let hook = if is_webhook {
            json!({ "url": format!("http://{endpoint}/hook"), "secret": secret })
        } else {
            json!({ "response": response })
        };
        let application = sample::application()?;
        let partition = format!("{}#application:{application}", sample::STAGE.name());
        let mut variables = self.variables();
        let region = variables
            .iter()
            .find(|(name, _)| *name == settings::REGION.name);
        // What boto3 reads; Lambda sets both.
        let region = region.map_or_else(String::new, |(_, region)| region.clone());
        variables.extend([
            ("AWS_DEFAULT_REGION", region),
            ("PEER_APPLICATION", application.to_string()),
            ("PEER_PARTITION", partition),
            ("PEER_HOOK", hook.to_string()),
            (
                "PEER_SECRET",
                if is_webhook { secret } else { String::new() },
            ),
        ]);
        Ok(variables)
    }
}
