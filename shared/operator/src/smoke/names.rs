//! The names of what a trial publishes.

use std::time::{Duration, SystemTime};

use hookpoint_engine::{
    application::ingest_key::seconds_since_epoch,
    identifier::{ApplicationId, DeliveryId, HookName, InvalidIdentifier, StoreId},
    ports::{Publisher, StoreError, Temporary},
};
use hookpoint_stages::Family;

/// What the names of everything that a trial publishes begin with.
pub const SMOKE_PREFIX: &str = "hookpoint-smoke-";
/// Characters of the random part: 48 bits.
const RANDOM: usize = 12;
/// Characters of the time, hexadecimal seconds since 1970.
const TIME: usize = 8;
/// A trial that began this long ago has ended, or was interrupted.
const ENDED: Duration = Duration::from_mins(30);

const STATIC: &str = "static";
const SCRIPT: &str = "script";
const WEBHOOK: &str = "webhook";
const LATER: &str = "later";
const ECHO: &str = "echo";

/// The names of one trial, all made from its id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SmokeNames {
    id: String,
    applications: [ApplicationId; 4],
    stores: [StoreId; 2],
    hooks: [HookName; 5],
}

impl SmokeNames {
    /// Names that nothing else has, for a trial that begins now.
    ///
    /// # Errors
    /// Never before the year 2106.
    pub fn unique(now: SystemTime) -> Result<Self, InvalidIdentifier> {
        let random = DeliveryId::unique();
        let random = &random.as_str()["msg_".len()..];
        Self::of(&format!(
            "{:0TIME$x}-{}",
            seconds_since_epoch(now),
            &random[..RANDOM]
        ))
    }

    fn of(id: &str) -> Result<Self, InvalidIdentifier> {
        let name = |part: &str| format!("{SMOKE_PREFIX}{id}-{part}");
        Ok(Self {
            applications: [
                name("conversation").parse()?,
                name("identity").parse()?,
                name("echo-conversation").parse()?,
                name("echo-identity").parse()?,
            ],
            stores: [name("store").parse()?, name("echo-store").parse()?],
            hooks: [
                name(STATIC).parse()?,
                name(SCRIPT).parse()?,
                name(WEBHOOK).parse()?,
                name(LATER).parse()?,
                name(ECHO).parse()?,
            ],
            id: id.to_owned(),
        })
    }

    /// The names of the trial that published an application, with the time at which it began; `None` for any other application.
    fn from_application(application: &ApplicationId) -> Option<(Self, u64)> {
        let id = application.as_str().strip_prefix(SMOKE_PREFIX)?;
        let id = id.get(..TIME + 1 + RANDOM)?;
        let (time, _) = id.split_once('-').filter(|(time, random)| {
            let is_hex = |part: &str| part.bytes().all(|byte| byte.is_ascii_hexdigit());
            time.len() == TIME && is_hex(time) && is_hex(random)
        })?;
        let began = u64::from_str_radix(time, 16).ok()?;
        let names = Self::of(id).ok()?;
        names
            .applications
            .contains(application)
            .then_some((names, began))
    }

    /// What all names have in common, and the value that effects of the hooks have.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The application that posts events of a family.
    pub fn application(&self, family: Family) -> ApplicationId {
        self.applications[index(family)].clone()
    }

    /// The application that the webhook posts as.
    pub(super) fn echo_application(&self, family: Family) -> ApplicationId {
        self.applications[2 + index(family)].clone()
    }

    pub(super) fn store(&self) -> &StoreId {
        &self.stores[0]
    }

    pub(super) fn echo_store(&self) -> &StoreId {
        &self.stores[1]
    }

    /// Returns a fixed response.
    pub(super) fn fixed(&self) -> &HookName {
        &self.hooks[0]
    }

    /// Returns an effect, or suspends the event.
    pub(super) fn script(&self) -> &HookName {
        &self.hooks[1]
    }

    pub(super) fn webhook(&self) -> &HookName {
        &self.hooks[2]
    }

    /// The script that runs from the queue.
    pub(super) fn later(&self) -> &HookName {
        &self.hooks[3]
    }

    /// Answers the webhook.
    pub(super) fn echo(&self) -> &HookName {
        &self.hooks[4]
    }

    /// Everything that [`Publisher::forget`] removes.
    pub fn temporary(&self) -> Temporary {
        Temporary {
            applications: self.applications.iter().cloned().collect(),
            stores: self.stores.iter().cloned().collect(),
            hooks: self.hooks.iter().cloned().collect(),
        }
    }
}

fn index(family: Family) -> usize {
    match family {
        Family::Conversation => 0,
        Family::Identity => 1,
    }
}

/// The trials that were interrupted and left something behind. One that may still run is not among them.
///
/// # Errors
/// The store cannot be read.
pub async fn leftovers(
    publisher: &dyn Publisher,
    now: SystemTime,
) -> Result<Vec<SmokeNames>, StoreError> {
    let applications = publisher.applications().await?;
    let now = seconds_since_epoch(now);
    let mut found: Vec<_> = applications
        .iter()
        .filter_map(|application| SmokeNames::from_application(&application.id))
        .filter(|(_, began)| began.saturating_add(ENDED.as_secs()) < now)
        .map(|(names, _)| names)
        .collect();
    found.sort();
    found.dedup();
    Ok(found)
}
