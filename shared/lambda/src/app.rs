//! The composition root of stage functions and the worker.

mod authorities;
mod parts;

use std::{convert::Infallible, mem, pin::pin, process::ExitCode, sync::Arc};

use futures::future::{Either, select};
use hookpoint_aws::AwsClients;
use hookpoint_stages::{ModeRule, Stage};
use lambda_runtime::{
    LambdaEvent, LambdaInvocation, Runtime, Service, service_fn, tower::BoxError,
};
use tokio::runtime;
use tracing::Instrument;

use self::parts::{Duties, Parts};
use crate::{
    env::{self, Configuration, Lookup},
    flush::{extension, layer::FlushLayer},
    function::Function,
    gateway::Payload,
    init::{self, InitError},
    invocation::Invocation,
    log,
    worker::{Clock, Worker, batch},
};

/// Runs one stage until Lambda stops the process.
///
/// Returns if the start failed, which is logged and reported to Lambda, or if Lambda can no longer use the process.
pub fn run(stage: Stage) -> ExitCode {
    start(env::configuration, |configuration| {
        serve_stage(stage, configuration)
    })
}

/// Runs the worker, which makes the queued deliveries. Returns when [`run`] does.
pub fn run_worker() -> ExitCode {
    start(env::worker_configuration, serve_worker)
}

/// Reads the configuration and runs an event loop.
fn start<F: Future<Output = ()>>(
    read: fn(&Lookup<'_>) -> Result<Configuration, InitError>,
    serve: impl FnOnce(Configuration) -> F,
) -> ExitCode {
    let configuration = read(&env::process);
    log::install(match &configuration {
        Ok(configuration) => configuration.log.clone(),
        Err(_) => log::default_filter(),
    });
    // Events come one at a time: a second thread would only add context switches.
    let runtime = match runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            init::log(&InitError::Executor(error));
            return ExitCode::FAILURE;
        }
    };
    let configuration =
        configuration.and_then(|configuration| runtime.block_on(authorities::read(configuration)));
    match configuration {
        Ok(configuration) => runtime.block_on(serve(configuration)),
        Err(error) => {
            init::log(&error);
            if let Some(runtime_api) = env::runtime_api(&env::process) {
                runtime.block_on(init::report(error, runtime_api));
            }
        }
    }
    ExitCode::FAILURE
}

/// Processes events of a stage until the Runtime API fails.
async fn serve_stage(stage: Stage, mut configuration: Configuration) {
    let authentication = mem::take(&mut configuration.authentication);
    let parts = Parts::compose(configuration, AwsClients::new);
    let is_asynchronous = stage.definition().mode == ModeRule::AsynchronousOnly;
    // The process that runs the hooks reads the secrets: this one, or the worker.
    parts.warm_up(!is_asynchronous).await;
    if is_asynchronous {
        parts.warm_up_queue().await;
    }
    let mut open_secrets = (!is_asynchronous).then(|| parts.secrets_opener());
    let function = Arc::new(Function::new(stage, parts.engine, authentication));
    let handler = service_fn(move |event: LambdaEvent<Payload>| {
        let invocation = Invocation::begin(&event.context);
        if let Some(open) = &mut open_secrets {
            open();
        }
        let function = Arc::clone(&function);
        async move { Ok::<_, Infallible>(function.handle(event.payload, invocation).await) }
    });
    poll(Runtime::new(handler), parts.duties).await;
}

/// Processes batches of the queue until the Runtime API fails.
async fn serve_worker(configuration: Configuration) {
    let parts = Parts::compose(configuration, AwsClients::for_worker);
    parts.warm_up(true).await;
    let mut open_secrets = parts.secrets_opener();
    let keeps_order = parts.queue.is_fifo();
    let worker = Arc::new(Worker::new(
        parts.engine,
        Arc::new(parts.queue),
        keeps_order,
    ));
    let handler = service_fn(move |event: LambdaEvent<batch::Payload>| {
        let invocation = Invocation::begin(&event.context);
        let clock = Clock::start(invocation.now, event.context.deadline());
        open_secrets();
        let worker = Arc::clone(&worker);
        async move {
            let messages = event.payload.into_messages()?;
            Ok::<_, batch::NotABatch>(worker.work(messages, clock).await)
        }
        .instrument(invocation.span(None))
    });
    poll(Runtime::new(handler), parts.duties).await;
}

/// Polls for events until the Runtime API or the Extensions API fails.
async fn poll<S>(runtime: Runtime<S>, duties: Duties)
where
    S: Service<LambdaInvocation, Response = (), Error = BoxError>,
    S::Future: 'static,
{
    let Duties { after, runtime_api } = duties;
    // Lambda accepts registrations until the first poll.
    let extension = extension::register(runtime_api).await;
    let runtime = runtime.layer(FlushLayer(Arc::clone(&after)));
    let polling = pin!(runtime.run());
    let outcome = match extension {
        None => polling.await,
        Some(extension) => match select(polling, pin!(extension.take_over(after))).await {
            Either::Left((outcome, _)) => outcome,
            Either::Right(((), _)) => return,
        },
    };
    if let Err(error) = outcome {
        tracing::error!(error, "the Runtime API is no longer reachable");
    }
}
