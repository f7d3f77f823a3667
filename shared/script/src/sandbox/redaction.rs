//! Keeping secrets out of what a script says.

use hookpoint_engine::{identifier::SecretName, secret::Secret};

/// Shorter values are not looked for: they would blacken half of every line, and protect nothing.
const SHORTEST: usize = 4;

/// Replaces the values of secrets.
pub(crate) struct Redaction {
    /// Longest first, so that a value within another does not leave its ends behind.
    values: Vec<String>,
}

impl Redaction {
    pub(crate) fn new(secrets: &[(SecretName, Secret)]) -> Self {
        let mut values: Vec<String> = secrets
            .iter()
            .flat_map(|(_, secret)| {
                // A log has one line at a time, so the lines of a key file count each for itself.
                let lines = secret.expose().lines().map(str::trim);
                lines.chain([secret.expose()]).map(str::to_owned)
            })
            .filter(|value| value.len() >= SHORTEST)
            .collect();
        values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        values.dedup();
        Self { values }
    }

    /// The text without the secrets.
    pub(crate) fn apply(&self, mut text: String) -> String {
        for value in &self.values {
            if text.contains(value.as_str()) {
                text = text.replace(value.as_str(), "[redacted]");
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_a_key_are_found_one_by_one() {
        let key = (
            "Key".parse().unwrap(),
            Secret::new("-----BEGIN\nMIIEvQIBADANBg\n-----END"),
        );
        let redaction = Redaction::new(&[key]);
        assert_eq!(
            redaction.apply("log: MIIEvQIBADANBg".to_owned()),
            "log: [redacted]"
        );
    }

    #[test]
    fn secrets_are_replaced_longest_first() {
        let secret = |name: &str, value: &str| (name.parse().unwrap(), Secret::new(value));
        let redaction = Redaction::new(&[
            secret("Short", "abcd"),
            secret("Long", "abcd-efgh"),
            secret("Tiny", "a"),
        ]);
        assert_eq!(
            redaction.apply("a abcd-efgh abcd".to_owned()),
            "a [redacted] [redacted]"
        );
    }
}
