//! The last event that was posted, to be posted again after an edit.

use axum::body::Bytes;
use hookpoint_engine::event::{
    header_names::{CORRELATION_ID, IDEMPOTENCY_KEY},
    route::Route,
};

/// A posted event. It stays in memory: it may hold a password, and its key.
#[derive(Clone)]
pub(crate) struct Posted {
    pub(crate) request: String,
    pub(crate) route: Route<'static>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
}

impl Posted {
    /// Leaves out what would make the second post the same event as the first.
    pub(crate) fn new(
        request: String,
        route: Route<'static>,
        headers: &[(String, String)],
        body: &Bytes,
    ) -> Self {
        let is_new_again = |name: &str| [CORRELATION_ID, IDEMPOTENCY_KEY].contains(&name);
        let headers = headers.iter();
        let kept = headers.filter(|(name, _)| !is_new_again(&name.to_ascii_lowercase()));
        Self {
            request,
            route,
            headers: kept.cloned().collect(),
            body: body.clone(),
        }
    }
}
