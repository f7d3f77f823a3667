//! Checks `hookpoint.d.ts`: with the TypeScript compiler, hooks that must compile and lines that must not; in the sandbox, whether what
//! is declared is there.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};

use hookpoint_xtask::{node::Node, python, repository};
use serde_json::json;

use crate::node::sandbox;

/// The compiler, and the folder that holds it with the declarations and the code that is judged.
static COMPILER: LazyLock<(Node, PathBuf)> = LazyLock::new(|| {
    let node = Node::of(&python::ensure().unwrap()).unwrap();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/types");
    let names = [
        ".npmrc",
        "package.json",
        "package-lock.json",
        "tsconfig.json",
        "hooks.ts",
        "platform.ts",
        "hook.js",
        "members.js",
    ];
    let folder = node.install(&fixtures, &names, "types").unwrap();
    for name in ["hookpoint.d.ts", "hookpoint-node.d.ts"] {
        fs::copy(repository::root().join(name), folder.join(name)).unwrap();
    }
    (node, folder)
});

#[test]
fn the_plugins_pass_the_compiler() {
    let (node, types) = &*COMPILER;
    let checked = Command::new(node.program())
        .arg(types.join("node_modules/typescript/bin/tsc"))
        .args(["--project", "plugins"])
        .current_dir(repository::root())
        .output()
        .unwrap();
    assert!(
        checked.status.success(),
        "{}",
        String::from_utf8_lossy(&checked.stdout)
    );
}

#[test]
fn a_new_workspace_passes_the_compiler_and_its_case_and_a_misspelt_effect_does_not() {
    let (program, bundler) = crate::bundling::programs();
    let (node, types) = &*COMPILER;
    let folder = tempfile::tempdir().unwrap();
    let shop = folder.path().join("shop");
    let hookpoint = |arguments: &[&str], place: &Path| {
        Command::new(program)
            .args(arguments)
            .current_dir(place)
            .env("HOOKPOINT_BUNDLER", bundler)
            .output()
            .unwrap()
    };
    let made = hookpoint(&["init", "shop"], folder.path());
    assert!(made.status.success(), "{made:?}");
    let compiled = || {
        Command::new(node.program())
            .arg(types.join("node_modules/typescript/bin/tsc"))
            .args(["--project", "."])
            .current_dir(&shop)
            .output()
            .unwrap()
    };
    let checked = compiled();
    assert!(
        checked.status.success(),
        "{}",
        String::from_utf8_lossy(&checked.stdout)
    );
    let tested = hookpoint(&["test"], &shop);
    assert!(
        tested.status.success(),
        "{}",
        String::from_utf8_lossy(&tested.stdout)
    );
    let hook = shop.join("hooks/addresses.ts");
    let misspelt = fs::read_to_string(&hook)
        .unwrap()
        .replace("showError:", "showEror:");
    fs::write(&hook, misspelt).unwrap();
    let refused = String::from_utf8(compiled().stdout).unwrap();
    assert!(refused.contains("showEror"), "{refused}");
    let tested = hookpoint(&["test"], &shop);
    let text = String::from_utf8(tested.stdout).unwrap();
    assert!(
        text.contains("showError"),
        "the nearest effect is named: {text}"
    );
    assert_eq!(tested.status.code(), Some(1));

    // Hooks of plugins are checked as well.
    let arguments = ["plugins", "add", "slack-feed", "--yes"];
    let added = hookpoint(&arguments, &shop);
    assert!(added.status.success(), "{added:?}");
    let hook = shop.join("plugins/slack-feed/hooks/slack-feed.ts");
    let wrong = fs::read_to_string(&hook).unwrap() + "const wrong: number = 'x';\n";
    fs::write(&hook, wrong).unwrap();
    let refused = String::from_utf8(compiled().stdout).unwrap();
    assert!(
        refused.contains("plugins/slack-feed/hooks/slack-feed.ts"),
        "{refused}"
    );
}

