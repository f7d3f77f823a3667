//! The way into a stack: its routes on a port of this machine, as API Gateway has them, and its queue's event source mapping.

use std::{collections::HashMap, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse as _, Response},
};
use hookpoint_aws::SqsQueue;
use hookpoint_engine::{identifier::ApplicationId, stages::Stage};
use hookpoint_xtask::{generate::events, lambda_local::pump::Batch};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle, time::sleep};

use super::{
    account::{Account, Stack},
    lambda::Lambda,
};

/// A function and the alias, or version, that events go to.
#[derive(Debug, Clone)]
struct Destination {
    function: String,
    qualifier: String,
}

/// Serves until it is dropped.
pub(super) struct Gateway {
    pub(super) url: String,
    pub(super) lambda: Arc<Lambda>,
    tasks: [JoinHandle<()>; 2],
}

struct Routes {
    /// By route key, such as `POST /v1/applications/{applicationId}/stages/escalation`.
    destinations: HashMap<String, Destination>,
    lambda: Arc<Lambda>,
}

impl Gateway {
    pub(super) async fn open(stack: &Stack, account: &Account) -> Self {
        let lambda = Arc::new(Lambda::of(stack, account).await);
        let routes = Arc::new(Routes {
            destinations: destinations(stack),
            lambda: Arc::clone(&lambda),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().fallback(front).with_state(routes);
        let front = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        let mapping = tokio::spawn(deliver(
            queue(stack, account),
            lease(stack),
            worker(stack),
            Arc::clone(&lambda),
        ));
        Self {
            url,
            lambda,
            tasks: [front, mapping],
        }
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// Where each route of the stack leads.
fn destinations(stack: &Stack) -> HashMap<String, Destination> {
    let of_kind = |kind: &'static str| {
        let resources = stack.resources.values();
        resources.filter(move |resource| resource.kind == kind)
    };
    let integrations: HashMap<_, _> = of_kind("AWS::ApiGatewayV2::Integration")
        .map(|integration| {
            let uri = integration.properties["IntegrationUri"].as_str().unwrap();
            (integration.physical_id.clone(), destination(uri))
        })
        .collect();
    of_kind("AWS::ApiGatewayV2::Route")
        .map(|route| {
            let text = |name: &str| route.properties[name].as_str().unwrap();
            let integration = text("Target").trim_start_matches("integrations/");
            (
                text("RouteKey").to_owned(),
                integrations[integration].clone(),
            )
        })
        .collect()
}

/// The function and qualifier of an ARN.
fn destination(arn: &str) -> Destination {
    let (_, rest) = arn.split_once(":function:").unwrap();
    let (function, qualifier) = rest.split_once(':').unwrap_or((rest, "$LATEST"));
    Destination {
        function: function.to_owned(),
        qualifier: qualifier.to_owned(),
    }
}

async fn front(
    State(routes): State<Arc<Routes>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some((application, stage)) = placed(uri.path()) else {
        return not_found();
    };
    let sample = events::sample_key(&application).unwrap();
    let mut event = events::event(stage, &application, &sample).unwrap();
    let key = event["routeKey"].as_str().unwrap();
    let Some(destination) = routes
        .destinations
        .get(key)
        .filter(|_| method == Method::POST)
    else {
        return not_found();
    };
    let headers = headers.iter().map(|(name, value)| {
        let value = value.to_str().unwrap_or_default();
        (name.as_str().to_owned(), Value::from(value))
    });
    event["headers"] = Value::Object(headers.collect());
    event["body"] = String::from_utf8_lossy(&body).into();
    let Destination {
        function,
        qualifier,
    } = destination;
    let answer = routes.lambda.invoke(function, qualifier, event).await;
    response(&answer)
}

/// The application and stage of a path.
fn placed(path: &str) -> Option<(ApplicationId, Stage)> {
    let rest = path.strip_prefix("/v1/applications/")?;
    let (application, stage) = rest.split_once("/stages/")?;
    let mut stages = Stage::ALL.iter();
    let stage = stages.find(|one| one.name() == stage)?;
    Some((application.parse().ok()?, *stage))
}

fn not_found() -> Response {
    (StatusCode::NOT_FOUND, Json(json!({"message": "Not Found"}))).into_response()
}

/// What a caller gets for a function's answer; 500 if it is none, as from API Gateway.
fn response(answer: &Value) -> Response {
    let Some(status) = answer["statusCode"].as_u64() else {
        let body = json!({"message": "Internal Server Error"});
        return (StatusCode::INTERNAL_SERVER_ERROR, Json(body)).into_response();
    };
    let mut response = Response::builder().status(u16::try_from(status).unwrap());
    for (name, value) in answer["headers"].as_object().into_iter().flatten() {
        response = response.header(name, value.as_str().unwrap());
    }
    let body = answer["body"].as_str().unwrap_or_default().to_owned();
    response.body(Body::from(body)).unwrap()
}

fn queue(stack: &Stack, account: &Account) -> SqsQueue {
    let [url, dead_letters] = ["QueueUrl", "DeadLetterQueueUrl"].map(|name| &stack.outputs[name]);
    SqsQueue::new(account.aws.clients(), url, Some(dead_letters.clone()))
}

/// How long a worker has for a batch.
fn lease(stack: &Stack) -> Duration {
    let visibility = &stack.resources["Queue"].properties["VisibilityTimeout"];
    Duration::from_secs(visibility.as_u64().unwrap())
}

fn worker(stack: &Stack) -> Destination {
    let mut resources = stack.resources.values();
    let mapping = resources.find(|one| one.kind == "AWS::Lambda::EventSourceMapping");
    let name = &mapping.unwrap().properties["FunctionName"];
    destination(name.as_str().unwrap())
}

/// Passes the queue's messages to the worker, for ever.
async fn deliver(queue: SqsQueue, lease: Duration, worker: Destination, lambda: Arc<Lambda>) {
    loop {
        match Batch::receive(&queue, lease).await {
            Ok(batch) if batch.is_empty() => {}
            Ok(batch) => {
                let Destination {
                    function,
                    qualifier,
                } = &worker;
                let answer = lambda.invoke(function, qualifier, batch.event()).await;
                batch.settle(&queue, &answer).await.unwrap();
            }
            // The emulator is busy.
            Err(error) => {
                eprintln!("{error:#}");
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
}
