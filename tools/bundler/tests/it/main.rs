//! Hooks on a real disk, bundled.

#![expect(
    clippy::unwrap_used,
    reason = "a broken expectation must fail the test"
)]

mod builds;
mod files;
mod limits;
mod npm;
mod program;
mod settings;
mod syntax;

use std::{fs, path::Path};

use hookpoint_bundler_protocol::{Bundle, Problem, Reply, Request};
use tempfile::TempDir;

/// A folder with files.
struct Folder(TempDir);

impl Folder {
    fn with(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for (name, text) in files {
            folder.write(name, text);
        }
        folder
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn request(&self, entry: &str) -> Request {
        Request {
            folder: self.path().to_owned(),
            entry: entry.to_owned(),
            built_ins: [
                "node:crypto",
                "node:events",
                "node:util",
                "hookpoint:password",
            ]
            .map(str::to_owned)
            .to_vec(),
        }
    }

    fn reply(&self, entry: &str) -> Reply {
        let request = self.request(entry);
        let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
        runtime.block_on(async { hookpoint_bundler::bundle(&request).await })
    }

    fn bundle(&self, entry: &str) -> Bundle {
        match self.reply(entry) {
            Reply::Bundled(bundle) => bundle,
            other => panic!("no bundle: {other:?}"),
        }
    }

    fn problems(&self, entry: &str) -> Vec<Problem> {
        match self.reply(entry) {
            Reply::Refused(refusal) => refusal.problems,
            other => panic!("not refused: {other:?}"),
        }
    }

    /// The only problem, as `file:line:column: message` and its help.
    fn problem(&self, entry: &str) -> (String, String) {
        let problems = self.problems(entry);
        assert_eq!(problems.len(), 1, "{problems:?}");
        shown(&problems[0])
    }
}

fn shown(problem: &Problem) -> (String, String) {
    let Problem {
        file,
        line,
        column,
        message,
        help,
        ..
    } = problem;
    let place = match (line, column) {
        (Some(line), Some(column)) => format!("{file}:{line}:{column}"),
        _ => file.clone(),
    };
    (format!("{place}: {message}"), help.clone())
}
