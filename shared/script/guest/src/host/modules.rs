//! The built-in modules: the only ones there are.

use rquickjs::{
    Ctx, Error, Exception, Module, Result,
    loader::{ImportAttributes, Loader, Resolver},
    module::Declared,
};

/// Sets up the globals and exports what Rust calls.
pub(crate) const MAIN: &str = "hookpoint:main";

macro_rules! modules {
    ($list:ident, $prefix:literal, $folder:literal: $($name:literal),* $(,)?) => {
        const $list: &[(&str, &str)] = &[
            $((concat!($prefix, $name), include_str!(concat!("../", $folder, "/", $name, ".js"))),)*
        ];
    };
}

modules!(OURS, "hookpoint:", "prelude":
    "main", "abort", "clone", "commonjs", "console", "crypto", "encoding", "evaluation", "fetch", "headers", "inspect", "keys",
    "require", "result", "timers", "url");
modules!(NODE_SOURCES, "node:", "node":
    "buffer", "crypto", "events", "path", "querystring", "timers", "url", "util");

/// The Node built-ins, by the name under which `import` and `require` find them.
pub(crate) const NODE: &[&str] = &[
    "node:buffer",
    "node:crypto",
    "node:events",
    "node:path",
    "node:querystring",
    "node:timers",
    "node:url",
    "node:util",
];

/// Resolves and loads built-in modules.
pub(crate) struct BuiltIns;

impl Resolver for BuiltIns {
    fn resolve<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        base: &str,
        name: &str,
        _attributes: Option<ImportAttributes<'js>>,
    ) -> Result<String> {
        // A script is called `hook.js`, so it cannot pass for one of ours. An empty base is Rust itself.
        let from_built_in =
            base.is_empty() || base.starts_with("hookpoint:") || base.starts_with("node:");
        if from_built_in && OURS.iter().any(|(known, _)| *known == name) {
            return Ok(name.to_owned());
        }
        let full = format!("node:{}", name.strip_prefix("node:").unwrap_or(name));
        if NODE.contains(&full.as_str()) {
            return Ok(full);
        }
        Err(Exception::throw_reference(
            ctx,
            &format!(
                "cannot find module '{name}': the sandbox offers {}; bundle anything else into the hook",
                offered()
            ),
        ))
    }
}

impl Loader for BuiltIns {
    fn load<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        name: &str,
        _attributes: Option<ImportAttributes<'js>>,
    ) -> Result<Module<'js, Declared>> {
        let (_, source) = OURS
            .iter()
            .chain(NODE_SOURCES)
            .find(|(known, _)| *known == name)
            .ok_or_else(|| Error::new_loading(name))?;
        Module::declare(ctx.clone(), name, *source)
    }
}

/// The Node built-ins as a list for messages.
fn offered() -> String {
    let names: Vec<&str> = NODE
        .iter()
        .filter_map(|name| name.strip_prefix("node:"))
        .collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_node_module_has_a_source() {
        let sources: Vec<&str> = NODE_SOURCES.iter().map(|(name, _)| *name).collect();
        assert_eq!(sources, NODE);
    }
}
