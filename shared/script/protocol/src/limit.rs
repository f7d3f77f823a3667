//! Limits on what crosses the boundary, in bytes unless noted.

/// Maximum source or bundle.
pub const SOURCE_LIMIT: usize = 1024 * 1024;
/// Maximum number of requests per run, redirects included.
pub const FETCH_LIMIT: u32 = 20;
/// Maximum request body.
pub const FETCH_BODY_LIMIT: usize = 256 * 1024;
/// Maximum log per run.
pub const LOG_LIMIT: usize = 64 * 1024;
/// Maximum log line.
pub const LOG_LINE_LIMIT: usize = 8 * 1024;
/// Maximum message of a failure.
pub const MESSAGE_LIMIT: usize = 4 * 1024;
/// Maximum number of calls in the script that a failure names; an engine's stack trace has ten unless the script changes that.
pub const FRAME_LIMIT: usize = 32;
/// Maximum name of a function in them.
pub const FUNCTION_NAME_LIMIT: usize = 128;
/// Maximum number of unhandled rejections that a run reports.
pub const REJECTION_LIMIT: usize = 20;
/// Maximum input of a native operation. Nothing interrupts it: a megabyte is hashed in two milliseconds.
pub const OPERATION_LIMIT: usize = 1024 * 1024;
/// Maximum message from the guest: twenty requests of 256 KB with headers, or bytecode.
pub const GUEST_MESSAGE_LIMIT: usize = 8 * 1024 * 1024;
