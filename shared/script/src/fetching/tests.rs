//! Redirects, limits and request budgets, against a scripted site.

use std::{sync::Mutex, time::Duration};

use async_trait::async_trait;
use proptest::prelude::*;

use super::*;

/// Answers with a function of the URL, and keeps the requests.
struct Site<F> {
    answer: F,
    seen: Mutex<Vec<FetchRequest>>,
}

#[async_trait]
impl<F: Fn(&str) -> Result<FetchReply, HookFailure> + Send + Sync> Fetch for Site<F> {
    async fn fetch(&self, request: FetchRequest) -> Result<FetchReply, HookFailure> {
        let reply = (self.answer)(&request.url);
        self.seen.lock().unwrap().push(request);
        reply
    }
}

impl<F> Site<F> {
    fn new(answer: F) -> Self {
        Self {
            answer,
            seen: Mutex::default(),
        }
    }

    fn urls(&self) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        seen.iter().map(|request| request.url.clone()).collect()
    }

    fn last(&self) -> (String, String, Vec<String>) {
        let seen = self.seen.lock().unwrap();
        let last = seen.last().unwrap();
        let names = last.headers.iter().map(|(name, _)| name.clone());
        let body = String::from_utf8(last.body.clone()).unwrap();
        (last.method.clone(), body, names.collect())
    }
}

fn reply(status: u16, location: Option<&str>) -> FetchReply {
    FetchReply {
        status,
        headers: location
            .map(|location| ("location".to_owned(), location.to_owned()))
            .into_iter()
            .collect(),
        body: status.to_string().into_bytes(),
    }
}

fn get(url: &str) -> Request {
    Request {
        method: "GET".to_owned(),
        url: url.to_owned(),
        headers: Vec::new(),
        body: Vec::new(),
        redirect: Redirect::Follow,
    }
}

async fn run(fetch: &dyn Fetch, request: Request) -> Result<Response, Refused> {
    run_within(fetch, request, &Arc::default()).await
}

async fn run_within(
    fetch: &dyn Fetch,
    request: Request,
    budget: &Arc<Budget>,
) -> Result<Response, Refused> {
    let hosts = ["a.test", "b.test", "[2001:db8::1]"].map(str::to_owned);
    let exchanges = Exchanges::new(false);
    let rules = Rules {
        fetch,
        hosts: &hosts,
        local_endpoints: &[],
        deadline: Deadline::after(Instant::now(), Duration::from_secs(3)),
        now: SystemTime::UNIX_EPOCH,
        started: Instant::now(),
        budget: Arc::clone(budget),
        exchanges: &exchanges,
    };
    exchange(request, rules).await
}

#[tokio::test]
async fn redirects_are_followed_to_their_end() {
    let site = Site::new(|url: &str| {
        Ok(match url {
            "https://a.test/1?q#part" => reply(301, Some("2")),
            "https://a.test/2#part" => reply(302, Some("//b.test/3#other")),
            "https://b.test/3#other" => reply(307, Some("https://[2001:db8::1]/caf\u{c3}\u{a9}")),
            "https://[2001:db8::1]/caf%C3%A9#other" => reply(308, Some("?end")),
            "https://[2001:db8::1]/caf%C3%A9?end#other" => reply(200, Some("/not/a/redirect")),
            other => panic!("{other}"),
        })
    });
    let response = run(&site, get("https://a.test/1?q#part")).await.unwrap();
    assert_eq!(response.status, 200);
    assert_eq!(response.url, "https://[2001:db8::1]/caf%C3%A9?end");
    assert!(response.redirected);
    assert_eq!(response.body, b"200");
    assert_eq!(site.urls().len(), 5);
}

#[tokio::test]
async fn an_answer_that_is_no_redirect_is_the_response() {
    for (status, location) in [
        (200, None),
        (304, Some("/x")),
        (300, Some("/x")),
        (302, None),
    ] {
        let site = Site::new(move |_: &str| Ok(reply(status, location)));
        let response = run(&site, get("https://a.test/x#y")).await.unwrap();
        assert_eq!(
            (response.status, response.redirected, response.url.as_str()),
            (status, false, "https://a.test/x")
        );
    }
}

#[tokio::test]
async fn a_script_may_treat_a_redirect_as_an_error_or_as_the_response() {
    for status in [301, 302, 303, 307, 308] {
        let site = Site::new(move |_: &str| Ok(reply(status, Some("https://b.test/"))));
        let error = Request {
            redirect: Redirect::Error,
            ..get("https://a.test/")
        };
        let refused = run(&site, error).await.unwrap_err();
        assert_eq!(refused.class, FailureClass::Redirected);
        assert!(refused.message.contains(&status.to_string()), "{refused}");
        let manual = Request {
            redirect: Redirect::Manual,
            ..get("https://a.test/")
        };
        let response = run(&site, manual).await.unwrap();
        assert_eq!((response.status, response.redirected), (status, false));
        assert_eq!(response.headers[0].1, "https://b.test/");
        assert_eq!(site.urls(), ["https://a.test/", "https://a.test/"]);
    }
}

