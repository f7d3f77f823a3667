//! Scripts that go through a bundler.

use std::{fs, sync::Mutex};

use hookpoint_bundler_protocol::{Bundle, Problem, Refusal, Reply, Request};
use hookpoint_engine::hook::{Implementation, ScriptHook};
use tempfile::TempDir;

use crate::{Bundler, BundlerUnavailable, NoBundler, Workspace, WorkspaceErrors};

/// Returns the given replies, and keeps the requests.
#[derive(Debug)]
struct Fake {
    reply: Result<Reply, BundlerUnavailable>,
    asked: Mutex<Vec<Request>>,
}

impl Fake {
    fn new(reply: Result<Reply, BundlerUnavailable>) -> Self {
        Self {
            reply,
            asked: Mutex::default(),
        }
    }

    fn entries(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        asked.iter().map(|request| request.entry.clone()).collect()
    }
}

impl Bundler for Fake {
    fn built_ins(&self) -> &[&str] {
        &["node:crypto"]
    }

    fn bundle(&self, request: &Request) -> Result<Reply, BundlerUnavailable> {
        self.asked.lock().unwrap().push(request.clone());
        self.reply.clone()
    }
}

fn load(name: &str, source: &str, bundler: &dyn Bundler) -> Result<Workspace, WorkspaceErrors> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("hookpoint.yaml");
    let text = format!("version: 1\nhooks: {{ a: {{ script: {name} }} }}\n");
    fs::write(&path, text).unwrap();
    fs::create_dir(folder.path().join("hooks")).unwrap();
    fs::write(folder.path().join(name), source).unwrap();
    Workspace::load_with(&path, bundler)
}

fn script(workspace: &Workspace) -> ScriptHook {
    let (_, body) = workspace.desired().hooks.iter().next().unwrap();
    match &body.implementation {
        Implementation::Script(script) => script.clone(),
        other => panic!("no script: {other:?}"),
    }
}

fn bundled() -> Reply {
    Reply::Bundled(Bundle {
        code: "bundle".to_owned(),
        map: "{}".to_owned(),
        files: vec!["hooks/a.ts".to_owned(), "lib/b.ts".to_owned()],
        configuration: vec![
            "base.json".to_owned(),
            "node_modules/c/tsconfig.json".to_owned(),
        ],
    })
}

#[test]
fn a_bundle_takes_the_place_of_its_files_and_all_of_them_are_watched() {
    let fake = Fake::new(Ok(bundled()));
    let workspace = load("./hooks/a.ts", "import './b'", &fake).unwrap();
    let script = script(&workspace);
    assert_eq!(script.source, "bundle");
    assert_eq!(script.file.as_deref(), Some("hooks/a.ts"));
    assert_eq!(script.source_map.unwrap().text().unwrap().as_ref(), "{}");
    assert_eq!(fake.entries(), ["hooks/a.ts"]);
    assert_eq!(fake.asked.lock().unwrap()[0].built_ins, ["node:crypto"]);
    let watched = workspace.files();
    assert!(
        watched.iter().any(|file| file.ends_with("lib/b.ts")),
        "{watched:?}"
    );
}

#[test]
fn a_plain_script_needs_no_bundler() {
    let fake = Fake::new(Ok(bundled()));
    let source = "import { createHmac } from 'crypto';\nexport default () => createHmac";
    let workspace = load("hooks/a.js", source, &fake).unwrap();
    assert_eq!(script(&workspace).source, source);
    assert_eq!(script(&workspace).source_map, None);
    assert_eq!(fake.entries(), [""; 0]);
    // The bundler has the last word.
    let fake = Fake::new(Ok(Reply::AsWritten));
    let source = "if (x) /'/.test(y); // import './x'\nexport default 1";
    let workspace = load("hooks/a.js", source, &fake).unwrap();
    assert_eq!(script(&workspace).source, source);
    assert_eq!(fake.entries(), ["hooks/a.js"]);
}

#[test]
fn problems_of_a_bundle_are_shown_in_their_own_files() {
    let problem = Problem::at(
        "lib/b.ts",
        "one\n\tlet x = ;\u{1b}[2J",
        13,
        "unexpected `;`",
        "correct it",
    );
    let fake = Fake::new(Ok(Reply::Refused(Refusal {
        problems: vec![problem],
        files: vec!["lib/b.ts".to_owned()],
    })));
    let errors = load("hooks/a.ts", "import '../lib/b'", &fake).unwrap_err();
    assert_eq!(
        errors.to_string(),
        "lib/b.ts:2:10: unexpected `;`\n  2 |  let x = ; [2J\n    |          ^\n  help: correct it"
    );
    assert!(errors.files().iter().any(|file| file.ends_with("lib/b.ts")));
    // A bundler that refuses without a reason must not make a hook disappear.
    let fake = Fake::new(Ok(Reply::Refused(Refusal {
        problems: Vec::new(),
        files: Vec::new(),
    })));
    assert!(load("hooks/a.ts", "", &fake).is_err());
}

#[test]
fn a_bundler_that_is_not_there_concerns_only_hooks_that_need_it() {
    let fake = Fake::new(Err(BundlerUnavailable {
        message: "there is no bundler".to_owned(),
        help: "build it".to_owned(),
    }));
    let errors = load("hooks/a.ts", "export default 1", &fake)
        .unwrap_err()
        .to_string();
    assert!(
        errors.contains(
            ":2:23: `hooks/a.ts` is TypeScript and must be bundled, but there is no bundler"
        ),
        "{errors}"
    );
    assert!(errors.ends_with("help: build it"), "{errors}");
    let errors = load("hooks/a.js", "import './b'", &fake)
        .unwrap_err()
        .to_string();
    assert!(
        errors.contains("`hooks/a.js` imports files or packages and must be bundled"),
        "{errors}"
    );
    assert!(load("hooks/a.js", "export default 1", &fake).is_ok());
    // Programs without one publish JavaScript as before.
    assert!(load("hooks/a.js", "import './b'", &NoBundler).is_ok());
    assert!(load("hooks/a.mts", "export default 1", &NoBundler).is_err());
}

#[test]
fn files_that_configure_a_bundle_or_are_imported_for_types_are_kept_beside_it() {
    let folder = TempDir::new().unwrap();
    for (name, text) in [
        (
            "hookpoint.yaml",
            "version: 1\nhooks: { a: { script: hooks/a.ts } }\n",
        ),
        (
            "hooks/a.ts",
            "import type { Events } from '../hookpoint';\nimport { b } from '../lib/b';\nimport type { T } from '../lib/t.js';\nimport type { U } from '../../outside';\n",
        ),
        ("lib/b.ts", "export const b: import('./more').M = 1;\n"),
        (
            "lib/t.ts",
            "import type { A } from '../hooks/a';\nexport type T = A;\n",
        ),
        ("lib/more/index.d.ts", "export type M = number;\n"),
        ("hookpoint.d.ts", "export type Events = {};\n"),
        ("base.json", "{}"),
        ("node_modules/c/tsconfig.json", "{}"),
    ] {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let fake = Fake::new(Ok(bundled()));
    let workspace = Workspace::load_with(&folder.path().join("hookpoint.yaml"), &fake).unwrap();
    let map = script(&workspace).source_map.unwrap();
    let names: Vec<_> = map.files().unwrap().texts().keys().collect();
    assert_eq!(names, ["base.json", "lib/more/index.d.ts", "lib/t.ts"]);
}
