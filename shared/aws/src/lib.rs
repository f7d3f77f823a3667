#![doc = include_str!("../README.md")]

mod chunk;
mod clients;
mod compressed;
mod failure;
#[cfg(feature = "profiles")]
mod identity;
mod item;
pub mod partitions;
mod queue;
mod repetition;
mod secrets;
#[cfg(feature = "stacks")]
mod stack;
mod store;
#[cfg(test)]
mod testing;

#[cfg(feature = "profiles")]
pub use clients::ProfileError;
pub use clients::{ATTEMPTS, AwsClients, AwsCredentials, AwsSettings};
pub use queue::{QueueCounts, SqsQueue};
pub use secrets::SecretsManagerSource;
#[cfg(feature = "stacks")]
pub use stack::{StackError, StackOutputs};
pub use store::DynamoStore;
