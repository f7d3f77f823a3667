//! Ingest keys of the local server, kept so that a restart does not change them.
//!
//! The store only holds hashes, so keys to be shown again are kept in a file that only its owner can read.

use std::{
    collections::BTreeMap,
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
    time::SystemTime,
};

use hookpoint_engine::{
    application::{Application, ingest_key::IngestKey},
    confidential::secret::Secret,
    identifier::ApplicationId,
    ports::Publisher,
};
use thiserror::Error;

use hookpoint_operator::{OperationError, change_application};

/// The file of the ingest keys in the state directory.
pub const INGEST_KEYS_FILE: &str = "ingest-keys.json";

/// Why keys could not be read, created or stored.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// The file cannot be read or written.
    #[error("failed to keep ingest keys in `{path}`: {source}", path = path.display())]
    File {
        /// The path of the file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The file has unexpected content.
    #[error("`{path}` does not hold ingest keys by application; delete it to create new keys", path = path.display())]
    Malformed {
        /// The path of the file.
        path: PathBuf,
    },
    /// The system's source of randomness failed.
    #[error("the system provides no random bytes for an ingest key")]
    NoRandomness,
    /// The application could not be changed.
    #[error(transparent)]
    Operation(#[from] OperationError),
}

/// Returns a valid key for each application: the one in the file, or else a new one.
pub(crate) async fn ensure(
    publisher: &dyn Publisher,
    directory: &Path,
    applications: &[ApplicationId],
    now: SystemTime,
) -> Result<BTreeMap<ApplicationId, Secret>, KeyFileError> {
    let path = directory.join(INGEST_KEYS_FILE);
    let mut kept = read(&path)?;
    let mut keys = BTreeMap::new();
    let mut is_new = false;
    for id in applications {
        let application = change_application(publisher, id, |_| ()).await?;
        let usable = kept.get(id).filter(|key| accepts(&application, key, now));
        let key = if let Some(key) = usable {
            key.clone()
        } else {
            is_new = true;
            let new = IngestKey::generate(id, now, None).map_err(|_| KeyFileError::NoRandomness)?;
            change_application(publisher, id, |application| {
                application.ingest_keys.push(new.record.clone());
            })
            .await?;
            kept.insert(id.clone(), new.key.clone());
            new.key
        };
        keys.insert(id.clone(), key);
    }
    if is_new {
        write(&path, &kept).map_err(|source| KeyFileError::File { path, source })?;
    }
    Ok(keys)
}

fn accepts(application: &Application, key: &Secret, now: SystemTime) -> bool {
    IngestKey::parse(key.expose()).is_ok_and(|key| key.is_accepted_by(application, now))
}

fn read(path: &Path) -> Result<BTreeMap<ApplicationId, Secret>, KeyFileError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(source) => {
            let path = path.to_owned();
            return Err(KeyFileError::File { path, source });
        }
    };
    // Without the parser's message, which may quote a key.
    let keys: BTreeMap<ApplicationId, String> =
        serde_json::from_slice(&bytes).map_err(|_| KeyFileError::Malformed {
            path: path.to_owned(),
        })?;
    Ok(keys
        .into_iter()
        .map(|(id, key)| (id, Secret::new(key)))
        .collect())
}

/// Writes a new file and renames it over the old one, so that no reader sees half of it.
fn write(path: &Path, keys: &BTreeMap<ApplicationId, Secret>) -> io::Result<()> {
    let exposed: BTreeMap<_, _> = keys.iter().map(|(id, key)| (id, key.expose())).collect();
    let text = serde_json::to_string_pretty(&exposed)?;
    let fresh = path.with_extension(format!("json.{}", std::process::id()));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&fresh)?;
    file.write_all(text.as_bytes())?;
    file.write_all(b"\n")?;
    drop(file);
    fs::rename(&fresh, path)
}
