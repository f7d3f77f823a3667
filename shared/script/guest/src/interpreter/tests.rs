//! What a script finds, tested in the natively compiled interpreter.

use std::collections::BTreeSet;
use std::mem::ManuallyDrop;

use super::*;

/// The authors' manual.
const MANUAL: &str = include_str!("../../../../../docs/scripts.md");

/// Cuts a section out of the manual.
fn section(title: &str) -> &'static str {
    let (_, after) = MANUAL.split_once(&format!("\n## {title}\n")).unwrap();
    after.split("\n## ").next().unwrap()
}

/// The words in backticks.
fn quoted(text: &str) -> BTreeSet<String> {
    let parts = text.split('`').skip(1).step_by(2);
    parts.map(str::to_owned).collect()
}

/// The names of all globals.
fn globals(context: &Context) -> BTreeSet<String> {
    context.with(|ctx| {
        let names = ctx.eval::<Vec<String>, _>("Object.getOwnPropertyNames(globalThis)");
        names.unwrap().into_iter().collect()
    })
}

#[test]
fn the_built_in_scripts_load() {
    // As in the sandbox, the interpreter is never dropped.
    match Interpreter::build() {
        Ok(interpreter) => std::mem::forget(interpreter),
        Err(message) => panic!("{message}"),
    }
}

#[test]
fn a_script_finds_what_it_is_promised_and_nothing_else() {
    let interpreter = ManuallyDrop::new(Interpreter::build().unwrap());
    let missing: Vec<String> = interpreter.context.with(|ctx| {
        ctx.eval::<Vec<String>, _>(
            r#"
            const promised = ["fetch", "Headers", "Request", "Response", "AbortController", "AbortSignal", "URL",
              "URLSearchParams", "TextEncoder", "TextDecoder", "atob", "btoa", "crypto", "structuredClone", "setTimeout",
              "setInterval", "setImmediate", "clearTimeout", "clearInterval", "clearImmediate", "queueMicrotask", "console",
              "Buffer", "DOMException", "performance", "RegistrationData", "AdditionalAuthenticator", "AllowAuthentication",
              "RedirectRequest", "ShowErrorMessage", "DenyRequest", "BigInt", "Map", "Proxy", "Reflect", "Promise"];
            const absent = ["Atomics", "SharedArrayBuffer", "FinalizationRegistry", "WeakRef", "__host", "std",
              "os", "onTimer", "gc", "print", "load", "navigator"];
            [...promised.filter((name) => !(name in globalThis)), ...absent.filter((name) => name in globalThis)]
            "#,
        )
        .unwrap()
    });
    assert_eq!(missing, [] as [&str; 0]);
}

#[test]
fn the_manual_lists_what_is_installed() {
    let interpreter = ManuallyDrop::new(Interpreter::build().unwrap());
    let bare = Runtime::new().unwrap();
    let bare = Context::custom::<Intrinsics>(&bare).unwrap();
    let mut installed: BTreeSet<String> = globals(&interpreter.context)
        .difference(&globals(&bare))
        .cloned()
        .collect();
    // From the engine, but not part of the language.
    installed.extend(["DOMException", "queueMicrotask"].map(str::to_owned));
    let rows = section("Web APIs")
        .lines()
        .filter(|line| line.starts_with("| `"));
    let first_cells = rows.map(|row| row.split('|').nth(1).unwrap());
    let listed: BTreeSet<String> = first_cells.flat_map(quoted).collect();
    assert_eq!(listed, installed);
}

#[test]
fn the_manual_lists_the_modules() {
    let listed: BTreeSet<String> = section("Node modules")
        .lines()
        .filter(|line| line.starts_with('`'))
        .flat_map(quoted)
        .collect();
    assert_eq!(listed, modules::names().map(str::to_owned).collect());
}

#[test]
fn what_the_manual_lists_as_absent_is_absent() {
    let (_, after) = section("Web APIs").split_once("Not there: ").unwrap();
    let absent = quoted(after.split_once(". ").unwrap().0);
    assert!(absent.len() >= 5, "{absent:?}");
    let interpreter = ManuallyDrop::new(Interpreter::build().unwrap());
    assert!(
        absent.is_disjoint(&globals(&interpreter.context)),
        "{absent:?}"
    );
}
