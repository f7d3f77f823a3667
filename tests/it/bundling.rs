//! Hooks in TypeScript, in several files and with packages, through the real command line and the real bundler.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, OnceLock},
    time::Duration,
};

use hookpoint_devserver::{App, AppOptions, BundlerProcess, DevServer, Notice, WorkspaceSource};
use hookpoint_xtask::repository;
use serde_json::Value;
use tempfile::TempDir;

use crate::cli_table;

/// Builds both programs, so that no test uses outdated ones. The bundler on its own, as people build it: beside the others, its hundreds of
/// crates would be compiled again.
pub(crate) fn programs() -> &'static (PathBuf, PathBuf) {
    static BUILT: OnceLock<(PathBuf, PathBuf)> = OnceLock::new();
    BUILT.get_or_init(|| {
        let program = cli_table::program();
        let status = repository::command("cargo")
            .args(["build", "--quiet", "-p", "hookpoint-bundler"])
            .status()
            .unwrap();
        assert!(status.success());
        let bundler = repository::target()
            .unwrap()
            .join("debug/hookpoint-bundler");
        (program, bundler)
    })
}

/// A workspace on disk: one application, one hook at the start of its conversations.
struct Bench(TempDir);

struct Run {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Bench {
    fn with(script: &str, files: &[(&str, &str)]) -> Self {
        let bench = Self(tempfile::tempdir().unwrap());
        bench.write(
            "hookpoint.yaml",
            &format!(
                "version: 1\napplications: {{ bot: {{ kind: conversation }} }}\nhooks: {{ a: {{ script: {script} }} }}\nbindings: [{{ application: bot, stage: conversationStart, hook: a }}]\n"
            ),
        );
        for (name, text) in files {
            bench.write(name, text);
        }
        bench
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&programs().0);
        command.args(arguments).current_dir(self.path()).env_clear();
        command
    }

