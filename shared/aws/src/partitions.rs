//! What partitions of the table begin with: roles name them too.

/// Applications, one partition each.
pub const APPLICATIONS: &str = "application#";
/// The canonical copies of hook versions, one partition a hook.
pub const VERSIONS: &str = "hook#";
/// Lists of what exists.
pub const INDEX: &str = "index#";
/// What publications changed, one partition a target.
pub const PUBLICATIONS: &str = "publications#";
/// The audit trail, one partition an application.
pub const AUDIT: &str = "audit#";

// What follows `<stage>#`.

/// The bindings of applications, one partition each. `Target` has this form.
pub const APPLICATION_BINDINGS: &str = "application:";
/// The bindings of identity stores, likewise.
pub const STORE_BINDINGS: &str = "store:";
/// The versions of hooks that the stage's bindings may need, one partition a hook.
pub const HOOKS: &str = "hook:";
/// Run records.
pub const RUNS: &str = "runs:";
/// Holds and responses of idempotency keys and continuation tokens.
pub const IDEMPOTENCY: &str = "idempotency:";
/// Bindings whose endpoint is gone.
pub const GONE: &str = "gone:";

#[cfg(test)]
mod tests {
    use hookpoint_engine::application::binding::Target;

    use super::*;

    #[test]
    fn targets_have_the_form_that_roles_name() {
        let application = Target::Application("shop".parse().unwrap());
        assert_eq!(
            application.to_string(),
            format!("{APPLICATION_BINDINGS}shop")
        );
        let store = Target::Store("people".parse().unwrap());
        assert_eq!(store.to_string(), format!("{STORE_BINDINGS}people"));
    }
}