#[tokio::test]
async fn the_method_and_the_body_change_as_the_standard_says() {
    for (status, method, becomes) in [
        (301, "POST", "GET"),
        (302, "POST", "GET"),
        (303, "POST", "GET"),
        (303, "PUT", "GET"),
        (303, "DELETE", "GET"),
        (303, "HEAD", "HEAD"),
        (303, "GET", "GET"),
        (301, "PUT", "PUT"),
        (302, "DELETE", "DELETE"),
        (302, "HEAD", "HEAD"),
        (307, "POST", "POST"),
        (308, "POST", "POST"),
        (308, "PATCH", "PATCH"),
    ] {
        let site = Site::new(move |url: &str| {
            Ok(match url {
                "https://a.test/" => reply(status, Some("/next")),
                _ => reply(200, None),
            })
        });
        let headers = [
            "Content-Type",
            "content-length",
            "Content-Language",
            "X-Own",
        ];
        let request = Request {
            method: method.to_owned(),
            headers: headers.map(|name| (name.to_owned(), "1".to_owned())).into(),
            body: b"b".to_vec(),
            ..get("https://a.test/")
        };
        run(&site, request).await.unwrap();
        let kept = becomes == method;
        let names: &[&str] = if kept { &headers } else { &["X-Own"] };
        let body = if kept { "b" } else { "" };
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(
            site.last(),
            (becomes.to_owned(), body.to_owned(), names),
            "{status} {method}"
        );
    }
}

#[tokio::test]
async fn credentials_stay_with_their_origin() {
    for (target, keeps) in [
        ("https://a.test/next", true),
        ("https://a.test:443/next", true),
        ("https://a.test:8443/next", false),
        ("https://b.test/next", false),
        ("http://a.test/next", false),
    ] {
        let site = Site::new(move |url: &str| {
            Ok(match url {
                "https://a.test/" => reply(307, Some(target)),
                // They stay dropped after a redirect back.
                "https://b.test/next" => reply(307, Some("https://a.test/last")),
                _ => reply(200, None),
            })
        });
        let headers = ["AUTHORIZATION", "Cookie", "X-Own"];
        let request = Request {
            headers: headers.map(|name| (name.to_owned(), "1".to_owned())).into(),
            ..get("https://a.test/")
        };
        run(&site, request).await.unwrap();
        let expected: &[&str] = if keeps { &headers } else { &["X-Own"] };
        assert_eq!(site.last().2, expected, "{target}");
    }
}

#[tokio::test]
async fn every_hop_is_held_to_the_hosts_that_the_hook_declares() {
    for (target, class, named) in [
        (
            "https://evil.test/",
            FailureClass::EgressRefused,
            "`evil.test`",
        ),
        (
            "https://user:pw@b.test/",
            FailureClass::EgressRefused,
            "user name",
        ),
        ("ftp://b.test/", FailureClass::EgressRefused, "`ftp`"),
        ("file:///etc/passwd", FailureClass::EgressRefused, "`file`"),
        ("data:text/plain,x", FailureClass::EgressRefused, "`data`"),
        ("https://", FailureClass::BadResponse, "not a URL"),
        (
            "http://169.254.169.254/",
            FailureClass::EgressRefused,
            "169.254",
        ),
    ] {
        let site = Site::new(move |_: &str| Ok(reply(302, Some(target))));
        let refused = run(&site, get("https://a.test/")).await.unwrap_err();
        assert_eq!(refused.class, class, "{target}");
        assert!(refused.message.contains(named), "{refused}");
        assert_eq!(site.urls(), ["https://a.test/"], "{target}");
    }
    // The port enforces the operator's policy.
    let site = Site::new(|url: &str| match url {
        "https://a.test/" => Ok(reply(302, Some("http://b.test/"))),
        _ => Err(HookFailure::new(FailureClass::EgressRefused, "use https")),
    });
    let refused = run(&site, get("https://a.test/")).await.unwrap_err();
    assert_eq!(refused.class, FailureClass::EgressRefused);
    assert_eq!(
        refused.message,
        "after a redirect to `http://b.test`: use https"
    );
    let mut twice = reply(302, Some("https://a.test/1"));
    twice
        .headers
        .push(("Location".to_owned(), "https://a.test/2".to_owned()));
    let site = Site::new(move |_: &str| Ok(twice.clone()));
    let refused = run(&site, get("https://a.test/")).await.unwrap_err();
    assert!(refused.message.contains("several places"), "{refused}");
}

