//! Checks `hookpoint.d.ts` with the TypeScript compiler: hooks that must compile and lines that must not.

use std::{fs, path::Path, process::Command};

use hookpoint_xtask::{node::Node, python, repository};

#[test]
fn hooks_are_checked_against_the_declarations() {
    let node = Node::of(&python::ensure().unwrap()).unwrap();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/types");
    let names = [
        ".npmrc",
        "package.json",
        "package-lock.json",
        "tsconfig.json",
        "hooks.ts",
        "hook.js",
    ];
    let folder = node.install(&fixtures, &names, "types").unwrap();
    let declarations = repository::root().join("hookpoint.d.ts");
    fs::copy(declarations, folder.join("hookpoint.d.ts")).unwrap();
    let output = Command::new(node.program())
        .arg(folder.join("node_modules/typescript/bin/tsc"))
        .args(["--project", "."])
        .current_dir(&folder)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
}
