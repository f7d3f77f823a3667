#![doc = include_str!("../README.md")]

mod chunk;
mod clients;
mod failure;
mod item;
mod secrets;
mod store;
#[cfg(test)]
mod testing;

#[cfg(feature = "profiles")]
pub use clients::ProfileError;
pub use clients::{AwsClients, AwsCredentials, AwsSettings};
pub use secrets::SecretsManagerSource;
pub use store::DynamoStore;
