//! How much a hook may be.

use std::fmt::Write as _;

use hookpoint_bundler_protocol::{
    AUTHORED_LIMIT, BUNDLE_LIMIT, DEEPEST_IMPORT, LARGEST_FILE, MOST_FILES,
};

use crate::Folder;

/// A line of code of this length.
fn code(length: usize) -> String {
    let head = "export const a = '";
    format!("{head}{}';", "x".repeat(length - head.len() - 2))
}

#[test]
fn authored_files_have_a_common_limit_in_characters() {
    let hook = "import { a } from './b';\nexport default () => a.length;";
    let folder = Folder::with(&[("a.ts", hook)]);
    let fitting = AUTHORED_LIMIT - hook.chars().count();
    // Two bytes each, one character each.
    folder.write("b.ts", &code(fitting).replace("xx", "üü"));
    folder.bundle("a.ts");
    folder.write("b.ts", &code(fitting + 1));
    let (text, help) = folder.problem("a.ts");
    assert_eq!(
        text,
        "a.ts: the hook's own files have 256001 characters; 256000 are allowed"
    );
    assert!(help.contains("several hooks"));
}

#[test]
fn packages_count_for_the_bundle_alone() {
    let folder = Folder::with(&[
        ("package.json", "{}"),
        ("yarn.lock", ""),
        ("a.ts", "import { a } from 'big';\nexport default () => a;"),
        (
            "node_modules/big/package.json",
            r#"{ "name": "big", "version": "1.0.0" }"#,
        ),
    ]);
    folder.write("node_modules/big/index.js", &code(BUNDLE_LIMIT - 1_000));
    folder.bundle("a.ts");
    folder.write("node_modules/big/index.js", &code(BUNDLE_LIMIT + 1_000));
    let (text, help) = folder.problem("a.ts");
    assert!(
        text.contains("1048576 are allowed. Most of it: big ("),
        "{text}"
    );
    assert!(help.contains("a smaller package"), "{help}");
}

#[test]
fn a_file_a_chain_and_a_crowd_are_bounded() {
    let folder = Folder::with(&[("a.ts", "import { a } from './b';\nexport default () => a;")]);
    folder.write("b.ts", &" ".repeat(LARGEST_FILE + 1));
    let (text, _) = folder.problem("a.ts");
    assert_eq!(text, "b.ts: the file is larger than 8388608 bytes");

    for index in 0..=DEEPEST_IMPORT + 1 {
        let text = format!("export {{ a }} from './c{}';", index + 1);
        folder.write(&format!("c{index}.ts"), &text);
    }
    folder.write(
        "chain.ts",
        "import { a } from './c0';\nexport default () => a;",
    );
    let (text, _) = folder.problem("chain.ts");
    assert!(
        text.contains("more than 500 files import one another in a row"),
        "{text}"
    );

    let mut crowd = String::new();
    for index in 0..=MOST_FILES {
        writeln!(crowd, "import './d{index}';").unwrap();
        folder.write(&format!("d{index}.ts"), "globalThis.a = 1;");
    }
    folder.write("crowd.ts", &crowd);
    let (text, _) = folder.problem("crowd.ts");
    assert!(text.contains("more than 5000 files"), "{text}");
}

#[test]
fn what_is_no_text_or_no_file_is_refused() {
    let folder = Folder::with(&[
        ("a.ts", "import { a } from './b';\nexport default () => a;"),
        (
            "c.ts",
            "import { a } from './d.js';\nexport default () => a;",
        ),
    ]);
    std::fs::write(folder.path().join("b.ts"), b"export const a = '\xff'").unwrap();
    let (text, _) = folder.problem("a.ts");
    assert_eq!(text, "b.ts: the file is not UTF-8 text");
    std::fs::create_dir(folder.path().join("d.js")).unwrap();
    assert!(folder.problem("c.ts").0.contains("`./d.js` does not exist"));
    let (text, _) = folder.problem("absent.ts");
    assert_eq!(text, "absent.ts: the file does not exist");
}
