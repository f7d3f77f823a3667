//! Numbers as the page has them.

/// With a comma between thousands.
pub(super) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A share in percent.
pub(super) fn percent(part: u64, of: u64) -> String {
    match (part * 1_000).checked_div(of) {
        None | Some(0) if part == 0 => "0 %".to_owned(),
        None => "–".to_owned(),
        Some(0) => "under 0.1 %".to_owned(),
        Some(share) if share < 100 => format!("{}.{} %", share / 10, share % 10),
        Some(share) => format!("{} %", (share + 5) / 10),
    }
}

/// Dollars and cents.
pub(super) fn dollars(amount: f64) -> String {
    format!("{amount:.2}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_shares_rounded() {
        assert_eq!(
            ["7", "1,234", "12,345,678"],
            [7, 1_234, 12_345_678].map(number)
        );
        let shares = [(0, 5), (1, 5_000), (1, 200), (1, 3), (5, 5)];
        let shares = shares.map(|(part, of)| percent(part, of));
        assert_eq!(shares, ["0 %", "under 0.1 %", "0.5 %", "33 %", "100 %"]);
        assert_eq!(percent(0, 0), "0 %");
    }
}
