//! Replies and requests of a guest that was taken over.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| hookpoint_script::testing::guest(data));
