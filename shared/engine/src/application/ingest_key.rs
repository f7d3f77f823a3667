//! Ingest keys, with which host platforms authenticate.
//!
//! Form: `hpk.<application id>.<key id>.<secret>.<checksum>`. The key names its application, so a mistyped key or one
//! of another application is rejected without any I/O. Only its SHA-256 is stored.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use thiserror::Error;

use crate::{
    application::{Application, IngestKeyRecord},
    confidential::secret::Secret,
    hook::hex,
    identifier::{ApplicationId, IngestKeyId},
};

const PREFIX: &str = "hpk";

/// A well-formed key from a request, not yet checked against the application.
#[derive(Debug, Clone)]
pub struct IngestKey {
    application: ApplicationId,
    id: IngestKeyId,
    whole: Secret,
}

/// A text that is not a well-formed ingest key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a well-formed ingest key")]
pub struct MalformedKey;

/// A new key, to be shown once.
#[derive(Debug)]
pub struct NewIngestKey {
    /// The full key.
    pub key: Secret,
    /// The part that the application stores.
    pub record: IngestKeyRecord,
}

impl IngestKey {
    /// Parses a key and verifies its checksum, which catches typing errors and truncation.
    pub fn parse(text: &str) -> Result<Self, MalformedKey> {
        let (signed, checksum) = text.rsplit_once('.').ok_or(MalformedKey)?;
        if checksum_of(signed) != checksum {
            return Err(MalformedKey);
        }
        let parts: Vec<&str> = signed.split('.').collect();
        let [PREFIX, application, id, secret] = parts[..] else {
            return Err(MalformedKey);
        };
        if secret.is_empty() {
            return Err(MalformedKey);
        }
        Ok(Self {
            application: application.parse().map_err(|_| MalformedKey)?,
            id: id.parse().map_err(|_| MalformedKey)?,
            whole: Secret::new(text),
        })
    }

    /// The application named in the key.
    pub fn application(&self) -> &ApplicationId {
        &self.application
    }

    /// Which of the application's keys it is.
    pub fn id(&self) -> &IngestKeyId {
        &self.id
    }

    /// Whether the application accepts the key at `now`. Hashes are compared in constant time.
    pub fn is_accepted_by(&self, application: &Application, now: SystemTime) -> bool {
        let hash = sha256_of(self.whole.expose());
        let seconds = seconds_since_epoch(now);
        application.id == self.application
            && application
                .ingest_keys
                .iter()
                .filter(|record| record.expires.is_none_or(|expires| seconds < expires))
                // Compares every record, even after a match, to take constant time.
                .fold(false, |accepted, record| {
                    accepted | bool::from(record.sha256.as_bytes().ct_eq(hash.as_bytes()))
                })
    }

    /// Creates a random key for an application, valid for `lifetime` or indefinitely.
    pub fn generate(
        application: &ApplicationId,
        now: SystemTime,
        lifetime: Option<Duration>,
    ) -> Result<NewIngestKey, getrandom::Error> {
        let mut id = [0_u8; 5];
        let mut secret = [0_u8; 32];
        getrandom::fill(&mut id)?;
        getrandom::fill(&mut secret)?;
        let mut new = Self::assemble(application, &hex(&id), &URL_SAFE_NO_PAD.encode(secret), now)
            // Hexadecimal digits are a valid identifier, and neither alphabet has a dot.
            .map_err(|_| getrandom::Error::UNEXPECTED)?;
        new.record.expires = lifetime.map(|lifetime| seconds_since_epoch(now + lifetime));
        Ok(new)
    }

    /// Assembles a key from its parts. The secret must be random; [`IngestKey::generate`] creates one.
    pub fn assemble(
        application: &ApplicationId,
        id: &str,
        secret: &str,
        now: SystemTime,
    ) -> Result<NewIngestKey, MalformedKey> {
        let signed = format!("{PREFIX}.{application}.{id}.{secret}");
        let key = format!("{signed}.{}", checksum_of(&signed));
        let record = IngestKeyRecord {
            id: Self::parse(&key)?.id,
            sha256: sha256_of(&key),
            created: seconds_since_epoch(now),
            expires: None,
            unknown: serde_json::Map::new(),
        };
        Ok(NewIngestKey {
            key: Secret::new(key),
            record,
        })
    }
}

/// Seconds since 1970; zero for earlier times.
pub fn seconds_since_epoch(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH)
        .map_or(0, |elapsed| elapsed.as_secs())
}

fn sha256_of(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

fn checksum_of(text: &str) -> String {
    hex(&crc32fast::hash(text.as_bytes()).to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::application::ApplicationKind;

    fn application(keys: Vec<IngestKeyRecord>) -> Application {
        Application {
            id: "shop".parse().unwrap(),
            name: "Shop".to_owned(),
            kind: ApplicationKind::Identity,
            identity_store: None,
            ingest_keys: keys,
            variables: std::collections::BTreeMap::new(),
            pauses: Vec::new(),
            keep_events: false,
            unknown: serde_json::Map::new(),
        }
    }

    #[test]
    fn a_key_is_accepted_until_it_expires_and_by_its_application_only() {
        let now = UNIX_EPOCH + Duration::from_secs(1_000_000);
        let hour = Duration::from_hours(1);
        let new = IngestKey::generate(&"shop".parse().unwrap(), now, Some(hour)).unwrap();
        let key = IngestKey::parse(new.key.expose()).unwrap();
        let shop = application(vec![new.record.clone()]);
        assert!(key.is_accepted_by(&shop, now));
        assert!(!key.is_accepted_by(&shop, now + hour));
        assert!(!key.is_accepted_by(&application(Vec::new()), now));
        let mut other = application(vec![new.record]);
        other.id = "other".parse().unwrap();
        assert!(!key.is_accepted_by(&other, now));
    }

    #[test]
    fn parts_that_make_no_key_are_refused() {
        let shop = "shop".parse().unwrap();
        assert!(IngestKey::assemble(&shop, "sample", "secret", UNIX_EPOCH).is_ok());
        for (id, secret) in [("", "secret"), ("a b", "secret"), ("a", ""), ("a", "b.c")] {
            assert!(
                IngestKey::assemble(&shop, id, secret, UNIX_EPOCH).is_err(),
                "{id} {secret}"
            );
        }
    }

    #[test]
    fn a_mistyped_key_is_refused_without_a_store() {
        let new = IngestKey::generate(&"shop".parse().unwrap(), UNIX_EPOCH, None).unwrap();
        let text = new.key.expose();
        let swapped = text.replacen("shop", "shpo", 1);
        for bad in [
            "",
            "hpk",
            "hpk.....",
            &text[..text.len() - 1],
            &swapped,
            &text.to_uppercase(),
        ] {
            assert!(IngestKey::parse(bad).is_err(), "{bad}");
        }
    }
}
