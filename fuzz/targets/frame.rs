//! Frames of a sandboxed child: the same frames come out however the bytes arrive.
#![no_main]

use hookpoint_script::frame::FrameDecoder;
use libfuzzer_sys::fuzz_target;

const LIMIT: usize = 64 * 1024;

fuzz_target!(|data: &[u8]| {
    let mut whole = FrameDecoder::new(LIMIT);
    whole.push(data);
    let mut piecewise = FrameDecoder::new(LIMIT);
    let mut bytes = data.iter();
    loop {
        let expected = whole.next_frame();
        let mut found = piecewise.next_frame();
        while let (Ok(None), Some(byte)) = (&found, bytes.next()) {
            piecewise.push(&[*byte]);
            found = piecewise.next_frame();
        }
        assert_eq!(found, expected);
        if !matches!(expected, Ok(Some(_))) {
            break;
        }
    }
});
