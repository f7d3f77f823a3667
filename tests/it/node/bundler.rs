//! Bundles hooks with packages from npm, as publishing asks authors to.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use hookpoint_xtask::{node::Node, python};
use serde_json::Value;

/// The largest bundle that may be published.
pub(crate) const SOURCE_LIMIT: u64 = 1024 * 1024;

/// The packages of `tests/fixtures/script-packages`, installed, and what bundles them.
pub(crate) struct Bundler {
    node: Node,
    folder: PathBuf,
}

/// A hook beside the installed packages, and bundled with those that it uses.
pub(crate) struct Bundle {
    pub(crate) source: PathBuf,
    pub(crate) bundled: PathBuf,
}

impl Bundler {
    pub(crate) fn install() -> Self {
        let node = Node::of(&python::ensure().unwrap()).unwrap();
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/script-packages");
        let names = [".npmrc", "package.json", "package-lock.json", "schema.js"];
        let folder = node.install(&fixtures, &names, "hook-packages").unwrap();
        fs::create_dir_all(folder.join("hooks")).unwrap();
        Self { node, folder }
    }

    pub(crate) fn node(&self) -> &Path {
        self.node.program()
    }

    /// Runs a program among the packages, to write a file beside the hooks.
    pub(crate) fn write(&self, program: &str, file: &str) {
        let done = Command::new(self.node())
            .arg(self.folder.join(program))
            .arg(self.folder.join("hooks").join(file))
            .output()
            .unwrap();
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
    }

    /// The version of each package, by its name.
    pub(crate) fn versions(&self) -> Value {
        let manifest = fs::read_to_string(self.folder.join("package.json")).unwrap();
        serde_json::from_str::<Value>(&manifest).unwrap()["dependencies"].take()
    }

    /// Bundles a hook, which must not become too large.
    pub(crate) fn bundle(&self, hook: &Path) -> Bundle {
        let bundle = self.bundle_of_any_size(hook);
        let bytes = fs::metadata(&bundle.bundled).unwrap().len();
        assert!(
            bytes <= SOURCE_LIMIT,
            "{}: {bytes} bytes",
            bundle.bundled.display()
        );
        bundle
    }

    pub(crate) fn bundle_of_any_size(&self, hook: &Path) -> Bundle {
        let name = hook.file_name().unwrap();
        let source = self.folder.join("hooks").join(name);
        let bundled = self.folder.join("bundles").join(name);
        fs::copy(hook, &source).unwrap();
        let format = if hook.extension().unwrap() == "cjs" {
            "cjs"
        } else {
            "esm"
        };
        let done = Command::new(self.node())
            .arg(self.folder.join("node_modules/esbuild/bin/esbuild"))
            .arg(&source)
            .args([
                "--bundle",
                "--platform=node",
                "--minify",
                "--log-level=error",
            ])
            .args(["--main-fields=module,main"])
            .arg(format!("--format={format}"))
            .arg(format!("--outfile={}", bundled.display()))
            .output()
            .unwrap();
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
        Bundle { source, bundled }
    }
}
