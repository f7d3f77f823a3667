//! Bundles hooks with packages from npm, by the program that publishing uses.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use hookpoint_devserver::BundlerProcess;
use hookpoint_workspace::{
    Bundler as _,
    protocol::{self, Reply, Request},
};
use hookpoint_xtask::{node::Node, python};
use serde_json::Value;

use crate::bundling::programs;

/// The packages of `tests/fixtures/script-packages`, installed, and what bundles them.
pub(crate) struct Bundler {
    node: Node,
    folder: PathBuf,
    process: BundlerProcess,
}

/// A hook beside the installed packages, and bundled with those that it uses.
pub(crate) struct Bundle {
    pub(crate) source: PathBuf,
    pub(crate) bundled: PathBuf,
    pub(crate) map: String,
}

impl Bundler {
    /// Blocks: call it where that is allowed.
    pub(crate) fn install() -> Self {
        let node = Node::of(&python::ensure().unwrap()).unwrap();
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/script-packages");
        let names = [".npmrc", "package.json", "package-lock.json", "schema.js"];
        let folder = node.install(&fixtures, &names, "hook-packages").unwrap();
        for made in ["hooks", "bundles"] {
            fs::create_dir_all(folder.join(made)).unwrap();
        }
        let process = BundlerProcess::find(Some(programs().1.clone()), None);
        Self {
            node,
            folder,
            process,
        }
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

    /// Bundles a hook.
    pub(crate) fn bundle(&self, hook: &Path) -> Bundle {
        let (source, reply) = self.reply(hook);
        let Reply::Bundled(protocol::Bundle { code, map, .. }) = reply else {
            panic!("{}: {reply:?}", hook.display());
        };
        // A script, whatever it was written in.
        let name = hook.file_name().unwrap();
        let mut bundled = self.folder.join("bundles").join(name);
        if hook.extension().unwrap() == "ts" {
            bundled.set_extension("mjs");
        }
        fs::write(&bundled, code).unwrap();
        Bundle {
            source,
            bundled,
            map,
        }
    }

    /// Why a hook is not bundled.
    pub(crate) fn refusal(&self, hook: &Path) -> String {
        match self.reply(hook).1 {
            Reply::Refused(refusal) => refusal
                .problems
                .iter()
                .map(|problem| problem.message.clone())
                .collect::<Vec<_>>()
                .join("\n"),
            other => panic!("{}: {other:?}", hook.display()),
        }
    }

    /// Copies a hook beside the packages and has it bundled.
    fn reply(&self, hook: &Path) -> (PathBuf, Reply) {
        let name = hook.file_name().unwrap().to_str().unwrap();
        let source = self.folder.join("hooks").join(name);
        fs::copy(hook, &source).unwrap();
        let request = Request {
            folder: self.folder.clone(),
            entry: format!("hooks/{name}"),
            built_ins: self
                .process
                .built_ins()
                .iter()
                .map(|name| (*name).to_owned())
                .collect(),
        };
        (source, self.process.bundle(&request).unwrap())
    }
}
