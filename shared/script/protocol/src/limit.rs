//! How large things may be that cross the border, in bytes where nothing else is said.

/// The largest source or bundle.
pub const SOURCE_LIMIT: usize = 1024 * 1024;
/// How many requests one run may make, redirects included.
pub const FETCH_LIMIT: u32 = 20;
/// The largest body of a request.
pub const FETCH_BODY_LIMIT: usize = 256 * 1024;
/// How much one run may log.
pub const LOG_LIMIT: usize = 64 * 1024;
/// The longest line of the log.
pub const LOG_LINE_LIMIT: usize = 8 * 1024;
/// The longest text of a failure.
pub const MESSAGE_LIMIT: usize = 4 * 1024;
/// The largest input of one native operation. Nothing interrupts it: a megabyte is hashed in two milliseconds.
pub const OPERATION_LIMIT: usize = 1024 * 1024;
/// The largest message that the host reads from the guest: twenty requests of 256 KB with their headers, or bytecode.
pub const GUEST_MESSAGE_LIMIT: usize = 8 * 1024 * 1024;
