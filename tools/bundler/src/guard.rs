//! Stands between rolldown and the files: decides what is built in, and reads no file outside the folder and no more than is allowed.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use hookpoint_bundler_protocol::{DEEPEST_IMPORT, MOST_BYTES, MOST_FILES};
use rolldown::plugin::{
    HookLoadArgs, HookLoadOutput, HookLoadReturn, HookResolveIdArgs, HookResolveIdOutput,
    HookResolveIdReturn, HookTransformArgs, HookTransformOutput, HookTransformReturn, HookUsage,
    Plugin, PluginContext, PluginContextResolveOptions, SharedLoadPluginContext,
    SharedTransformPluginContext,
};
use rolldown_common::{ImportKind, side_effects::HookSideEffects};

use crate::{
    apart::{separated, with_checks},
    builds::{ForNode, NodeResolver},
    built_ins::{Asked, BuiltIns},
    early::uses_early,
    folder::{is_json, name_in, read_inside, without_mark},
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
    node: NodeResolver,
    /// Names of files that are read as empty.
    emptied: BTreeSet<String>,
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
    /// Which of the author's files import which.
    imports: BTreeMap<String, BTreeSet<String>>,
    /// Whether a file of the author uses a value before it is initialised.
    uses_early: bool,
    pub(crate) refusals: Refusals,
    /// Missing files that relative imports name, as their author wrote them.
    pub(crate) missing: BTreeSet<String>,
    pub(crate) for_node: ForNode,
}

