//! What an import may lead to.

use std::os::unix::fs::symlink;

use hookpoint_bundler_protocol::Reply;

use crate::{Folder, shown};

#[test]
fn a_missing_built_in_names_the_file_that_asks_for_it() {
    let folder = Folder::with(&[
        ("package.json", r#"{ "dependencies": { "x": "1.0.0" } }"#),
        (
            "a.ts",
            "import { y } from 'x';\nimport { DatabaseSync } from 'node:sqlite';\nexport default () => [y, DatabaseSync];",
        ),
        (
            "node_modules/x/package.json",
            r#"{ "name": "x", "version": "1.0.0", "main": "lib/y.js" }"#,
        ),
        (
            "node_modules/x/lib/y.js",
            "const crypto = require('crypto');\nexports.y = require('wasi');",
        ),
    ]);
    let problems: Vec<_> = folder.problems("a.ts").iter().map(shown).collect();
    let texts: Vec<&str> = problems.iter().map(|(text, _)| text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "a.ts:2:30: `node:sqlite` is not offered; asked for by a.ts",
            "node_modules/x/lib/y.js:2:21: `wasi` is not offered; asked for by node_modules/x/lib/y.js",
        ]
    );
    assert!(problems[1].1.contains("use another package"));
}

#[test]
fn a_package_says_what_replaces_a_built_in_for_browsers() {
    let folder = Folder::with(&[
        ("package.json", "{}"),
        ("yarn.lock", ""),
        ("a.ts", "import x from 'x';\nexport default () => x;"),
        (
            "node_modules/x/package.json",
            r#"{ "name": "x", "main": "node.js", "browser": { "./node.js": "./browser.js", "util": false, "crypto": "./light.js" } }"#,
        ),
        ("node_modules/x/node.js", "require('child_process')"),
        (
            "node_modules/x/browser.js",
            "module.exports = [require('util'), require('crypto'), require('events'), 'for browsers']",
        ),
        ("node_modules/x/light.js", "module.exports = 'light crypto'"),
    ]);
    let code = folder.bundle("a.ts").code;
    assert!(
        code.contains("for browsers") && code.contains("light crypto"),
        "{code}"
    );
    assert!(
        code.contains("node:events") && !code.contains("util"),
        "{code}"
    );
}

#[test]
fn all_imports_that_lead_nowhere_are_named_at_once() {
    let folder = Folder::with(&[
        ("package.json", "{}"),
        (
            "a.ts",
            "import { a } from './nothere';\nimport axios from 'axios';\nimport { b } from 'node:foo';\nimport { c } from '../../outside';\nimport { d } from './b';\nexport default () => [a, axios, b, c, d];",
        ),
        ("b.ts", "export { d } from './c';"),
    ]);
    let problems: Vec<_> = folder.problems("a.ts").iter().map(shown).collect();
    let texts: Vec<&str> = problems.iter().map(|(text, _)| text.as_str()).collect();
    let starts = [
        "a.ts:1:19: `./nothere` does not exist",
        "a.ts:2:19: ",
        "a.ts:3:19: `node:foo` is not offered",
        "a.ts:4:19: `../../outside` ",
        "b.ts:1:19: `./c` does not exist",
    ];
    assert_eq!(texts.len(), starts.len(), "{texts:#?}");
    for (text, start) in texts.iter().zip(starts) {
        assert!(text.starts_with(start), "{texts:#?}");
    }
}

