//! Tests of a function over an engine on fakes.

mod authentication;
mod fixture;
mod secrecy;
mod shapes;
mod tracing;
