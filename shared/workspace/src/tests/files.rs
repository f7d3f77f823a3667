//! Files on a real disk.

use std::{fs, path::Path};

use hookpoint_engine::{
    hook::{CompiledForm, CompiledScript},
    identifier::HookName,
};
use tempfile::TempDir;

use crate::{Workspace, WorkspaceErrors};

fn load(folder: &TempDir, text: &str) -> Result<Workspace, WorkspaceErrors> {
    let path = folder.path().join("hookpoint.yaml");
    fs::write(&path, text).unwrap();
    Workspace::load(&path)
}

const SCRIPT: &str = "version: 1\nhooks: { a: { script: a.js } }\n";

#[test]
fn an_unreadable_workspace_says_why_and_what_to_watch() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("hookpoint.yaml");
    let errors = Workspace::load(&path).unwrap_err();
    assert!(errors.to_string().contains("does not exist"), "{errors}");
    assert_eq!(errors.files(), std::slice::from_ref(&path));
    assert!(
        Workspace::load(folder.path())
            .unwrap_err()
            .to_string()
            .contains("not a regular file")
    );
    fs::write(&path, b"version: \xff\n").unwrap();
    assert!(
        Workspace::load(&path)
            .unwrap_err()
            .to_string()
            .contains("not UTF-8")
    );
    fs::write(&path, format!("version: 1 #{}\n", "x".repeat(1 << 20))).unwrap();
    assert!(
        Workspace::load(&path)
            .unwrap_err()
            .to_string()
            .contains("larger than 1048576 bytes")
    );
}

#[test]
fn scripts_end_at_a_mebibyte() {
    let folder = TempDir::new().unwrap();
    let script = folder.path().join("a.js");
    fs::write(&script, "ü".repeat(512 * 1024)).unwrap();
    assert!(load(&folder, SCRIPT).is_ok());
    fs::write(&script, format!("{}a", "ü".repeat(512 * 1024))).unwrap();
    let errors = load(&folder, SCRIPT).unwrap_err();
    assert!(
        errors.to_string().contains("larger than 1048576 bytes"),
        "{errors}"
    );
    assert!(errors.files().contains(&script));
}

#[test]
fn responses_end_at_256_kilobytes() {
    let folder = TempDir::new().unwrap();
    let text = format!(
        "version: 1\nhooks: {{ a: {{ static: {{ context: {{ A: {} }} }} }} }}\n",
        "x".repeat(262_144)
    );
    let errors = load(&folder, &text).unwrap_err();
    assert!(
        errors.to_string().contains("262144 are allowed"),
        "{errors}"
    );
}

#[cfg(unix)]
#[test]
fn links_are_followed_inside_the_workspace_and_refused_when_they_lead_out() {
    use std::os::unix::fs::symlink;

    let (folder, outside) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    fs::write(outside.path().join("a.js"), "outside").unwrap();
    fs::write(folder.path().join("b.js"), "inside").unwrap();
    let link = folder.path().join("a.js");
    symlink(outside.path().join("a.js"), &link).unwrap();
    let errors = load(&folder, SCRIPT).unwrap_err();
    assert!(
        errors.to_string().contains("leads outside the workspace"),
        "{errors}"
    );
    fs::remove_file(&link).unwrap();
    symlink(Path::new("b.js"), &link).unwrap();
    assert!(load(&folder, SCRIPT).is_ok());
    fs::remove_file(&link).unwrap();
    symlink(outside.path(), folder.path().join("hooks")).unwrap();
    let errors = load(
        &folder,
        "version: 1\nhooks: { a: { script: hooks/a.js } }\n",
    )
    .unwrap_err();
    assert!(
        errors.to_string().contains("leads outside the workspace"),
        "{errors}"
    );
}

#[test]
fn a_byte_order_mark_before_any_file_is_skipped() {
    let folder = TempDir::new().unwrap();
    fs::write(
        folder.path().join("response.json"),
        "\u{feff}{\"context\": {\"a\": 1}}",
    )
    .unwrap();
    let text = "\u{feff}version: 1\nhooks: { a: { static: response.json } }\n";
    let workspace = load(&folder, text).unwrap_or_else(|errors| panic!("{errors}"));
    let hooks: Vec<_> = workspace.desired().hooks.values().collect();
    assert!(hooks[0].to_json().contains(r#"{"context":{"a":1}}"#));
}

#[test]
fn a_member_that_no_store_could_hold_is_refused_with_its_place() {
    let folder = TempDir::new().unwrap();
    let text = "version: 1\nhooks:\n  a: { static: { attributes: { $serde_json::private::Number: '5' } } }\n";
    let errors = load(&folder, text).unwrap_err().to_string();
    assert!(
        errors.contains("key `$serde_json::private::Number` is reserved"),
        "{errors}"
    );
    fs::write(
        folder.path().join("response.json"),
        "{\n \"attributes\": {\"\\u0024serde_json::private::x\": 1}}",
    )
    .unwrap();
    let text = "version: 1\nhooks: { a: { static: response.json } }\n";
    let errors = load(&folder, text).unwrap_err().to_string();
    assert!(errors.contains("is reserved"), "{errors}");
    assert!(errors.contains("response.json:2:"), "{errors}");
}

#[test]
fn only_scripts_that_did_not_change_keep_their_bytecode() {
    let folder = TempDir::new().unwrap();
    let text =
        "version: 1\nhooks: { a: { script: a.js }, b: { script: b.js }, c: { script: c.js } }\n";
    for name in ["a.js", "b.js", "c.js"] {
        fs::write(folder.path().join(name), "export default () => {};\n").unwrap();
    }
    let mut before = load(&folder, text).unwrap();
    let names: Vec<HookName> = before.desired().hooks.keys().cloned().collect();
    for name in &names {
        let compiled =
            CompiledScript::new("1", "", CompiledForm::Bytecode, name.as_str().into()).unwrap();
        before.add_compiled(name, compiled);
    }
    fs::write(folder.path().join("b.js"), "export default () => 1;\n").unwrap();
    // The ending decides how the same source is compiled.
    fs::copy(folder.path().join("c.js"), folder.path().join("c.mjs")).unwrap();
    let mut after = load(&folder, &text.replace("c.js", "c.mjs")).unwrap();
    after.keep_compiled(before.desired());
    let kept: Vec<_> = names
        .iter()
        .map(|name| {
            let compiled = after.desired().hooks[name].compiled()?;
            Some(compiled.bytes.as_slice())
        })
        .collect();
    assert_eq!(kept, [Some(&b"a"[..]), None, None]);
}
