//! The modules that the sandbox offers, and those that it does not.

use std::collections::BTreeSet;

use nodejs_built_in_modules::is_nodejs_builtin_module;

/// What an import asks for, by its words alone.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// A module that the sandbox offers, by its full name.
    Offered(String),
    /// A module of Node or of this product that it does not offer, or a URL.
    NotOffered,
    /// A file or a package.
    File,
}

/// The modules of the sandbox, with their prefix.
#[derive(Debug)]
pub(crate) struct BuiltIns(BTreeSet<String>);

impl BuiltIns {
    pub(crate) fn new(names: &[String]) -> Self {
        Self(names.iter().cloned().collect())
    }

    /// What a specifier asks for. A built-in module comes before a package of its name, as in Node.
    pub(crate) fn asked(&self, specifier: &str) -> Asked {
        if self.0.contains(specifier) {
            return Asked::Offered(specifier.to_owned());
        }
        if has_scheme(specifier) || specifier.starts_with("//") {
            return Asked::NotOffered;
        }
        let full = format!("node:{specifier}");
        if self.0.contains(&full) {
            return Asked::Offered(full);
        }
        Asked::File
    }

    /// Whether an import that leads nowhere asked for a module of Node.
    pub(crate) fn is_of_node(specifier: &str) -> bool {
        has_scheme(specifier) || is_nodejs_builtin_module(specifier)
    }
}

/// Whether a specifier begins with `name:`.
fn has_scheme(specifier: &str) -> bool {
    specifier.split_once(':').is_some_and(|(scheme, _)| {
        let mut bytes = scheme.bytes();
        bytes
            .next()
            .is_some_and(|first| first.is_ascii_alphabetic())
            && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_modules_are_known_with_and_without_prefix() {
        let built_ins = BuiltIns::new(&["node:fs/promises".into(), "hookpoint:password".into()]);
        let full = Asked::Offered("node:fs/promises".to_owned());
        assert_eq!(built_ins.asked("node:fs/promises"), full);
        assert_eq!(built_ins.asked("fs/promises"), full);
        let password = Asked::Offered("hookpoint:password".to_owned());
        assert_eq!(built_ins.asked("hookpoint:password"), password);
        for other in ["password", "fs", "./fs", "/fs", "@a/b", "a:b", "C:\\x"] {
            let is_file = !other.contains(':');
            assert_eq!(built_ins.asked(other) == Asked::File, is_file, "{other}");
        }
        for url in [
            "https://a.example/x.js",
            "//a.example/x.js",
            "data:text/javascript,1",
        ] {
            assert_eq!(built_ins.asked(url), Asked::NotOffered, "{url}");
        }
    }

    #[test]
    fn modules_of_node_are_known_by_name() {
        assert!(BuiltIns::is_of_node("wasi") && BuiltIns::is_of_node("node:sqlite"));
        assert!(!BuiltIns::is_of_node("zod") && !BuiltIns::is_of_node("./wasi"));
    }
}
