//! `hookpoint init`.

use std::fs;

use serde_json::Value;

use crate::folder::Folder;

#[test]
fn a_workspace_is_made_in_the_current_folder_and_overwrites_nothing() {
    let folder = Folder::new();
    folder.write("README.md", "mine\n");
    folder.write(".gitignore", "mine\n");
    let error = folder.refused(&["init"]);
    for part in [
        "`.gitignore`, `README.md` already exist and stay as they are",
        "`hookpoint init my-hooks`",
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 2, "nothing was written");
    assert_eq!(
        fs::read_to_string(folder.path().join("README.md")).unwrap(),
        "mine\n"
    );
    fs::remove_file(folder.path().join("README.md")).unwrap();
    fs::remove_file(folder.path().join(".gitignore")).unwrap();

    let made = folder.json(&["init", "--json"]);
    assert_eq!(made["workspace"], "hookpoint.yaml");
    let written = made["written"].as_array().unwrap();
    for file in written {
        assert!(
            folder.path().join(file.as_str().unwrap()).is_file(),
            "{file}"
        );
    }
    let case = fs::read_to_string(folder.path().join("hooks/addresses.case.yaml")).unwrap();
    let schema = "# yaml-language-server: $schema=../hookpoint.case.schema.json\n";
    assert!(case.starts_with(schema), "{case}");
    assert!(
        written.contains(&"hookpoint.case.schema.json".into()),
        "{written:?}"
    );
    let hook = made["hook"].as_str().unwrap();
    assert!(hook.starts_with("hooks/addresses."), "{hook}");

    let run = folder.run(&["init", "--json"]);
    assert_eq!(run.code, 2);
    let value: Value = serde_json::from_str(&run.stdout).unwrap();
    let message = value["error"]["message"].as_str().unwrap();
    assert!(message.contains("`hookpoint.yaml`"), "{message}");
    let error = folder.refused(&["init", "--workspace", "other.yaml"]);
    assert!(error.contains("`--sample`"), "{error}");
    let sample = folder.json(&["init", "--sample", "--workspace", "other.yaml", "--json"]);
    assert_eq!(sample["workspace"], "other.yaml");
    assert_eq!(sample["hook"], Value::Null);
}
