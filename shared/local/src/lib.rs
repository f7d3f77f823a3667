//! The embedded store, queue and secrets of a laptop.
//!
#![doc = include_str!("../README.md")]

mod continuation;
mod private;
mod secrets;
mod store;

pub use self::{
    continuation::LocalContinuationKeys,
    secrets::{LocalSecrets, SECRET_PREFIX, SECRETS_FILE},
    store::{LocalStore, OpenError, STORE_FILE, WaitingDelivery},
};

/// The directory beside `hookpoint.yaml` in which everything is kept.
pub const DIRECTORY: &str = ".hookpoint";
