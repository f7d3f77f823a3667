//! The port to the bundler, for hooks that are more than one plain script.

use std::fmt;

use hookpoint_bundler_protocol::{Reply, Request};

/// File extensions of TypeScript, which is never published as written.
const TYPESCRIPT: [&str; 4] = [".ts", ".mts", ".cts", ".tsx"];

/// Whether a script is TypeScript, by its name.
pub fn is_typescript(name: &str) -> bool {
    TYPESCRIPT.iter().any(|end| name.ends_with(end))
}

/// Makes one script of a hook's files.
pub trait Bundler: fmt::Debug + Send + Sync {
    /// The modules that a script may import without a bundler, with their prefix: `node:crypto`.
    fn built_ins(&self) -> &[&str];

    /// Bundles a hook; blocks meanwhile, for a bounded time. MUST run no code of the hook.
    ///
    /// # Errors
    /// The bundler cannot be used. What is wrong with the hook is part of the reply.
    fn bundle(&self, request: &Request) -> Result<Reply, BundlerUnavailable>;
}

/// Why no bundler replied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundlerUnavailable {
    /// The cause, in lower case.
    pub message: String,
    /// The fix.
    pub help: String,
}

/// Where there is no bundler: JavaScript is published as it is written, and TypeScript cannot be.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoBundler;

impl Bundler for NoBundler {
    fn built_ins(&self) -> &[&str] {
        &[]
    }

    fn bundle(&self, request: &Request) -> Result<Reply, BundlerUnavailable> {
        if !is_typescript(&request.entry) {
            return Ok(Reply::AsWritten);
        }
        Err(BundlerUnavailable {
            message: "this program has no bundler".to_owned(),
            help: "use the command line, `hookpoint`".to_owned(),
        })
    }
}
