//! Templates: what parses prints as it was written.
#![no_main]

use hookpoint_engine::hook::template::Template;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(template) = Template::parse(text) {
        assert_eq!(template.to_string(), text);
    }
});
