//! A fake AWS for tests: a server with programmed responses that records requests.

mod table;

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use axum::{
    Router,
    body::Bytes,
    extract::ConnectInfo,
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
    response::IntoResponse,
};
use hookpoint_engine::{
    application::{
        binding::{Binding, FailurePolicy, HookHint, Mode, Target},
        condition::Conditions,
    },
    confidential::secret::Secret,
    delivery::job::{Job, NewJob},
    hook::{Hook, HookBody, HookReference, Implementation, ScriptHook},
    identifier::DeliveryId,
    record::RunRecord,
    stages::Stage,
    testing::sample,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub(crate) use self::table::FakeTable;
use crate::{AwsClients, AwsCredentials, AwsSettings};

/// A recorded request.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// The operation, for example `Query`.
    pub(crate) operation: String,
    pub(crate) body: Value,
    /// The client's end of the connection.
    pub(crate) peer: SocketAddr,
}

/// Status and body of a response.
pub(crate) type Answer = (u16, Value);

/// A successful response.
pub(crate) fn ok(body: Value) -> Answer {
    (200, body)
}

/// An error response in the format of AWS.
pub(crate) fn failure(code: &str, message: &str) -> Answer {
    (400, json!({"__type": code, "message": message}))
}

/// The response to a `BatchGetItem`, given what is stored under a key.
pub(crate) fn batch(request: &Request, stored: impl Fn(&Value) -> Option<Value>) -> Answer {
    let tables = request.body["RequestItems"].as_object().unwrap().iter();
    let found: serde_json::Map<_, _> = tables
        .map(|(table, read)| {
            let keys = read["Keys"].as_array().unwrap();
            (table.clone(), keys.iter().filter_map(&stored).collect())
        })
        .collect();
    ok(json!({ "Responses": found }))
}

/// The keys that a `GetItem` or a `BatchGetItem` reads.
pub(crate) fn keys_read(request: &Request) -> Vec<Value> {
    match request.operation.as_str() {
        "GetItem" => vec![request.body["Key"].clone()],
        "BatchGetItem" => {
            let tables = request.body["RequestItems"].as_object().unwrap().values();
            let keys = tables.flat_map(|read| read["Keys"].as_array().unwrap());
            keys.cloned().collect()
        }
        _ => Vec::new(),
    }
}

/// A server that ends with the test's runtime.
pub(crate) struct FakeAws {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl FakeAws {
    pub(crate) async fn start(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = requests.clone();
        let answer = Arc::new(answer);
        let handler =
            move |ConnectInfo(peer): ConnectInfo<SocketAddr>, headers: HeaderMap, body: Bytes| {
                let target = headers["x-amz-target"].to_str().unwrap();
                let request = Request {
                    operation: target.rsplit('.').next().unwrap().to_owned(),
                    body: serde_json::from_slice(&body).unwrap(),
                    peer,
                };
                seen.lock().unwrap().push(request.clone());
                let answer = answer.clone();
                async move {
                    let (status, body) = answer(&request);
                    let headers = [(CONTENT_TYPE, "application/x-amz-json-1.0")];
                    (
                        StatusCode::from_u16(status).unwrap(),
                        headers,
                        body.to_string(),
                    )
                        .into_response()
                }
            };
        let router = Router::new().fallback(handler);
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        Self { address, requests }
    }

    pub(crate) fn clients(&self) -> AwsClients {
        AwsClients::new(settings(self.address))
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All requests so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    pub(crate) fn operations(&self) -> Vec<String> {
        self.requests()
            .into_iter()
            .map(|request| request.operation)
            .collect()
    }
}

pub(crate) fn settings(address: SocketAddr) -> AwsSettings {
    AwsSettings {
        region: "eu-central-1".to_owned(),
        endpoint_url: Some(format!("http://{address}")),
        authorities: Vec::new(),
        credentials: AwsCredentials::fixed(
            "AKIAEXAMPLE",
            &Secret::new("hidden-key"),
            Some(&Secret::new("hidden-token")),
        ),
    }
}

/// A script of random characters, three bytes each, that does not compress.
pub(crate) fn incompressible_hook(characters: usize) -> Hook {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let source: String = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        // The 20,000 characters after U+4E00 are all letters.
        char::from_u32(0x4e00 + u32::try_from(state % 20_000).unwrap()).unwrap()
    })
    .take(characters)
    .collect();
    hook(&source)
}

/// Version 1 of the script hook `crm` with a source.
pub(crate) fn hook(source: &str) -> Hook {
    let implementation = Implementation::Script(ScriptHook {
        source: source.to_owned(),
        file: None,
        hosts: Vec::new(),
        optional_secrets: Vec::new(),
        source_map: None,
        compiled: None,
    });
    Hook {
        name: "crm".parse().unwrap(),
        version: 1,
        body: Arc::new(HookBody {
            implementation,
            secrets: Vec::new(),
        }),
    }
}

pub(crate) fn reference(hook: &Hook) -> HookReference {
    HookReference {
        name: hook.name.clone(),
        version: hook.version,
        sha256: hook.body.sha256(),
    }
}

pub(crate) fn shop() -> Target {
    Target::Application("shop".parse().unwrap())
}

/// A binding of the application `shop` at `conversationStart`.
pub(crate) fn binding(id: &str, order: u16) -> Binding {
    Binding {
        id: id.parse().unwrap(),
        stage: Stage::ConversationStart,
        target: shop(),
        order,
        mode: Mode::Synchronous,
        failure: FailurePolicy::Deny,
        timeout_ms: Some(1_500),
        when: Conditions::new(vec![("context.channelType".to_owned(), vec![json!("API")])]),
        variables: BTreeMap::from([("Host".parse().unwrap(), "crm.example.com".to_owned())]),
        secrets: BTreeMap::from([("ApiToken".parse().unwrap(), "TestToken".parse().unwrap())]),
        hook: reference(&hook("export default () => ({})")),
        hint: HookHint::of(&hook("export default () => ({})").body),
    }
}

/// The time in these tests.
pub(crate) fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_760_000_000)
}

/// A delivery of the application `shop`, due at once.
pub(crate) fn job(context: Value) -> Job {
    let event = json!({"eventType": "afterMfaChange", "context": context});
    Job::new(NewJob {
        delivery: DeliveryId::unique(),
        application: &"shop".parse().unwrap(),
        stage: Stage::AfterMfaChange,
        target: &shop(),
        binding: &"alert".parse().unwrap(),
        hook: &reference(&hook("")),
        correlation_id: "6f1c2a52-7c9e-4d7e-8d36-90b8c5f0a1c4",
        traceparent: None,
        accepted: now(),
        event: event.as_object().unwrap().clone(),
    })
}

/// A record of `shop` at `conversationStart`, `seconds` later than [`now`].
pub(crate) fn record(seconds: u64) -> RunRecord {
    let started = now() + Duration::from_secs(seconds);
    sample::run(Stage::ConversationStart, "shop", started)
}

/// An item as DynamoDB writes it.
pub(crate) fn wire(item: &crate::item::Item) -> Value {
    let value = |value: &aws_sdk_dynamodb::types::AttributeValue| {
        if let Ok(text) = value.as_s() {
            json!({"S": text})
        } else if let Ok(data) = value.as_b() {
            json!({"B": aws_smithy_types::base64::encode(data)})
        } else {
            json!({"N": value.as_n().unwrap()})
        }
    };
    item.iter()
        .map(|(name, attribute)| (name.clone(), value(attribute)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}
