//! Text encodings: UTF-8, UTF-16, base64.

#![expect(
    clippy::needless_pass_by_value,
    reason = "the engine hands arguments over by value"
)]

use base64::{
    Engine as _, alphabet,
    engine::{
        DecodePaddingMode,
        general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD, URL_SAFE_NO_PAD},
    },
};
use rquickjs::{Array, Ctx, Exception, Function, Object, TypedArray, Value};

/// Base64 as browsers read it: optional padding, ignored trailing bits.
const FORGIVING: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Copies the bytes of a script's array.
pub(super) fn bytes(array: &TypedArray<'_, u8>) -> Vec<u8> {
    // SAFETY: the slice is copied at once; no script code runs meanwhile.
    unsafe { array.as_bytes() }.unwrap_or_default().to_vec()
}

pub(crate) fn install<'js>(ctx: &Ctx<'js>, natives: &Object<'js>) -> rquickjs::Result<()> {
    natives.set("utf8Encode", Function::new(ctx.clone(), utf8_encode)?)?;
    natives.set("utf8Decode", Function::new(ctx.clone(), utf8_decode)?)?;
    natives.set("utf16Decode", Function::new(ctx.clone(), utf16_decode)?)?;
    natives.set("promiseState", Function::new(ctx.clone(), promise_state)?)?;
    natives.set("utf8Complete", Function::new(ctx.clone(), utf8_complete)?)?;
    natives.set("hexEncode", Function::new(ctx.clone(), hex_encode)?)?;
    natives.set("base64Encode", Function::new(ctx.clone(), base64_encode)?)?;
    natives.set("base64Decode", Function::new(ctx.clone(), base64_decode)?)
}

/// Callers pass well-formed text only (`toWellFormed`).
fn utf8_encode(ctx: Ctx<'_>, text: String) -> rquickjs::Result<TypedArray<'_, u8>> {
    TypedArray::new(ctx, text.into_bytes())
}

fn utf8_decode(ctx: Ctx<'_>, array: TypedArray<'_, u8>, fatal: bool) -> rquickjs::Result<String> {
    match String::from_utf8(bytes(&array)) {
        Ok(text) => Ok(text),
        Err(_) if fatal => Err(Exception::throw_type(&ctx, "the data is not UTF-8")),
        Err(error) => Ok(String::from_utf8_lossy(error.as_bytes()).into_owned()),
    }
}

/// State of a promise: 0 if pending, 1 or 2 and the value if fulfilled or rejected; `None` for other values.
fn promise_state<'js>(ctx: Ctx<'js>, value: Value<'js>) -> rquickjs::Result<Option<Array<'js>>> {
    let Some(promise) = value.as_promise() else {
        return Ok(None);
    };
    let state = Array::new(ctx.clone())?;
    match promise.result::<Value<'js>>() {
        None => state.set(0, 0)?,
        Some(Ok(value)) => {
            state.set(0, 1)?;
            state.set(1, value)?;
        }
        Some(Err(_)) => {
            state.set(0, 2)?;
            state.set(1, ctx.catch())?;
        }
    }
    Ok(Some(state))
}

/// Whether the bytes end at a character boundary.
fn utf8_complete(array: TypedArray<'_, u8>) -> bool {
    match std::str::from_utf8(&bytes(&array)) {
        Ok(_) => true,
        Err(error) => error.error_len().is_some(),
    }
}

fn hex_encode(array: TypedArray<'_, u8>) -> String {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
    ];
    bytes(&array)
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| DIGITS[usize::from(digit)])
        .collect()
}

fn utf16_decode(ctx: Ctx<'_>, array: TypedArray<'_, u8>, fatal: bool) -> rquickjs::Result<String> {
    let bytes = bytes(&array);
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect();
    match String::from_utf16(&units) {
        Ok(text) if rest.is_empty() => Ok(text),
        _ if fatal => Err(Exception::throw_type(&ctx, "the data is not UTF-16")),
        _ => {
            let mut text = String::from_utf16_lossy(&units);
            if !rest.is_empty() {
                text.push(char::REPLACEMENT_CHARACTER);
            }
            Ok(text)
        }
    }
}

fn base64_encode(array: TypedArray<'_, u8>, url_safe: bool) -> String {
    let bytes = bytes(&array);
    if url_safe {
        URL_SAFE_NO_PAD.encode(bytes)
    } else {
        STANDARD.encode(bytes)
    }
}

/// Returns `None` if the text is not base64. The caller has removed whitespace and mapped the URL-safe alphabet.
fn base64_decode(ctx: Ctx<'_>, text: String) -> rquickjs::Result<Option<TypedArray<'_, u8>>> {
    match FORGIVING.decode(text) {
        Ok(bytes) => TypedArray::new(ctx, bytes).map(Some),
        Err(_) => Ok(None),
    }
}
