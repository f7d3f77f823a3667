//! `hookpoint secrets`: gives secrets values without showing them.

use std::{io, sync::Arc};

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
#[cfg(feature = "aws")]
use hookpoint_aws::SecretsManagerSource;
use hookpoint_engine::{
    audit::AuditAction,
    confidential::secret::Secret,
    identifier::{ApplicationId, SecretName},
};
use hookpoint_local::{LocalSecrets, SECRETS_FILE};
use hookpoint_workspace::{Workspace, syntax::nearest};
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use super::applications::refuse_undeclared;
use crate::{
    audit,
    context::{Context, read_limited},
    env,
    exit::Exit,
    interrupt::{abandonable, interrupted},
    output::{self, Cell, DIM, Table, WARNING},
    prompt,
    store::{Store, StoreArguments},
};

/// Secrets Manager's limit, in bytes.
const LARGEST: u64 = 64 * 1024;
/// The secret that seals continuations; no hook may use it.
const RESERVED: &str = "continuation-key";

/// The subcommands.
#[derive(Debug, Subcommand)]
pub(crate) enum Secrets {
    /// Set the value of a secret, from standard input or a hidden prompt
    Set(Set),
    /// List the names of secrets
    List(List),
    /// Remove a secret; in Secrets Manager it can be restored for 30 days
    Rm(Remove),
}

/// Where secrets are.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// Prefix of the secrets in Secrets Manager, with `--table` [default: that of the stack]
    #[arg(
        long,
        value_name = "PREFIX",
        requires = "table",
        help_heading = "Store"
    )]
    secret_prefix: Option<String>,

    #[command(flatten)]
    store: StoreArguments,
}

/// The secret.
#[derive(Debug, Args)]
pub(crate) struct Set {
    /// The secret's name, such as `CrmToken`
    name: SecretName,

    /// The application it belongs to [default: all share it]
    #[arg(long, value_name = "ID")]
    application: Option<ApplicationId>,

    /// Print the result as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    place: Place,
}

/// The output.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Print the list as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    place: Place,
}

/// The secret.
#[derive(Debug, Args)]
pub(crate) struct Remove {
    /// The secret's name, such as `CrmToken`
    name: SecretName,

    /// The application it belongs to [default: all share it]
    #[arg(long, value_name = "ID")]
    application: Option<ApplicationId>,

    /// Print the result as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    place: Place,
}

/// Where values are kept.
enum Keeper {
    /// In the file beside the local store.
    Local(Arc<LocalSecrets>, String),
    /// In Secrets Manager, below a prefix.
    #[cfg(feature = "aws")]
    Manager(SecretsManagerSource, String),
}

impl Secrets {
    pub(crate) async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        match self {
            Self::Set(set) => set.run(context).await,
            Self::List(list) => list.run(context).await,
            Self::Rm(remove) => remove.run(context).await,
        }
    }
}

impl Place {
    async fn keeper(&self, context: &Context) -> anyhow::Result<Keeper> {
        if self.store.is_local() {
            let directory = context.source.state_directory();
            let file = directory.join(SECRETS_FILE).display().to_string();
            return Ok(Keeper::Local(
                Arc::new(LocalSecrets::new(env::variables(), &directory)),
                file,
            ));
        }
        match self.store.store(&context.source).await? {
            Store::Local(_) => bail!("name the installation with `--stack`"),
            #[cfg(feature = "aws")]
            Store::Table {
                clients, secrets, ..
            } => {
                let (prefix, key) = secrets.map_or((None, None), |of_stack| {
                    (Some(of_stack.prefix), of_stack.key)
                });
                let Some(prefix) = self.secret_prefix.clone().or(prefix) else {
                    bail!(
                        "name the installation with `--stack`, or add `--secret-prefix` to `--table`"
                    );
                };
                let manager = SecretsManagerSource::new(clients, &prefix).with_key(key);
                Ok(Keeper::Manager(manager, prefix))
            }
        }
    }
}

impl Keeper {
    /// The names of all secrets, those of an application after its id.
    async fn names(&self) -> anyhow::Result<Vec<String>> {
        Ok(match self {
            Self::Local(secrets, _) => {
                let secrets = Arc::clone(secrets);
                let names = spawn_blocking(move || secrets.names()).await??;
                let names = names.iter();
                names
                    .map(|(application, name)| shown(name, application.as_ref()))
                    .collect()
            }
            #[cfg(feature = "aws")]
            Self::Manager(manager, _) => manager.secret_names().await?,
        })
    }

    fn describe(&self) -> String {
        match self {
            Self::Local(_, file) => format!("in {file}"),
            #[cfg(feature = "aws")]
            Self::Manager(_, prefix) => format!("in Secrets Manager under {prefix}/"),
        }
    }
}

