//! Secrets over the real SDK, against a server that plays Secrets Manager.

use hookpoint_engine::ports::ContinuationKeySource;
use serde_json::json;

use super::*;
use crate::testing::{Answer, FakeAws, Request, failure, ok};

async fn source(
    answer: impl Fn(&Request) -> Answer + Send + Sync + 'static,
) -> (FakeAws, SecretsManagerSource) {
    let aws = FakeAws::start(answer).await;
    let source = SecretsManagerSource::new(aws.clients(), "prod");
    (aws, source)
}

fn id(request: &Request) -> String {
    request.body["SecretId"].as_str().unwrap().to_owned()
}

fn absent() -> Answer {
    failure("ResourceNotFoundException", "can't find it")
}

fn value(id: &str) -> Answer {
    ok(json!({"Name": id, "SecretString": format!("value of {id}")}))
}

fn shop() -> ApplicationId {
    "shop".parse().unwrap()
}

fn names(names: &[&str]) -> Vec<SecretName> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}

#[tokio::test]
async fn both_names_of_every_secret_are_read_and_the_own_one_wins() {
    // Even numbers have a shared secret, multiples of three one of their own, the others none.
    let (aws, source) = source(|request| {
        let id = id(request);
        let number: u32 = id.rsplit('n').next().unwrap().parse().unwrap();
        let own = id.starts_with("prod/shop/");
        if number.is_multiple_of(if own { 3 } else { 2 }) {
            value(&id)
        } else {
            absent()
        }
    })
    .await;
    let wanted: Vec<SecretName> = (0..25)
        .map(|number| format!("n{number}").parse().unwrap())
        .collect();
    let secrets = source.secrets(&shop(), &wanted).await.unwrap();
    for (number, name) in wanted.iter().enumerate() {
        let expected = match (number % 3, number % 2) {
            (0, _) => Some(format!("value of prod/shop/n{number}")),
            (_, 0) => Some(format!("value of prod/n{number}")),
            _ => None,
        };
        assert_eq!(
            secrets.get(name).map(|secret| secret.expose().to_owned()),
            expected
        );
    }
    // `BatchGetSecretValue` has a limit of 100 requests a second for the whole account.
    assert_eq!(aws.operations(), ["GetSecretValue"; 50]);
    source.secrets(&shop(), &[]).await.unwrap();
    assert_eq!(aws.requests().len(), 50, "no request without a name");
}

#[tokio::test]
async fn what_was_warmed_up_is_used() {
    let (aws, source) = source(|request| match id(request).as_str() {
        "prod/a" => value("prod/a"),
        _ => absent(),
    })
    .await;
    source.warm_up().await;
    let opened: BTreeSet<_> = aws.requests().iter().map(|request| request.peer).collect();
    assert_eq!(opened.len(), 2);
    let secrets = source.secrets(&shop(), &names(&["a"])).await.unwrap();
    assert_eq!(secrets.len(), 1);
    let used: BTreeSet<_> = aws.requests().iter().map(|request| request.peer).collect();
    assert_eq!(used, opened);
}

