//! Request bodies: as much of them as an event may have, and one byte more.

use std::time::Duration;

use axum::body::{Body, Bytes};
use hookpoint_engine::event::BODY_LIMIT;
use http_body_util::BodyExt as _;
use tokio::time::timeout;

/// How much of a body that is too large is read and thrown away, so that its sender gets to read the answer: closing a connection
/// with unread data resets it, and the answer is lost.
const DISCARDED: usize = 8 * 1024 * 1024;
/// How long that may take.
const PATIENCE: Duration = Duration::from_secs(1);

/// The body, cut off one byte after the limit: the engine then sees that it is too large.
pub(super) async fn read(mut body: Body) -> Result<Bytes, axum::Error> {
    let Some(first) = next(&mut body).await? else {
        return Ok(Bytes::new());
    };
    // Most events come in one piece and are not copied.
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
            // A sender that is too slow loses the answer, and nothing else.
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

/// The next piece that holds anything; trailers mean nothing here.
async fn next(body: &mut Body) -> Result<Option<Bytes>, axum::Error> {
    while let Some(frame) = body.frame().await {
        match frame?.into_data() {
            Ok(bytes) if !bytes.is_empty() => return Ok(Some(bytes)),
            _ => {}
        }
    }
    Ok(None)
}