    fn run(&self, arguments: &[&str]) -> Run {
        let output = self.command(arguments).output().unwrap();
        Run {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// What the hook returns.
    fn context(&self) -> Value {
        let run = self.run(&["trigger", "conversation-start", "--json"]);
        assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
        let report: Value = serde_json::from_str(&run.stdout).unwrap();
        report["response"]["context"].clone()
    }

    /// What `check` refuses the workspace with.
    fn refusal(&self) -> String {
        let run = self.run(&["check"]);
        assert_ne!(run.code, 0, "{}", run.stdout);
        assert!(
            !self.path().join(".hookpoint").exists(),
            "nothing was written"
        );
        run.stderr
    }
}

const TYPES: &str = r#"
import { tier, type Tier } from "../lib/tiers";
import { y } from "x";
import data from "./data.json";
import { createHash } from "crypto";

enum Level { Low = 1, High }
namespace Names { export const first = "a"; }
class Point { constructor(public readonly x: number) {} }

export default async function (event: { context?: { n?: number } }): Promise<unknown> {
  const chosen: Tier = tier(event.context?.n ?? 1);
  const context = { chosen, y, n: data.n, level: Level.High, first: Names.first, x: new Point(3).x } satisfies Record<string, unknown>;
  return { context: { ...context, hash: createHash("sha256").update("a").digest("hex").slice(0, 8) } };
}
"#;
const TIERS: &str = "export type Tier = 'bronze' | 'silver';\n\nexport function tier(n: number): Tier {\n  if (n > 1) {\n    throw new RangeError(`no tier ${n}`);\n  }\n  return n > 0 ? 'silver' : 'bronze';\n}\n";

/// A hook in three files of its own and one of a package.
fn bench() -> Bench {
    Bench::with(
        "hooks/a.ts",
        &[
            ("hooks/a.ts", TYPES),
            ("hooks/data.json", r#"{ "n": 1.5 }"#),
            ("lib/tiers.ts", TIERS),
            ("package.json", r#"{ "dependencies": { "x": "1.0.0" } }"#),
            (
                "package-lock.json",
                r#"{ "lockfileVersion": 3, "packages": { "": { "dependencies": { "x": "1.0.0" } }, "node_modules/x": { "version": "1.0.0" } } }"#,
            ),
            (
                "node_modules/x/package.json",
                r#"{ "name": "x", "version": "1.0.0", "main": "lib/y.js" }"#,
            ),
            (
                "node_modules/x/lib/y.js",
                "exports.y = require('util').format('from %s', 'a package');",
            ),
        ],
    )
}

#[test]
fn a_hook_of_several_files_types_and_packages_runs() {
    let bench = bench();
    assert_eq!(
        bench.context(),
        serde_json::json!({
            "chosen": "silver", "y": "from a package", "n": 1.5, "level": 2, "first": "a", "x": 3, "hash": "ca978112"
        })
    );
    // The same bundle is the same version.
    let run = bench.run(&["apply"]);
    assert!(run.stdout.contains("nothing to do"), "{}", run.stdout);
    let moved = format!("// A comment moves every line.\n{TIERS}");
    bench.write("lib/tiers.ts", &moved);
    let run = bench.run(&["apply"]);
    assert!(
        run.stdout.contains("+ hook a v2"),
        "{}{}",
        run.stdout,
        run.stderr
    );

    // In another folder, the authored files are pulled byte for byte, even those of which the bundle contains nothing.
    let elsewhere = Bench(tempfile::tempdir().unwrap());
    fs::rename(
        bench.path().join(".hookpoint"),
        elsewhere.path().join(".hookpoint"),
    )
    .unwrap();
    let run = elsewhere.run(&["pull"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    for name in [
        "hooks/a.ts",
        "hooks/data.json",
        "lib/tiers.ts",
        "package.json",
        "package-lock.json",
    ] {
        let read = |bench: &Bench| fs::read_to_string(bench.path().join(name));
        assert_eq!(read(&elsewhere).unwrap(), read(&bench).unwrap(), "{name}");
    }
    fs::rename(
        bench.path().join("node_modules"),
        elsewhere.path().join("node_modules"),
    )
    .unwrap();
    let run = elsewhere.run(&["plan"]);
    assert!(
        run.stdout.starts_with("nothing to do"),
        "{}{}",
        run.stdout,
        run.stderr
    );
}

#[test]
fn the_strivacity_form_stays_what_it_is_in_a_bundle() {
    let bench = Bench::with(
        "hooks/a.cjs",
        &[
            (
                "hooks/a.cjs",
                "const { tier } = require('./b');\nmodule.exports = (input, callback) => callback(null ?? { context: { tier } });",
            ),
            ("hooks/b.js", "exports.tier = 'gold';"),
        ],
    );
    assert_eq!(bench.context()["tier"], "gold");
}

#[test]
fn a_failing_run_is_reported_at_the_authors_line_and_so_is_its_record() {
    let bench = bench();
    let source = TYPES.replace("event.context?.n ?? 1", "7").replace(
        "const chosen",
        "console.log(new Error(\"noted\").stack);\n  const chosen",
    );
    bench.write("hooks/a.ts", &source);
    // The column that the JavaScript engine reports for a call may be anywhere within it.
    let expected = "hook `a` version 1: lib/tiers.ts:5:";
    let run = bench.run(&["trigger", "conversation-start"]);
    assert!(
        run.stdout.contains(expected),
        "{}{}",
        run.stdout,
        run.stderr
    );
    assert!(
        run.stdout.contains(": RangeError: no tier 7")
            && run.stdout.contains("throw new RangeError(`no tier ${n}`);"),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.contains("(hooks/a.ts:12:"),
        "a logged stack: {}",
        run.stdout
    );
    let list: Value = serde_json::from_str(&bench.run(&["runs", "list", "--json"]).stdout).unwrap();
    let id = list[0]["id"].as_str().unwrap().to_owned();
    let shown = bench.run(&["runs", "show", &id]);
    assert!(
        shown.stdout.contains(expected),
        "{}{}",
        shown.stdout,
        shown.stderr
    );

    // Nothing in the error depends on the run: the minifier would make one expression of both statements.
    let constant = TIERS.replace(
        "throw new RangeError(`no tier ${n}`);",
        "console.log(n);\n    throw new RangeError('constant');",
    );
    bench.write("lib/tiers.ts", &constant);
    let run = bench.run(&["trigger", "conversation-start"]);
    assert!(
        run.stdout.contains("lib/tiers.ts:6:")
            && run.stdout.contains("throw new RangeError('constant');"),
        "{}",
        run.stdout
    );

    // The error of a hook that runs out of time says where it was.
    let endless = TIERS.replace("throw new RangeError(`no tier ${n}`);", "for (;;) n++;");
    bench.write("lib/tiers.ts", &endless);
    let run = bench.run(&["trigger", "conversation-start"]);
    assert!(
        run.stdout.contains("hook `a` version 3: lib/tiers.ts:"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("out of time after"), "{}", run.stdout);
}

/// The minifier would make one expression of what follows, and its errors would be on the line of the first constant.
#[test]
fn an_error_is_on_the_line_of_its_statement_however_short_the_bundle_is() {
    let bench = bench();
    for (statements, line) in [
        (
            "const order = event.missing;\n  const items = order.items;",
            3,
        ),
        (
            "const order = event.context;\n  const items = order.none.items;",
            3,
        ),
        (
            "const reply = await fetch('https://127.0.0.1/');\n  const items = await reply.json();",
            2,
        ),
        (
            "const reply = new Response('no');\n  const items = await reply.json();",
            3,
        ),
    ] {
        bench.write(
            "hooks/lines.ts",
            &format!("export default async (event: any) => {{\n  {statements}\n  return {{ context: {{ items: String(items) }} }};\n}};\n"),
        );
        let arguments = ["try", "hooks/lines.ts", "--stage", "conversation-start"];
        let tried = bench.run(&[&arguments[..], &["--host", "127.0.0.1"]].concat());
        let place = format!("lines.ts:{line}:");
        assert!(
            tried.stdout.contains(&place),
            "{statements}: {}{}",
            tried.stdout,
            tried.stderr
        );
    }
}

#[test]
fn texts_in_any_script_move_no_error() {
    let bench = bench();
    bench.write(
        "lib/texts.ts",
        "export const texts = { de: 'Grüße aus Köln', fr: 'Élève à l’école', ja: 'ようこそ、お客様', none: '😀😀😀' };\n",
    );
    bench.write(
        "hooks/a.ts",
        "import { texts } from '../lib/texts';\n\nexport default (event: any) => {\n  const name = event.context.name;\n  const greeting = texts[event.context.language as 'de'] ?? '日本😀'; const street = event.missing.street;\n  return { context: { name, greeting, street } };\n};\n",
    );
    let run = bench.run(&["trigger", "conversation-start", "--strict"]);
    assert_eq!(run.code, 1, "{}{}", run.stdout, run.stderr);
    assert!(
        run.stdout
            .contains("hooks/a.ts:5:83: TypeError: cannot read property 'street' of undefined"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_mistake_in_any_file_is_shown_where_it_is() {
    let bench = bench();
    bench.write("lib/tiers.ts", "export const tier = (n: number) => ;\n");
    let said = bench.refusal();
    assert!(said.contains("lib/tiers.ts:1:36: "), "{said}");
    assert!(
        said.contains("1 | export const tier = (n: number) => ;"),
        "{said}"
    );
    let json = bench.run(&["check", "--json"]);
    let problems: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(problems["errors"][0]["file"], "lib/tiers.ts");
    assert_eq!(problems["errors"][0]["line"], 1);

    bench.write("lib/tiers.ts", TIERS);
    bench.write("hooks/a.ts", &TYPES.replace("../lib/tiers", "../lib/teirs"));
    let said = bench.refusal();
    assert!(
        said.contains("hooks/a.ts:2:33: `../lib/teirs` does not exist"),
        "{said}"
    );
}

#[test]
fn what_a_hook_may_not_be_made_of_comes_with_its_remedy() {
    let refused = |change: &dyn Fn(&Bench), expected: &[&str]| {
        let bench = bench();
        change(&bench);
        let said = bench.refusal();
        for expected in expected {
            assert!(said.contains(expected), "`{expected}` is not in:\n{said}");
        }
    };
    refused(
        &|bench| {
            bench.write(
                "node_modules/x/lib/y.js",
                "exports.y = require('node:sqlite');",
            );
        },
        &[
            "node_modules/x/lib/y.js:1:21: `node:sqlite` is not offered; asked for by node_modules/x/lib/y.js",
            "help: use another package",
        ],
    );
    refused(
        &|bench| {
            let outside = repository::root().join("README.md");
            fs::remove_file(bench.path().join("lib/tiers.ts")).unwrap();
            symlink(outside, bench.path().join("lib/tiers.ts")).unwrap();
        },
        &["hooks/a.ts:2:33: `../lib/tiers` leads to a file outside the folder of the workspace"],
    );
    refused(
        &|bench| {
            bench.write(
                "hooks/a.ts",
                "export default async () => import('../lib/tiers');",
            );
        },
        &[
            "hooks/a.ts:1:35: `import(\"../lib/tiers\")` would make a second file of the hook",
            "import it at the top",
        ],
    );
    refused(
        &|bench| {
            bench.write(
                "hooks/data.json",
                &format!("{{ \"n\": \"{}\" }}", "x".repeat(256_000)),
            );
        },
        &["characters; 256000 are allowed"],
    );
    refused(
        &|bench| {
            bench.write(
                "node_modules/x/lib/y.js",
                &format!("exports.y = '{}';", "x".repeat(1_100_000)),
            );
        },
        &["1048576 are allowed. Most of it: x ("],
    );
    refused(
        &|bench| bench.write("package.json", "{ \"dependencies\": { \"x\" } }"),
        &["package.json:1:25: it is not JSON"],
    );
    refused(
        &|bench| bench.write("package-lock.json", "{ \"lockfileVersion\": "),
        &[
            "package-lock.json:1:",
            "it is not JSON",
            "run `npm install --package-lock-only --ignore-scripts`, then `npm ci --ignore-scripts",
        ],
    );
    refused(
        &|bench| {
            bench.write(
                "lib/tiers.ts",
                &format!("import {{ base }} from '../hooks/a';\nconst first = base + 1;\n{TIERS}console.log(first);\n"),
            );
            bench.write(
                "hooks/a.ts",
                &format!("export let base = Date.now();\n{TYPES}"),
            );
        },
        &[
            "lib/tiers.ts:2:15: ",
            "ReferenceError: base is not initialized",
            "move what both need into a file of its own",
        ],
    );
    refused(
        &|bench| fs::remove_file(bench.path().join("package-lock.json")).unwrap(),
        &[
            "package.json: there is no lock file",
            "npm install --package-lock-only --ignore-scripts",
        ],
    );
    refused(
        &|bench| fs::remove_dir_all(bench.path().join("node_modules")).unwrap(),
        &[
            "hooks/a.ts:3:19: package `x` is in `package.json` and not installed",
            "npm ci --ignore-scripts --allow-git=none",
        ],
    );
}

#[test]
fn files_that_import_one_another_in_a_circle_run_if_nothing_is_used_too_early() {
    let bench = bench();
    let back = "import { names } from '../hooks/a';\nexport const first = () => names[0];\n";
    bench.write("lib/tiers.ts", &format!("{back}{TIERS}"));
    let source = TYPES
        .replace("import { tier,", "import { first, tier,")
        .replace("enum Level", "export const names = ['circle'];\nenum Level")
        .replace("{ chosen,", "{ circle: first(), chosen,");
    bench.write("hooks/a.ts", &source);
    assert_eq!(bench.context()["circle"], "circle");
}

#[test]
fn code_that_ends_the_bundler_concerns_its_hook_alone() {
    let bench = bench();
    bench.write(
        "hookpoint.yaml",
        "version: 1\nhooks:\n  deep: { script: hooks/deep.ts }\n  fine: { script: hooks/a.ts }\n",
    );
    bench.write(
        "hooks/deep.ts",
        "import { d } from './nested';\nexport default () => d;",
    );
    let nested = format!(
        "export const d = {}{};",
        "[".repeat(1_000_000),
        "]".repeat(1_000_000)
    );
    bench.write("hooks/nested.js", &nested);
    let said = bench.refusal();
    assert!(said.contains("hookpoint.yaml:3:19: `hooks/deep.ts` is TypeScript and must be bundled, but the bundler ended unexpectedly"), "{said}");
    assert!(!said.contains("hooks/a.ts"), "{said}");
    bench.write("hooks/nested.js", "export const d = [[]];");
    assert_eq!(bench.run(&["check"]).code, 0);
}

#[test]
fn plain_javascript_needs_no_bundler() {
    let plain = "import { createHash } from 'node:crypto';\nexport default () => ({ context: { a: typeof createHash } });";
    let bench = Bench::with("hooks/a.js", &[("hooks/a.js", plain)]);
    let without = |arguments: &[&str]| {
        let mut command = bench.command(arguments);
        command.env("HOOKPOINT_BUNDLER", "/nonexistent/bundler");
        command.output().unwrap()
    };
    let output = without(&["trigger", "conversation-start"]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    bench.write(
        "hooks/a.js",
        "import { b } from './b.js';\nexport default b;",
    );
    bench.write("hooks/b.js", "export const b = () => ({});");
    let output = without(&["check"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("hookpoint.yaml:3:"), "{said}");
    assert!(said.contains("`hooks/a.js` imports files or packages and must be bundled, but there is no bundler at `/nonexistent/bundler`"), "{said}");
    assert!(said.contains("cargo build -p hookpoint-bundler"), "{said}");
    assert!(
        bench.run(&["check"]).code == 0,
        "the one beside the program is found"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_to_an_imported_file_is_published_while_the_server_runs() {
    let bench = bench();
    let bundler = tokio::task::spawn_blocking(|| programs().1.clone())
        .await
        .unwrap();
    let app = App::open(AppOptions {
        source: WorkspaceSource::folder(bench.path()),
        receiver_port: 0,
        environment: Vec::new(),
        bundler: Arc::new(BundlerProcess::find(Some(bundler), None)),
    })
    .await
    .unwrap();
    let (server, mut notices) = DevServer::start(app, Some(0), false).await.unwrap();
    bench.write(
        "lib/tiers.ts",
        &TIERS
            .replace("silver'\n", "silver' // x\n")
            .replace("'bronze';", "'silver';"),
    );
    let notice = tokio::time::timeout(Duration::from_secs(20), notices.recv())
        .await
        .unwrap();
    let Some(Notice::Reloaded(reloaded)) = notice else {
        panic!("not reloaded: {notice:?}");
    };
    assert_eq!(reloaded.changes.hooks.len(), 1);
    // After a mistake the previous version stays; the file with the mistake is watched.
    bench.write("lib/tiers.ts", "export const tier = ;");
    let notice = tokio::time::timeout(Duration::from_secs(20), notices.recv())
        .await
        .unwrap();
    assert!(
        matches!(&notice, Some(Notice::Kept(error)) if error.to_string().contains("lib/tiers.ts:1:21")),
        "{notice:?}"
    );
    bench.write("lib/tiers.ts", TIERS);
    let notice = tokio::time::timeout(Duration::from_secs(20), notices.recv())
        .await
        .unwrap();
    assert!(matches!(notice, Some(Notice::Reloaded(_))), "{notice:?}");
    server.stop().await.unwrap();
}
