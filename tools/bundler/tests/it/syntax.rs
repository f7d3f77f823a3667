//! What of the language is understood, and in which form it comes out.

use hookpoint_bundler_protocol::{COMMON_JS, Reply};
use serde_json::Value;

use crate::Folder;

#[test]
fn the_forms_of_typescript_become_javascript() {
    let folder = Folder::with(&[
        (
            "a.ts",
            r#"
import type { Absent } from "./types-only";
import data from "./data.json";
import { Shape, type Kind } from "./shapes";

enum Level { Low = 1, High }
const enum Inlined { Value = 41 }
namespace Names { export const first = "a"; }
abstract class Base<T> { constructor(protected readonly value: T) {} abstract get(): T; }
class Derived extends Base<number> { override get(): number { return this.value!; } }
function id<T extends unknown>(value: T): T { return value as T; }
declare const nowhere: Absent;
const options = { a: 1 } satisfies Record<string, number>;
export default (event: { kind?: Kind }): unknown => ({
  context: { level: Level.High, inlined: Inlined.Value, first: Names.first, got: new Derived(7).get(), id: id(options.a), data: data.n, area: new Shape(2).area },
});
"#,
        ),
        ("data.json", r#"{ "n": 1.5 }"#),
        (
            "shapes.ts",
            "export type Kind = 'a' | 'b';\nexport class Shape { constructor(private side: number) {} get area() { return this.side ** 2; } }\n",
        ),
        ("types-only.d.ts", "export interface Absent { a: 1 }\n"),
    ]);
    let bundle = folder.bundle("a.ts");
    assert_eq!(bundle.files, ["a.ts", "data.json", "shapes.ts"]);
    for gone in [
        "enum",
        "namespace",
        "satisfies",
        "interface",
        "Absent",
        "private",
    ] {
        assert!(
            !bundle.code.contains(gone),
            "`{gone}` is left: {}",
            bundle.code
        );
    }
    assert!(bundle.code.contains("as default}"), "{}", bundle.code);
    let map: Value = serde_json::from_str(&bundle.map).unwrap();
    let sources = map["sources"].as_array().unwrap();
    for (file, part) in [("a.ts", "namespace Names"), ("data.json", "{ \"n\": 1.5 }")] {
        let index = sources.iter().position(|source| source == file).unwrap();
        let text = map["sourcesContent"][index].as_str().unwrap();
        assert!(text.contains(part), "{file}: {text}");
    }
    assert!(map.get("x_form").is_none());
}

#[test]
fn the_form_of_a_script_stays() {
    let folder = Folder::with(&[
        (
            "a.js",
            "module.exports = (event, callback) => callback(require('./b').value)",
        ),
        (
            "a.cts",
            "import b = require('./b');\nexport = () => b.value;",
        ),
        ("a.cjs", "exports.default = require('./b')"),
        (
            "a.ts",
            "import { value } from './b';\nexport default () => value;",
        ),
        ("b.js", "exports.value = { context: { A: 1 } };"),
    ]);
    for name in ["a.js", "a.cts", "a.cjs"] {
        let bundle = folder.bundle(name);
        let exports =
            bundle.code.contains("module.exports=") || bundle.code.contains("exports.default=");
        assert!(
            exports && !bundle.code.contains("export{"),
            "{name}: {}",
            bundle.code
        );
        assert!(bundle.map.contains(COMMON_JS), "{}", bundle.map);
    }
    // Its text is part of the map.
    let says_so =
        format!("import {{ value }} from './b';\nexport default () => [value, '{COMMON_JS}'];");
    folder.write("a.ts", &says_so);
    let bundle = folder.bundle("a.ts");
    assert!(bundle.code.contains("as default}"), "{}", bundle.code);
    assert!(!bundle.map.contains(COMMON_JS), "{}", bundle.map);
}

#[test]
fn plain_javascript_is_published_as_it_is() {
    let folder = Folder::with(&[
        ("a.js", "// import x from './x'\nexport default () => ({})"),
        (
            "b.mjs",
            "import { verify } from 'hookpoint:password';\nimport 'crypto';\nexport default verify",
        ),
        ("c.cjs", "module.exports = require('node:crypto')"),
    ]);
    for name in ["a.js", "b.mjs", "c.cjs"] {
        assert_eq!(folder.reply(name), Reply::AsWritten, "{name}");
    }
}

#[test]
fn what_is_not_used_is_left_out_and_names_are_short() {
    let folder = Folder::with(&[
        (
            "a.ts",
            "import { used } from './b';\nexport default () => ({ context: { a: used() } });",
        ),
        (
            "b.ts",
            "export const used = () => 'kept';\nexport const unused = () => 'shaken off';",
        ),
    ]);
    let bundle = folder.bundle("a.ts");
    assert!(bundle.code.contains("kept"), "{}", bundle.code);
    assert!(
        !bundle.code.contains("shaken off") && bundle.code.len() < 100,
        "{}",
        bundle.code
    );
}

#[test]
fn classes_keep_their_names() {
    let folder = Folder::with(&[
        (
            "a.ts",
            "import { RiskTooHigh } from './b';\nexport default () => { throw new RiskTooHigh(); };",
        ),
        ("b.ts", "export class RiskTooHigh extends Error {}"),
    ]);
    let code = folder.bundle("a.ts").code;
    assert!(code.contains("RiskTooHigh=class extends Error"), "{code}");
}

/// A check that is gone would let pass what it refuses.
#[test]
fn what_may_throw_is_done_although_nothing_uses_its_result() {
    let expressions = [
        "decodeURI(v)",
        "decodeURIComponent(v.a)",
        "encodeURI(v)",
        "encodeURIComponent(v)",
        "escape(v)",
        "isFinite(v)",
        "isNaN(v)",
        "parseFloat(v)",
        "parseInt(v)",
        "String(v)",
        "String.fromCodePoint(v)",
        "Symbol.for(v)",
        "Date.UTC(v)",
        "Math.floor(v)",
        "BigInt(v)",
        "Number(v)",
        "Symbol(v)",
        "new ArrayBuffer(-1)",
        "new ArrayBuffer(v.length)",
        "new Uint8Array(-1)",
        "new Uint8Array(+v)",
        "new Array(-1)",
        "new Date(v)",
        "new Error(v)",
        "new Map(v)",
        "new Map([v])",
        "new Set(v)",
        "new RegExp(v)",
        "new URL(v)",
        "new Intl.NumberFormat(v)",
        "new Proxy(v, v)",
        "JSON.parse(v)",
        "JSON.stringify(v)",
        "Object.keys(v)",
        "Object.create(v)",
        "Object.fromEntries(v)",
        "structuredClone(v)",
        "atob(v)",
        "v.a",
        "v.a.b",
        "v[0]",
        "v()",
        "v`a`",
        "v in v",
        "v instanceof v",
        "new v()",
        "const x = decodeURIComponent(v)",
        "const x = new ArrayBuffer(v)",
        "const { x } = v",
        "const [x] = v",
        "let x; x = decodeURI(v)",
        "void decodeURI(v)",
        "v && decodeURI(v)",
        "for (const x of v);",
        "throw v",
        "globalThis.missing",
        "missing",
    ];
    let file = |expression: &str| {
        format!(
            "export default (v) => {{\n  try {{ {expression} }} catch {{ return {{ deny: 1 }}; }}\n  return {{}};\n}};\n"
        )
    };
    let folder = Folder::with(&[
        ("package.json", "{}"),
        ("yarn.lock", ""),
        (
            "node_modules/x/package.json",
            r#"{ "name": "x", "main": "x.js" }"#,
        ),
        (
            "node_modules/x/x.js",
            "module.exports = (v) => { try { decodeURIComponent(v) } catch { return false } return true }",
        ),
    ]);
    let mut removed = Vec::new();
    for expression in expressions {
        folder.write("a.ts", &file(expression));
        if !folder.bundle("a.ts").code.contains("deny") {
            removed.push(expression);
        }
    }
    assert_eq!(removed, [""; 0]);
    folder.write(
        "a.ts",
        "import x from 'x';\nexport default (v) => x(v) ? {} : { deny: 1 };\n",
    );
    let code = folder.bundle("a.ts").code;
    assert!(code.contains("decodeURIComponent"), "{code}");
}

#[test]
fn a_mistake_has_its_file_line_and_column() {
    let folder = Folder::with(&[
        ("a.ts", "import { b } from './b';\nexport default () => b;"),
        ("b.ts", "export const b = 1;\nconst ü = ;\n"),
        (
            "c.ts",
            "import { wrong } from './d';\nexport default wrong;",
        ),
        ("d.ts", "export const right = 1;"),
        ("e.ts", "import data from './e.json';\nexport default data;"),
        ("e.json", "{ \"a\": }"),
        ("f.ts", "import data from './f.json';\nexport default data;"),
        ("f.json", ""),
        ("g.ts", "import data from './g.json';\nexport default data;"),
        ("g.json", "\u{feff}[ 1"),
    ]);
    let problems = folder.problems("a.ts");
    let problem = &problems[0];
    assert_eq!(
        (problem.file.as_str(), problem.line, problem.column),
        ("b.ts", Some(2), Some(11))
    );
    assert_eq!(problem.source_line.as_deref(), Some("const ü = ;"));
    let (text, _) = folder.problem("c.ts");
    assert!(
        text.starts_with("c.ts:1:10: ") && text.contains("wrong"),
        "{text}"
    );
    for (name, expected) in [
        ("e.ts", "e.json:1:8: it is not JSON: expected value"),
        (
            "f.ts",
            "f.json:1:1: it is not JSON: EOF while parsing a value",
        ),
        (
            "g.ts",
            "g.json:1:3: it is not JSON: EOF while parsing a list",
        ),
    ] {
        let (text, help) = folder.problem(name);
        assert!(text.starts_with(expected), "{text}");
        assert!(help.contains("correct the syntax"), "{help}");
    }
    folder.write("g.json", "\u{feff}[1]");
    let bundle = folder.bundle("g.ts");
    assert!(bundle.map.contains("\u{feff}[1]"), "it is kept as it is");
}

/// Editors do not show it.
#[test]
fn a_byte_order_mark_is_no_column() {
    let source = "export default () => ({ a: });\nimport './none';\n";
    let folder = Folder::with(&[("a.ts", source)]);
    let expected = folder.problems("a.ts");
    folder.write("a.ts", &format!("\u{feff}{source}"));
    assert_eq!(folder.problems("a.ts"), expected);
}

#[test]
fn a_decorator_that_nothing_compiles_is_refused_where_it_is() {
    let folder = Folder::with(&[(
        "a.ts",
        "const logged = (value: any, context: any) => value;\nclass A {\n  @logged\n  run() { return 1; }\n}\nexport default () => new A().run();\n",
    )]);
    let (text, help) = folder.problem("a.ts");
    assert_eq!(text, "a.ts:3:3: decorators run only if they are compiled");
    assert!(help.contains("experimentalDecorators"), "{help}");
    folder.write(
        "b.ts",
        "class A {\n  accessor x = 1;\n}\nexport default () => new A().x;\n",
    );
    let (text, _) = folder.problem("b.ts");
    assert_eq!(text, "b.ts:2:3: `accessor` runs only if it is compiled");
    folder.write(
        "tsconfig.json",
        r#"{ "compilerOptions": { "experimentalDecorators": true } }"#,
    );
    folder.bundle("a.ts");
    folder.bundle("b.ts");
}

#[test]
fn a_file_without_code_is_called_empty() {
    for text in [
        "",
        "\n",
        "// Nothing yet.\n",
        "export type Kind = 'a';\n",
        "interface A { b: 1 }\n",
    ] {
        let folder = Folder::with(&[("a.ts", text)]);
        let (message, help) = folder.problem("a.ts");
        assert_eq!(message, "a.ts: the script is empty", "{text:?}");
        assert!(help.starts_with("export a function: "), "{help}");
    }
}

#[test]
fn a_value_that_is_used_too_early_stays_an_error() {
    let folder = Folder::with(&[
        (
            "early.ts",
            "export const greeting = `Hello from ${shop()}`;\nconst shop = () => \"Web\";\nexport default () => greeting;",
        ),
        (
            "fine.ts",
            "const shop = () => \"Web\";\nexport const greeting = `Hello from ${shop()}`;\nexport default () => greeting;",
        ),
    ]);
    let is_checked = |name: &str| {
        let code = folder.bundle(name).code;
        code.contains("let ") || code.contains("const ")
    };
    assert!(is_checked("early.ts"));
    assert!(!is_checked("fine.ts"));
}