impl Set {
    async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        // Before anything is hidden.
        let interrupted = interrupted();
        tokio::select! {
            done = self.set(context) => done,
            () = interrupted => Ok(Exit::Interrupted),
        }
    }

    async fn set(&self, context: &Context) -> anyhow::Result<Exit> {
        check_name(&self.name, self.application.as_ref())?;
        let keeper = self.place.keeper(context).await?;
        let shown = shown(&self.name, self.application.as_ref());
        let compared = self.place.store.to_compare(&context.source).await?;
        let publisher = compared.publisher();
        refuse_undeclared(publisher.as_ref(), context, self.application.as_ref()).await?;
        let undeclared = undeclared(&self.name, context);
        if let Some(warning) = &undeclared {
            output::remark(WARNING, warning)?;
        }
        let value = value(&shown).await?;
        let store = self.place.store.store_or_new(&context.source).await?;
        let (action, application) = (AuditAction::SetSecret, self.application.as_ref());
        audit::record(&store, action, application, &format!("secret {shown}")).await?;
        let place = keeper.describe();
        let used = match &keeper {
            _ if undeclared.is_some() => "",
            Keeper::Local(..) => "; the next run of a hook uses it",
            #[cfg(feature = "aws")]
            Keeper::Manager(..) => "; running functions use it within 5 minutes",
        };
        match keeper {
            Keeper::Local(secrets, _) => {
                let (name, application) = (self.name.clone(), self.application.clone());
                spawn_blocking(move || secrets.set(application.as_ref(), &name, value)).await??;
            }
            #[cfg(feature = "aws")]
            Keeper::Manager(manager, _) => {
                manager.restore_secret(&shown).await;
                manager.put_secret(&shown, &value).await?;
            }
        }
        if self.json {
            output::print_json(&to_json(&shown))?;
        } else {
            output::say(&format!("set {shown} {place}{used}"))?;
        }
        Ok(Exit::Done)
    }
}

impl List {
    async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let keeper = self.place.keeper(context).await?;
        let place = keeper.describe();
        let names = keeper.names().await?;
        if self.json {
            output::print_json(&names.iter().map(|name| to_json(name)).collect())?;
            return Ok(Exit::Done);
        }
        if names.is_empty() {
            output::say(&format!("no secret is kept {place}"))?;
            return Ok(Exit::Done);
        }
        let mut table = Table::new(["name", "application"]);
        for name in &names {
            let (application, name) = parts(name);
            table.push([
                Cell::text(name),
                match application {
                    Some(application) => Cell::text(application),
                    None => Cell::styled(DIM, "shared"),
                },
            ]);
        }
        output::print(&table.render())?;
        Ok(Exit::Done)
    }
}

impl Remove {
    async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        check_name(&self.name, self.application.as_ref())?;
        let keeper = self.place.keeper(context).await?;
        let shown = shown(&self.name, self.application.as_ref());
        let place = keeper.describe();
        let missing =
            format!("there is no secret `{shown}` {place}; `hookpoint secrets list` shows them");
        // What is not removed is not written down as removed. On AWS, not everyone who may remove secrets may list them.
        if matches!(keeper, Keeper::Local(..)) && !keeper.names().await?.contains(&shown) {
            bail!(missing);
        }
        let store = self.place.store.store_or_new(&context.source).await?;
        let (action, application) = (AuditAction::RemoveSecret, self.application.as_ref());
        audit::record(&store, action, application, &format!("secret {shown}")).await?;
        let is_removed = match keeper {
            Keeper::Local(secrets, _) => {
                let (name, application) = (self.name.clone(), self.application.clone());
                spawn_blocking(move || secrets.remove(application.as_ref(), &name)).await??
            }
            #[cfg(feature = "aws")]
            Keeper::Manager(manager, _) => manager.delete_secret(&shown).await?,
        };
        if !is_removed {
            bail!(missing);
        }
        if self.json {
            output::print_json(&to_json(&shown))?;
        } else {
            output::say(&format!("removed {shown} {place}"))?;
        }
        Ok(Exit::Done)
    }
}

/// The key that seals continuations is made and rotated by the deployment.
fn check_name(name: &SecretName, application: Option<&ApplicationId>) -> anyhow::Result<()> {
    if application.is_none() && name.as_str() == RESERVED {
        bail!("`{RESERVED}` is reserved for the deployment; choose another name");
    }
    Ok(())
}

/// A warning of a secret that the workspace does not declare, if there is one that can be read: its hooks can use no other.
fn undeclared(name: &SecretName, context: &Context) -> Option<String> {
    let Ok(false) = context.is_without_workspace() else {
        return None;
    };
    let declared = Workspace::secrets_in(context.source.path())?;
    let declared: Vec<&str> = declared.iter().map(String::as_str).collect();
    if declared.contains(&name.as_str()) {
        return None;
    }
    let help = nearest(name.as_str(), &declared).map_or_else(
        || format!("declare it with `secrets: [{name}]`, and list it in a hook"),
        |meant| format!("did you mean `{meant}`?"),
    );
    Some(format!(
        "no hook of the workspace lists secret `{name}`; {help}"
    ))
}

/// `Name` or `application/Name`.
fn shown(name: &SecretName, application: Option<&ApplicationId>) -> String {
    match application {
        Some(application) => format!("{application}/{name}"),
        None => name.to_string(),
    }
}

fn parts(shown: &str) -> (Option<&str>, &str) {
    match shown.split_once('/') {
        Some((application, name)) => (Some(application), name),
        None => (None, shown),
    }
}

fn to_json(shown: &str) -> Value {
    let (application, name) = parts(shown);
    json!({ "name": name, "application": application })
}

/// The value: from a hidden prompt at a terminal, else all of standard input without its last line break.
async fn value(name: &str) -> anyhow::Result<Secret> {
    let text = if output::is_interactive() {
        prompt::hidden(&format!("Value of {name}: "))
            .await?
            .unwrap_or_default()
    } else {
        let bytes = abandonable(|| read_limited(io::stdin(), LARGEST)).await??;
        let text = String::from_utf8(bytes).map_err(|_| {
            anyhow::anyhow!("the value is not UTF-8; encode it, for example as Base64")
        })?;
        let text = text.strip_suffix('\n').unwrap_or(&text);
        text.strip_suffix('\r').unwrap_or(text).to_owned()
    };
    if text.is_empty() {
        return Err(anyhow::anyhow!("the value is empty; nothing was changed"))
            .context("failed to read the value");
    }
    Ok(Secret::new(text))
}
