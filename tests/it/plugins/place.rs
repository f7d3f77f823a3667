//! A folder in which commands run, as in a terminal.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use hookpoint_devserver::BundlerProcess;
use hookpoint_workspace::Workspace;
use serde_json::Value;
use tempfile::TempDir;

use crate::bundling::programs;

pub(super) struct Place(TempDir);

/// A command that ended.
pub(super) struct Ended {
    pub(super) code: i32,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

impl Place {
    pub(super) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(super) fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(super) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap()
    }

    /// `hookpoint` with these arguments, without a terminal.
    pub(super) fn hookpoint(&self, arguments: &[&str]) -> Ended {
        Ended::of(
            &self
                .command(&programs().0)
                .args(arguments)
                .output()
                .unwrap(),
        )
    }

    #[track_caller]
    pub(super) fn ok(&self, arguments: &[&str]) -> String {
        let ended = self.hookpoint(arguments);
        assert_eq!(
            ended.code, 0,
            "{arguments:?}\n{}{}",
            ended.stdout, ended.stderr
        );
        ended.stdout
    }

    #[track_caller]
    pub(super) fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.ok(arguments)).unwrap()
    }

    /// What is refused leaves the folder as it was.
    #[track_caller]
    pub(super) fn refused(&self, arguments: &[&str]) -> String {
        let before = self.files();
        let ended = self.hookpoint(arguments);
        assert_eq!(
            ended.code, 2,
            "{arguments:?}\n{}{}",
            ended.stdout, ended.stderr
        );
        assert_eq!(self.files(), before, "{arguments:?} changed the folder");
        ended.stderr
    }

    /// Commands of a shell, with `hookpoint` on the path.
    pub(super) fn shell(&self, text: &str) -> Ended {
        let folder = programs().0.parent().unwrap();
        let path = format!("{}:/usr/bin:/bin", folder.display());
        let mut command = self.command(Path::new("sh"));
        // The value for `hookpoint secrets set`.
        let text = format!("printf '%s' a-secret-of-36-characters-for-signing | {{ {text}\n}}");
        Ended::of(
            &command
                .args(["-euc", &text])
                .env("PATH", path)
                .output()
                .unwrap(),
        )
    }

    /// Names and texts of everything in the folder, without the state of local commands.
    pub(super) fn files(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        collect(self.path(), self.path(), &mut found);
        found.sort();
        found
    }

    pub(super) fn workspace(&self) -> Workspace {
        let bundler = BundlerProcess::find(Some(programs().1.clone()), None);
        Workspace::load_with(&self.path().join("hookpoint.yaml"), &bundler)
            .unwrap_or_else(|errors| panic!("{errors}"))
    }

    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.path())
            .env_clear()
            .env("HOOKPOINT_BUNDLER", &programs().1);
        command
    }
}

impl Ended {
    fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

fn collect(root: &Path, folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if path.file_name().unwrap() != ".hookpoint" {
                collect(root, &path, found);
            }
        } else {
            let name = path.strip_prefix(root).unwrap().display().to_string();
            found.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
}
