//! Packages that are bundled in their builds for Node.
//!
//! A build for browsers may send its requests with `XMLHttpRequest`, which the sandbox does not have. The build for Node sends them with
//! `node:http`, which it has.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use oxc::{
    ast::{AstKind, ast::Expression},
    semantic::Semantic,
};
use oxc_resolver::{ResolveOptions, Resolver};
use rolldown::plugin::HookResolveIdOutput;
use rolldown_common::ImportKind;

use crate::{import::with_semantic, package};

/// What the builds in question use.
const REQUEST: &str = "XMLHttpRequest";
/// What the sandbox has in its place.
const FETCH: &str = "fetch";

/// The packages whose builds for Node are used, by their folders relative to that of the workspace.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct ForNode {
    /// Those whose builds for browsers cannot send a request.
    stranded: BTreeSet<String>,
    /// Those that a build for Node imports: it expects theirs.
    dependencies: BTreeSet<String>,
    /// Dependencies whose builds for Node ask for more than the sandbox offers.
    impossible: BTreeSet<String>,
}

impl ForNode {
    /// Whether a file is of one of them.
    pub(crate) fn has(&self, name: &str) -> bool {
        package::folder_of(name).is_some_and(|folder| {
            self.stranded.contains(folder)
                || self.dependencies.contains(folder) && !self.impossible.contains(folder)
        })
    }

    /// Adds the package of a file that a build for Node imports.
    pub(crate) fn insert_dependency(&mut self, name: &str) {
        self.dependencies
            .extend(package::folder_of(name).map(str::to_owned));
    }

    /// Removes a dependency of which this file asks for a module that is not offered.
    pub(crate) fn remove_dependency(&mut self, name: &str) {
        if self.has(name) {
            self.impossible
                .extend(package::folder_of(name).map(str::to_owned));
        }
    }

    /// Adds the packages whose files, of those that were read, know `XMLHttpRequest` and do not know `fetch`.
    pub(crate) fn insert_stranded(&mut self, files: &BTreeMap<String, String>) {
        let mut known: BTreeMap<&str, (bool, bool)> = BTreeMap::new();
        for (name, text) in files {
            let Some(folder) = package::folder_of(name) else {
                continue;
            };
            // Parsing is for the few files that may say one of the words.
            if text.contains(REQUEST) || text.contains(FETCH) {
                let (request, fetch) = known.entry(folder).or_default();
                let globals = globals_in(name, text);
                *request |= globals.contains(REQUEST);
                *fetch |= globals.contains(FETCH);
            }
        }
        let stranded = known
            .into_iter()
            .filter(|(_, (request, fetch))| *request && !*fetch);
        self.stranded
            .extend(stranded.map(|(folder, _)| folder.to_owned()));
    }
}

/// Which of the two a file knows, as a global or as a member of a variable: `self.XMLHttpRequest`.
fn globals_in(name: &str, text: &str) -> BTreeSet<&'static str> {
    with_semantic(name, text, globals_of)
}

fn globals_of(semantic: &Semantic<'_>) -> BTreeSet<&'static str> {
    let unbound = semantic.scoping().root_unresolved_references();
    let is_member = |global: &str| {
        semantic.nodes().iter().any(|node| match node.kind() {
            AstKind::StaticMemberExpression(member) => {
                member.property.name == global && matches!(member.object, Expression::Identifier(_))
            }
            _ => false,
        })
    };
    [REQUEST, FETCH]
        .into_iter()
        .filter(|global| unbound.keys().any(|name| name == global) || is_member(global))
        .collect()
}

/// Finds modules as Node does.
#[derive(Debug)]
pub(crate) struct NodeResolver {
    import: Resolver,
    require: Resolver,
}

impl Default for NodeResolver {
    fn default() -> Self {
        let options = |form: &str| ResolveOptions {
            condition_names: ["node", form, "default"].map(str::to_owned).to_vec(),
            extensions: [".js", ".json"].map(str::to_owned).to_vec(),
            module_type: true,
            node_path: false,
            ..ResolveOptions::default()
        };
        let import = Resolver::new(options("import"));
        let require = import.clone_with_options(options("require"));
        Self { import, require }
    }
}

impl NodeResolver {
    /// The file that an import leads to.
    pub(crate) fn resolve(
        &self,
        importer: &str,
        specifier: &str,
        kind: ImportKind,
    ) -> Option<HookResolveIdOutput> {
        let resolver = match kind {
            ImportKind::Require => &self.require,
            _ => &self.import,
        };
        let found = resolver.resolve_file(Path::new(importer), specifier).ok()?;
        let manifest = found.package_json();
        Some(HookResolveIdOutput {
            id: found.full_path().to_str()?.into(),
            // Rolldown reads there whether a file is a module, and whether it has side effects.
            package_json_path: manifest
                .and_then(|manifest| Some(manifest.realpath().to_str()?.to_owned())),
            ..HookResolveIdOutput::default()
        })
    }
}
