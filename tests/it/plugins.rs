//! The plugin library, as an operator uses it: every plugin is added by command, published, and exercised with a vendor that works and one
//! that fails; and what is refused.

mod aws;
mod bench;
mod commands;
mod elsewhere;
mod functions;
mod halfway;
mod hostile;
mod journeys;
mod library;
mod place;
mod stated;
mod successes;
mod terminal;
mod trickle;
mod vendor;
mod walks;
