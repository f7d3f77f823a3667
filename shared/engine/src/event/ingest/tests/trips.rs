//! How many sequential reads an event or a delivery waits for when nothing is cached.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use tokio::time::{Duration, sleep};

use super::*;
use crate::{
    Engine, Ports, Runners,
    application::{
        Application,
        binding::{HookHint, Mode},
    },
    confidential::secret::Secret,
    delivery::{
        gone::GoneBinding,
        job::{Job, NewJob},
    },
    event::idempotency::{IdempotencyKey, IdempotencyRecord},
    hook::{Implementation, ScriptHook, WebhookHook, egress::EgressPolicy, template::Template},
    identifier::{BindingId, DeliveryId, SecretName, StoreId},
    ports::{
        ContinuationKeySource, ContinuationKeys, GoneBindings, IdempotencyStore, SecretError,
        SecretSource, Settlement,
    },
    testing::{self, FakeScript, FixedContinuationKeys, FixedSecrets, MemoryIdempotency},
};

/// The time of one read. The clock of these tests moves only while all wait.
const TRIP: Duration = Duration::from_millis(10);

/// A store and a secret source that are a trip away. Notes what is read in which trip.
struct Distant {
    store: Arc<Flaky<MemoryStore>>,
    secrets: Arc<Flaky<FixedSecrets>>,
    responses: MemoryIdempotency,
    start: Instant,
    trips: Mutex<BTreeMap<u128, Vec<String>>>,
    /// Replaces the hints of the bindings.
    hint: Option<HookHint>,
    /// Whether secrets take twice as long as other reads.
    has_slow_secrets: AtomicBool,
}

impl Distant {
    async fn travel(&self, what: String) {
        self.note(what);
        sleep(TRIP).await;
    }

    fn note(&self, what: String) {
        let trip = self.start.elapsed().as_millis() / TRIP.as_millis() + 1;
        let mut trips = self.trips.lock().unwrap();
        trips.entry(trip).or_default().push(what);
    }

    /// What was read, trip by trip.
    fn trips(&self) -> Vec<String> {
        let mut trips = self.trips.lock().unwrap().clone();
        for trip in trips.values_mut() {
            trip.sort();
        }
        trips.values().map(|trip| trip.join(" + ")).collect()
    }
}

#[async_trait]
impl ApplicationSource for Distant {
    async fn application(&self, id: &ApplicationId) -> Result<Option<Application>, StoreError> {
        self.travel("application".to_owned()).await;
        self.store.application(id).await
    }
}

#[async_trait]
impl BindingSource for Distant {
    async fn bindings(&self, stage: Stage, target: &Target) -> Result<Vec<Binding>, StoreError> {
        self.travel(format!("bindings of {target}")).await;
        let mut bindings = self.store.bindings(stage, target).await?;
        if let Some(hint) = &self.hint {
            for binding in &mut bindings {
                binding.hint = hint.clone();
            }
        }
        Ok(bindings)
    }
}

#[async_trait]
impl HookSource for Distant {
    async fn hook(&self, stage: Stage, reference: &HookReference) -> Result<Arc<Hook>, StoreError> {
        self.travel(format!("hook {}", reference.name)).await;
        self.store.hook(stage, reference).await
    }

    async fn source_map(&self, _: Stage, _: &Hook) -> Result<Option<Arc<str>>, StoreError> {
        Ok(None)
    }
}

#[async_trait]
impl GoneBindings for Distant {
    async fn gone(&self, _: Stage, target: &Target) -> Result<Vec<GoneBinding>, StoreError> {
        self.travel(format!("marks of {target}")).await;
        Ok(Vec::new())
    }

    async fn mark_gone(&self, _: &GoneBinding) -> Result<(), StoreError> {
        panic!("an endpoint was gone")
    }

    async fn forget_gone(&self, _: Stage, _: &Target, _: &BindingId) -> Result<bool, StoreError> {
        panic!("a binding was resumed")
    }
}

#[async_trait]
impl SecretSource for Distant {
    async fn secrets(
        &self,
        application: &ApplicationId,
        names: &[SecretName],
    ) -> Result<HashMap<SecretName, Secret>, SecretError> {
        let listed: Vec<_> = names.iter().map(SecretName::as_str).collect();
        self.travel(format!("secrets {}", listed.join(" "))).await;
        if self.has_slow_secrets.load(Ordering::SeqCst) {
            sleep(TRIP).await;
        }
        self.secrets.secrets(application, names).await
    }
}

