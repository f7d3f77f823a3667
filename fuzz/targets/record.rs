//! Run records, kept events, recorded answers, marks: what is read is written so that the same is read again.
#![no_main]

use hookpoint_engine::testing::stored;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| stored::record(data));
