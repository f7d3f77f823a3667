//! A wrapper for secret values.

use std::fmt;

/// A value that cannot be printed or serialised by accident.
///
/// There is no `Display` and no `Serialize`; `Debug` prints `[redacted]`. [`Secret::expose`] is the one way to the
/// value, so that a search finds every use.
///
/// ```compile_fail
/// let secret = hookpoint_engine::confidential::secret::Secret::new("whsec_1");
/// println!("{secret}");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a value.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value itself: for the wire only, never for a log, a record, a queue or an error.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[redacted]")
    }
}
