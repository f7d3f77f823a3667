//! The server over real sockets: the sample end to end, refusals, and edits while it runs.

mod client;
mod refusals;
mod reloading;
mod sample;
