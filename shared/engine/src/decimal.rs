//! Compares numbers by value, to the last digit: `3`, `3.0`, `3e0` and `30e-1` are equal.

use serde_json::Number;

/// Whether two numbers have the same value.
pub fn are_equal(left: &Number, right: &Number) -> bool {
    let (left, right) = (left.as_str(), right.as_str());
    if left == right {
        return true;
    }
    match (Decimal::of(left), Decimal::of(right)) {
        (Some(left), Some(right)) => left == right,
        // An exponent beyond `i128`: such numbers are equal only when they are spelled alike.
        _ => false,
    }
}

/// `±digits × 10^exponent`, with no zero at either end of the digits. Zero has no digits and no sign.
#[derive(PartialEq, Eq)]
struct Decimal {
    is_negative: bool,
    digits: String,
    exponent: i128,
}

impl Decimal {
    fn of(text: &str) -> Option<Self> {
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i128>().ok()?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = [whole, fraction].concat();
        let shortened = all.trim_end_matches('0');
        let digits = shortened.trim_start_matches('0');
        if digits.is_empty() {
            return Some(Self {
                is_negative: false,
                digits: String::new(),
                exponent: 0,
            });
        }
        let removed = i128::try_from(all.len() - shortened.len()).ok()?;
        let shift = removed - i128::try_from(fraction.len()).ok()?;
        Some(Self {
            is_negative: text.starts_with('-'),
            digits: digits.to_owned(),
            exponent: exponent.checked_add(shift)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn equal(left: &str, right: &str) -> bool {
        let number = |text: &str| text.parse::<Number>().unwrap();
        are_equal(&number(left), &number(right))
    }

    #[test]
    fn spellings_of_one_value_are_equal_and_others_are_not() {
        for text in ["3", "3.0", "3e0", "30e-1", "0.3E+1", "3.000e00", "0.03e2"] {
            assert!(equal("3", text) && equal(text, "3.00"), "{text}");
        }
        for text in ["0", "-0", "0.0", "0e9", "-0.00e-5"] {
            assert!(equal("0", text), "{text}");
        }
        for (left, right) in [
            ("3", "-3"),
            ("3", "30"),
            ("3", "0.3"),
            ("8202522731445525542", "8202522731445525543"),
            ("9007199254740993", "9007199254740992"),
            ("0.1", "0.10000000000000001"),
            ("1e400", "1e401"),
            ("12", "1.2"),
            ("102", "12"),
        ] {
            assert!(!equal(left, right), "{left} {right}");
        }
        assert!(equal("8202522731445525542.0", "8.202522731445525542e18"));
        assert!(equal("1e400", "10e399"));
        let endless = format!("1e{}", "9".repeat(60));
        assert!(equal(&endless, &endless) && !equal(&endless, "1"));
    }

    proptest! {
        #[test]
        fn moving_the_point_changes_nothing(
            negative in any::<bool>(), digits in "[1-9][0-9]{0,30}", exponent in -400_i32..400, zeros in 0..20_usize, shift in 0..20_i32
        ) {
            let sign = if negative { "-" } else { "" };
            let plain = format!("{sign}{digits}e{exponent}");
            let padded = format!("{sign}{digits}{}e{}", "0".repeat(zeros), exponent - i32::try_from(zeros).unwrap());
            let places = format!("{:0>width$}", digits, width = usize::try_from(shift).unwrap() + 1);
            let (whole, fraction) = places.split_at(places.len() - usize::try_from(shift).unwrap());
            let whole = match whole.trim_start_matches('0') { "" => "0", whole => whole };
            let point = if fraction.is_empty() { "" } else { "." };
            let moved = format!("{sign}{whole}{point}{fraction}E{}", exponent + shift);
            prop_assert!(equal(&plain, &padded), "{} {}", plain, padded);
            prop_assert!(equal(&plain, &moved), "{} {}", plain, moved);
            let other = format!("{plain}1");
            prop_assert!(!equal(&plain, &other));
        }

        #[test]
        fn integers_are_equal_when_integers_say_so(left in any::<i128>(), right in any::<i128>()) {
            let fraction = format!("{left}.0");
            prop_assert!(equal(&left.to_string(), &fraction));
            prop_assert_eq!(equal(&left.to_string(), &right.to_string()), left == right);
        }
    }
}
