//! Packages: what is declared, locked and installed.

use crate::Folder;

const HOOK: &str = "import { y } from 'x';\nexport default () => y;";
const MANIFEST: &str = r#"{ "dependencies": { "x": "^1.0.0" } }"#;

fn lock(version: &str) -> String {
    format!(
        r#"{{ "lockfileVersion": 3, "packages": {{ "": {{ "dependencies": {{ "x": "^1.0.0" }} }}, "node_modules/x": {{ "version": "{version}" }} }} }}"#
    )
}

/// A hook with an installed and locked package.
fn installed() -> Folder {
    let folder = Folder::with(&[
        ("hooks/a.ts", HOOK),
        ("hooks/package.json", MANIFEST),
        (
            "hooks/node_modules/x/package.json",
            r#"{ "name": "x", "version": "1.0.1", "module": "x.mjs", "sideEffects": false }"#,
        ),
        (
            "hooks/node_modules/x/x.mjs",
            "// The text of a package.\nexport const y = 'from a package';",
        ),
    ]);
    folder.write("hooks/package-lock.json", &lock("1.0.1"));
    folder
}

#[test]
fn an_installed_package_is_bundled_without_its_text_in_the_map() {
    let bundle = installed().bundle("hooks/a.ts");
    assert!(bundle.code.contains("from a package"), "{}", bundle.code);
    assert!(bundle.map.contains("hooks/node_modules/x/x.mjs"));
    assert!(
        !bundle.map.contains("The text of a package"),
        "{}",
        bundle.map
    );
    assert_eq!(
        bundle.files,
        [
            "hooks/a.ts",
            "hooks/node_modules/x/x.mjs",
            "hooks/package.json",
            "hooks/package-lock.json"
        ]
    );
}

#[test]
fn a_package_that_is_not_installed_comes_with_the_command() {
    let folder = Folder::with(&[("hooks/a.ts", HOOK)]);
    let (text, help) = folder.problem("hooks/a.ts");
    assert_eq!(
        text,
        "hooks/a.ts:1:19: package `x` is not installed, and there is no `package.json`"
    );
    assert!(help.contains("npm init --yes"), "{help}");

    folder.write("hooks/package.json", "{}");
    let (text, help) = folder.problem("hooks/a.ts");
    assert_eq!(
        text,
        "hooks/a.ts:1:19: package `x` is not in `hooks/package.json`"
    );
    assert!(help.contains("npm install --ignore-scripts x"), "{help}");

    folder.write("hooks/package.json", MANIFEST);
    let (text, help) = folder.problem("hooks/a.ts");
    assert_eq!(
        text,
        "hooks/a.ts:1:19: package `x` is in `hooks/package.json` and not installed"
    );
    assert_eq!(
        help,
        "run `npm install --package-lock-only --ignore-scripts` in `hooks`, then `npm ci --ignore-scripts --allow-git=none --allow-remote=none --allow-file=none --allow-directory=none`; keep `package-lock.json` with the hook"
    );

    folder.write("hooks/package-lock.json", &lock("1.0.1"));
    let (_, help) = folder.problem("hooks/a.ts");
    assert!(
        help.starts_with("run `npm ci --ignore-scripts --allow-git=none"),
        "{help}"
    );
}

#[test]
fn packages_without_a_lock_file_are_refused() {
    let folder = installed();
    std::fs::remove_file(folder.path().join("hooks/package-lock.json")).unwrap();
    let (text, help) = folder.problem("hooks/a.ts");
    assert!(
        text.starts_with("hooks/package.json: there is no lock file"),
        "{text}"
    );
    assert!(
        help.contains("npm install --package-lock-only --ignore-scripts"),
        "{help}"
    );
    folder.write("hooks/pnpm-lock.yaml", "lockfileVersion: 9");
    folder.bundle("hooks/a.ts");
}

#[test]
fn a_lock_file_that_is_not_of_these_packages_is_refused() {
    let folder = installed();
    let check = |expected: &str| {
        let (text, help) = folder.problem("hooks/a.ts");
        assert!(text.contains(expected), "{text}");
        assert!(help.contains("npm"), "{help}");
    };
    folder.write("hooks/package-lock.json", "{ \"packages\": ");
    check("hooks/package-lock.json:1:14: it is not JSON");
    folder.write("hooks/package-lock.json", "{}");
    check("it has no `packages`");
    folder.write("hooks/package-lock.json", &lock("1.0.0"));
    check("it has version 1.0.0 of `node_modules/x`; version 1.0.1 is installed");
    folder.write(
        "hooks/package-lock.json",
        &lock("1.0.1").replace("^1.0.0", "^2.0.0"),
    );
    check("it does not match `hooks/package.json`");
    folder.write(
        "hooks/package-lock.json",
        &lock("1.0.1").replace("node_modules/x", "node_modules/z"),
    );
    check("it does not have `node_modules/x`");
}

