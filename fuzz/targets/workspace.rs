//! Workspace files: any text is a workspace or a list of errors that can be printed.
#![no_main]

use std::path::Path;

use hookpoint_workspace::Workspace;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Err(errors) = Workspace::parse(text, "hookpoint.yaml", Path::new("/nonexistent")) {
        assert!(!errors.to_string().is_empty());
    }
});
