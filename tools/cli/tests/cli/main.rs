//! The built program, run in folders of its own as a person runs it.
#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test fails the test, as the test itself would"
)]

mod dev;
mod folder;
mod publishing;
mod trigger;
