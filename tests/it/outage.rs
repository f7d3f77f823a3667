//! Functions and worker while the queue, the store, the secrets or a receiver is unreachable: real processes, an
//! emulated AWS, and a proxy in between.

mod endpoint;
mod failing;
mod proxy;
mod queue;
mod rebinding;
mod receiving;
mod scene;
pub(crate) mod server;
mod store;
