//! Rules about the tree itself. They need no tool but cargo, and take a second.

#![expect(
    clippy::unwrap_used,
    reason = "a broken expectation must fail the test"
)]

mod architecture;
mod documents;
mod tidy;
