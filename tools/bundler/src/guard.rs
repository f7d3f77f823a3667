//! Stands between rolldown and the files: decides what is built in, and reads no file outside the folder and no more than is allowed.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap},
    fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use hookpoint_bundler_protocol::{DEEPEST_IMPORT, LARGEST_FILE, MOST_BYTES, MOST_FILES};
use rolldown::plugin::{
    HookLoadArgs, HookLoadOutput, HookLoadReturn, HookResolveIdArgs, HookResolveIdOutput,
    HookResolveIdReturn, HookUsage, Plugin, PluginContext, PluginContextResolveOptions,
    SharedLoadPluginContext,
};
use rolldown_common::{ImportKind, side_effects::HookSideEffects};

use crate::{
    built_ins::{Asked, BuiltIns},
    package,
    refusals::{Reason, Refusals},
};

/// The names that files with code or data end with.
const KINDS: [&str; 9] = ["js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx", "json"];

/// The guard of one bundle.
#[derive(Debug)]
pub(crate) struct Guard {
    /// The folder with its links resolved.
    folder: PathBuf,
    built_ins: BuiltIns,
    state: Mutex<State>,
}

/// What was read and refused.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// The text of each file, by its path relative to the folder.
    pub(crate) files: BTreeMap<String, String>,
    bytes: usize,
    /// How many imports away from the hook's file a module is.
    depths: HashMap<String, usize>,
    pub(crate) refusals: Refusals,
    /// What relative imports lead to that is not there, as far as its author wrote it.
    pub(crate) missing: BTreeSet<String>,
}

