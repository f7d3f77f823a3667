//! Event bodies: parsed for every stage, never feared.
#![no_main]

use hookpoint_engine::{event::Event, stages::Stage};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((&first, body)) = data.split_first() else { return };
    let stage = Stage::ALL[usize::from(first) % Stage::ALL.len()];
    if let Ok(event) = Event::parse(stage, body) {
        let _ = event.subject();
    }
});
