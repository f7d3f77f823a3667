//! Which build of a package becomes part of a hook: the one for browsers, or that for Node.

use crate::Folder;

/// A hook with a package `x`, of which `files` are given.
fn bundled(manifest: &str, files: &[(&str, &str)]) -> String {
    let folder = Folder::with(&[
        ("package.json", "{}"),
        ("yarn.lock", ""),
        ("a.ts", "import x from 'x';\nexport default () => x;"),
        ("node_modules/x/package.json", manifest),
    ]);
    for (name, text) in files {
        folder.write(&format!("node_modules/{name}"), text);
    }
    folder.bundle("a.ts").code
}

/// A package whose module of Node is replaced for browsers, as old releases of axios have it.
const MAPPED: &str =
    r#"{ "name": "x", "main": "x.js", "browser": { "./node.js": "./browser.js" } }"#;
const EITHER: &str = "module.exports = typeof XMLHttpRequest === 'undefined' ? require('./node') : require('./browser')";

#[test]
fn a_package_that_needs_xml_http_request_is_bundled_for_node() {
    let node = ("x/node.js", "module.exports = require('events')");
    for browser in [
        "module.exports = () => new XMLHttpRequest()",
        "const root = self; module.exports = () => new root.XMLHttpRequest()",
        "// In place of fetch.\nmodule.exports = { get: () => new XMLHttpRequest(), 'fetch': 1 }",
    ] {
        let files = [("x/x.js", EITHER), node, ("x/browser.js", browser)];
        let code = bundled(MAPPED, &files);
        assert!(code.contains("node:events"), "{browser}: {code}");
    }
}

#[test]
fn a_package_that_would_have_nothing_left_is_bundled_for_node() {
    let code = bundled(
        MAPPED,
        &[
            (
                "x/x.js",
                "module.exports = require('./node') ?? require('./both')",
            ),
            ("x/node.js", "module.exports = require('events')"),
            ("x/browser.js", "module.exports = null"),
            (
                "x/both.js",
                "module.exports = typeof XMLHttpRequest !== 'undefined' && (() => new XMLHttpRequest())",
            ),
        ],
    );
    assert!(code.contains("node:events"), "{code}");
}

#[test]
fn a_package_that_knows_fetch_stays_as_it_is_for_browsers() {
    for fetch in [
        "module.exports = typeof fetch === 'function' && fetch",
        "const root = self; module.exports = root.fetch",
    ] {
        let code = bundled(
            MAPPED,
            &[
                (
                    "x/x.js",
                    "module.exports = [require('./node'), require('./fetch')]",
                ),
                ("x/node.js", "module.exports = require('events')"),
                (
                    "x/browser.js",
                    "module.exports = typeof XMLHttpRequest !== 'undefined' && (() => new XMLHttpRequest())",
                ),
                ("x/fetch.js", fetch),
            ],
        );
        assert!(!code.contains("node:events"), "{fetch}: {code}");
    }
}

#[test]
fn a_word_in_a_comment_or_a_text_changes_nothing() {
    let code = bundled(
        MAPPED,
        &[
            ("x/x.js", "module.exports = require('./node')"),
            ("x/node.js", "module.exports = require('events')"),
            (
                "x/browser.js",
                "// No XMLHttpRequest.\nmodule.exports = 'no XMLHttpRequest'",
            ),
        ],
    );
    assert!(!code.contains("node:events"), "{code}");
}

#[test]
fn a_package_for_node_gets_its_dependencies_for_node() {
    let conditions = |name: &str| {
        format!(
            r#"{{ "name": "{name}", "exports": {{ "browser": "./browser.js", "node": {{ "import": "./node.mjs", "require": "./node.cjs" }} }} }}"#
        )
    };
    let code = bundled(
        &conditions("x"),
        &[
            ("x/browser.js", "export default () => new XMLHttpRequest()"),
            (
                "x/node.mjs",
                "import y from 'y';\nimport util from 'util';\nexport default [y, util, 'x for Node']",
            ),
            ("y/package.json", &conditions("y")),
            ("y/browser.js", "export default 'y for browsers'"),
            (
                "y/node.mjs",
                "import more from './more.js';\nexport default 'y for Node' + more",
            ),
            ("y/more.js", "module.exports = ' and more'"),
        ],
    );
    for part in ["x for Node", "y for Node", "and more", "node:util"] {
        assert!(code.contains(part), "{part}: {code}");
    }
    assert!(!code.contains("browsers"), "{code}");
}

#[test]
fn a_dependency_whose_build_for_node_asks_for_too_much_stays_as_it_is_for_browsers() {
    let files = [
        (
            "x/browser.js",
            "module.exports = () => new XMLHttpRequest()",
        ),
        ("x/node.js", "module.exports = require('y')"),
        ("x/x.js", EITHER),
        (
            "y/package.json",
            r#"{ "name": "y", "main": "./node.js", "browser": "./browser.js" }"#,
        ),
        ("y/node.js", "module.exports = require('domain')"),
        ("y/browser.js", "module.exports = 'y for browsers'"),
    ];
    let code = bundled(MAPPED, &files);
    assert!(code.contains("y for browsers"), "{code}");
    let folder = Folder::with(&[
        ("package.json", "{}"),
        ("yarn.lock", ""),
        ("a.ts", "import x from 'x';\nexport default () => x;"),
        ("node_modules/x/package.json", MAPPED),
        ("node_modules/x/x.js", EITHER),
        (
            "node_modules/x/browser.js",
            "module.exports = () => new XMLHttpRequest()",
        ),
        (
            "node_modules/x/node.js",
            "module.exports = require('domain')",
        ),
    ]);
    let (text, _) = folder.problem("a.ts");
    assert!(
        text.ends_with("`domain` is not offered; asked for by node_modules/x/node.js"),
        "{text}"
    );
}