/// npm and pnpm keep one lock file for all workspaces, and install most packages above them.
#[test]
fn the_lock_file_of_a_monorepo_is_above_its_hooks() {
    let root = |version: &str| {
        format!(
            r#"{{ "lockfileVersion": 3, "packages": {{
                "": {{ "workspaces": ["apps/*"] }},
                "apps/shop": {{ "dependencies": {{ "x": "^1.0.0" }} }},
                "node_modules/x": {{ "version": "{version}" }} }} }}"#
        )
    };
    let folder = Folder::with(&[
        ("package.json", r#"{ "workspaces": ["apps/*"] }"#),
        ("apps/shop/package.json", MANIFEST),
        ("apps/shop/hooks/a.ts", HOOK),
        (
            "node_modules/x/package.json",
            r#"{ "name": "x", "version": "1.0.1", "module": "x.mjs" }"#,
        ),
        ("node_modules/x/x.mjs", "export const y = 'from above';"),
        ("package-lock.json", &root("1.0.1")),
    ]);
    let bundle = folder.bundle("apps/shop/hooks/a.ts");
    assert!(bundle.code.contains("from above"));
    assert!(bundle.files.contains(&"package-lock.json".to_owned()));
    let check = |expected: &str| {
        let (text, _) = folder.problem("apps/shop/hooks/a.ts");
        assert!(text.starts_with(expected), "{text}");
    };
    folder.write("package-lock.json", &root("1.0.0"));
    check(
        "package-lock.json: it has version 1.0.0 of `node_modules/x`; version 1.0.1 is installed",
    );
    folder.write(
        "package-lock.json",
        &root("1.0.1").replace("^1.0.0", "^2.0.0"),
    );
    check("package-lock.json: it does not match `apps/shop/package.json`");
    folder.write(
        "package-lock.json",
        &root("1.0.1").replace("\"apps/shop\"", "\"apps/other\""),
    );
    check("package-lock.json: it does not have `apps/shop`, which has a `package.json` with dep");
    std::fs::remove_file(folder.path().join("package-lock.json")).unwrap();
    check("apps/shop/package.json: there is no lock file");
    folder.write("pnpm-lock.yaml", "lockfileVersion: 9");
    folder.bundle("apps/shop/hooks/a.ts");
}

/// It says the form of the files, and has no packages.
#[test]
fn a_manifest_without_packages_does_not_switch_the_check_off() {
    let folder = Folder::with(&[
        ("package.json", MANIFEST),
        ("hooks/package.json", r#"{ "type": "module" }"#),
        ("hooks/a.ts", HOOK),
        (
            "node_modules/x/package.json",
            r#"{ "name": "x", "version": "1.0.1", "module": "x.mjs" }"#,
        ),
        ("node_modules/x/x.mjs", "export const y = 'from above';"),
        ("package-lock.json", &lock("1.0.1")),
    ]);
    folder.bundle("hooks/a.ts");
    for own in ["", r#"{ "lockfileVersion": 3, "packages": { "": {} } }"#] {
        folder.write("package-lock.json", &lock("9.9.9"));
        if !own.is_empty() {
            folder.write("hooks/package-lock.json", own);
        }
        let (text, _) = folder.problem("hooks/a.ts");
        assert!(
            text.contains("it has version 9.9.9 of `node_modules/x`"),
            "{text}"
        );
    }
}

#[test]
fn a_broken_manifest_has_its_place() {
    let folder = installed();
    folder.write("hooks/package.json", "{\n  \"dependencies\": { \"x\": }\n}");
    let (text, _) = folder.problem("hooks/a.ts");
    assert_eq!(
        text,
        "hooks/package.json:2:26: it is not JSON: expected value"
    );
    folder.write("hooks/package.json", MANIFEST);
    folder.write("hooks/node_modules/x/package.json", "{ broken");
    let (text, help) = folder.problem("hooks/a.ts");
    assert!(
        text.contains("package `x` is damaged: its `package.json` cannot be read"),
        "{text}"
    );
    assert!(help.contains("install it again"), "{help}");
}

#[test]
fn an_optional_package_may_be_absent() {
    let folder = installed();
    folder.write(
        "hooks/node_modules/x/x.mjs",
        "let y; try { y = require('not-installed'); } catch { y = 'without it'; }\nexport { y };",
    );
    assert!(folder.bundle("hooks/a.ts").code.contains("without it"));
    folder.write(
        "hooks/node_modules/x/x.mjs",
        "import z from 'not-installed';\nexport const y = z;",
    );
    let (text, help) = folder.problem("hooks/a.ts");
    assert!(
        text.contains(
            "package `not-installed` is not installed; asked for by hooks/node_modules/x/x.mjs"
        ),
        "{text}"
    );
    assert!(
        help.contains("run `npm install --ignore-scripts not-installed` in `hooks`"),
        "{help}"
    );
    for (section, command) in [
        ("dependencies", "run `npm ci"),
        (
            "devDependencies",
            "run `npm install --ignore-scripts not-installed`",
        ),
    ] {
        folder.write(
            "hooks/node_modules/x/package.json",
            &format!(
                r#"{{ "name": "x", "version": "1.0.1", "module": "x.mjs", "{section}": {{ "not-installed": "^1.0.0" }} }}"#
            ),
        );
        let (_, help) = folder.problem("hooks/a.ts");
        assert!(help.contains(command), "{section}: {help}");
    }
}
