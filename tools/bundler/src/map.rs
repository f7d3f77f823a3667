//! The source map of a bundle, as it is stored.

use std::collections::BTreeMap;

use hookpoint_bundler_protocol::ENTRY;
use oxc_sourcemap::SourceMap;
use serde_json::{Map as Object, Value, json};

use crate::{import::Form, package::is_of_package};

/// A map without what only makes it larger.
pub(crate) struct Map(Object<String, Value>);

impl Map {
    /// Reads a map as rolldown wrote it; removes the text of packages. A script in `CommonJS` form has the member
    /// [`COMMON_JS`](hookpoint_bundler_protocol::COMMON_JS): the publisher compiles all others as modules, and functions that were
    /// deployed earlier count the line that their sandbox puts before it.
    ///
    /// `link` is the hook's file among the sources, if the workspace names a link to it.
    ///
    /// # Errors
    /// A sentence: it is not a map.
    pub(crate) fn trimmed(json: &str, form: Form, link: Option<&str>) -> Result<Self, String> {
        let unreadable =
            |error: serde_json::Error| format!("the source map cannot be read: {error}");
        let mut members: Object<String, Value> = serde_json::from_str(json).map_err(unreadable)?;
        let sources: Vec<String> = members
            .get("sources")
            .map(|sources| serde_json::from_value(sources.clone()))
            .transpose()
            .map_err(unreadable)?
            .unwrap_or_default();
        if let Some(Value::Array(texts)) = members.get_mut("sourcesContent") {
            for (source, text) in sources.iter().zip(texts) {
                if is_of_package(source) {
                    *text = Value::Null;
                }
            }
        }
        members.remove("file");
        members.remove("debugId");
        if form == Form::CommonJs {
            members.insert("x_form".to_owned(), json!("commonjs"));
        }
        if let Some(file) = link {
            members.insert(ENTRY.to_owned(), json!(file));
        }
        Ok(Self(members))
    }

    /// Adds the text of each of the author's files. Rolldown leaves out those of which nothing is left in the bundle, such as
    /// JSON and constants that were put where they are used; without them, the hook could not be built again.
    pub(crate) fn complete(&mut self, files: &BTreeMap<String, String>) {
        let list = |members: &mut Object<String, Value>, name: &str| match members.get_mut(name) {
            Some(Value::Array(list)) => std::mem::take(list),
            _ => Vec::new(),
        };
        let mut sources = list(&mut self.0, "sources");
        let mut texts = list(&mut self.0, "sourcesContent");
        texts.resize(sources.len(), Value::Null);
        for (name, text) in files.iter().filter(|(name, _)| !is_of_package(name)) {
            if let Some(index) = sources.iter().position(|source| source == name.as_str()) {
                texts[index] = json!(text);
            } else {
                sources.push(json!(name));
                texts.push(json!(text));
            }
        }
        self.0.insert("sources".to_owned(), Value::Array(sources));
        self.0
            .insert("sourcesContent".to_owned(), Value::Array(texts));
    }

    pub(crate) fn into_json(self) -> String {
        Value::Object(self.0).to_string()
    }
}

/// File, line and column from 1, and the text of the line, of a byte of the script.
pub(crate) fn place_in(map: &Map, code: &str, offset: usize) -> Option<Place> {
    let json = Value::Object(map.0.clone()).to_string();
    let map = SourceMap::from_json_string(&json).ok()?;
    let before = code.get(..offset)?;
    let line = before.matches('\n').count();
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let column = before[start..].encode_utf16().count();
    let table = map.generate_lookup_table();
    let token = map.lookup_token(
        &table,
        u32::try_from(line).ok()?,
        u32::try_from(column).ok()?,
    )?;
    let source = token.get_source_id()?;
    let text = map.get_source_content(source);
    let line = usize::try_from(token.get_src_line()).ok()?;
    Some(Place {
        file: map.get_source(source)?.to_owned(),
        line: token.get_src_line() + 1,
        column: token.get_src_col() + 1,
        source_line: text.and_then(|text| text.lines().nth(line).map(str::to_owned)),
    })
}

/// A place in an authored file.
pub(crate) struct Place {
    pub(crate) file: String,
    pub(crate) line: u32,
    pub(crate) column: u32,
    pub(crate) source_line: Option<String>,
}
