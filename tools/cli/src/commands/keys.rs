//! `hookpoint keys`: creates, lists and revokes ingest keys.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::bail;
use clap::{Args, Subcommand};
use hookpoint_engine::{
    application::{
        IngestKeyRecord,
        ingest_key::{IngestKey, seconds_since_epoch},
    },
    audit::AuditAction,
    identifier::{ApplicationId, IngestKeyId},
};
use hookpoint_operator::{change_application, change_application_on_record};
use serde_json::{Value, json};

use crate::{
    audit,
    context::Context,
    exit::Exit,
    output::{self, BAD, Cell, DIM, Table},
    store::StoreArguments,
};

/// Maximum lifetime of a key. A longer one is probably meant to be unlimited.
const LONGEST_LIFETIME: Duration = Duration::from_hours(10 * 366 * 24);

/// The subcommands.
#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// Create a key and print it once; in effect within 10 seconds
    Create(Create),
    /// List the keys of an application by id; the keys themselves are not stored
    List(List),
    /// Revoke a key, in effect within a minute
    Revoke(Revoke),
}

#[derive(Debug, Args)]
pub(crate) struct Create {
    /// The application's id in hookpoint.yaml, such as `shop`
    #[arg(long, value_name = "ID")]
    application: ApplicationId,

    /// How long the key works, such as `90d` or `12h` [default: until it is revoked]
    #[arg(long, value_name = "DURATION", value_parser = lifetime)]
    expires: Option<Duration>,

    /// Print the key as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    store: StoreArguments,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// The application's id in hookpoint.yaml, such as `shop`
    #[arg(long, value_name = "ID")]
    application: ApplicationId,

    /// Print the list as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    store: StoreArguments,
}

#[derive(Debug, Args)]
pub(crate) struct Revoke {
    /// The key, by its id from the list
    key: IngestKeyId,

    /// The application's id in hookpoint.yaml, such as `shop`
    #[arg(long, value_name = "ID")]
    application: ApplicationId,

    /// Print the key's id as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    store: StoreArguments,
}

impl Keys {
    pub(crate) async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        match self {
            Self::Create(create) => create.run(context).await,
            Self::List(list) => list.run(context).await,
            Self::Revoke(revoke) => revoke.run(context).await,
        }
    }
}

impl Create {
    async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let store = self.store.store(&context.source).await?;
        let new = IngestKey::generate(&self.application, SystemTime::now(), self.expires).map_err(
            |error| {
                anyhow::anyhow!(
                    "failed to generate a key: the system has no random numbers ({error})"
                )
            },
        )?;
        let id = &self.application;
        let what = format!("key {}", new.record.id);
        let entry = audit::entry(&store, AuditAction::CreateKey, Some(id), &what).await?;
        let publisher = store.publisher();
        change_application_on_record(publisher.as_ref(), id, &entry, |application| {
            application.ingest_keys.push(new.record.clone());
        })
        .await?;
        if self.json {
            let mut value = to_json(&new.record);
            value["key"] = Value::from(new.key.expose());
            output::print_json(&value)?;
        } else {
            output::print(new.key.expose())?;
            let remark = format!(
                "key {} of {} is valid {}; in effect everywhere within 10 s; it is shown once and not stored",
                new.record.id,
                self.application,
                new.record
                    .expires
                    .map_or("until it is revoked".to_owned(), |at| format!(
                        "until {}",
                        moment(at)
                    )),
            );
            output::remark(DIM, &remark)?;
        }
        Ok(Exit::Done)
    }
}

impl List {
    async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let publisher = self.store.open(&context.source).await?;
        let application = change_application(publisher.as_ref(), &self.application, |_| ()).await?;
        let keys = &application.ingest_keys;
        if self.json {
            output::print_json(&keys.iter().map(to_json).collect())?;
        } else if keys.is_empty() {
            output::say("no keys; create one with `hookpoint keys create`")?;
        } else {
            output::print(&render(keys, SystemTime::now()))?;
        }
        Ok(Exit::Done)
    }
}

impl Revoke {
    async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let store = self.store.store(&context.source).await?;
        let mut known = Vec::new();
        let mut is_there = false;
        let id = &self.application;
        let what = format!("key {}", self.key);
        let entry = audit::entry(&store, AuditAction::RevokeKey, Some(id), &what).await?;
        let publisher = store.publisher();
        change_application_on_record(publisher.as_ref(), id, &entry, |application| {
            let keys = &mut application.ingest_keys;
            known = keys.iter().map(|key| key.id.to_string()).collect();
            is_there = keys.iter().any(|key| key.id == self.key);
            keys.retain(|key| key.id != self.key);
        })
        .await?;
        if !is_there {
            bail!(
                "application `{}` has no key `{}` (it has: {})",
                self.application,
                self.key,
                if known.is_empty() {
                    "none".to_owned()
                } else {
                    known.join(", ")
                }
            );
        }
        if self.json {
            output::print_json(&json!({ "id": self.key, "application": self.application }))?;
        } else {
            output::say(&format!(
                "revoked key {} of {}; in effect everywhere within a minute",
                self.key, self.application
            ))?;
        }
        Ok(Exit::Done)
    }
}

fn lifetime(text: &str) -> Result<Duration, String> {
    let lifetime = humantime::parse_duration(text)
        .map_err(|error| format!("{error}; write, for example, `90d` or `12h`"))?;
    if lifetime < Duration::from_secs(1) || lifetime > LONGEST_LIFETIME {
        return Err("a key can be valid for one second to ten years; omit the option for a key that does not expire".to_owned());
    }
    Ok(lifetime)
}

fn render(keys: &[IngestKeyRecord], now: SystemTime) -> String {
    let mut table = Table::new(["id", "created", "expires"]);
    for key in keys {
        table.push([
            Cell::text(key.id.as_str()),
            Cell::text(moment(key.created)),
            match key.expires {
                None => Cell::styled(DIM, "never"),
                Some(expires) if expires <= seconds_since_epoch(now) => {
                    Cell::styled(BAD, format!("{} (expired)", moment(expires)))
                }
                Some(expires) => Cell::text(moment(expires)),
            },
        ]);
    }
    table.render()
}

fn to_json(key: &IngestKeyRecord) -> Value {
    json!({ "id": key.id, "created": moment(key.created), "expires": key.expires.map(moment) })
}

/// Formats a time; an impossible one from the store is shown in seconds.
fn moment(seconds: u64) -> String {
    // Times beyond the year 9999 cannot be formatted.
    const LAST: u64 = 253_402_300_799;
    if seconds > LAST {
        return format!("{seconds} s after 1970");
    }
    humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(seconds)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes_are_written_as_people_do_and_have_bounds() {
        assert_eq!(lifetime("90d"), Ok(Duration::from_hours(90 * 24)));
        assert_eq!(lifetime("1h 30m"), Ok(Duration::from_mins(90)));
        for bad in ["", "0s", "90", "20y", "999999999999999y", "-1d", "soon"] {
            assert!(lifetime(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_damaged_moment_is_shown_and_breaks_nothing() {
        assert_eq!(moment(0), "1970-01-01T00:00:00Z");
        assert_eq!(moment(253_402_300_799), "9999-12-31T23:59:59Z");
        assert_eq!(moment(u64::MAX), format!("{} s after 1970", u64::MAX));
    }
}