#[test]
fn no_mistake_hides_another_and_what_follows_from_one_is_left_out() {
    let folder = Folder::with(&[
        ("package.json", r#"{ "dependencies": { "x": "1.0.0" } }"#),
        (
            "a.ts",
            "import { gone } from './b';\nimport { far } from './c';\nimport axios from 'axios';\nimport { y } from 'x';\nimport data from './d.json';\nconst z = require('left');\nexport default () => [gone, far, axios, y, data, z];",
        ),
        ("b.ts", "export const there = 1;"),
        (
            "c.ts",
            "export * from './broken';\nexport { later } from './b';",
        ),
        ("broken.ts", "export const far = ;"),
        ("d.json", "{ \"a\": }"),
        (
            "node_modules/x/package.json",
            r#"{ "name": "x", "version": "1.0.0", "main": "y.js" }"#,
        ),
        ("node_modules/x/y.js", "exports.y = require('wasi');"),
    ]);
    let problems = |folder: &Folder| -> Vec<String> {
        let problems = folder.problems("a.ts");
        problems.iter().map(|problem| shown(problem).0).collect()
    };
    let starts = [
        "a.ts:1:10: \"gone\" is not exported",
        "a.ts:3:19: package `axios` ",
        "a.ts:6:19: package `left` ",
        "broken.ts:1:20: ",
        "c.ts:2:10: \"later\" is not exported",
        "d.json:1:8: it is not JSON",
        "node_modules/x/y.js:1:21: `wasi` is not offered",
    ];
    let texts = problems(&folder);
    assert_eq!(texts.len(), starts.len(), "{texts:#?}");
    for (text, start) in texts.iter().zip(starts) {
        assert!(text.starts_with(start), "{texts:#?}");
    }
    // A lock file is missed when it is known what is imported.
    folder.write(
        "a.ts",
        "import { gone } from './b';\nimport { y } from 'x';\nexport default () => [gone, y];",
    );
    folder.write("node_modules/x/y.js", "exports.y = 1;");
    let texts = problems(&folder);
    assert_eq!(texts.len(), 2, "{texts:#?}");
    assert!(texts[0].starts_with("a.ts:1:10: "), "{texts:#?}");
    assert!(texts[1].contains("no lock file"), "{texts:#?}");
    // What is shown as missing comes from the file, not from what it was replaced by.
    folder.write("b.ts", "export const gone = 1;");
    folder.write("yarn.lock", "");
    folder.bundle("a.ts");
}

#[test]
fn nothing_outside_the_folder_is_read() {
    let outside = Folder::with(&[
        ("secret.ts", "export const a = 1"),
        ("x/index.js", "module.exports = 1"),
    ]);
    let folder = Folder::with(&[
        ("package.json", "{}"),
        (
            "a.ts",
            "import { a } from './link';\nexport default () => a;",
        ),
        ("c.ts", "import x from 'x';\nexport default () => x;"),
    ]);
    symlink(
        outside.path().join("secret.ts"),
        folder.path().join("link.ts"),
    )
    .unwrap();
    folder.write("node_modules/.keep", "");
    symlink(
        outside.path().join("x"),
        folder.path().join("node_modules/x"),
    )
    .unwrap();
    let up = format!("{}/secret", outside.path().display());
    folder.write(
        "b.ts",
        &format!("import {{ a }} from '{up}';\nexport default () => a;"),
    );
    for (entry, place) in [
        ("a.ts", "a.ts:1:19"),
        ("b.ts", "b.ts:1:19"),
        ("c.ts", "c.ts:1:15"),
    ] {
        let (text, help) = folder.problem(entry);
        assert!(text.starts_with(place), "{text}");
        assert!(
            text.ends_with("leads to a file outside the folder of the workspace"),
            "{text}"
        );
        assert!(help.contains("links out of it are not followed"), "{help}");
    }
    symlink(
        outside.path().join("secret.ts"),
        folder.path().join("entry.ts"),
    )
    .unwrap();
    let (text, _) = folder.problem("entry.ts");
    assert_eq!(
        text,
        "entry.ts: the file is outside the folder of the workspace"
    );
}

#[test]
fn a_file_that_is_missing_is_named_to_be_watched() {
    let folder = Folder::with(&[
        ("tsconfig.json", "{}"),
        (
            "hooks/a.ts",
            "import { b } from '../lib/b';\nexport default () => b;",
        ),
    ]);
    let Reply::Refused(refusal) = folder.reply("hooks/a.ts") else {
        panic!("it was bundled");
    };
    for name in ["hooks/a.ts", "tsconfig.json", "lib/b.ts", "lib/b/index.js"] {
        assert!(
            refusal.files.iter().any(|file| file == name),
            "{name}: {:?}",
            refusal.files
        );
    }
}

#[test]
fn a_configuration_above_the_folder_has_no_effect() {
    let above = Folder::with(&[
        ("tsconfig.json", "{ not json"),
        (
            "w/a.ts",
            "import { b } from './b';\nexport default () => b;",
        ),
        ("w/b.ts", "export const b = 1;"),
    ]);
    let mut request = above.request("a.ts");
    request.folder = above.path().join("w");
    let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
    let reply = runtime.block_on(async { hookpoint_bundler::bundle(&request).await });
    assert!(matches!(reply, Reply::Bundled(_)), "{reply:?}");
}

#[test]
fn paths_of_tsconfig_are_followed_within_the_folder() {
    let folder = Folder::with(&[
        (
            "tsconfig.json",
            r#"{ "compilerOptions": { "paths": { "@lib/*": ["./lib/*"] } } }"#,
        ),
        (
            "hooks/a.ts",
            "import { b } from '@lib/b';\nexport default () => b;",
        ),
        ("lib/b.ts", "export const b = 'found';"),
    ]);
    assert!(folder.bundle("hooks/a.ts").code.contains("found"));
}

#[test]
fn a_second_file_is_refused_where_it_is_asked_for() {
    let folder = Folder::with(&[
        (
            "a.ts",
            "export default async () => (await import('./b')).b;",
        ),
        ("b.ts", "export const b = 1;"),
        (
            "c.ts",
            "const name: string = './b';\nexport default async () => await import(name);",
        ),
        (
            "d.ts",
            "export default async () => (await import('node:crypto')).createHash('md5');",
        ),
    ]);
    let (text, help) = folder.problem("a.ts");
    assert_eq!(
        text,
        "a.ts:1:42: `import(\"./b\")` would make a second file of the hook"
    );
    assert!(help.contains("import it at the top of the file"), "{help}");
    let (text, _) = folder.problem("c.ts");
    assert!(
        text.starts_with("c.ts:2:34: this `import(…)` would find nothing"),
        "{text}"
    );
    assert!(folder.bundle("d.ts").code.contains("import(`node:crypto`)"));
}

#[test]
fn what_a_package_imports_later_becomes_part_of_the_script() {
    let folder = Folder::with(&[
        ("package.json", "{}"),
        ("yarn.lock", ""),
        ("a.ts", "import { x } from 'x';\nexport default () => x();"),
        (
            "node_modules/x/package.json",
            r#"{ "name": "x", "version": "1.0.0", "module": "x.mjs" }"#,
        ),
        (
            "node_modules/x/x.mjs",
            "export const x = async () => (await import('./later.mjs')).later;",
        ),
        (
            "node_modules/x/later.mjs",
            "export const later = 'imported later';",
        ),
    ]);
    let code = folder.bundle("a.ts").code;
    assert!(
        code.contains("imported later") && !code.contains("import("),
        "{code}"
    );
}

#[test]
fn files_that_are_no_code_are_refused() {
    let folder = Folder::with(&[
        (
            "a.ts",
            "import text from './b.txt';\nexport default () => text;",
        ),
        ("b.txt", "x"),
        (
            "c.ts",
            "import url from 'https://a.example/x.js';\nexport default () => url;",
        ),
        (
            "d.ts",
            "import data from 'data:text/javascript,export default 1';\nexport default () => data;",
        ),
    ]);
    let (text, _) = folder.problem("a.ts");
    assert_eq!(
        text,
        "a.ts:1:18: `./b.txt` is neither JavaScript nor TypeScript nor JSON"
    );
    for entry in ["c.ts", "d.ts"] {
        let (text, _) = folder.problem(entry);
        assert!(text.contains("is not offered; asked for by"), "{text}");
    }
}

#[test]
fn the_map_names_the_file_behind_a_link() {
    let folder = Folder::with(&[
        (
            "real/main.ts",
            "import { b } from './util/index';\nexport default () => b;",
        ),
        ("real/util/index.ts", "export const b = 1;"),
    ]);
    symlink("real/main.ts", folder.path().join("index.ts")).unwrap();
    let entry = |name: &str| {
        let map: serde_json::Value = serde_json::from_str(&folder.bundle(name).map).unwrap();
        map.get("x_entry").cloned()
    };
    assert_eq!(entry("index.ts"), Some("real/main.ts".into()));
    assert_eq!(entry("real/main.ts"), None);
}

#[test]
fn what_is_missing_beside_a_refused_hook_is_named_to_be_watched() {
    let folder = Folder::with(&[(
        "hooks/shop/a.ts",
        "import { v } from '@lib/v';\nexport default () => v;",
    )]);
    let Reply::Refused(refusal) = folder.reply("hooks/shop/a.ts") else {
        panic!("it was bundled");
    };
    for name in [
        "tsconfig.json",
        "hooks/tsconfig.json",
        "hooks/shop/package.json",
        "package-lock.json",
        "node_modules",
    ] {
        assert!(refusal.files.iter().any(|file| file == name), "{name}");
    }
}
