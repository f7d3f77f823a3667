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

use super::AfterResponse;

/// Notifies [`AfterResponse`] when an event begins and when its response was posted.
pub(crate) struct FlushLayer(pub(crate) Arc<AfterResponse>);

impl<S> Layer<S> for FlushLayer {
    type Service = FlushService<S>;

    fn layer(&self, inner: S) -> FlushService<S> {
        FlushService {
            inner,
            after: Arc::clone(&self.0),
        }
    }
}

/// The service of [`FlushLayer`].
pub(crate) struct FlushService<S> {
    inner: S,
    after: Arc<AfterResponse>,
}

impl<S> Service<LambdaInvocation> for FlushService<S>
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
            after.responded().await;
            Ok(())
        })
    }
}
