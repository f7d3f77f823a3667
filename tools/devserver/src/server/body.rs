//! Reading request bodies, up to one byte beyond the limit.

use std::time::Duration;

use axum::body::{Body, Bytes};
use hookpoint_engine::event::BODY_LIMIT;
use http_body_util::BodyExt as _;
use tokio::time::timeout;

/// How much of an oversized body is read and discarded, so that the client can read the response: closing a connection
/// with unread data resets it.
const DISCARDED: usize = 8 * 1024 * 1024;
/// Timeout for discarding.
const PATIENCE: Duration = Duration::from_secs(1);

/// Reads the body up to one byte beyond the limit, from which the engine sees that it is too large.
pub(super) async fn read(mut body: Body) -> Result<Bytes, axum::Error> {
    let Some(first) = next(&mut body).await? else {
        return Ok(Bytes::new());
    };
    // Most events arrive in one piece and are not copied.
    let Some(second) = next(&mut body).await? else {
        return Ok(first.slice(..first.len().min(BODY_LIMIT + 1)));
    };
    let mut whole = Vec::with_capacity((first.len() + second.len()).min(BODY_LIMIT + 1));
    let mut piece = Some(first);
    let mut following = Some(second);
    while let Some(bytes) = piece {
        let room = BODY_LIMIT + 1 - whole.len();
        whole.extend_from_slice(&bytes[..bytes.len().min(room)]);
        if whole.len() > BODY_LIMIT {
            // A client that is too slow only loses the response.
            let _ = timeout(PATIENCE, discard(&mut body)).await;
            break;
        }
        piece = match following.take() {
            Some(bytes) => Some(bytes),
            None => next(&mut body).await?,
        };
    }
    Ok(whole.into())
}

async fn discard(body: &mut Body) {
    let mut left = DISCARDED;
    while let Ok(Some(bytes)) = next(body).await
        && bytes.len() < left
    {
        left -= bytes.len();
    }
}

/// The next non-empty piece; trailers are ignored.
async fn next(body: &mut Body) -> Result<Option<Bytes>, axum::Error> {
    while let Some(frame) = body.frame().await {
        match frame?.into_data() {
            Ok(bytes) if !bytes.is_empty() => return Ok(Some(bytes)),
            _ => {}
        }
    }
    Ok(None)
}
