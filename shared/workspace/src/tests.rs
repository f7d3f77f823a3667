//! Tests with the example, known defects and random damage.

mod bundling;
mod damage;
mod defects;
mod example;
mod files;
mod schema;

use std::path::{Path, PathBuf};

/// The folder of the fixtures.
fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/testdata")
}
