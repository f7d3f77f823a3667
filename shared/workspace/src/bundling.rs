//! The port to the bundler, for hooks that are more than one plain script.

use std::fmt;

use hookpoint_bundler_protocol::{Reply, Request};

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

/// Where there is no bundler: hooks are plain scripts.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoBundler;

impl Bundler for NoBundler {
    fn built_ins(&self) -> &[&str] {
        &[]
    }

    fn bundle(&self, _request: &Request) -> Result<Reply, BundlerUnavailable> {
        Err(BundlerUnavailable {
            message: "this program has no bundler".to_owned(),
            help: "use the command line, `hookpoint`".to_owned(),
        })
    }
}
