//! What is shown while something takes long.

use std::{fs, os::unix::fs::PermissionsExt as _};

use crate::{folder::Folder, terminal::Terminal};

/// Bundles nothing, and only ends once there is a file `go`.
const BUNDLER: &str = "#!/bin/sh\nwhile [ ! -e go ]; do sleep 0.1; done\nexit 1\n";

#[test]
fn on_a_terminal_a_long_check_says_what_it_waits_for_and_leaves_no_trace() {
    let folder = Folder::with(
        "\
version: 1
applications: { shop: { kind: identity } }
hooks: { endless: { script: { source: \"export default () => { for (;;) {} }\" } } }
bindings: [{ application: shop, stage: beforeRegistration, hook: endless, failure: deny }]
",
    );
    let terminal = Terminal::start(&folder, 80, &["check"]);
    terminal.wait_for("1 binding", 1);
    let raw = terminal.raw();
    assert!(
        raw.contains("trying scripts on sample events: 2 s"),
        "{raw}"
    );
    let (_, after) = raw.rsplit_once("\r\u{1b}[K").unwrap();
    assert!(
        after.replace("\r\n", " ").contains("the script fails"),
        "{raw}"
    );
    assert!(!after.contains(" s\u{1b}"), "{raw}");
    assert!(terminal.end().0.success());
    // A file gets no such line.
    let run = folder.run(&["check"]);
    assert!(!run.stderr.contains("trying scripts"), "{}", run.stderr);
}

#[test]
fn every_command_says_that_it_waits_for_the_bundler() {
    const STAGE: &str = "before-registration";
    let line = "reading the workspace: 2 s";
    let waits = |arguments: &[&str], variables: &[(&str, &str)], line: &str| {
        let folder = Folder::with(
            "\
version: 1
applications: { shop: { kind: identity } }
hooks: { typed: { script: { file: typed.ts } } }
bindings: [{ application: shop, stage: beforeRegistration, hook: typed }]
",
        );
        folder.write("typed.ts", "export default () => ({});\n");
        let bundler = folder.write("bundler", BUNDLER);
        fs::set_permissions(&bundler, fs::Permissions::from_mode(0o755)).unwrap();
        let bundler = bundler.display().to_string();
        let mut all = vec![("HOOKPOINT_BUNDLER", bundler.as_str())];
        all.extend(variables);
        let terminal = Terminal::start_with(&folder, 80, arguments, &all);
        terminal.wait_for(line, 1);
        folder.write("go", "");
        let shown = terminal.raw();
        assert!(!terminal.end().0.success(), "{arguments:?}");
        shown
    };
    std::thread::scope(|scope| {
        for arguments in [
            &["check"][..],
            &["plan"],
            &["trigger", STAGE],
            &["try", "typed.ts", "--stage", STAGE],
            &["dev", "--port", "0"],
            &["journey", "registration"],
        ] {
            scope.spawn(move || waits(arguments, &[], line));
        }
        scope.spawn(move || {
            let shown = waits(&["plan", "--json"], &[("NO_COLOR", "1")], line);
            assert!(shown.starts_with(&format!("\r\u{1b}[K{line}")), "{shown}");
        });
        scope.spawn(move || {
            let shown = waits(&["plan"], &[("TERM", "dumb")], "reading the workspace …");
            assert!(
                !shown.contains('\u{1b}') && !shown.contains(" s"),
                "{shown}"
            );
        });
    });
}

#[test]
fn on_a_narrow_terminal_carets_stay_below_their_place() {
    let folder = Folder::with(&format!(
        "version: 1\nhooks: {{ long: {{ webhook: {{ url: \"https://crm.example.com/{}\", hedaers: {{}}, headers: {{ X: \"{}\" }} }} }} }}\n",
        "x".repeat(100),
        "y".repeat(100)
    ));
    let terminal = Terminal::start(&folder, 60, &["check"]);
    terminal.wait_for("did you mean `headers`?", 1);
    let text = terminal.text();
    let lines: Vec<&str> = text.lines().collect();
    let carets = lines.iter().position(|line| line.contains('^')).unwrap();
    let (above, below) = (lines[carets - 1], lines[carets]);
    let start = below
        .chars()
        .position(|character| character == '^')
        .unwrap();
    let marked: String = above.chars().skip(start).take(7).collect();
    assert_eq!(marked, "hedaers", "{text}");
    assert!(
        above.chars().count() <= 60 && above.contains("| …") && above.ends_with('…'),
        "{text}"
    );
    assert_eq!(terminal.end().0.code(), Some(2));
}
