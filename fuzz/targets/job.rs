//! Messages of the queue: read or named, and carried through their attempts unchanged.
#![no_main]

use hookpoint_engine::testing::stored;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| stored::job(data));
