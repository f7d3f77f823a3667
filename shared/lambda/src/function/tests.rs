//! Tests of a function over an engine on fakes.

mod fixture;
mod secrecy;
mod shapes;
