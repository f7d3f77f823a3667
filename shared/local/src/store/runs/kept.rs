//! The event and the response of a run, compressed.

use std::io::{Read as _, Write as _};

use flate2::{Compression, read::DeflateDecoder, write::DeflateEncoder};
use hookpoint_engine::record::{Kept, RunId};

use crate::store::failure::Failure;

/// Above the maximum size of an event and a response.
const LIMIT: u64 = 8 * 1024 * 1024;

pub(super) fn compress(id: &RunId, kept: &Kept) -> Result<Vec<u8>, Failure> {
    let text = serde_json::to_vec(kept).map_err(|error| failure(id, &error))?;
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder
        .write_all(&text)
        .and_then(|()| encoder.finish())
        .map_err(|error| failure(id, &error))
}

pub(super) fn expand(id: &RunId, compressed: &[u8]) -> Result<Kept, Failure> {
    let mut text = Vec::new();
    DeflateDecoder::new(compressed)
        .take(LIMIT)
        .read_to_end(&mut text)
        .map_err(|error| failure(id, &error))?;
    serde_json::from_slice(&text).map_err(|error| failure(id, &error))
}

fn failure(id: &RunId, error: &dyn std::error::Error) -> Failure {
    Failure::Item {
        item: format!("run {id}"),
        message: format!("its event and response are damaged ({error})"),
    }
}
