//! Finishes work even if its caller hangs up.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use tokio::runtime::Handle;

/// Drives a future for its caller. If it is dropped because the client hung up, the future continues as a task: the
/// hooks of the event finish and are recorded, so that a retry with the same idempotency key finds the result.
pub(super) struct Finishing<F: Future<Output: Send> + Send + 'static>(Option<Pin<Box<F>>>);

impl<F: Future<Output: Send> + Send + 'static> Finishing<F> {
    pub(super) fn new(work: F) -> Self {
        Self(Some(Box::pin(work)))
    }
}

impl<F: Future<Output: Send> + Send + 'static> Future for Finishing<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let Some(work) = &mut self.0 else {
            // Completed; a future is not polled again.
            return Poll::Pending;
        };
        let polled = work.as_mut().poll(context);
        if polled.is_ready() {
            self.0 = None;
        }
        polled
    }
}

impl<F: Future<Output: Send> + Send + 'static> Drop for Finishing<F> {
    fn drop(&mut self) {
        // Without a runtime the process is about to end, so the work is dropped.
        if let (Some(work), Ok(runtime)) = (self.0.take(), Handle::try_current()) {
            runtime.spawn(work);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::{sync::oneshot, time::timeout};

    use super::*;

    #[tokio::test]
    async fn work_goes_on_without_its_caller() {
        let (begin, may_begin) = oneshot::channel();
        let (end, ended) = oneshot::channel();
        let work = Finishing::new(async move {
            may_begin.await.unwrap();
            end.send("done").unwrap();
        });
        assert!(timeout(Duration::from_millis(1), work).await.is_err());
        begin.send(()).unwrap();
        assert_eq!(ended.await, Ok("done"));
    }

    #[tokio::test]
    async fn a_waiting_caller_gets_the_outcome() {
        assert_eq!(Finishing::new(async { 7 }).await, 7);
    }
}
