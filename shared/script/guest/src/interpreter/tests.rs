//! The interpreter compiled natively: what a script finds.

use super::*;

#[test]
fn the_built_in_scripts_load() {
    if let Err(message) = Interpreter::build() {
        panic!("{message}");
    }
}

#[test]
fn a_script_finds_what_it_is_promised_and_nothing_else() {
    let interpreter = Interpreter::build().unwrap();
    let missing: Vec<String> = interpreter.context.with(|ctx| {
        ctx.eval::<Vec<String>, _>(
            r#"
            const promised = ["fetch", "Headers", "Request", "Response", "AbortController", "AbortSignal", "URL",
              "URLSearchParams", "TextEncoder", "TextDecoder", "atob", "btoa", "crypto", "structuredClone", "setTimeout",
              "setInterval", "setImmediate", "clearTimeout", "clearInterval", "clearImmediate", "queueMicrotask", "console",
              "Buffer", "DOMException", "performance", "RegistrationData", "AdditionalAuthenticator", "AllowAuthentication",
              "RedirectRequest", "ShowErrorMessage", "DenyRequest", "BigInt", "Map", "Proxy", "Reflect", "Promise"];
            const absent = ["Atomics", "SharedArrayBuffer", "FinalizationRegistry", "WeakRef", "__host", "process", "std",
              "os", "onTimer", "gc", "print", "load", "navigator"];
            [...promised.filter((name) => !(name in globalThis)), ...absent.filter((name) => name in globalThis)]
            "#,
        )
        .unwrap()
    });
    assert_eq!(missing, [] as [&str; 0]);
}
