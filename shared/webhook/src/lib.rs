#![doc = include_str!("../README.md")]

mod client;
mod coding;
mod exchange;
mod failure;
mod fetch;
mod headers;
mod hooks;
mod resolve;
mod signature;
#[cfg(test)]
mod tests;

pub use self::{
    client::GuardedClient,
    hooks::WebhookHooks,
    resolve::{ResolveHost, SystemResolver},
};
