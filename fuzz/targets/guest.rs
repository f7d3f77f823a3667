//! Whatever a guest that was taken over returns or asks for: read and judged, never feared.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| hookpoint_script::testing::guest(data));
