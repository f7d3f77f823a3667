//! Names and texts of the files of a workspace's folder.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Read as _},
    path::Path,
};

use hookpoint_bundler_protocol::{LARGEST_FILE, MARK};
use serde_json::{Error, Value};

use crate::refusals::Reason;

/// A path relative to a folder, with `/`; unchanged if it is elsewhere.
pub(crate) fn name_in(folder: &Path, path: &Path) -> String {
    let relative = path.strip_prefix(folder).unwrap_or(path);
    relative.to_string_lossy().replace('\\', "/")
}

/// Reads a regular UTF-8 file whose real path is in a folder that has no links itself.
pub(crate) fn read_inside(folder: &Path, path: &Path) -> Result<String, Reason> {
    let readable = "make it readable for the user who runs this command";
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => Reason::new("the file does not exist", "create it"),
        _ => Reason::new(format!("the file cannot be read: {error}"), readable),
    };
    let real = path.canonicalize().map_err(failed)?;
    if !real.starts_with(folder) {
        return Err(Reason::new(
            "the file is outside the folder of the workspace",
            "copy it into the folder; links out of it are not followed",
        ));
    }
    // Checked before opening: opening a named pipe waits for its writer.
    if !fs::metadata(&real).map_err(failed)?.is_file() {
        return Err(Reason::new("it is not a regular file", "name a file"));
    }
    let mut bytes = Vec::new();
    fs::File::open(&real)
        .and_then(|file| file.take(LARGEST_FILE as u64 + 1).read_to_end(&mut bytes))
        .map_err(failed)?;
    if bytes.len() > LARGEST_FILE {
        return Err(Reason::new(
            format!("the file is larger than {LARGEST_FILE} bytes"),
            "make it smaller, or do without it",
        ));
    }
    String::from_utf8(bytes)
        .map_err(|_| Reason::new("the file is not UTF-8 text", "save it as UTF-8"))
}

/// Whether a file is imported as JSON.
pub(crate) fn is_json(name: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|extension| extension == "json")
}

/// Without the byte order mark that some editors write, which is not JSON.
pub(crate) fn without_mark(text: &str) -> &str {
    text.strip_prefix(MARK).unwrap_or(text)
}

/// The files that are imported as JSON and are none: name, text and error of each.
pub(crate) fn broken_json(
    files: &BTreeMap<String, String>,
) -> impl Iterator<Item = (&String, &str, Error)> {
    let files = files.iter().filter(|(name, _)| is_json(name));
    files.filter_map(|(name, text)| {
        let text = without_mark(text);
        let error = serde_json::from_str::<Value>(text).err()?;
        Some((name, text, error))
    })
}
