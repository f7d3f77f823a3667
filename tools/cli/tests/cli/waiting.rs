//! What is shown while something takes long.

use crate::{folder::Folder, terminal::Terminal};

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
    assert!(after.contains("the script fails"), "{raw}");
    assert!(!after.contains(" s\u{1b}"), "{raw}");
    assert!(terminal.end().0.success());
    // A file gets no such line.
    let run = folder.run(&["check"]);
    assert!(!run.stderr.contains("trying scripts"), "{}", run.stderr);
}