#[tokio::test]
async fn a_secret_that_cannot_be_read_is_an_error_and_never_an_absent_one() {
    for (answer, said) in [
        (
            failure("AccessDeniedException", "not you"),
            "secret `prod/a`: AccessDeniedException: not you",
        ),
        (
            ok(json!({"Name": "prod/a", "SecretBinary": "aGlkZGVu"})),
            "secret `prod/a` is binary",
        ),
        (
            failure("InternalServiceError", "later"),
            "secret `prod/a`: InternalServiceError: later",
        ),
    ] {
        let (_aws, source) = source(move |request| match id(request).as_str() {
            "prod/a" => answer.clone(),
            "prod/b" => value("prod/b"),
            _ => absent(),
        })
        .await;
        // It keeps no other from being read.
        let each = source.each_secret(&shop(), &names(&["a", "b"])).await;
        assert!(each[&names(&["a"])[0]].is_err());
        assert_eq!(
            each[&names(&["b"])[0]].as_ref().unwrap().expose(),
            "value of prod/b"
        );
        let error = source
            .secrets(&shop(), &names(&["a"]))
            .await
            .unwrap_err()
            .to_string();
        assert!(error.contains(said), "{error}");
        assert!(
            !error.contains("value of") && !error.contains("aGlk") && !error.contains("hidden"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn no_hook_gets_the_key_that_seals_continuations() {
    let (aws, source) = source(|_| absent()).await;
    let secrets = source
        .secrets(&shop(), &names(&["continuation-key"]))
        .await
        .unwrap();
    assert!(secrets.is_empty());
    let asked: Vec<String> = aws.requests().iter().map(id).collect();
    assert_eq!(asked, ["prod/shop/continuation-key"]);
}

#[tokio::test]
async fn the_current_key_must_exist_and_the_previous_one_need_not() {
    let answer = |current: bool, previous: bool| {
        move |request: &Request| {
            assert_eq!(request.body["SecretId"], "prod/continuation-key");
            let stage = request.body["VersionStage"].as_str().unwrap();
            if (stage == "AWSCURRENT" && current) || (stage == "AWSPREVIOUS" && previous) {
                ok(json!({"SecretString": stage}))
            } else {
                failure("ResourceNotFoundException", "can't find it")
            }
        }
    };
    let (_aws, both) = source(answer(true, true)).await;
    let keys = both.continuation_keys().await.unwrap();
    assert_eq!(keys.current.expose(), "AWSCURRENT");
    assert_eq!(keys.previous.unwrap().expose(), "AWSPREVIOUS");
    let (_aws, first) = source(answer(true, false)).await;
    assert!(first.continuation_keys().await.unwrap().previous.is_none());
    let (_aws, none) = source(answer(false, false)).await;
    let error = none.continuation_keys().await.unwrap_err().to_string();
    assert!(
        error.contains("`prod/continuation-key` does not exist; create it"),
        "{error}"
    );
    let (_aws, denied) = source(|_| failure("AccessDeniedException", "not you")).await;
    assert!(denied.continuation_keys().await.is_err());
}

#[tokio::test]
async fn a_secret_of_the_stack_is_there_or_absent_or_cannot_be_read() {
    let (_aws, source) = source(|request| match request.body["SecretId"].as_str() {
        Some("prod/PrivateCa") => ok(json!({"SecretString": "a certificate"})),
        Some("prod/Denied") => failure("AccessDeniedException", "not you"),
        _ => failure("ResourceNotFoundException", "can't find it"),
    })
    .await;
    let names = names(&["PrivateCa", "Absent", "Denied"]);
    let there = source.shared_secret(&names[0]).await.unwrap();
    assert_eq!(there.unwrap().expose(), "a certificate");
    assert!(source.shared_secret(&names[1]).await.unwrap().is_none());
    assert!(source.shared_secret(&names[2]).await.is_err());
}

#[tokio::test]
async fn a_secret_is_created_or_given_a_new_value() {
    let (aws, source) = source(|request| match request.operation.as_str() {
        "CreateSecret" => failure("ResourceExistsException", "it is there"),
        _ => ok(json!({})),
    })
    .await;
    source
        .put_secret("shop/ApiToken", &Secret::new("s3cr3t"))
        .await
        .unwrap();
    let requests = aws.requests();
    assert_eq!(aws.operations(), ["CreateSecret", "PutSecretValue"]);
    assert_eq!(requests[0].body["Name"], "prod/shop/ApiToken");
    assert_eq!(requests[1].body["SecretId"], "prod/shop/ApiToken");
    assert_eq!(requests[1].body["SecretString"], "s3cr3t");
    assert_eq!(requests[0].body.get("KmsKeyId"), None);
    let key = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd";
    let source = source.with_key(Some(key.to_owned()));
    source
        .put_secret("ApiToken", &Secret::new("s3cr3t"))
        .await
        .unwrap();
    assert_eq!(aws.requests()[2].body["KmsKeyId"], key);
}
