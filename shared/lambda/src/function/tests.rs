//! Tests of a function on an engine with fakes.

mod authentication;
mod fixture;
mod secrecy;
mod shapes;
mod tracing;
