//! What partitions of the table begin with, all but the audit trail behind `<stage>#`: roles name them too.

/// The versions of hooks that the stage's bindings may need, one partition a hook.
pub const HOOKS: &str = "hook:";
/// The audit trail, one partition an application.
pub const AUDIT: &str = "audit#";
/// Run records.
pub const RUNS: &str = "runs:";
/// Holds and responses of idempotency keys and continuation tokens.
pub const IDEMPOTENCY: &str = "idempotency:";
/// Bindings whose endpoint is gone.
pub const GONE: &str = "gone:";
