//! Compresses and decompresses deflate, gzip and zlib.

#![expect(
    clippy::needless_pass_by_value,
    reason = "the engine hands arguments over by value"
)]

use std::io::{self, Read};

use flate2::{Compression, Crc, read};
use rquickjs::{Ctx, Exception, Function, Object, TypedArray};

use super::encoding::bytes;

/// Maximum output, in bytes: half the memory of a script's values.
const OUTPUT_LIMIT: usize = 16 << 20;

pub(crate) fn install<'js>(ctx: &Ctx<'js>, natives: &Object<'js>) -> rquickjs::Result<()> {
    natives.set("compress", Function::new(ctx.clone(), compress)?)?;
    natives.set("decompress", Function::new(ctx.clone(), decompress)?)?;
    natives.set("crc32", Function::new(ctx.clone(), crc32)?)
}

fn compress<'js>(
    ctx: Ctx<'js>,
    format: String,
    data: TypedArray<'js, u8>,
    level: i32,
) -> rquickjs::Result<TypedArray<'js, u8>> {
    let data = bytes(&data);
    // Any other level is the default.
    let level = u32::try_from(level)
        .ok()
        .filter(|level| *level <= 9)
        .map_or_else(Compression::default, Compression::new);
    let mut output = Vec::new();
    let done = match format.as_str() {
        "gzip" => read::GzEncoder::new(&data[..], level).read_to_end(&mut output),
        "deflate" => read::ZlibEncoder::new(&data[..], level).read_to_end(&mut output),
        _ => read::DeflateEncoder::new(&data[..], level).read_to_end(&mut output),
    };
    done.map_err(|error| Exception::throw_message(&ctx, &error.to_string()))?;
    TypedArray::new(ctx, output)
}

/// Throws a string: `end` for truncated data, `large` beyond the limit, `data` for other errors.
fn decompress<'js>(
    ctx: Ctx<'js>,
    format: String,
    data: TypedArray<'js, u8>,
    limit: f64,
) -> rquickjs::Result<TypedArray<'js, u8>> {
    let data = bytes(&data);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "what does not fit is beyond the limit"
    )]
    let limit = (limit.max(0.0) as usize).min(OUTPUT_LIMIT);
    let output = match format.as_str() {
        "gzip" => bounded(read::MultiGzDecoder::new(&data[..]), limit)
            // Data after the last member is ignored.
            .or_else(|_| bounded(read::GzDecoder::new(&data[..]), limit)),
        "deflate" => bounded(read::ZlibDecoder::new(&data[..]), limit),
        _ => bounded(read::DeflateDecoder::new(&data[..]), limit),
    };
    match output {
        Ok(output) => TypedArray::new(ctx, output),
        Err(reason) => Err(Exception::throw_message(&ctx, reason)),
    }
}

fn bounded(reader: impl Read, limit: usize) -> Result<Vec<u8>, &'static str> {
    let mut output = Vec::new();
    match reader.take(limit as u64 + 1).read_to_end(&mut output) {
        Ok(_) if output.len() > limit => Err("large"),
        Ok(_) => Ok(output),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err("end"),
        Err(_) => Err("data"),
    }
}

fn crc32(data: TypedArray<'_, u8>, start: f64) -> f64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the caller passes 32 bits"
    )]
    let start = start as u32;
    let data = bytes(&data);
    let mut sum = Crc::new();
    sum.update(&data);
    if start == 0 {
        return f64::from(sum.sum());
    }
    // Continue from another checksum.
    let mut state = !start;
    for byte in data {
        state ^= u32::from(byte);
        for _ in 0..8 {
            state = (state >> 1) ^ (0xedb8_8320 & (state & 1).wrapping_neg());
        }
    }
    f64::from(!state)
}
