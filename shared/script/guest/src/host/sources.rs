//! Sources of the built-in modules: the prelude, the Node modules and their npm packages.

use std::cell::UnsafeCell;

/// A module's source, erased once compiled to keep the image small.
struct Text<const LENGTH: usize>(UnsafeCell<[u8; LENGTH]>);

// SAFETY: the text changes only in `wipe`, whose callers promise that nothing reads it during or after that.
unsafe impl<const LENGTH: usize> Sync for Text<LENGTH> {}

trait Source: Sync {
    fn text(&self) -> &str;

    /// # Safety
    /// Nothing may read the text during or after the call.
    #[cfg_attr(
        not(target_arch = "wasm32"),
        expect(dead_code, reason = "an image alone is made once")
    )]
    unsafe fn wipe(&self);
}

impl<const LENGTH: usize> Source for Text<LENGTH> {
    fn text(&self) -> &str {
        // SAFETY: nothing writes to it, see `wipe`.
        std::str::from_utf8(unsafe { &*self.0.get() }).unwrap_or_default()
    }

    unsafe fn wipe(&self) {
        // SAFETY: the caller promises that nothing else uses the text.
        unsafe { self.0.get().write([0; LENGTH]) }
    }
}

macro_rules! modules {
    ($list:ident, $prefix:literal, $folder:literal: $($name:literal),* $(,)?) => {
        const $list: &[(&str, &dyn Source)] = &[
            $((concat!($prefix, $name), {
                static TEXT: Text<{ include_bytes!(concat!("../", $folder, "/", $name, ".js")).len() }> =
                    Text(UnsafeCell::new(*include_bytes!(concat!("../", $folder, "/", $name, ".js"))));
                &TEXT
            }),)*
        ];
    };
}

modules!(OURS, "hookpoint:", "prelude":
    "abort", "absent", "blob", "body", "ciphers", "clone", "commonjs", "console", "crypto", "der", "effects", "encoding", "equality", "errors",
    "evaluation", "fetch", "form_data", "headers", "host", "incoming", "inspect", "interfaces", "intl", "intl_case", "intl_dates",
    "intl_numbers", "intl_options", "intl_zones", "key_objects", "keys", "locale", "main", "password", "primitives", "require", "result", "rsa",
    "subtle", "timers", "url", "web_streams");
modules!(PACKAGES, "package:", "packages":
    "buffer", "curves", "events", "inspect", "path", "punycode", "streams", "string_decoder", "url", "web_streams", "zones");
modules!(ABSENT, "node:", "packages/absent":
    "child_process", "cluster", "dgram", "dns", "dns/promises", "fs", "fs/promises", "http2", "inspector", "net", "readline",
    "readline/promises", "tls", "v8", "vm", "worker_threads");
modules!(NODE, "node:", "node":
    "assert", "assert/strict", "async_hooks", "buffer", "console", "constants", "crypto", "diagnostics_channel", "events", "http",
    "https", "module", "os", "path", "path/posix", "perf_hooks", "process", "punycode", "querystring", "stream", "stream/consumers",
    "stream/promises", "stream/web", "string_decoder", "sys", "timers", "timers/promises", "tty", "url", "util", "util/types", "zlib");

fn modules() -> impl Iterator<Item = (&'static str, &'static dyn Source)> {
    [OURS, PACKAGES, NODE, ABSENT]
        .into_iter()
        .flatten()
        .copied()
}

/// Names of all modules, those scripts cannot import included.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    modules().map(|(name, _)| name)
}

/// The source; zeros after `wipe`.
pub(super) fn of(name: &str) -> Option<&'static str> {
    modules()
        .find(|(known, _)| *known == name)
        .map(|(_, source)| source.text())
}

/// Erases the sources but not the names.
///
/// # Safety
/// Nothing may use a source during or after the call.
#[cfg(target_arch = "wasm32")]
pub(super) unsafe fn wipe() {
    for (_, source) in modules() {
        // SAFETY: the caller guarantees it.
        unsafe { source.wipe() }
    }
}
