//! Tests of every coding, damaged data and bombs.

use std::io::Write as _;

use flate2::{
    Compression,
    write::{DeflateEncoder, GzEncoder, ZlibEncoder},
};
use http::HeaderValue;
use proptest::prelude::*;

use super::*;

/// `{"context":{"Tier":"gold"}}`, a thousand times, written by the reference encoder at quality 11.
const BROTLI: &[u8] = include_bytes!("testdata/gold.br");
/// A hundred megabytes of zeros, from that encoder.
const BROTLI_BOMB: &[u8] = include_bytes!("testdata/bomb.br");

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn raw_deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn decoded(codings: &[&str], body: &[u8]) -> Result<Vec<u8>, HookFailure> {
    let mut headers = HeaderMap::new();
    for coding in codings {
        headers.append(
            header::CONTENT_ENCODING,
            HeaderValue::from_str(coding).unwrap(),
        );
    }
    decode(&headers, body.to_vec())
}

fn gold() -> Vec<u8> {
    br#"{"context":{"Tier":"gold"}}"#.repeat(1000)
}

#[test]
fn every_known_coding_is_decoded_alone_and_over_another() {
    let text = gold();
    let members = [gzip(&text[..100]), gzip(&text[100..])].concat();
    let with_rest = [gzip(&text), b"rest".to_vec()].concat();
    for (codings, body) in [
        (&["gzip"] as &[&str], gzip(&text)),
        (&["X-GZip"], gzip(&text)),
        (&["gzip"], members),
        (&["gzip"], with_rest),
        (&["deflate"], zlib(&text)),
        (&["deflate"], raw_deflate(&text)),
        (&["br"], BROTLI.to_vec()),
        (&["identity"], text.clone()),
        (&[], text.clone()),
        (&["deflate, gzip"], gzip(&zlib(&text))),
        (&["deflate", " , gzip,"], gzip(&zlib(&text))),
        (&["br, identity, gzip"], gzip(BROTLI)),
    ] {
        assert_eq!(decoded(codings, &body).unwrap(), text, "{codings:?}");
    }
}

#[test]
fn a_coding_that_is_not_known_leaves_the_answer_as_it_is() {
    for coding in ["zstd", "aws-chunked", "gzip, compress", "\u{1}"] {
        let Ok(value) = HeaderValue::from_bytes(coding.as_bytes()) else {
            continue;
        };
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_ENCODING, value);
        assert_eq!(decode(&headers, b"as it is".to_vec()).unwrap(), b"as it is");
    }
}

#[test]
fn an_answer_without_a_body_is_not_decoded() {
    assert_eq!(decoded(&["gzip"], b"").unwrap(), b"");
}

#[test]
fn what_is_not_in_its_coding_fails_by_the_name_of_it() {
    let zipped = gzip(&gold());
    for (coding, body) in [
        ("gzip", b"{\"context\":{}}".as_slice()),
        ("gzip", &zipped[..zipped.len() - 9]),
        ("gzip", &zipped[..5]),
        ("deflate", b"{\"context\":{}}"),
        ("deflate", &zlib(&gold())[..20]),
        ("br", b"{\"context\":{}}"),
        ("br", &BROTLI[..BROTLI.len() - 1]),
    ] {
        let failure = decoded(&[coding], body).unwrap_err();
        assert_eq!(failure.class, FailureClass::BadResponse, "{coding}");
        assert!(
            failure.message.contains(&format!("`{coding}`")),
            "{failure}"
        );
    }
    let six = decoded(&["gzip, gzip, gzip", "gzip, gzip, gzip"], b"x").unwrap_err();
    assert!(six.message.contains("6 times"), "{six}");
}

#[test]
fn a_bomb_is_too_large_and_no_more_of_it_is_decoded() {
    let zeros = vec![0; 4 << 20];
    let limit = vec![7; RESPONSE_LIMIT];
    for (codings, bomb) in [
        ("gzip", gzip(&zeros)),
        ("deflate", zlib(&zeros)),
        ("deflate", raw_deflate(&zeros)),
        ("br", BROTLI_BOMB.to_vec()),
        ("gzip, gzip", gzip(&gzip(&zeros))),
        ("gzip", gzip(&zeros[..100_000]).repeat(3)),
    ] {
        let started = std::time::Instant::now();
        let failure = decoded(&[codings], &bomb).unwrap_err();
        assert_eq!(failure.class, FailureClass::TooLarge, "{codings}");
        assert!(started.elapsed().as_secs() < 5, "{codings}");
    }
    assert_eq!(decoded(&["gzip"], &gzip(&limit)).unwrap(), limit);
}

/// An answer, coded or not, with some bytes replaced, to reach most states of the decoders.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let text = gold();
    let honest = prop::sample::select(vec![
        gzip(&text),
        zlib(&text),
        raw_deflate(&text),
        BROTLI.to_vec(),
        BROTLI_BOMB.to_vec(),
        Vec::new(),
    ]);
    let damage = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4);
    (honest, damage, prop::collection::vec(any::<u8>(), 0..32)).prop_map(
        |(mut bytes, damage, rest)| {
            bytes.extend(rest);
            for (place, byte) in damage {
                if !bytes.is_empty() {
                    let place = place.index(bytes.len());
                    bytes[place] = byte;
                }
            }
            bytes
        },
    )
}

proptest! {
    #[test]
    fn no_answer_makes_a_decoder_panic_or_pass_the_limit(
        codings in prop::collection::vec(prop::sample::select(vec!["gzip", "deflate", "br", "identity"]), 0..4),
        body in damaged(),
    ) {
        match decoded(&codings, &body) {
            Ok(bytes) => prop_assert!(bytes.len() <= RESPONSE_LIMIT),
            Err(failure) => prop_assert!(matches!(failure.class, FailureClass::BadResponse | FailureClass::TooLarge)),
        }
    }
}
