//! Bad input: each with its place and what to do, and the folder as it was.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path, process::Command};

use crate::folder::{Folder, Run};

const SHOP: &str = "\
version: 1
applications: { shop: { kind: identity } }
hooks: { tier: { script: tier.js } }
bindings: [{ application: shop, stage: beforeRegistration, hook: tier }]
";
const TIER: &str = "export default () => ({ session: { tier: 'gold' } });\n";

/// Every file below a folder with its content; links as such.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            let kind = path.symlink_metadata().unwrap().file_type();
            let content = if kind.is_dir() {
                folders.push(path.clone());
                Vec::new()
            } else if kind.is_symlink() {
                fs::read_link(&path)
                    .unwrap()
                    .into_os_string()
                    .into_encoded_bytes()
            } else {
                fs::read(&path).unwrap()
            };
            found.insert(path.display().to_string(), content);
        }
    }
    found
}

/// What is wrong, how the folder gets it, and what the message has: the place, the reason, the remedy.
type Mistake = (&'static str, fn(&Folder), [&'static str; 3]);

fn workspace(folder: &Folder, from: &str, to: &str) {
    assert!(SHOP.contains(from), "{from}");
    folder.write("hookpoint.yaml", &SHOP.replace(from, to));
}

const MISTAKES: [Mistake; 13] = [
    (
        "broken YAML",
        |folder| {
            workspace(
                folder,
                "{ shop: { kind: identity } }",
                "{ shop: { kind: identity }",
            );
        },
        ["hookpoint.yaml:", "expected", "help"],
    ),
    (
        "a tab",
        |folder| workspace(folder, "hooks: {", "hooks:\n\ttier: {"),
        ["hookpoint.yaml:4", "tab", "help"],
    ),
    (
        "an unknown key",
        |folder| workspace(folder, "hooks:", "hoks:"),
        [
            "hookpoint.yaml:3:1",
            "unknown key `hoks`",
            "did you mean `hooks`?",
        ],
    ),
    (
        "a key twice",
        |folder| workspace(folder, "tier: {", "tier: { script: other.js }, tier: {"),
        ["hookpoint.yaml:3:", "`tier`", "twice"],
    ),
    (
        "two bindings of one id",
        |folder| {
            workspace(
                folder,
                "hook: tier }]",
                "hook: tier }, { application: shop, stage: beforeRegistration, hook: tier }]",
            );
        },
        ["hookpoint.yaml:4:", "`tier`", "`id`"],
    ),
    (
        "a name that is too long",
        |folder| {
            let long = "a".repeat(65);
            workspace(folder, "{ shop: {", &format!("{{ {long}: {{"));
        },
        ["hookpoint.yaml:2:", "1 to 64 letters", "help"],
    ),
    (
        "a source that is too long",
        |folder| {
            let source = format!("// {}\n{TIER}", "x".repeat(1_048_576));
            folder.write("tier.js", &source);
        },
        [
            "hookpoint.yaml:3:",
            "larger than 1048576 bytes",
            "make it smaller",
        ],
    ),
    (
        "a file that does not exist",
        |folder| fs::remove_file(folder.path().join("tier.js")).unwrap(),
        ["hookpoint.yaml:3:", "`tier.js` does not exist", "create it"],
    ),
    (
        "a file outside the folder",
        |folder| workspace(folder, "script: tier.js", "script: ../tier.js"),
        ["hookpoint.yaml:3:", "outside the workspace", "without `..`"],
    ),
    (
        "a link out of the folder",
        |folder| {
            let file = folder.path().join("tier.js");
            fs::remove_file(&file).unwrap();
            std::os::unix::fs::symlink("/etc/passwd", file).unwrap();
        },
        [
            "hookpoint.yaml:3:",
            "outside the workspace through a link",
            "put the file itself",
        ],
    ),
    (
        "a mistake in a script",
        |folder| {
            folder.write("tier.js", "export default () => {\n  return {{};\n};\n");
        },
        ["tier.js:2:", "return {{};", "^"],
    ),
    (
        "no text",
        |folder| fs::write(folder.path().join("tier.js"), [0xff, 0xfe, 0x00]).unwrap(),
        ["hookpoint.yaml:3:", "not UTF-8", "save it as UTF-8"],
    ),
    (
        "a newer workspace",
        |folder| workspace(folder, "version: 1", "version: 2"),
        ["hookpoint.yaml:1:", "version", "newer Hookpoint"],
    ),
];

