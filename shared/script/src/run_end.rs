//! How a run ends.

use hookpoint_script_protocol::{Failure, Rejection};

use crate::machine::Trap;

/// How a run ended, before it is explained.
#[derive(Debug)]
pub(crate) enum RunEnd {
    /// With a response, and rejections that nothing handled.
    Result(Vec<u8>, Vec<Rejection>),
    /// With a failure that the guest reported.
    Failure(Failure),
    /// Stopped, or broken.
    Trapped(Trap),
}

impl From<Trap> for RunEnd {
    fn from(trap: Trap) -> Self {
        Self::Trapped(trap)
    }
}
