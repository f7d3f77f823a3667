//! Ingest keys, as untrusted input.
#![no_main]

use hookpoint_engine::application::ingest_key::IngestKey;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = IngestKey::parse(text);
});