#[test]
fn a_workspace_in_javascript_passes_the_compiler_and_a_misspelt_effect_does_not() {
    let (program, _) = crate::bundling::programs();
    let (node, types) = &*COMPILER;
    let folder = tempfile::tempdir().unwrap();
    let made = Command::new(program)
        .arg("init")
        .current_dir(folder.path())
        .env("HOOKPOINT_BUNDLER", folder.path().join("none"))
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let compiled = || {
        let output = Command::new(node.program())
            .arg(types.join("node_modules/typescript/bin/tsc"))
            .args(["--project", "."])
            .current_dir(folder.path())
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(compiled(), "");
    let hook = folder.path().join("hooks/addresses.js");
    let text = fs::read_to_string(&hook).unwrap();
    fs::write(&hook, text.replace("showError:", "showEror:")).unwrap();
    let refused = compiled();
    assert!(refused.contains("showEror"), "{refused}");
}

#[test]
fn hooks_are_checked_against_the_declarations() {
    let (node, folder) = &*COMPILER;
    let output = Command::new(node.program())
        .arg(folder.join("node_modules/typescript/bin/tsc"))
        .args(["--project", "."])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
}

/// Exports that are not declared, by module: those that throw when they are used, and what only Node itself uses.
const UNDECLARED: [(&str, &[&str]); 12] = [
    (
        "crypto",
        &[
            "X509Certificate",
            "checkPrimeSync",
            "createDiffieHellman",
            "createECDH",
            "generatePrimeSync",
            "getDiffieHellman",
            "privateEncrypt",
            "publicDecrypt",
        ],
    ),
    ("events", &["init", "usingDomains"]),
    ("http", &["Server", "ServerResponse", "createServer"]),
    ("https", &["Server", "createServer"]),
    ("module", &["Module", "enableCompileCache", "register"]),
    ("path", &["_makeLong", "win32"]),
    ("path/posix", &["_makeLong", "win32"]),
    (
        "perf_hooks",
        &[
            "PerformanceEntry",
            "PerformanceObserver",
            "createHistogram",
            "monitorEventLoopDelay",
        ],
    ),
    (
        "stream",
        &[
            "ReadableState",
            "_fromList",
            "_isUint8Array",
            "_uint8ArrayToBuffer",
            "from",
            "fromWeb",
            "toWeb",
            "wrap",
        ],
    ),
    ("sys", UNSUPPORTED_UTILITIES),
    ("util", UNSUPPORTED_UTILITIES),
    (
        "zlib",
        &[
            "BrotliCompress",
            "BrotliDecompress",
            "brotliCompress",
            "brotliCompressSync",
            "brotliDecompress",
            "brotliDecompressSync",
            "createBrotliCompress",
            "createBrotliDecompress",
        ],
    ),
];
const UNSUPPORTED_UTILITIES: &[&str] = &[
    "getCallSites",
    "getSystemErrorMap",
    "getSystemErrorName",
    "parseArgs",
    "parseEnv",
];

#[tokio::test(flavor = "multi_thread")]
async fn what_is_declared_is_in_the_sandbox_and_the_other_way_around() {
    let (node, folder) = &*COMPILER;
    let output = Command::new(node.program())
        .arg(folder.join("members.js"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let declared = String::from_utf8(output.stdout).unwrap();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/types");
    let hook = fs::read_to_string(fixtures.join("present.mjs")).unwrap();
    let bundled = folder.join("present.mjs");
    fs::write(&bundled, format!("const declared = {declared};\n{hook}")).unwrap();
    let differences: BTreeSet<String> = sandbox::printed(&bundled, &json!({}))
        .await
        .unwrap()
        .into_iter()
        .collect();
    let undeclared = UNDECLARED.iter().flat_map(|(module, names)| {
        let line = move |name| format!("undeclared {module}: {name}");
        names.iter().map(line)
    });
    let elsewhere = [
        // Each kind of key has its own.
        "missing crypto: KeyObject.prototype.export",
        // Only deliveries have it.
        "missing hook.deliveryId",
    ];
    let elsewhere = elsewhere.map(str::to_owned);
    let expected: BTreeSet<String> = undeclared.chain(elsewhere).collect();
    let wrong: Vec<_> = differences.symmetric_difference(&expected).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
