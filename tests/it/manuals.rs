//! `hookpoint check` accepts the workspaces in the manuals.

use std::{fs, path::Path};

use hookpoint_devserver::BundlerProcess;
use hookpoint_workspace::Workspace;
use hookpoint_xtask::repository;

use crate::bundling::programs;

const MANUALS: [&str; 4] = ["hooks.md", "scripts.md", "nlx.md", "strivacity.md"];

/// The fenced blocks of a document, with their languages.
fn blocks(document: &str) -> Vec<(&str, &str)> {
    let fenced = document.split("\n```").skip(1).step_by(2);
    fenced
        .map(|block| block.split_once('\n').unwrap())
        .collect()
}

/// Writes the scripts of a document, whose first lines name their files.
fn write_scripts(blocks: &[(&str, &str)], folder: &Path) {
    let scripts = blocks
        .iter()
        .filter(|(language, _)| ["js", "ts"].contains(language));
    for (_, source) in scripts {
        let name = source.lines().next().unwrap().strip_prefix("// ").unwrap();
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, source).unwrap();
    }
}

#[test]
fn every_workspace_in_a_manual_is_without_contradictions() {
    let bundler = BundlerProcess::find(Some(programs().1.clone()), None);
    for manual in MANUALS {
        let document = fs::read_to_string(repository::root().join("docs").join(manual)).unwrap();
        let blocks = blocks(&document);
        let folder = tempfile::tempdir().unwrap();
        write_scripts(&blocks, folder.path());
        let whole = blocks
            .iter()
            .filter(|(language, text)| *language == "yaml" && text.starts_with("version: 1"));
        let mut count = 0;
        for (_, text) in whole {
            let path = folder.path().join("hookpoint.yaml");
            fs::write(&path, text).unwrap();
            if let Err(errors) = Workspace::load_with(&path, &bundler) {
                panic!("docs/{manual}: {errors}\n{text}");
            }
            count += 1;
        }
        assert!(count > 0, "docs/{manual} has no workspace");
    }
}