impl Guard {
    pub(crate) fn new(folder: PathBuf, built_ins: BuiltIns) -> Self {
        Self {
            folder,
            built_ins,
            state: Mutex::default(),
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A path as messages name it: relative to the folder, with `/`.
    pub(crate) fn name_of(&self, path: &str) -> String {
        name_in(&self.folder, Path::new(path))
    }

    /// What an import of a file or a package may not be, if it leads to one.
    fn objection(&self, specifier: &str, id: &str, is_own_call: bool) -> Option<Reason> {
        let path = Path::new(id);
        if !path.is_absolute() {
            return None;
        }
        if !path.starts_with(&self.folder) {
            return Some(Reason::new(
                format!("`{specifier}` leads to a file outside the folder of the workspace"),
                "copy the file into the folder of the workspace, or install the package there; links out of it are not followed",
            ));
        }
        let extension = path.extension().unwrap_or_default().to_string_lossy();
        if !KINDS.contains(&extension.as_ref()) && !extension.is_empty() {
            return Some(Reason::new(
                format!("`{specifier}` is neither JavaScript nor TypeScript nor JSON"),
                "import data as `.json`, or as a text in a `.js` file; native and WebAssembly modules cannot run in a hook",
            ));
        }
        is_own_call.then(|| {
            Reason::new(
                format!("`import(\"{specifier}\")` would make a second file of the hook"),
                "import it at the top of the file: `import … from`; a hook is published as one script",
            )
        })
    }

    async fn resolve(
        &self,
        context: &PluginContext,
        arguments: &HookResolveIdArgs<'_>,
        importer: &str,
    ) -> anyhow::Result<Option<HookResolveIdOutput>> {
        let specifier = arguments.specifier;
        let is_call = arguments.kind == ImportKind::DynamicImport;
        let asked = self.built_ins.asked(specifier);
        if asked == Asked::NotOffered {
            // Rolldown would leave a URL where it is. Of others it says where they stand, and `diagnosis` what they are.
            let is_url = ["http:", "https:", "data:", "//"]
                .iter()
                .any(|start| specifier.starts_with(start));
            if is_url {
                let reason = package::not_offered(specifier, &self.name_of(importer));
                self.state()
                    .refusals
                    .import(importer, specifier, is_call, reason);
                return Ok(Some(external(specifier)));
            }
            return Ok(None);
        }
        let options = PluginContextResolveOptions {
            import_kind: arguments.kind,
            ..PluginContextResolveOptions::default()
        };
        if let Asked::Offered(name) = asked {
            // A package may say what browsers get in place of a module of Node.
            if !specifier.contains(':') && package::is_of_package(importer) {
                let found = context.resolve(specifier, Some(importer), Some(options));
                if let Ok(found) = found.await?
                    && !package::has_name(found.id.as_str(), specifier)
                {
                    return Ok(None);
                }
            }
            return Ok(Some(external(&name)));
        }
        let found = context.resolve(specifier, Some(importer), Some(options));
        let Ok(found) = found.await? else {
            if specifier.starts_with('.') && !package::is_of_package(importer) {
                let folder = Path::new(importer).parent().unwrap_or(&self.folder);
                let name = self.name_of(&folder.join(specifier).to_string_lossy());
                self.state().missing.insert(normal(&name));
            }
            return Ok(None);
        };
        let id = found.id.as_str();
        if let Some(reason) =
            self.objection(specifier, id, is_call && !package::is_of_package(importer))
        {
            self.state()
                .refusals
                .import(importer, specifier, is_call, reason);
            return Ok(Some(external(specifier)));
        }
        let mut state = self.state();
        let depth = state.depths.get(importer).copied().unwrap_or_default() + 1;
        state.depths.entry(id.to_owned()).or_insert(depth);
        if depth > DEEPEST_IMPORT {
            state.refusals.whole(Reason::new(
                format!("more than {DEEPEST_IMPORT} files import one another in a row"),
                "import fewer files or smaller packages",
            ));
            return Ok(Some(external(specifier)));
        }
        Ok(None)
    }

    /// Reads a module. What is refused reads as empty, and the reason is kept: rolldown's own error would hide it.
    fn read(&self, id: &str) -> String {
        let path = Path::new(id);
        let name = self.name_of(id);
        let text = match read_inside(&self.folder, path) {
            Ok(text) => text,
            Err(reason) => {
                self.state().refusals.file(name, reason);
                return String::new();
            }
        };
        let mut state = self.state();
        state.bytes += text.len();
        let bytes = state.bytes;
        if state.files.len() >= MOST_FILES || bytes > MOST_BYTES {
            state.refusals.whole(Reason::new(
                format!(
                    "the hook and its packages have more than {MOST_FILES} files or {MOST_BYTES} bytes"
                ),
                "import smaller packages, or parts of them: `import x from \"package/part\"`",
            ));
            return String::new();
        }
        state.files.insert(name, text.clone());
        text
    }
}

impl Plugin for Guard {
    fn name(&self) -> Cow<'static, str> {
        "hookpoint".into()
    }

    async fn resolve_id(
        &self,
        context: &PluginContext,
        arguments: &HookResolveIdArgs<'_>,
    ) -> HookResolveIdReturn {
        match arguments.importer {
            // The hook's own file, and the modules of rolldown itself.
            None => Ok(None),
            Some(importer) if !Path::new(importer).is_absolute() => Ok(None),
            Some(importer) => self.resolve(context, arguments, importer).await,
        }
    }

    async fn load(
        &self,
        _context: SharedLoadPluginContext,
        arguments: &HookLoadArgs<'_>,
    ) -> HookLoadReturn {
        if !Path::new(arguments.id).is_absolute() {
            return Ok(None);
        }
        Ok(Some(HookLoadOutput {
            code: self.read(arguments.id).into(),
            ..HookLoadOutput::default()
        }))
    }

    fn register_hook_usage(&self) -> HookUsage {
        HookUsage::ResolveId | HookUsage::Load
    }
}

/// A name without `.` and `..`.
fn normal(name: &str) -> String {
    let mut parts = Vec::new();
    for part in name.split('/') {
        match part {
            "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Leaves an import as it is, under this name.
fn external(name: &str) -> HookResolveIdOutput {
    HookResolveIdOutput {
        id: name.into(),
        external: Some(true.into()),
        side_effects: Some(HookSideEffects::False),
        ..HookResolveIdOutput::default()
    }
}

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
