//! Splits a hook's body, and what is stored beside it, into compressed pieces that fit into items.

use std::{borrow::Cow, io};

use hookpoint_engine::hook::{BundleFiles, CompiledForm, CompiledScript, HookBody, hex};
use sha2::{Digest, Sha256};

use crate::compressed::{pack, unpack, wrap};

/// Maximum size of a piece. An item holds 400 KB, its keys and other attributes included.
pub(crate) const CHUNK_BYTES: usize = 300_000;

/// Compresses the body and splits it into pieces of at most [`CHUNK_BYTES`].
pub(crate) fn split(body: &HookBody) -> io::Result<Vec<Vec<u8>>> {
    pieces(body.to_json().as_bytes())
}

/// Compresses and splits bytecode or memory.
pub(crate) fn split_compiled(compiled: &CompiledScript) -> io::Result<Vec<Vec<u8>>> {
    let bytes = compiled.to_bytes();
    let packed = match compiled.form {
        CompiledForm::Bytecode => pack(&bytes)?,
        // It is compressed.
        CompiledForm::Memory => wrap(&bytes)?,
    };
    Ok(split_packed(&packed))
}

/// Compresses and splits the source map; returns no pieces if there is none.
pub(crate) fn split_source_map(body: &HookBody) -> io::Result<Vec<Vec<u8>>> {
    match body.source_map().and_then(|map| map.text()) {
        Some(text) => pieces(text.as_bytes()),
        None => Ok(Vec::new()),
    }
}

/// Compresses and splits the files beside the sources of a bundle; returns no pieces if there are none.
pub(crate) fn split_bundle_files(body: &HookBody) -> io::Result<Vec<Vec<u8>>> {
    match body.bundle_files() {
        Some(files) => pieces(files.to_json().as_bytes()),
        None => Ok(Vec::new()),
    }
}

fn pieces(bytes: &[u8]) -> io::Result<Vec<Vec<u8>>> {
    Ok(split_packed(&pack(bytes)?))
}

fn split_packed(packed: &[u8]) -> Vec<Vec<u8>> {
    packed.chunks(CHUNK_BYTES).map(<[u8]>::to_vec).collect()
}

/// The pieces as one. Nearly everything has a single piece.
fn whole<'a>(pieces: &[&'a [u8]]) -> Cow<'a, [u8]> {
    match pieces {
        [one] => Cow::Borrowed(one),
        _ => Cow::Owned(pieces.concat()),
    }
}

/// Joins the pieces of a body and checks its hash. The error is a reason for the operator.
pub(crate) fn join(pieces: &[&[u8]], sha256: &str) -> Result<HookBody, String> {
    let json = unpack(&whole(pieces), "body")?;
    let actual = hex(&Sha256::digest(&json));
    if actual != sha256 {
        return Err(format!("its body has the hash {actual}, not {sha256}"));
    }
    serde_json::from_slice(&json).map_err(|error| format!("its body cannot be read: {error}"))
}

/// Joins the pieces of bytecode or memory. Returns `None` if they are incomplete or mixed: the script is then
/// compiled where it runs.
pub(crate) fn join_compiled(pieces: &[&[u8]]) -> Option<CompiledScript> {
    CompiledScript::from_bytes(&unpack(&whole(pieces), "compiled script").ok()?)
}

/// Joins the pieces of a source map. Returns `None` if they are incomplete or damaged.
pub(crate) fn join_source_map(pieces: &[&[u8]]) -> Option<String> {
    String::from_utf8(unpack(&whole(pieces), "source map").ok()?).ok()
}

/// Joins the pieces of the files beside the sources of a bundle. Returns `None` if they are incomplete or damaged.
pub(crate) fn join_bundle_files(pieces: &[&[u8]]) -> Option<BundleFiles> {
    let json = unpack(&whole(pieces), "files of a bundle").ok()?;
    BundleFiles::from_json(std::str::from_utf8(&json).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::incompressible_hook;

    #[test]
    fn a_hook_of_256_000_characters_that_do_not_compress_survives_in_pieces_that_fit() {
        let body = incompressible_hook(256_000).body;
        let pieces = split(&body).unwrap();
        assert!(pieces.len() > 1, "{} pieces", pieces.len());
        assert!(pieces.iter().all(|piece| piece.len() <= CHUNK_BYTES));
        let pieces: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
        assert_eq!(join(&pieces, &body.sha256()), Ok(HookBody::clone(&body)));
    }

    #[test]
    fn a_damaged_or_exchanged_piece_is_noticed() {
        let body = incompressible_hook(256_000).body;
        let mut pieces = split(&body).unwrap();
        let sha256 = body.sha256();
        let whole: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
        assert!(join(&whole, &"0".repeat(64)).unwrap_err().contains("hash"));
        assert!(join(&whole[..1], &sha256).is_err());
        let swapped: Vec<&[u8]> = whole.iter().rev().copied().collect();
        assert!(join(&swapped, &sha256).is_err());
        pieces[1][100] ^= 1;
        let flipped: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
        assert!(join(&flipped, &sha256).is_err());
    }
}
