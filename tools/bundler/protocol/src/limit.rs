//! How large a hook may be.

/// Maximum length of the authored files of a hook together, in characters: all files but those of packages.
pub const AUTHORED_LIMIT: usize = 256_000;
/// Maximum size of a bundle, in bytes: that of a source in the sandbox.
pub const BUNDLE_LIMIT: usize = 1024 * 1024;
/// Maximum number of files, those of packages included. `@hubspot/api-client`, whose bundle is far too large, has 3,500.
pub const MOST_FILES: usize = 5_000;
/// Maximum size of all files, in bytes.
pub const MOST_BYTES: usize = 64 * 1024 * 1024;
/// Maximum size of one file, in bytes.
pub const LARGEST_FILE: usize = 8 * 1024 * 1024;
/// Maximum number of imports from a hook's file to another one.
pub const DEEPEST_IMPORT: usize = 500;
/// Problems beyond this number are left out.
pub const MOST_PROBLEMS: usize = 20;
/// Maximum memory of the bundler beside the stacks of its threads, in bytes, where the system enforces one. A large hook takes 100 MB.
pub const MOST_MEMORY: u64 = 2 * 1024 * 1024 * 1024;
/// Maximum length of a line between the two programs, in bytes: a bundle, its map, and the lists of files.
pub const LINE_LIMIT: usize = 64 * 1024 * 1024;
