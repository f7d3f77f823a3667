//! `imager GUEST.wasm FOLDER COMPILER…`: builds the images of the script sandbox. Run by `cargo xtask sandbox`.

#[path = "../../../shared/script/src/machine/config.rs"]
#[expect(dead_code, reason = "the sandbox uses the limits")]
mod config;
mod initialise;
mod module;
mod symbols;
mod write;

use std::{env, fs, path::Path};

use wasmtime::Engine;
use wasmtime::{bail, error::Context as _};

/// Image name and compiler target of each platform.
const TARGETS: [(&str, &str); 3] = [
    ("x86_64-linux", "x86_64-unknown-linux-gnu"),
    ("aarch64-linux", "aarch64-unknown-linux-gnu"),
    ("aarch64-macos", "aarch64-apple-darwin"),
];

/// A lying guest, for the sandbox's tests.
const LIAR: &str = include_str!("../../../shared/script/guest/liar.wat");

fn main() -> wasmtime::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [guest, folder, compilers @ ..] = arguments.as_slice() else {
        bail!("expected the compiled guest, the folder of the images, and the compiler's name");
    };
    let folder = Path::new(folder);
    let wasm = fs::read(guest).with_context(|| format!("failed to read `{guest}`"))?;
    let (memory, scripts) = initialise::memory_of(&wasm)?;
    let bare = module::without_data(&wasm, memory.len())?;
    let liar = wat::parse_str(LIAR)?;
    let mut images = vec![("memory".to_owned(), write::without_trailing_zeros(memory))];
    for (name, target) in TARGETS {
        let mut config = config::config();
        config
            .target(target)?
            .cranelift_opt_level(wasmtime::OptLevel::Speed);
        let engine = Engine::new(&config)?;
        for (name, module) in [(name.to_owned(), &bare), (format!("liar-{name}"), &liar)] {
            let compiled = engine
                .precompile_module(module)
                .and_then(symbols::erased)
                .with_context(|| format!("failed to compile {name} for {target}"))?;
            images.push((name, compiled));
        }
    }
    write::images(folder, &images, &scripts, compilers)
}