impl Guard {
    pub(crate) fn new(
        folder: PathBuf,
        built_ins: BuiltIns,
        for_node: ForNode,
        emptied: BTreeSet<String>,
    ) -> Self {
        Self {
            folder,
            built_ins,
            emptied,
            node: NodeResolver::default(),
            state: Mutex::new(State {
                for_node,
                ..State::default()
            }),
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
            self.not_offered_by(importer);
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
            let is_for_browsers = !self.state().for_node.has(&self.name_of(importer));
            if !specifier.contains(':') && package::is_of_package(importer) && is_for_browsers {
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
        let found = found.await?;
        let found_id = found.as_ref().ok().map(|found| found.id.as_str());
        let for_node = self.found_for_node(arguments, importer, found_id);
        let Some(id) = for_node
            .as_ref()
            .map(|found| found.id.as_str())
            .or(found_id)
        else {
            if BuiltIns::is_of_node(specifier) {
                self.not_offered_by(importer);
            }
            if specifier.starts_with('.') && !package::is_of_package(importer) {
                let folder = Path::new(importer).parent().unwrap_or(&self.folder);
                let name = self.name_of(&folder.join(specifier).to_string_lossy());
                let mut state = self.state();
                state.missing.insert(normal(&name));
                // Rolldown would stop here, and name no other import.
                let reason = package::not_found(&self.folder, specifier, Path::new(importer));
                state.refusals.import(importer, specifier, is_call, reason);
                return Ok(Some(external(specifier)));
            }
            return Ok(None);
        };
        if let Some(reason) =
            self.objection(specifier, id, is_call && !package::is_of_package(importer))
        {
            self.state()
                .refusals
                .import(importer, specifier, is_call, reason);
            return Ok(Some(external(specifier)));
        }
        let mut state = self.state();
        if !package::is_of_package(importer) && !package::is_of_package(id) {
            let files = state.imports.entry(self.name_of(importer)).or_default();
            files.insert(self.name_of(id));
        }
        let depth = state.depths.get(importer).copied().unwrap_or_default() + 1;
        state.depths.entry(id.to_owned()).or_insert(depth);
        if depth > DEEPEST_IMPORT {
            state.refusals.whole(Reason::new(
                format!("more than {DEEPEST_IMPORT} files import one another in a row"),
                "import fewer files or smaller packages",
            ));
            return Ok(Some(external(specifier)));
        }
        drop(state);
        Ok(for_node)
    }

    /// Notes that a file asks for a module that is not offered.
    fn not_offered_by(&self, importer: &str) {
        let name = self.name_of(importer);
        self.state().for_node.remove_dependency(&name);
    }

    /// What an import leads to in Node, if it is by or of a package whose build for Node is used.
    fn found_for_node(
        &self,
        arguments: &HookResolveIdArgs<'_>,
        importer: &str,
        found_id: Option<&str>,
    ) -> Option<HookResolveIdOutput> {
        let importer_name = self.name_of(importer);
        let mut state = self.state();
        let is_by_one = state.for_node.has(&importer_name);
        let is_of_one = found_id.is_some_and(|id| state.for_node.has(&self.name_of(id)));
        if !is_by_one && !is_of_one {
            return None;
        }
        let found = self
            .node
            .resolve(importer, arguments.specifier, arguments.kind)?;
        let name = self.name_of(&found.id);
        if is_by_one {
            state.for_node.insert_dependency(&name);
        }
        state.for_node.has(&name).then_some(found)
    }

    /// Reads a module. What is refused reads as empty, and the reason is kept: rolldown's own error would hide it.
    fn read(&self, id: &str) -> String {
        let path = Path::new(id);
        let name = self.name_of(id);
        let empty = if is_json(&name) { "{}" } else { "" };
        let text = match read_inside(&self.folder, path) {
            Ok(text) => text,
            Err(reason) => {
                self.state().refusals.file(name, reason);
                return empty.to_owned();
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
            return empty.to_owned();
        }
        let read = if self.emptied.contains(&name) {
            empty.to_owned()
        } else if is_json(&name) {
            without_mark(&text).to_owned()
        } else {
            text.clone()
        };
        state.files.insert(name, text);
        read
    }
}

impl State {
    /// Whether a file is one of these, or imports one, in as many steps as it takes.
    pub(crate) fn leads_to(&self, name: &str, files: &BTreeSet<String>) -> bool {
        let mut seen = BTreeSet::from([name]);
        let mut left = vec![name];
        while let Some(name) = left.pop() {
            if files.contains(name) {
                return true;
            }
            let imported = self.imports.get(name).into_iter().flatten();
            left.extend(
                imported
                    .map(String::as_str)
                    .filter(|name| seen.insert(name)),
            );
        }
        false
    }

    /// Whether a value may be used before it is initialised: in a file of the author, or where these import one another in a circle.
    pub(crate) fn uses_early(&self) -> bool {
        self.uses_early || self.has_circle()
    }

    /// Whether files of the author import one another in a circle.
    fn has_circle(&self) -> bool {
        // A file is in none if all that it imports is in none.
        let mut left: BTreeMap<&String, &BTreeSet<String>> = self.imports.iter().collect();
        loop {
            let before = left.len();
            let remaining: BTreeSet<&String> = left.keys().copied().collect();
            left.retain(|_, imported| imported.iter().any(|name| remaining.contains(name)));
            if left.len() == before {
                return before > 0;
            }
        }
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

    async fn transform(
        &self,
        _context: SharedTransformPluginContext,
        arguments: &HookTransformArgs<'_>,
    ) -> HookTransformReturn {
        let Ok(path) = Path::new(arguments.id).strip_prefix(&self.folder) else {
            return Ok(None);
        };
        let apart = if package::is_of_package(&path.to_string_lossy()) {
            with_checks(arguments.id, arguments.code)
        } else {
            if uses_early(arguments.id, arguments.code) {
                self.state().uses_early = true;
            }
            separated(arguments.id, arguments.code)
        };
        Ok(apart.map(|(code, map)| HookTransformOutput {
            code: Some(code),
            map: map.into(),
            ..HookTransformOutput::default()
        }))
    }

    fn register_hook_usage(&self) -> HookUsage {
        HookUsage::ResolveId | HookUsage::Load | HookUsage::Transform
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
