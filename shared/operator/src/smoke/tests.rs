//! Names, publication and removal of a trial.

use std::time::{Duration, SystemTime};

use hookpoint_engine::{
    ports::Publisher as _,
    testing::{MemoryRuns, MemoryStore},
};

use super::*;

const NOW: Duration = Duration::from_hours(500000);

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + NOW
}

async fn publish(store: &MemoryStore, names: &SmokeNames, echo: Echo) -> Smoke {
    let url = "https://api.example/{stage}/".parse().unwrap();
    let runs = Arc::new(MemoryRuns::default());
    Smoke::publish(store, runs, names, Stage::ALL, url, echo)
        .await
        .unwrap()
}

#[tokio::test]
async fn every_stage_gets_its_hooks_and_nothing_is_left_of_them() {
    let store = MemoryStore::default();
    for echo in [
        Echo::Own,
        Echo::Endpoint("http://10.0.0.7:8080/echo".to_owned()),
    ] {
        let names = SmokeNames::unique(now()).unwrap();
        publish(&store, &names, echo).await;
        let applications = store.applications().await.unwrap();
        let keys = applications
            .iter()
            .map(|application| application.ingest_keys.len());
        assert!(keys.clone().all(|keys| keys == 1), "{applications:?}");
        let temporary = names.temporary();
        let bound = crate::bindings_at(&store, temporary.targets())
            .await
            .unwrap();
        for stage in Stage::ALL {
            let of_stage = bound.iter().filter(|binding| binding.stage == *stage);
            assert!(of_stage.count() >= 2, "{stage}");
        }
        store.forget(&temporary).await.unwrap();
        assert_eq!(store.applications().await.unwrap(), []);
        assert_eq!(store.hooks().await.unwrap(), []);
        assert!(store.stores().await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn an_interrupted_trial_is_found_once_it_cannot_run_any_more() {
    let store = MemoryStore::default();
    let names = SmokeNames::unique(now()).unwrap();
    publish(&store, &names, Echo::Own).await;
    let mut other = hookpoint_engine::publish::Desired::default();
    let id = |text: &str| hookpoint_engine::testing::sample::id(text);
    for name in [
        "hookpoint-smoke-zz",
        "hookpoint-smoke-6b49d200-0123456789ab-mine",
    ] {
        let family = hookpoint_stages::Family::Identity;
        let application = hookpoint_engine::testing::sample::application(&id(name), family);
        other.applications.push(application);
    }
    store.apply(&other).unwrap();
    let found = async |after: Duration| leftovers(&store, now() + after).await.unwrap();
    assert_eq!(found(Duration::from_mins(29)).await, []);
    assert_eq!(found(Duration::from_mins(31)).await, [names]);
}

#[test]
fn a_url_has_a_scheme_and_a_host_and_no_more_than_a_path() {
    let shop = "shop".parse().unwrap();
    let url = |text: &str| {
        let url = text.parse::<ApiUrl>()?;
        Ok::<_, InvalidApiUrl>(url.of("before-registration", &shop))
    };
    assert_eq!(
        url("https://hooks.example/").unwrap(),
        "https://hooks.example/v1/applications/shop/stages/before-registration"
    );
    assert_eq!(
        url("http://127.0.0.1:9000/lambda-url/{stage}").unwrap(),
        "http://127.0.0.1:9000/lambda-url/before-registration/v1/applications/shop/stages/before-registration"
    );
    for bad in [
        "",
        "hooks.example",
        "ftp://x",
        "https://",
        "https://a@b",
        "https://a/?b",
        "https://a b",
        " https://a",
        "https://{host}",
        "https://a:port",
    ] {
        assert!(url(bad).is_err(), "{bad}");
    }
    assert_eq!(
        url("https://{stage}.hooks.example").unwrap(),
        "https://before-registration.hooks.example/v1/applications/shop/stages/before-registration"
    );
    for (url, host) in [
        ("http://127.0.0.1:80/x", Some("127.0.0.1")),
        ("http://[::1]/x", Some("[::1]")),
        ("ftp://x/", None),
        ("x", None),
    ] {
        assert_eq!(api::host_of(url).as_deref(), host, "{url}");
    }
}

/// Handles events like a function that does not know the application at the first request.
async fn slow_to_learn() -> (ApiUrl, Arc<std::sync::atomic::AtomicUsize>) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let count = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            // The event is small: it comes with its headers, or just after them.
            let mut request = vec![0; 64 * 1024];
            let _ = socket.read(&mut request).await;
            let number = counter.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            let status = if number == 0 {
                "401 Unauthorized"
            } else {
                "200 OK"
            };
            let response = format!(
                "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{{}}"
            );
            let _ = socket.write_all(response.as_bytes()).await;
            let _ = socket.shutdown().await;
        }
    });
    (url.parse().unwrap(), count)
}

#[tokio::test]
async fn an_application_that_is_not_known_yet_is_tried_again() {
    let (store, runs) = (MemoryStore::default(), Arc::new(MemoryRuns::default()));
    let names = SmokeNames::unique(now()).unwrap();
    let (url, count) = slow_to_learn().await;
    let echo = Echo::Endpoint("http://10.0.0.7:8080/echo".to_owned());
    let stage = Stage::ConversationStart;
    let smoke = Smoke::publish(&store, runs, &names, &[stage], url, echo).await;
    let smoke = smoke.unwrap().with_patience(Duration::ZERO);
    let report = smoke.check(stage).await;
    let checks: Vec<_> = report
        .findings
        .iter()
        .map(|finding| finding.check)
        .collect();
    assert!(!checks.contains(&Check::Responds), "{report:?}");
    assert!(count.load(std::sync::atomic::Ordering::SeqCst) > 3);
}