#[test]
fn a_mistake_is_shown_with_place_and_remedy_and_the_folder_stays_as_it_was() {
    for (what, make, parts) in MISTAKES {
        let folder = Folder::with(SHOP);
        folder.write("tier.js", TIER);
        make(&folder);
        let before = contents(folder.path());
        for command in [
            "check",
            "plan",
            "apply --yes",
            "test",
            "trigger before-registration",
        ] {
            let arguments: Vec<_> = command.split(' ').collect();
            let run = folder.run(&arguments);
            assert_eq!(run.code, 2, "{what}, {command}: {}", run.stdout);
            for part in parts {
                assert!(
                    run.stderr.contains(part),
                    "{what}, {command}: {part}: {}",
                    run.stderr
                );
            }
            assert!(!run.stderr.contains("panicked"), "{what}: {}", run.stderr);
            assert_eq!(contents(folder.path()), before, "{what}, {command}");
        }
    }
}

#[test]
fn a_lock_file_that_is_no_json_is_named_before_anything_is_published() {
    // Without a bundler, the message says how to get one; with one, it is about the lock file. Neither publishes.
    let folder = Folder::with(SHOP);
    folder.write("tier.js", &format!("import 'zod';\n{TIER}"));
    folder.write(
        "package.json",
        "{ \"dependencies\": { \"zod\": \"1.0.0\" } }",
    );
    folder.write("package-lock.json", "{ \"lockfileVersion\": ");
    fs::create_dir_all(folder.path().join("node_modules/zod")).unwrap();
    folder.write(
        "node_modules/zod/package.json",
        r#"{ "name": "zod", "version": "1.0.0", "main": "index.js" }"#,
    );
    folder.write("node_modules/zod/index.js", "export const z = 1;\n");
    let before = contents(folder.path());
    let error = folder.refused(&["apply", "--yes"]);
    assert!(
        error.contains("hookpoint.yaml:3:") || error.contains("package-lock.json"),
        "{error}"
    );
    assert!(error.contains("help"), "{error}");
    assert_eq!(contents(folder.path()), before);
}

#[test]
fn names_that_are_too_long_are_refused_where_they_are() {
    let long = "n".repeat(200);
    for (from, to, line) in [
        ("hooks: { tier:", format!("hooks: {{ {long}:"), 3),
        ("hook: tier }", format!("hook: tier, id: {long} }}"), 4),
        (
            "{ kind: identity }",
            format!("{{ kind: identity, variables: {{ {long}: x }} }}"),
            2,
        ),
        ("version: 1", format!("version: 1\nsecrets: [{long}]"), 2),
        ("version: 1", format!("version: 1\nstores: [{long}]"), 2),
    ] {
        let folder = Folder::new();
        folder.write("tier.js", TIER);
        workspace(&folder, from, &to);
        let before = contents(folder.path());
        let error = folder.refused(&["apply", "--yes"]);
        assert!(
            error.contains(&format!("hookpoint.yaml:{line}:")),
            "{error}"
        );
        assert!(error.contains("1 to 64"), "{error}");
        assert!(error.contains("help"), "{error}");
        assert_eq!(contents(folder.path()), before);
    }
}

#[test]
fn an_apply_that_is_killed_publishes_all_or_nothing_and_is_completed_by_the_next() {
    let hooks = 40;
    let mut text = String::from("version: 1\napplications: { shop: { kind: identity } }\nhooks:\n");
    for number in 0..hooks {
        let effect = format!("attributes: {{ n{number}: 1 }}");
        writeln!(text, "  h{number}: {{ static: {{ {effect} }} }}").unwrap();
    }
    text.push_str("bindings:\n");
    for number in 0..hooks {
        let binding = format!("application: shop, stage: beforeRegistration, hook: h{number}");
        writeln!(text, "  - {{ {binding} }}").unwrap();
    }
    let whole = std::time::Instant::now();
    Folder::with(&text).ok(&["apply", "--yes"]);
    let whole = whole.elapsed();
    let mut interrupted = 0;
    for moment in 1..16 {
        let folder = Folder::with(&text);
        let mut child = folder
            .command(&["apply", "--yes"])
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(whole * moment / 16);
        // SIGKILL.
        child.kill().unwrap();
        child.wait().unwrap();
        let run = folder.run(&["bindings", "list", "--json"]);
        let bound = if run.code == 0 {
            let list: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
            list.as_array().unwrap().len()
        } else {
            // Killed before there was a store.
            let is_nothing = run.stdout.contains("nothing has been published here");
            assert!(is_nothing, "{}{}", run.stdout, run.stderr);
            0
        };
        assert!(bound == 0 || bound == hooks, "{bound} of {hooks} bindings");
        interrupted += usize::from(bound == 0);
        folder.ok(&["apply", "--yes"]);
        assert!(folder.ok(&["plan"]).starts_with("nothing to do"));
        let hooks_now = folder.json(&["hooks", "list", "--json"]);
        let is_first = |hook: &serde_json::Value| hook["version"] == 1;
        assert!(hooks_now.as_array().unwrap().iter().all(is_first));
        let history = folder.json(&["publications", "list", "--json"]);
        assert_eq!(history.as_array().unwrap().len(), 1);
    }
    assert!(interrupted > 0, "every one had finished");
}

