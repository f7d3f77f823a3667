//! The frames that sandbox and parent exchange: a length, a kind, a JSON header, a body.
//!
//! ```text
//! u32 length of the rest · u8 kind · u32 length of the header · header (JSON) · body (bytes)
//! ```
//!
//! Integers are little-endian. Decoding is incremental and pure, because the parent must assume that the child was taken
//! over and sends whatever hurts most: every length is checked against a cap before a byte of it is awaited.

use thiserror::Error;

/// What stands before the header: kind and header length.
const PRELUDE: usize = 5;

/// One frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// What it is; the numbers are in the `message` module.
    pub kind: u8,
    /// The header, JSON.
    pub header: Vec<u8>,
    /// The body.
    pub body: Vec<u8>,
}

/// Why bytes are no frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FrameError {
    /// Longer than the receiver accepts.
    #[error("a frame of {length} bytes, at most {limit} are accepted")]
    TooLong {
        /// What the frame says.
        length: usize,
        /// What is accepted.
        limit: usize,
    },
    /// Too short for a kind and a header length, or a header longer than its frame.
    #[error("a frame of {length} bytes with a header of {header} bytes")]
    Malformed {
        /// The length of the frame.
        length: usize,
        /// The length of the header.
        header: usize,
    },
}

impl Frame {
    /// The frame as bytes.
    ///
    /// # Panics
    /// Never: lengths beyond 4 GiB saturate, and the receiver refuses them.
    pub fn encode(&self) -> Vec<u8> {
        encode(self.kind, &self.header, &[&self.body])
    }
}

/// A frame as bytes, its body given in parts.
pub(crate) fn encode(kind: u8, header: &[u8], body: &[&[u8]]) -> Vec<u8> {
    let body_length: usize = body.iter().map(|part| part.len()).sum();
    let length = PRELUDE + header.len() + body_length;
    let mut bytes = Vec::with_capacity(4 + length);
    bytes.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
    bytes.push(kind);
    bytes.extend_from_slice(
        &u32::try_from(header.len())
            .unwrap_or(u32::MAX)
            .to_le_bytes(),
    );
    bytes.extend_from_slice(header);
    for part in body {
        bytes.extend_from_slice(part);
    }
    bytes
}

/// Takes bytes as they come, gives frames.
#[derive(Debug)]
pub struct FrameDecoder {
    buffer: Vec<u8>,
    start: usize,
    limit: usize,
}

impl FrameDecoder {
    /// A decoder that refuses frames longer than `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self {
            buffer: Vec::new(),
            start: 0,
            limit,
        }
    }

    /// Adds bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole frame, or `None` when more bytes are needed.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, FrameError> {
        let pending = &self.buffer[self.start..];
        let Some((length, rest)) = read_u32(pending) else {
            return Ok(None);
        };
        if length > self.limit {
            return Err(FrameError::TooLong {
                length,
                limit: self.limit,
            });
        }
        if length < PRELUDE {
            return Err(FrameError::Malformed { length, header: 0 });
        }
        if rest.len() < PRELUDE {
            return Ok(None);
        }
        let kind = rest[0];
        let Some((header_length, _)) = read_u32(&rest[1..]) else {
            return Ok(None);
        };
        if header_length > length - PRELUDE {
            return Err(FrameError::Malformed {
                length,
                header: header_length,
            });
        }
        if rest.len() < length {
            return Ok(None);
        }
        let (header, body) = rest[PRELUDE..length].split_at(header_length);
        let frame = Frame {
            kind,
            header: header.to_vec(),
            body: body.to_vec(),
        };
        self.start += 4 + length;
        Ok(Some(frame))
    }
}

fn read_u32(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (head, rest) = bytes.split_first_chunk::<4>()?;
    Some((usize::try_from(u32::from_le_bytes(*head)).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn frames_survive_any_cut_of_the_stream(
            frames in prop::collection::vec((any::<u8>(), prop::collection::vec(any::<u8>(), 0..40), prop::collection::vec(any::<u8>(), 0..200)), 0..6),
            cut in 1usize..50,
        ) {
            let frames: Vec<Frame> = frames.into_iter().map(|(kind, header, body)| Frame { kind, header, body }).collect();
            let bytes: Vec<u8> = frames.iter().flat_map(Frame::encode).collect();
            let mut decoder = FrameDecoder::new(1024);
            let mut decoded = Vec::new();
            for part in bytes.chunks(cut) {
                decoder.push(part);
                while let Some(frame) = decoder.next_frame().unwrap() {
                    decoded.push(frame);
                }
            }
            prop_assert_eq!(decoded, frames);
        }

        #[test]
        fn no_bytes_make_the_decoder_panic_or_hold_more_than_it_was_given(
            parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..64), 0..16),
        ) {
            let mut decoder = FrameDecoder::new(128);
            for part in parts {
                decoder.push(&part);
                loop {
                    match decoder.next_frame() {
                        Ok(Some(frame)) => prop_assert!(frame.header.len() + frame.body.len() <= 128),
                        Ok(None) => break,
                        Err(_) => return Ok(()),
                    }
                }
            }
        }
    }

    #[test]
    fn a_length_beyond_the_limit_is_refused_before_its_bytes_arrive() {
        let mut decoder = FrameDecoder::new(1000);
        decoder.push(&u32::MAX.to_le_bytes());
        assert!(matches!(
            decoder.next_frame(),
            Err(FrameError::TooLong { limit: 1000, .. })
        ));
    }

    #[test]
    fn a_header_longer_than_its_frame_is_refused() {
        let mut decoder = FrameDecoder::new(1000);
        decoder.push(&[10, 0, 0, 0, 1, 200, 0, 0, 0]);
        assert_eq!(
            decoder.next_frame(),
            Err(FrameError::Malformed {
                length: 10,
                header: 200
            })
        );
    }
}
