//! Compression of large attributes.

use std::io::{self, Read, Write};

use flate2::{Compression, read::DeflateDecoder, write::DeflateEncoder};

/// Above anything this program writes: larger data would be an attempt to exhaust memory.
const UNPACKED_LIMIT: u64 = 16 * 1024 * 1024;

/// Compresses with deflate.
pub(crate) fn pack(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// As [`pack`], for what is compressed already.
pub(crate) fn wrap(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::none());
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// Reverses [`pack`] and [`wrap`]. The error message calls the data `what`.
pub(crate) fn unpack(packed: &[u8], what: &str) -> Result<Vec<u8>, String> {
    // Most of it is text, which becomes a quarter.
    let mut bytes = Vec::with_capacity(packed.len().saturating_mul(4));
    let read = DeflateDecoder::new(packed)
        .take(UNPACKED_LIMIT + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| format!("its {what} cannot be decompressed: {error}"))?;
    if read as u64 > UNPACKED_LIMIT {
        return Err(format!("its {what} is larger than {UNPACKED_LIMIT} bytes"));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_unpacks_without_end_is_refused() {
        let bomb = pack(&vec![0; 17 * 1024 * 1024]).unwrap();
        assert!(bomb.len() < 100_000);
        let refusal = unpack(&bomb, "body").unwrap_err();
        assert_eq!(refusal, "its body is larger than 16777216 bytes");
        assert!(
            unpack(b"no deflate", "event")
                .unwrap_err()
                .starts_with("its event cannot")
        );
    }
}
