//! The meaning of plain scalars: the core schema of YAML 1.2, as far as JSON can represent it.

use std::str::FromStr as _;

use serde_json::Number;

use super::NodeValue;

/// Resolves a plain scalar.
///
/// `yes`, `no`, `on` and `off` are text, as in YAML 1.2. Numbers use JSON's notation and keep their digits. Other
/// notations of numbers in YAML (`0x1F`, `007`, `+1`, `.5`, `.inf`) are refused: readers disagree on whether they are
/// text or which number they are.
pub(crate) fn resolve(text: &str) -> Result<NodeValue, Unclear> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Ok(NodeValue::Null),
        "true" | "True" | "TRUE" => return Ok(NodeValue::Boolean(true)),
        "false" | "False" | "FALSE" => return Ok(NodeValue::Boolean(false)),
        _ => {}
    }
    if is_json_number(text) {
        // `arbitrary_precision` keeps the number's text, so no range can be exceeded.
        return Number::from_str(text)
            .map(NodeValue::Number)
            .map_err(|_| Unclear::Number);
    }
    if is_not_finite(text) {
        return Err(Unclear::NotFinite);
    }
    if is_other_number(text) {
        return Err(Unclear::Number);
    }
    Ok(NodeValue::Text(text.to_owned()))
}

/// A plain scalar that is ambiguous.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unclear {
    /// Infinite or not a number.
    NotFinite,
    /// A number in a notation that JSON lacks.
    Number,
}

/// `-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?`
fn is_json_number(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    are_digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(are_digits)
        && exponent
            .is_none_or(|digits| are_digits(digits.strip_prefix(['-', '+']).unwrap_or(digits)))
}

/// The remaining numbers of the core schema: a plus sign, leading zeros, a bare point, other bases.
fn is_other_number(text: &str) -> bool {
    let based = |prefix: &str, radix: u32| {
        text.strip_prefix(prefix).is_some_and(|digits| {
            !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix))
        })
    };
    if based("0x", 16) || based("0o", 8) {
        return true;
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let mantissa = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent))
            if are_digits(exponent.strip_prefix(['-', '+']).unwrap_or(exponent)) =>
        {
            mantissa
        }
        Some(_) => return false,
        None => unsigned,
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    [whole, fraction]
        .iter()
        .all(|digits| digits.is_empty() || are_digits(digits))
        && !(whole.is_empty() && fraction.is_empty())
}

fn is_not_finite(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN")
}

fn are_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
