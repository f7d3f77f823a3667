//! Whatever a child sends that was taken over: decoded, judged, never feared.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| hookpoint_script::judge_child(data));
