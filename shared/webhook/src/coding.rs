//! Content codings (RFC 9110, section 8.4) that the `fetch` of scripts decodes.
//!
//! Answers are at most a few hundred kilobytes, so they are decoded in memory, and never further than one byte past the
//! limit: a bomb costs no more than an honest response of that size.

use std::io::{self, BufRead, Read};

use brotli_decompressor::Decompressor;
use flate2::bufread::{DeflateDecoder, GzDecoder, ZlibDecoder};
use hookpoint_engine::{
    hook::outcome::{FailureClass, HookFailure},
    ports::RESPONSE_LIMIT,
};
use http::{HeaderMap, header};

/// The default `Accept-Encoding`.
pub(crate) const ACCEPTED: &str = "gzip, deflate, br";

/// Maximum number of codings: each costs a pass, and real responses have one.
const MOST_CODINGS: usize = 5;

/// The first bytes of every member of a gzip file.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

#[derive(Debug, Clone, Copy)]
enum Coding {
    Gzip,
    Deflate,
    Brotli,
}

/// Decodes a body. One in an unknown coding stays as it is, as in browsers and Node: the script sees its header.
pub(crate) fn decode(headers: &HeaderMap, mut body: Vec<u8>) -> Result<Vec<u8>, HookFailure> {
    // Answers to HEAD, and statuses without a body, may name a coding.
    if body.is_empty() {
        return Ok(body);
    }
    let Some(codings) = codings(headers) else {
        return Ok(body);
    };
    if codings.len() > MOST_CODINGS {
        return Err(HookFailure::new(
            FailureClass::BadResponse,
            format!("the response is coded {} times over", codings.len()),
        ));
    }
    // The last one was applied last.
    for coding in codings.into_iter().rev() {
        body = coding.decode(&body)?;
    }
    Ok(body)
}

/// The codings in the order in which they were applied, or `None` when one of them is unknown.
fn codings(headers: &HeaderMap) -> Option<Vec<Coding>> {
    let mut codings = Vec::new();
    for value in headers.get_all(header::CONTENT_ENCODING) {
        for name in value.to_str().ok()?.split(',').map(str::trim) {
            match name.to_ascii_lowercase().as_str() {
                "" | "identity" => {}
                "gzip" | "x-gzip" => codings.push(Coding::Gzip),
                "deflate" => codings.push(Coding::Deflate),
                "br" => codings.push(Coding::Brotli),
                _ => return None,
            }
        }
    }
    Some(codings)
}

impl Coding {
    fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Brotli => "br",
        }
    }

    fn decode(self, coded: &[u8]) -> Result<Vec<u8>, HookFailure> {
        let mut decoded = Vec::new();
        match self {
            Self::Gzip => gunzip(coded, &mut decoded),
            // The standard says zlib format; some servers send raw deflate.
            Self::Deflate if coded.first().is_some_and(|first| first & 0x0f == 8) => {
                read_capped(ZlibDecoder::new(coded), &mut decoded)
            }
            Self::Deflate => read_capped(DeflateDecoder::new(coded), &mut decoded),
            Self::Brotli => read_capped(Decompressor::new(coded, 4096), &mut decoded),
        }
        .map_err(|_| {
            HookFailure::new(
                FailureClass::BadResponse,
                format!(
                    "the response is not valid `{}`, or it is cut short",
                    self.name()
                ),
            )
        })?;
        if decoded.len() > RESPONSE_LIMIT {
            return Err(HookFailure::new(
                FailureClass::TooLarge,
                format!("the response is larger than {RESPONSE_LIMIT} bytes when it is decoded"),
            ));
        }
        Ok(decoded)
    }
}

/// Decodes all members of a gzip file, ignoring trailing data.
fn gunzip(mut coded: &[u8], decoded: &mut Vec<u8>) -> io::Result<()> {
    loop {
        read_capped(GzDecoder::new(&mut coded), decoded)?;
        if decoded.len() > RESPONSE_LIMIT || !coded.fill_buf()?.starts_with(&GZIP_MAGIC) {
            return Ok(());
        }
    }
}

/// Reads to the end, or to one byte past the limit.
fn read_capped(reader: impl Read, decoded: &mut Vec<u8>) -> io::Result<()> {
    let room = RESPONSE_LIMIT + 1 - decoded.len();
    reader
        .take(u64::try_from(room).unwrap_or(u64::MAX))
        .read_to_end(decoded)
        .map(drop)
}

#[cfg(test)]
mod tests;
