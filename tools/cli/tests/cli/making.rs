//! `hookpoint init`.

use std::fs;

use serde_json::Value;

use crate::folder::Folder;

#[test]
fn a_workspace_is_made_in_the_current_folder_and_overwrites_nothing() {
    let folder = Folder::new();
    folder.write("tsconfig.json", "{}\n");
    folder.write("hookpoint.d.ts", "mine\n");
    let error = folder.refused(&["init"]);
    for part in [
        "`hookpoint.d.ts`, `tsconfig.json` already exist and stay as they are",
        "`hookpoint init my-hooks`",
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 2, "nothing was written");
    assert_eq!(
        fs::read_to_string(folder.path().join("hookpoint.d.ts")).unwrap(),
        "mine\n"
    );
    fs::remove_file(folder.path().join("tsconfig.json")).unwrap();
    fs::remove_file(folder.path().join("hookpoint.d.ts")).unwrap();

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

/// A limit on the size of files ends the program in the middle of a write, as a full disk or a signal does.
#[cfg(unix)]
#[test]
fn a_file_is_there_whole_or_not_at_all_when_the_program_ends_while_it_writes() {
    let (whole, folder) = (Folder::new(), Folder::new());
    whole.ok(&["init"]);
    folder.write("hookpoint.schema.json", "old");
    let program = env!("CARGO_BIN_EXE_hookpoint");
    let limited = |arguments: &str| {
        // In blocks of 512 bytes: less than the schema, more than the sample.
        let script = format!("ulimit -f 24 && exec '{program}' {arguments}");
        let status = std::process::Command::new("sh")
            .args(["-c", &script])
            .current_dir(folder.path())
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .stderr(std::process::Stdio::null())
            .status()
            .unwrap();
        assert!(!status.success());
    };
    limited("init --sample");
    let schema = fs::read_to_string(folder.path().join("hookpoint.schema.json")).unwrap();
    assert_eq!(schema, "old");
    assert!(!folder.path().join("hookpoint.yaml").exists());
    limited("init new");
    let mut names = vec![String::new(), "hooks/".to_owned()];
    let mut written = 0;
    while let Some(below) = names.pop() {
        let Ok(entries) = fs::read_dir(folder.path().join("new").join(&below)) else {
            continue;
        };
        for entry in entries {
            let name = format!("{below}{}", entry.unwrap().file_name().to_string_lossy());
            let path = folder.path().join("new").join(&name);
            if path.is_file() && !name.contains(".newer-") {
                let expected = fs::read_to_string(whole.path().join(&name)).unwrap();
                assert_eq!(fs::read_to_string(path).unwrap(), expected, "{name}");
                written += 1;
            }
        }
    }
    assert!(written > 0, "it ended before its first file");
}

#[test]
fn the_readme_of_a_repository_stays_and_what_git_must_leave_out_is_said() {
    let folder = Folder::new();
    for name in ["README.md", ".gitignore"] {
        folder.write(name, "mine\n");
    }
    let text = folder.ok(&["init"]);
    for line in [
        "\nREADME.md stays as it is\n",
        "\n.gitignore stays as it is: see that it has `.hookpoint/` and `node_modules/`\n",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    for name in ["README.md", ".gitignore"] {
        let text = fs::read_to_string(folder.path().join(name)).unwrap();
        assert_eq!(text, "mine\n");
    }
    folder.ok(&["check"]);
    folder.refused(&["init"]);
}