#[async_trait]
impl ContinuationKeySource for Distant {
    async fn continuation_keys(&self) -> Result<ContinuationKeys, SecretError> {
        self.travel("continuation keys".to_owned()).await;
        FixedContinuationKeys::default().continuation_keys().await
    }
}

#[async_trait]
impl IdempotencyStore for Distant {
    async fn idempotency(
        &self,
        key: &IdempotencyKey,
    ) -> Result<Option<IdempotencyRecord>, StoreError> {
        self.travel("response".to_owned()).await;
        self.responses.idempotency(key).await
    }

    async fn put_idempotency(
        &self,
        key: &IdempotencyKey,
        owner: Option<&str>,
        record: &IdempotencyRecord,
    ) -> Result<bool, StoreError> {
        let what = if owner.is_some() { "record" } else { "hold" };
        self.travel(what.to_owned()).await;
        self.responses.put_idempotency(key, owner, record).await
    }

    async fn remove_idempotency(&self, _: &IdempotencyKey, _: &str) -> Result<(), StoreError> {
        panic!("an event was not answered")
    }
}

/// An engine whose stores are a trip away.
struct Far {
    engine: Engine,
    distant: Arc<Distant>,
    stand: Stand,
    scripts: Arc<FakeScript>,
}

impl Far {
    /// `hint`, as JSON, replaces what was published: `null` is a binding of an older version.
    fn new(wishes: Wishes, hint: Option<Value>) -> Self {
        Self::expecting(None, wishes, hint)
    }

    /// Expects applications to have this identity store.
    fn expecting(store: Option<StoreId>, wishes: Wishes, hint: Option<Value>) -> Self {
        let stand = wishes.answering(|_, _| Answer::json(&json!({"context": {"by": "webhook"}})));
        let distant = Arc::new(Distant {
            store: stand.store.clone(),
            secrets: stand.secrets.clone(),
            responses: MemoryIdempotency::default(),
            start: Instant::now(),
            trips: Mutex::default(),
            hint: hint.map(|hint| serde_json::from_value(hint).unwrap()),
            has_slow_secrets: AtomicBool::new(false),
        });
        let ports = Ports {
            secrets: distant.clone(),
            continuation_keys: distant.clone(),
            gone: distant.clone(),
            idempotency: distant.clone(),
            ..testing::ports(distant.clone())
        };
        let scripts = Arc::new(FakeScript::new(|_| {
            Answer::response(&json!({"context": {"by": "script"}}))
        }));
        let runners = Runners::new(
            stand.webhook.clone(),
            Some(scripts.clone()),
            EgressPolicy::default(),
        );
        Self {
            engine: Engine::new(ports, runners).expecting_store(store),
            distant,
            stand,
            scripts,
        }
    }

    async fn post(&self, application: &str, stage: Stage) -> Value {
        self.post_with(&[], application, stage).await
    }

    async fn post_with(&self, more: &[(&str, &str)], application: &str, stage: Stage) -> Value {
        let name = stage.name();
        let mut sent = headers(&[("content-type", "application/json")]);
        sent.extend(headers(more));
        let request = IngestRequest {
            route: &route(application, &name),
            headers: &RequestHeaders::read(&sent),
            body: &serde_json::to_vec(&stage.example()).unwrap(),
            now: self.stand.now,
            received: Instant::now(),
        };
        let response = self.engine.ingest_from(Caller::Authorized, request).await;
        serde_json::from_slice(&response.body).unwrap()
    }

    /// The trips of the first event of the application without an identity store. The second makes none.
    async fn trips(&self, by: &str) -> Vec<String> {
        self.trips_of("bot", Stage::ConversationStart, by).await
    }

    async fn trips_of(&self, application: &str, stage: Stage, by: &str) -> Vec<String> {
        assert_eq!(self.post(application, stage).await["context"]["by"], by);
        let trips = self.distant.trips();
        assert_eq!(self.post(application, stage).await["context"]["by"], by);
        assert_eq!(self.distant.trips(), trips, "the second event made a trip");
        trips
    }
}

fn webhook_with(mut wishes: Wishes, name: &str, secrets: &[&str]) -> Wishes {
    let header = Template::parse(&format!("{{{}:Secret}}", secrets[0])).unwrap();
    let webhook = WebhookHook {
        url: Template::parse(&format!("https://crm.example.com/{name}")).unwrap(),
        headers: vec![("x-token".to_owned(), header)],
        signing_secrets: Vec::new(),
    };
    wishes.hook(name, Implementation::Webhook(webhook), secrets);
    wishes
}

