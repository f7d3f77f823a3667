#![doc = include_str!("../README.md")]

mod chunk;
mod clients;
mod compressed;
mod failure;
mod item;
mod queue;
mod repetition;
mod secrets;
mod store;
#[cfg(test)]
mod testing;

#[cfg(feature = "profiles")]
pub use clients::ProfileError;
pub use clients::{AwsClients, AwsCredentials, AwsSettings};
pub use queue::SqsQueue;
pub use secrets::SecretsManagerSource;
pub use store::DynamoStore;
