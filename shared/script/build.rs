//! Unpacks the sandbox's images, made by `cargo xtask sandbox`, checks their hashes, and names the interpreter.

use std::{env, fmt::Write as _, fs, io::Read as _, path::Path};

use flate2::read::ZlibDecoder;
use sha2::{Digest as _, Sha256};

const PAGE: usize = 4096;

type Failure = Box<dyn std::error::Error>;

#[expect(
    clippy::disallowed_methods,
    reason = "cargo speaks to build scripts through variables"
)]
fn main() -> Result<(), Failure> {
    println!("cargo:rerun-if-changed=image");
    println!("cargo:rerun-if-changed=build.rs");
    let target = |what: &str| env::var(format!("CARGO_CFG_TARGET_{what}"));
    let platform = format!("{}-{}", target("ARCH")?, target("OS")?);
    let list: serde_json::Value = serde_json::from_slice(&fs::read("image/images.json")?)?;
    println!(
        "cargo:rustc-env=HOOKPOINT_SCRIPT_INTERPRETER={}",
        interpreter(&list)?
    );
    let out = env::var("OUT_DIR")?;
    let images = Path::new("image");
    fs::write(
        Path::new(&out).join("memory"),
        unpack(images, &list, "memory")?,
    )?;
    for end in ["start", "end"] {
        let place = list["scripts"][end]
            .as_u64()
            .ok_or("images.json does not say where the built-in scripts are")?;
        let name = end.to_uppercase();
        println!("cargo:rustc-env=HOOKPOINT_SCRIPT_BUILT_IN_{name}={place}");
    }
    let code = Path::new(&out).join("code");
    if list["images"][&platform].is_object() {
        fs::write(code, unpack(images, &list, &platform)?)?;
    } else {
        // The sandbox reports it when it first runs a script.
        fs::write(code, b"")?;
    }
    Ok(())
}

/// Identifies the interpreter whose bytecode this one reads. Covers the images of all platforms, because bytecode made on a
/// laptop is read on Lambda. Also changes with the guest's compiler, which costs only recompilation.
fn interpreter(list: &serde_json::Value) -> Result<String, Failure> {
    let images = list["images"]
        .as_object()
        .ok_or("images.json lists no images")?;
    let mut lines: Vec<String> = images
        .iter()
        // The tests' guest is not an interpreter.
        .filter(|(name, _)| !name.starts_with("liar-"))
        .map(|(name, image)| format!("{name} {}\n", image["sha256"]))
        .collect();
    lines.sort();
    Ok(hex(&Sha256::digest(lines.concat())))
}

/// Returns an image of the folder as it is placed in memory: whole pages. Refuses one that is not as listed.
pub(crate) fn unpack(
    folder: &Path,
    list: &serde_json::Value,
    name: &str,
) -> Result<Vec<u8>, Failure> {
    let file = folder.join(format!("{name}.z"));
    let described = &list["images"][name];
    let mut image = Vec::new();
    let read = ZlibDecoder::new(fs::File::open(&file)?).read_to_end(&mut image);
    let hash = hex(&Sha256::digest(&image));
    let is_whole = read.is_ok()
        && described["length"].as_u64() == Some(image.len() as u64)
        && described["sha256"].as_str() == Some(hash.as_str());
    if !is_whole {
        return Err(format!(
            "shared/script/{} is not the image that images.json describes: restore it, or run `cargo xtask sandbox`",
            file.display()
        )
        .into());
    }
    image.resize(image.len().next_multiple_of(PAGE), 0);
    Ok(image)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
