//! The file of secrets. Messages give positions in it, never its content.

use std::{
    collections::{BTreeMap, HashMap, hash_map::Entry},
    fmt,
    fs::{self, File},
    io::{self, Read, Write as _},
    path::Path,
};

use hookpoint_engine::{
    confidential::secret::Secret,
    event::json::without_byte_order_mark,
    identifier::{ApplicationId, SecretName},
    ports::SecretError,
};
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor},
};
use serde_json::error::Category;

use crate::private;

/// Secrets by owner and name; no owner means shared.
pub(super) type Secrets = HashMap<(Option<ApplicationId>, SecretName), Secret>;

/// Reads the file. A missing file holds no secrets; one that others can read is refused.
pub(super) fn read(path: &Path) -> Result<Secrets, SecretError> {
    let shown = path.display();
    let unreadable = |error: io::Error| SecretError {
        message: format!("`{shown}` cannot be read: {error}"),
    };
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Secrets::new()),
        Err(error) => return Err(unreadable(error)),
    };
    // The mode of the opened file, not of what the path may name by now.
    let metadata = file.metadata().map_err(unreadable)?;
    if let Some(mode) = private::too_open(&metadata) {
        return Err(SecretError {
            message: format!(
                "`{shown}` can be read by others (mode {mode}); run `chmod 600 {shown}`"
            ),
        });
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(unreadable)?;
    let text = without_byte_order_mark(&bytes);
    let FileSecrets(secrets) = serde_json::from_slice(text).map_err(|error| SecretError {
        message: format!("`{shown}` {}", complaint(&error)),
    })?;
    Ok(secrets)
}

/// Waits until no other process changes the file, and keeps others from it until the result is dropped. The lock is that of a file beside
/// it, as the file itself is replaced, in a private directory. The system releases it, however the process ends.
pub(super) fn lock(path: &Path) -> Result<File, SecretError> {
    if let Some(directory) = path.parent() {
        private::create_directory(directory).map_err(|error| unwritable(path, &error))?;
    }
    let beside = path.with_extension("json.lock");
    let file = private::create_file(&beside).map_err(|error| unwritable(&beside, &error))?;
    file.lock().map_err(|error| SecretError {
        message: format!("`{}` cannot be locked: {error}", beside.display()),
    })?;
    Ok(file)
}

/// Replaces the file, which MUST be locked, in one step, sorted by name. It is private.
pub(super) fn write(path: &Path, secrets: &Secrets) -> Result<(), SecretError> {
    let unwritable = |error: io::Error| unwritable(path, &error);
    let sorted: BTreeMap<String, &str> = secrets
        .iter()
        .map(|((application, name), value)| {
            let key = match application {
                Some(application) => format!("{application}/{name}"),
                None => name.to_string(),
            };
            (key, value.expose())
        })
        .collect();
    let mut text = serde_json::to_vec_pretty(&sorted).map_err(|error| unwritable(error.into()))?;
    text.push(b'\n');
    let part = path.with_extension("json.part");
    // What an interrupted write left behind may have another mode.
    match fs::remove_file(&part) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(unwritable(error)),
        _ => {}
    }
    let mut file = private::create_file(&part).map_err(unwritable)?;
    file.write_all(&text)
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&part, path))
        .map_err(unwritable)
}

fn unwritable(path: &Path, error: &io::Error) -> SecretError {
    SecretError {
        message: format!("`{}` cannot be written: {error}", path.display()),
    }
}

/// Describes a parse error without the parser's message, which may quote a value.
fn complaint(error: &serde_json::Error) -> String {
    let place = format!("line {} column {}", error.line(), error.column());
    match error.classify() {
        Category::Data => format!(
            "has a wrong entry before {place}; it must be an object of `\"Name\": \"value\"` or `\"application/Name\": \"value\"`, each name once"
        ),
        _ => format!("is not valid JSON at {place}"),
    }
}

struct FileSecrets(Secrets);

impl<'de> Deserialize<'de> for FileSecrets {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(SecretsVisitor).map(Self)
    }
}

struct SecretsVisitor;

impl<'de> Visitor<'de> for SecretsVisitor {
    type Value = Secrets;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object of names and strings")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Secrets, A::Error> {
        let mut secrets = Secrets::new();
        while let Some(key) = map.next_key::<String>()? {
            let value = Secret::new(map.next_value::<String>()?);
            let key = owner_and_name(&key).ok_or_else(|| A::Error::custom("not a name"))?;
            match secrets.entry(key) {
                Entry::Occupied(_) => return Err(A::Error::custom("duplicate name")),
                Entry::Vacant(entry) => entry.insert(value),
            };
        }
        Ok(secrets)
    }
}

/// `Name` or `application/Name`.
fn owner_and_name(key: &str) -> Option<(Option<ApplicationId>, SecretName)> {
    match key.split_once('/') {
        None => Some((None, key.parse().ok()?)),
        Some((application, name)) => Some((Some(application.parse().ok()?), name.parse().ok()?)),
    }
}
