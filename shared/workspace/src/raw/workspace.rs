//! The syntax of the whole file.

use super::{
    RawApplication, RawBinding, RawHook, RawLocal, Text,
    fields::{self, Fields},
};
use crate::{
    document::{Entry, Node, NodeValue, Place},
    problem::Problems,
};

const KEYS: [&str; 7] = [
    "version",
    "secrets",
    "stores",
    "applications",
    "hooks",
    "bindings",
    "local",
];

/// `hookpoint.yaml`. A section without content, such as a commented-out one, counts as absent.
pub(crate) struct RawWorkspace {
    pub(crate) secrets: Vec<Text>,
    pub(crate) stores: Vec<Text>,
    pub(crate) applications: Vec<RawApplication>,
    pub(crate) hooks: Vec<RawHook>,
    pub(crate) bindings: Vec<RawBinding>,
    /// Whether hooks and bindings were read without a problem, so that all references in them are known.
    pub(crate) references_known: bool,
    pub(crate) local: RawLocal,
}

impl RawWorkspace {
    pub(crate) fn read(document: &Node, problems: &mut Problems<'_>) -> Option<Self> {
        let top = Place {
            line: 1,
            column: 1,
            width: 1,
        };
        let fields = Fields::of(document, "the workspace", top, &KEYS, problems)?;
        for (section, kind) in [
            ("secrets", "secret"),
            ("stores", "store"),
            ("applications", "application"),
            ("hooks", "hook"),
        ] {
            if fields.is_misspelt(section) {
                problems.leave_out_unknown(kind);
            }
        }
        if let Some(version) = fields.required("version", "1", problems) {
            check_version(version, problems);
        }
        let section = |key| fields.get(key).filter(|node| !node.is_null());
        let applications = entries(section("applications"), "`applications`", problems)
            .iter()
            .filter_map(|entry| RawApplication::read(entry, problems))
            .collect();
        let before = problems.count();
        let hooks = entries(section("hooks"), "`hooks`", problems)
            .iter()
            .map(|entry| RawHook::read(entry, problems))
            .collect();
        let bindings = section("bindings")
            .and_then(|node| fields::list(node, "`bindings`", problems))
            .unwrap_or_default()
            .iter()
            .filter_map(|item| RawBinding::read(item, problems))
            .collect();
        let references_known = problems.count() == before;
        Some(Self {
            secrets: fields.names("secrets", problems),
            stores: fields.names("stores", problems),
            applications,
            hooks,
            bindings,
            references_known,
            local: section("local")
                .and_then(|node| RawLocal::read(node, problems))
                .unwrap_or_default(),
        })
    }
}

fn entries<'a>(node: Option<&'a Node>, what: &str, problems: &mut Problems<'_>) -> &'a [Entry] {
    node.and_then(|node| fields::mapping(node, what, problems))
        .unwrap_or_default()
}

fn check_version(node: &Node, problems: &mut Problems<'_>) {
    let is_one = matches!(&node.value, NodeValue::Number(number) if number.as_u64() == Some(1));
    if !is_one {
        problems.push(
            node.place,
            "this version of Hookpoint reads workspaces of `version: 1`",
            "write `version: 1`, or use a newer Hookpoint",
        );
    }
}
