//! `tsconfig.json`, and what it extends.

use hookpoint_bundler_protocol::Reply;

use crate::{Folder, shown};

/// A hook that bundles only with a setting of the last of these files.
const EXTENDED: [(&str, &str); 8] = [
    (
        "hooks/a.ts",
        "const kept = (target: any, name: string) => {};\nclass A { @kept run() { return 1; } }\nexport default () => new A().run();\n",
    ),
    (
        "hooks/tsconfig.json",
        "// Of all hooks.\n{ \"extends\": \"../config/base\" }\n",
    ),
    (
        "config/base.json",
        "{ \"extends\": [\"@x/settings/strict\", \"./more/other.json\"] }\n",
    ),
    (
        "package.json",
        r#"{ "devDependencies": { "@x/settings": "^1.0.0" } }"#,
    ),
    (
        "package-lock.json",
        r#"{ "lockfileVersion": 3, "packages": { "": { "devDependencies": { "@x/settings": "^1.0.0" } }, "node_modules/@x/settings": { "version": "1.0.1" } } }"#,
    ),
    (
        "node_modules/@x/settings/package.json",
        r#"{ "name": "@x/settings", "version": "1.0.1" }"#,
    ),
    (
        "node_modules/@x/settings/strict.json",
        "{ \"compilerOptions\": { \"strict\": true } }\n",
    ),
    (
        "config/more/other.json",
        "{ \"compilerOptions\": { \"experimentalDecorators\": true } }\n",
    ),
];

#[test]
fn what_a_tsconfig_extends_applies_and_is_named() {
    let folder = Folder::with(&EXTENDED);
    let bundle = folder.bundle("hooks/a.ts");
    let expected = [
        "package.json",
        "package-lock.json",
        "config/base.json",
        "config/more/other.json",
        "hooks/tsconfig.json",
        "node_modules/@x/settings/strict.json",
    ];
    assert_eq!(bundle.configuration, expected);
    let is_watched = |name: &&str| bundle.files.iter().any(|file| file == name);
    assert!(expected.iter().all(is_watched), "{:?}", bundle.files);
}

#[test]
fn a_package_that_a_tsconfig_extends_is_locked() {
    let folder = Folder::with(&EXTENDED);
    let problem = |expected: &str, help: &str| {
        let (text, helped) = shown(&folder.problems("hooks/a.ts")[0]);
        assert!(text.starts_with(expected), "{text}");
        assert!(helped.contains(help), "{helped}");
    };
    let lock = EXTENDED[4].1;
    folder.write("package-lock.json", &lock.replace("1.0.1", "1.0.2"));
    problem("package-lock.json: it has version 1.0.2 of", "npm ci");
    std::fs::remove_file(folder.path().join("package-lock.json")).unwrap();
    problem("package.json: there is no lock file", "--package-lock-only");
    std::fs::remove_file(folder.path().join("package.json")).unwrap();
    problem("hooks/a.ts: the hook uses packages", "npm init --yes");

    // What npm did not install, or not whole.
    folder.write("package.json", EXTENDED[3].1);
    folder.write("package-lock.json", lock);
    let installed = folder.path().join("node_modules/@x/settings");
    std::fs::remove_file(installed.join("strict.json")).unwrap();
    folder.write("node_modules/@x/settings/package.json", "{ \"name\": ");
    problem(
        "config/base.json:1:15: package `@x/settings` is damaged",
        "npm ci",
    );
    std::fs::remove_dir_all(&installed).unwrap();
    problem(
        "config/base.json:1:15: package `@x/settings` is in `package.json` and not installed",
        "npm ci",
    );
}

#[test]
fn a_mistake_in_what_a_tsconfig_extends_has_its_place() {
    for (name, text, expected, help) in [
        (
            "hooks/tsconfig.json",
            "{\n  \"extends\": \"../config/bsae\"\n}",
            "hooks/tsconfig.json:2:14: the file does not exist",
            "create it",
        ),
        (
            "hooks/tsconfig.json",
            "{ \"extends\": \"../../above.json\" }",
            "hooks/tsconfig.json:1:14: the file is outside the folder of the workspace",
            "copy it into the folder",
        ),
        (
            "hooks/tsconfig.json",
            "{ \"extends\": \"@x/settings\" }",
            "hooks/tsconfig.json:1:14: package `@x/settings` has no settings `@x/settings`",
            "exports",
        ),
        (
            "hooks/tsconfig.json",
            "{ \"extends\": \"@x/other\" }",
            "hooks/tsconfig.json:1:14: package `@x/other` is not in `package.json`",
            "npm",
        ),
        (
            "config/more/other.json",
            "{ \"extends\": \"../base\" }",
            "config/more/other.json:1:14: `config/base.json` extends itself",
            "circle",
        ),
        (
            "config/base.json",
            "{\n  \"compilerOptions\": { strict: true }\n}",
            "config/base.json:2:24: it is not JSON: key must be a string",
            "tsc",
        ),
        (
            "config/base.json",
            "{\n  \"compilerOptions\": { \"strict\": \"very\" }\n}",
            "config/base.json:2:",
            "tsc",
        ),
    ] {
        let above = Folder::with(&[("above.json", "{}")]);
        for (name, text) in EXTENDED {
            above.write(&format!("w/{name}"), text);
        }
        above.write(&format!("w/{name}"), text);
        let mut request = above.request("hooks/a.ts");
        request.folder = above.path().join("w");
        let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
        let reply = runtime.block_on(async { hookpoint_bundler::bundle(&request).await });
        let Reply::Refused(refusal) = reply else {
            panic!("it was bundled: {text}");
        };
        // The cause comes first.
        let (found, helped) = shown(&refusal.problems[0]);
        assert!(found.starts_with(expected), "{text}: {found}");
        assert!(helped.contains(help), "{helped}");
        assert!(
            refusal.files.iter().any(|file| file == "config/base.json")
                || name.starts_with("hooks/")
        );
    }
    // A script that is published as it is needs no settings.
    let folder = Folder::with(&[
        ("tsconfig.json", "{ not json"),
        ("a.js", "export default () => 1;"),
    ]);
    assert_eq!(folder.reply("a.js"), Reply::AsWritten);
}