#[tokio::test]
async fn a_run_has_one_budget_for_requests_and_redirects() {
    let site = Site::new(|_: &str| Ok(reply(302, Some("/"))));
    let refused = run(&site, get("https://a.test/")).await.unwrap_err();
    assert_eq!(refused.class, FailureClass::BadRequest);
    assert!(
        refused.message.contains("more than 20 requests"),
        "{refused}"
    );
    assert_eq!(site.urls().len(), 20);

    let site = Site::new(|_: &str| Ok(reply(200, None)));
    let budget = Arc::default();
    for _ in 0..20 {
        run_within(&site, get("https://a.test/"), &budget)
            .await
            .unwrap();
    }
    assert!(
        run_within(&site, get("https://a.test/"), &budget)
            .await
            .is_err()
    );
    assert_eq!(site.urls().len(), 20);
    // A refused host costs nothing.
    let budget = Arc::default();
    for _ in 0..30 {
        run_within(&site, get("https://c.test/"), &budget)
            .await
            .unwrap_err();
    }
    assert!(
        run_within(&site, get("https://a.test/"), &budget)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn oversized_parts_are_refused_by_name_and_not_sent() {
    let site = Site::new(|url: &str| {
        Ok(match url {
            "https://a.test/long" => reply(302, Some(&format!("/{}", "x".repeat(URL_LIMIT)))),
            _ => reply(200, None),
        })
    });
    let header = |name: &str, length: usize| (name.to_owned(), "v".repeat(length));
    let many = |count: usize| {
        (0..count)
            .map(|index| header(&format!("x-{index}"), 1))
            .collect()
    };
    let long_url = |length: usize| format!("https://a.test/{}", "x".repeat(length - 15));
    for (request, refused) in [
        (
            Request {
                headers: many(64),
                ..get("https://a.test/")
            },
            None,
        ),
        (
            Request {
                headers: many(65),
                ..get("https://a.test/")
            },
            Some("65 headers; at most 64"),
        ),
        (
            Request {
                headers: vec![header("x-a", HEADER_LIMIT - 3)],
                ..get("https://a.test/")
            },
            None,
        ),
        (
            Request {
                headers: vec![header("x-a", HEADER_LIMIT - 2)],
                ..get("https://a.test/")
            },
            Some("header `x-a` has 8193 bytes"),
        ),
        (get(&long_url(URL_LIMIT)), None),
        (
            get(&long_url(URL_LIMIT + 1)),
            Some("the URL has 16385 bytes"),
        ),
        (get("https://a.test/long"), Some("the URL has 16399 bytes")),
        (get("not a URL"), Some("the URL is not valid")),
        (
            Request {
                method: "M".repeat(65),
                ..get("https://a.test/")
            },
            Some("the method has 65 bytes"),
        ),
        (
            Request {
                method: "POST".to_owned(),
                body: vec![0; BODY_LIMIT + 1],
                ..get("https://a.test/")
            },
            Some("the body has 262145 bytes"),
        ),
    ] {
        let before = site.urls().len();
        let url = request.url.clone();
        match (run(&site, request).await, refused) {
            (Ok(response), None) => assert_eq!(response.status, 200),
            (Err(failure), Some(words)) => {
                assert_eq!(failure.class, FailureClass::BadRequest);
                assert!(failure.message.contains(words), "{failure}");
                let sent = usize::from(url.ends_with("/long"));
                assert_eq!(site.urls().len(), before + sent, "{words}");
            }
            (outcome, expected) => panic!("{outcome:?}, not {expected:?}"),
        }
    }
}

/// Locations that lead elsewhere, or seem to.
fn location() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "https:",
        "http:",
        "HTTPS:",
        "file:",
        "javascript:",
        "/",
        "//",
        "\\",
        "@",
        ":",
        ":443",
        ":8443",
        "a.test",
        "b.test",
        "evil.test",
        "a.test.evil.test",
        "A.TEST",
        "a%2etest",
        "a.test.",
        "[::1]",
        "[2001:db8::1]",
        "127.1",
        "0x7f.1",
        "user",
        "?",
        "#",
        "..",
        "%00",
        " ",
        "\t",
        "\u{3}",
        "\u{ff}",
        "a\u{e2}\u{80}\u{a4}test",
        "x",
    ]);
    prop::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn no_location_leads_to_a_host_that_is_not_declared(locations in prop::collection::vec(location(), 1..4)) {
        let locations = Mutex::new(locations);
        let site = Site::new(move |_: &str| {
            let next = locations.lock().unwrap().pop();
            Ok(reply(if next.is_some() { 302 } else { 200 }, next.as_deref()))
        });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let _ = runtime.block_on(run(&site, get("https://a.test/")));
        for url in site.urls() {
            let url = Url::parse(&url).unwrap();
            prop_assert!(["a.test", "b.test", "[2001:db8::1]"].contains(&url.host_str().unwrap()), "{url}");
            prop_assert!(matches!(url.scheme(), "https" | "http") && url.username().is_empty() && url.password().is_none());
        }
    }
}

#[tokio::test]
async fn a_host_header_that_repeats_the_url_is_not_sent_and_others_are_left_to_the_port() {
    let site = Site::new(|_: &str| Ok(reply(200, None)));
    for (value, is_sent) in [
        ("a.test", false),
        ("A.TEST:443", false),
        ("b.test", true),
        ("a.test:8443", true),
    ] {
        let request = Request {
            headers: vec![("Host".to_owned(), value.to_owned())],
            ..get("https://a.test/")
        };
        run(&site, request).await.unwrap();
        assert_eq!(site.last().2.len(), usize::from(is_sent), "{value}");
    }
}