/// Runs the program by a shell that sets something up first.
fn by_shell(folder: &Folder, before: &str, arguments: &[&str], after: &str) -> Run {
    let plain = folder.command(arguments);
    let script = format!("{before}; exec \"$0\" \"$@\" {after}");
    let output = Command::new("/bin/sh")
        .args(["-c", &script])
        .arg(plain.get_program())
        .args(plain.get_args())
        .current_dir(folder.path())
        .env_clear()
        .output()
        .unwrap();
    Run::from(output)
}

#[test]
fn a_full_disk_is_an_error_and_what_was_published_stays() {
    let folder = Folder::with(SHOP);
    folder.write("tier.js", TIER);
    folder.ok(&["apply", "--yes"]);
    let published = folder.json(&["hooks", "list", "--json"]);
    // Every file has reached its largest size: what a write then returns is an error as of a full disk.
    let full = "trap '' XFSZ; ulimit -f 16";
    let larger = format!("// {}\n{TIER}", "0123456789abcdef".repeat(12_000));
    folder.write("tier.js", &larger);
    let run = by_shell(&folder, full, &["apply", "--yes"], "");
    assert_eq!(run.code, 2, "{}{}", run.stdout, run.stderr);
    assert!(run.stderr.starts_with("error: "), "{}", run.stderr);
    assert!(run.stderr.contains(".hookpoint"), "{}", run.stderr);
    assert_eq!(folder.json(&["hooks", "list", "--json"]), published);
    // With room again, the same command works.
    assert!(
        folder
            .ok(&["apply", "--yes"])
            .contains("1 new hook version")
    );

    // `try` writes nothing, so it works; a new workspace is made as a whole or not at all.
    let run = by_shell(
        &folder,
        full,
        &["try", "tier.js", "--stage", "before-registration"],
        "",
    );
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    let run = by_shell(&folder, full, &["init", "new"], "");
    assert_eq!(run.code, 2, "{}", run.stdout);
    assert!(
        run.stderr.contains("failed to write `new/"),
        "{}",
        run.stderr
    );
    assert!(!folder.path().join("new").exists());
    folder.ok(&["init", "new"]);

    // No store is left that is not complete.
    let fresh = Folder::with(SHOP);
    fresh.write("tier.js", TIER);
    for arguments in [
        &["apply", "--yes"][..],
        &["trigger", "before-registration"],
        &["secrets", "set", "Token"],
    ] {
        let run = by_shell(&fresh, full, arguments, "< tier.js");
        assert_eq!(run.code, 2, "{}{}", run.stdout, run.stderr);
        assert!(
            run.stderr.contains(".hookpoint/hookpoint.sqlite3`"),
            "{}",
            run.stderr
        );
        assert!(!run.stderr.contains(".new-"), "{}", run.stderr);
        assert!(!fresh.path().join(".hookpoint").exists());
    }
    fresh.ok(&["apply", "--yes"]);
    let kept = std::fs::read_dir(fresh.path().join(".hookpoint")).unwrap();
    let hidden = kept.filter(|entry| {
        let name = entry.as_ref().unwrap().file_name();
        name.to_string_lossy().starts_with(".new-")
    });
    assert_eq!(hidden.count(), 0);
}

#[test]
#[cfg(target_os = "linux")]
fn an_output_that_takes_nothing_is_an_error() {
    let folder = Folder::with(SHOP);
    folder.write("tier.js", TIER);
    for arguments in [
        &["try", "tier.js", "--stage", "before-registration"][..],
        &["check"],
        &["plan", "--json"],
    ] {
        let run = by_shell(&folder, "true", arguments, "> /dev/full");
        assert_eq!(run.code, 2, "{arguments:?}: {}", run.stderr);
        assert!(
            run.stderr
                .contains("failed to write to standard output: No space left on device"),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn a_module_that_is_in_no_bundle_comes_with_the_way_to_bundle_it() {
    let source = "import axios from 'axios'; export default () => ({});";
    let folder = Folder::with(&SHOP.replace("tier.js", &format!("{{ source: \"{source}\" }}")));
    let error = folder.refused(&["check"]);
    for part in [
        "cannot find module 'axios'",
        "write the hook as a file beside a `package.json` that lists the module",
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
}