fn script(secrets: &[&str]) -> Wishes {
    let mut wishes = Wishes::new();
    let script = ScriptHook {
        source: "export default () => ({})".to_owned(),
        file: None,
        hosts: Vec::new(),
        optional_secrets: Vec::new(),
        source_map: None,
        compiled: None,
    };
    wishes.hook("code", Implementation::Script(script), secrets);
    wishes.bind(Stage::ConversationStart, "code", 1)
}

fn webhook() -> Wishes {
    webhook_with(Wishes::new(), "crm", &["Token"]).bind(Stage::ConversationStart, "crm", 1)
}

#[tokio::test(start_paused = true)]
async fn bodies_and_secrets_are_read_in_one_trip() {
    let first = "application + bindings of application:bot";
    let fixed = Wishes::new()
        .static_hook("fixed", json!({"context": {"by": "static"}}))
        .bind(Stage::ConversationStart, "fixed", 1);
    let far = Far::new(fixed, None);
    assert_eq!(far.trips("static").await, [first, "hook fixed"]);

    let far = Far::new(webhook(), None);
    assert_eq!(
        far.trips("webhook").await,
        [first, "hook crm + secrets Token"]
    );
    assert_eq!(far.stand.webhook.calls()[0].headers[0].1, "s3cr3t");

    let far = Far::new(script(&["Key", "Token"]), None);
    assert_eq!(
        far.trips("script").await,
        [first, "hook code + secrets Key Token"]
    );
    assert_eq!(far.scripts.expected(), 2, "once for each event");
    assert_eq!(far.scripts.calls()[0].secrets.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_idempotency_key_costs_the_trip_that_records_the_response() {
    let far = Far::new(webhook(), None);
    for (key, expected) in [
        (
            "first",
            &[
                "application + bindings of application:bot + continuation keys",
                "hold + hook crm + secrets Token",
                "record",
            ][..],
        ),
        // The hold is all that it waits for.
        ("second", &["hold", "record"]),
        ("first", &["hold", "response"]),
    ] {
        let before = far.distant.trips().len();
        let key = [("idempotency-key", key)];
        let response = far.post_with(&key, "bot", Stage::ConversationStart).await;
        assert_eq!(response["context"]["by"], "webhook");
        assert_eq!(far.distant.trips()[before..], *expected);
    }
    assert_eq!(far.stand.webhook.calls().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_script_is_prepared_while_its_secrets_are_read() {
    let far = Far::new(script(&["Key"]), None);
    far.distant.has_slow_secrets.store(true, Ordering::SeqCst);
    far.post("bot", Stage::ConversationStart).await;
    let [(hook, expected)] = &far.scripts.expected_hooks()[..] else {
        panic!("{:?}", far.scripts.expected_hooks());
    };
    assert_eq!(hook.as_str(), "code");
    // The application and its bindings, then the body of the hook.
    assert_eq!(*expected - far.distant.start, TRIP * 2);
    assert_eq!(far.distant.start.elapsed(), TRIP * 3);
}

/// A hook of the application, and one of its identity store, with their secrets.
fn own_and_shared(stage: Stage) -> Wishes {
    let store = Target::Store("customers".parse().unwrap());
    let wishes = webhook_with(Wishes::new(), "own", &["Token"]);
    webhook_with(wishes, "shared", &["Key", "Token"])
        .bind_with(stage, "own", 1, |binding| {
            let meant = ("Token".parse().unwrap(), "TestToken".parse().unwrap());
            binding.secrets.extend([meant]);
        })
        .bind_to(store, stage, "shared", 2, |_| {})
}

#[tokio::test(start_paused = true)]
async fn bindings_of_the_expected_store_make_no_trip_of_their_own() {
    let stage = Stage::BeforeRegistration;
    let expected = Some("customers".parse().unwrap());
    let far = Far::expecting(expected, own_and_shared(stage), None);
    assert_eq!(
        far.trips_of("shop", stage, "webhook").await,
        [
            "application + bindings of application:shop + bindings of store:customers",
            "hook own + hook shared + secrets Key Token + secrets TestToken",
        ]
    );

    // Another store than expected costs what it did, and a read.
    let expected = Some("partners".parse().unwrap());
    let far = Far::expecting(expected, own_and_shared(stage), None);
    let trips = far.trips_of("shop", stage, "webhook").await;
    assert!(
        trips[0].ends_with(" + bindings of store:partners"),
        "{trips:?}"
    );
    assert!(
        trips[1].starts_with("bindings of store:customers + "),
        "{trips:?}"
    );
    assert_eq!(trips.len(), 3);

    // Conversations have no identity store.
    let expected = Some("customers".parse().unwrap());
    let far = Far::expecting(expected, webhook(), None);
    let first = "application + bindings of application:bot";
    assert_eq!(far.trips("webhook").await[0], first);
}

#[tokio::test(start_paused = true)]
async fn secrets_of_the_identity_store_make_no_trip_of_their_own() {
    let stage = Stage::BeforeRegistration;
    let far = Far::new(own_and_shared(stage), None);
    assert_eq!(
        far.trips_of("shop", stage, "webhook").await,
        [
            "application + bindings of application:shop",
            "bindings of store:customers + hook own + secrets TestToken",
            "hook shared + secrets Key Token",
        ]
    );
    assert_eq!(far.stand.webhook.calls()[0].headers[0].1, "t3st");
    assert_eq!(far.stand.webhook.calls()[1].headers[0].1, "k3y");
}

#[tokio::test(start_paused = true)]
async fn a_delivery_reads_in_three_trips_and_the_next_in_none() {
    let stage = Stage::AfterRegistration;
    let wishes = webhook_with(Wishes::new(), "crm", &["Token"]);
    let wishes = wishes.bind_with(stage, "crm", 1, |binding| binding.mode = Mode::Asynchronous);
    let far = Far::new(wishes, None);
    let target = Target::Application("shop".parse().unwrap());
    let bindings = far.stand.store.bindings(stage, &target).await.unwrap();
    let job = Job::new(NewJob {
        delivery: DeliveryId::unique(),
        application: &"shop".parse().unwrap(),
        stage,
        target: &target,
        binding: &bindings[0].id,
        hook: &bindings[0].hook,
        correlation_id: "c-1",
        traceparent: None,
        accepted: far.stand.now,
        event: Map::new(),
    });
    for _ in 0..2 {
        let settlement = far.engine.deliver(&job, far.stand.now).await;
        assert_eq!(settlement, Settlement::Done);
        let expected = [
            "application + bindings of application:shop",
            "hook crm + marks of application:shop",
            "secrets Token",
        ];
        assert_eq!(far.distant.trips(), expected);
    }
    assert_eq!(far.stand.webhook.calls()[1].headers[0].1, "s3cr3t");
}

#[tokio::test(start_paused = true)]
async fn a_hint_that_is_absent_or_incomplete_costs_one_trip() {
    let first = "application + bindings of application:bot";
    for hint in [
        json!(null),
        json!({"kind": "static"}),
        json!({"secrets": [1]}),
    ] {
        let far = Far::new(webhook(), Some(hint));
        assert_eq!(
            far.trips("webhook").await,
            [first, "hook crm", "secrets Token"]
        );
        assert_eq!(far.stand.webhook.calls()[0].headers[0].1, "s3cr3t");
    }
}

#[tokio::test(start_paused = true)]
async fn a_wrong_hint_neither_gives_a_hook_a_secret_nor_takes_one_from_it() {
    let hint = json!({"kind": "script", "secrets": ["Key", "Absent"]});
    let far = Far::new(script(&["Token"]), Some(hint));
    assert_eq!(
        far.trips("script").await[1..],
        ["hook code + secrets Absent Key", "secrets Token"]
    );
    let secrets = &far.scripts.calls()[0].secrets;
    assert_eq!(*secrets, [("Token".parse().unwrap(), "s3cr3t".to_owned())]);
}

#[tokio::test(start_paused = true)]
async fn secrets_that_cannot_be_read_are_asked_for_once() {
    for hint in [
        None,
        Some(json!({"secrets": ["Token", "Key"]})),
        Some(json!(null)),
    ] {
        let far = Far::new(webhook(), hint);
        far.stand.secrets.set_down(true);
        assert_eq!(far.post("bot", Stage::ConversationStart).await, json!({}));
        assert_eq!(far.stand.secrets.calls(), 1);
        assert_eq!(far.stand.webhook.calls().len(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_hook_that_is_skipped_costs_no_secret() {
    let mut wishes = webhook();
    wishes = wishes.static_hook("fixed", json!({"context": {"by": "static"}}));
    wishes = wishes.bind(Stage::ConversationStart, "fixed", 2);
    let conditions = vec![("context.channelType".to_owned(), vec![json!("None")])];
    wishes.0.bindings[0].when = crate::application::condition::Conditions::new(conditions);
    let far = Far::new(wishes, None);
    assert_eq!(far.trips("static").await[1..], ["hook fixed"]);
}
