//! Continuation tokens of strangers are refused; the state in one of ours comes back.
#![no_main]

use hookpoint_engine::testing::stored;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| stored::continuation(data));
