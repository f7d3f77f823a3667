//! A layer that runs after the runtime has posted a response and before it asks for the next event.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use lambda_runtime::{
    LambdaInvocation, Service,
    tower::{BoxError, Layer},
};

use super::AfterAnswer;

/// Notifies [`AfterAnswer`] when an event begins and when its response was posted.
pub(crate) struct AnsweredLayer(pub(crate) Arc<AfterAnswer>);

impl<S> Layer<S> for AnsweredLayer {
    type Service = Answered<S>;

    fn layer(&self, inner: S) -> Answered<S> {
        Answered {
            inner,
            after: Arc::clone(&self.0),
        }
    }
}

/// The service of [`AnsweredLayer`].
pub(crate) struct Answered<S> {
    inner: S,
    after: Arc<AfterAnswer>,
}

impl<S> Service<LambdaInvocation> for Answered<S>
where
    S: Service<LambdaInvocation, Response = (), Error = BoxError>,
    S::Future: 'static,
{
    type Response = ();
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<(), BoxError>>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, invocation: LambdaInvocation) -> Self::Future {
        self.after.begin();
        let posted = self.inner.call(invocation);
        let after = Arc::clone(&self.after);
        Box::pin(async move {
            posted.await?;
            after.answered().await;
            Ok(())
        })
    }
}
