//! The built program, run in folders of its own as a person runs it.

mod dev;
mod folder;
mod publishing;
mod trigger;
