//! Callers authorised by the gateway, in the shapes that AWS documents.

use serde_json::{Value, json};

use super::fixture::{Answer, Fixture};
use crate::authentication::Authentication;

const HTTP_API: &str = include_str!("../testdata/http_api.json");
const FUNCTION_URL: &str = include_str!("../testdata/function_url.json");
const REST_API: &str = include_str!("../testdata/rest_api.json");
const HTTP_API_1: &str = include_str!("../testdata/http_api_1.json");
const LOAD_BALANCER: &str = include_str!("../testdata/load_balancer.json");

fn iam() -> Authentication {
    Authentication::AwsIam
}

fn jwt(claim: &str) -> Authentication {
    let claim = claim.to_owned();
    Authentication::Jwt { claim }
}

/// The response to a payload with additional members in `requestContext` and the `Authorization` header of such
/// callers.
async fn answer(authentication: Authentication, text: &str, context: Value) -> Answer {
    let fixture = Fixture::greeting().with_authentication(authentication);
    let mut payload = fixture.payload(text);
    merge(&mut payload["requestContext"], context);
    let authorization = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260302/eu-central-1/execute-api/aws4_request, SignedHeaders=host, Signature=00";
    for (name, value) in payload["headers"].as_object_mut().unwrap() {
        if name.eq_ignore_ascii_case("authorization") {
            *value = json!(authorization);
        }
    }
    if let Some(headers) = payload["multiValueHeaders"].as_object_mut() {
        headers["Authorization"] = json!([authorization]);
    }
    fixture.answer(&payload).await
}

fn merge(value: &mut Value, more: Value) {
    match (value, more) {
        (Value::Object(members), Value::Object(more)) => {
            for (name, more) in more {
                merge(members.entry(name).or_insert(Value::Null), more);
            }
        }
        (value, more) => *value = more,
    }
}

fn iam_of_format_2() -> Value {
    json!({"authorizer": {"iam": {
        "accessKey": "ARIA2ZJZYVUEREEIHAKY",
        "accountId": "1234567890",
        "callerId": "AROA7ZJZYVRE7C3DUXHH6:CognitoIdentityCredentials",
        "cognitoIdentity": null,
        "principalOrgId": "AwsOrgId",
        "userArn": "arn:aws:iam::1234567890:user/Admin",
        "userId": "AROA2ZJZYVRE7Y3TUXHH6"
    }}})
}

fn iam_of_format_1() -> Value {
    json!({"identity": {
        "accessKey": "ARIA2ZJZYVUEREEIHAKY",
        "accountId": "1234567890",
        "caller": "AROA7ZJZYVRE7C3DUXHH6:session",
        "cognitoAuthenticationProvider": null,
        "cognitoIdentityId": null,
        "user": "AROA7ZJZYVRE7C3DUXHH6:session",
        "userArn": "arn:aws:sts::1234567890:assumed-role/host/session"
    }})
}

fn claims(claims: Value) -> Value {
    json!({"authorizer": {"jwt": {"claims": claims, "scopes": ["events"]}}})
}

#[track_caller]
fn assert_refused_as_a_wrong_key_is(answer: &Answer, wrong_key: &Answer) {
    assert_eq!(answer.status, 401, "{}", answer.body);
    for member in ["type", "title", "status", "code", "detail"] {
        assert_eq!(answer.body[member], wrong_key.body[member]);
    }
}

async fn wrong_key() -> Answer {
    answer(Authentication::IngestKey, HTTP_API, json!({})).await
}

#[tokio::test]
async fn a_request_that_aws_has_checked_needs_no_key() {
    for (text, context) in [
        (HTTP_API, iam_of_format_2()),
        (HTTP_API_1, iam_of_format_1()),
        (REST_API, iam_of_format_1()),
    ] {
        let answer = answer(iam(), text, context).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.body, json!({"context": {"tier": "gold"}}));
    }
}

#[tokio::test]
async fn an_unchecked_request_is_refused_whatever_it_carries() {
    let wrong_key = wrong_key().await;
    let no_caller = json!({"identity": {"caller": null, "userArn": null, "user": null}});
    let half = json!({"identity": {"caller": "", "userArn": "arn:aws:iam::1234567890:user/Admin"}});
    let custom =
        json!({"authorizer": {"lambda": {"iam": {"userArn": "arn"}}, "principalId": "me"}});
    for (text, context) in [
        (HTTP_API, json!({})),
        (HTTP_API, claims(json!({"client_id": "assistant"}))),
        (HTTP_API, json!({"authorizer": {"iam": null}})),
        (HTTP_API, json!({"authorizer": {"iam": {"userArn": null}}})),
        (HTTP_API, json!({"authorizer": "iam"})),
        (HTTP_API, custom.clone()),
        (HTTP_API, iam_of_format_1()),
        (FUNCTION_URL, json!({})),
        (REST_API, json!({})),
        (REST_API, no_caller),
        (REST_API, half),
        (REST_API, custom),
        (REST_API, iam_of_format_2()),
    ] {
        let refused = answer(iam(), text, context).await;
        assert_refused_as_a_wrong_key_is(&refused, &wrong_key);
    }
}

#[tokio::test]
async fn what_a_caller_sends_does_not_say_who_it_is() {
    let wrong_key = wrong_key().await;
    let context = iam_of_format_2();
    let jwt_context = claims(json!({"client_id": "assistant"}));
    for (authentication, context) in [(iam(), context), (jwt("client_id"), jwt_context)] {
        let fixture = Fixture::greeting().with_authentication(authentication);
        let mut payload = fixture.payload(HTTP_API);
        let event = json!({"eventType": "conversationStart", "requestContext": context, "authorizer": context["authorizer"]});
        payload["body"] = json!(event.to_string());
        payload["headers"]["requestContext"] = json!(context.to_string());
        payload["headers"]["x-amzn-request-context"] = json!(context.to_string());
        payload["queryStringParameters"] = json!({"requestContext": context.to_string()});
        payload["authorizer"] = context["authorizer"].clone();
        // The header has a key of the application, which is not needed here.
        let answer = fixture.answer(&payload).await;
        assert_refused_as_a_wrong_key_is(&answer, &wrong_key);
    }
}

/// The response to a signed request of this gateway, with members of the payload replaced.
async fn signed(text: &str, changes: &[(&str, Value)]) -> Answer {
    let fixture = Fixture::greeting().with_authentication(iam());
    let mut payload = fixture.payload(text);
    merge(&mut payload["requestContext"], iam_of_format_1());
    merge(&mut payload["requestContext"], iam_of_format_2());
    for (pointer, value) in changes {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        payload.pointer_mut(parent).unwrap()[name] = value.clone();
    }
    fixture.answer(&payload).await
}

#[tokio::test]
async fn the_application_is_the_one_that_the_policy_was_checked_for() {
    let wrong_key = wrong_key().await;
    let path =
        |application: &str| format!("/v1/applications/{application}/stages/conversation-start");
    let behind = |prefix: &str, application: &str| json!(format!("{prefix}{}", path(application)));
    let named = |application: &str| json!({"applicationId": application});
    let shapes = [
        (HTTP_API, "/rawPath", "/routeKey", "POST "),
        (HTTP_API_1, "/path", "/resource", ""),
        (REST_API, "/path", "/resource", ""),
    ];
    for (text, path_member, route, method) in shapes {
        let key = |pattern: &str| (route, json!(format!("{method}{pattern}")));
        let greedy = |proxy: &str| json!({ "proxy": proxy });
        let accepted = signed(text, &[(path_member, behind("/base", "assistant"))]).await;
        assert_eq!(accepted.status, 200, "{}", accepted.body);
        let changes = [
            // The path names another application than the parameter.
            vec![("/pathParameters", named("other"))],
            vec![("/pathParameters", named("Assistant"))],
            vec![("/pathParameters", named("assistant "))],
            vec![("/pathParameters", named(""))],
            vec![
                (
                    path_member,
                    behind("/v1/applications/other/stages", "assistant"),
                ),
                (
                    "/pathParameters",
                    named("other/stages/v1/applications/assistant"),
                ),
            ],
            // Escapes, in the path as sent, and in parameters that were decoded once too often or too rarely.
            vec![(path_member, json!(path("%61ssistant")))],
            vec![
                (path_member, json!(path("%61ssistant"))),
                ("/pathParameters", named("%61ssistant")),
            ],
            vec![("/pathParameters", named("%61ssistant"))],
            vec![
                (path_member, json!(path("other%252F..%252Fassistant"))),
                ("/pathParameters", named("other/../assistant")),
            ],
            // No parameter, or not only this one.
            vec![("/pathParameters", Value::Null)],
            vec![("/pathParameters", json!({}))],
            vec![("/pathParameters", json!({"application": "assistant"}))],
            vec![(
                "/pathParameters",
                json!({"applicationId": "assistant", "proxy": "x"}),
            )],
            vec![("/pathParameters", json!({"applicationId": ["assistant"]}))],
            vec![("/pathParameters", json!("assistant"))],
            // Routes that match more than one application or stage.
            vec![
                key("/{proxy+}"),
                ("/pathParameters", greedy("v1/applications/assistant")),
            ],
            vec![key("/{proxy+}")],
            vec![key("/v1/applications/{applicationId}/stages/{stage}")],
            vec![key("/v1/applications/{applicationId}/stages/escalation")],
            vec![key(
                "/v1/applications/{applicationId+}/stages/conversation-start",
            )],
            vec![key(
                "/v1/applications/{applicationId}/stages/conversation-start/",
            )],
            vec![key(
                "/hooks/v1/applications/{applicationId}/stages/conversation-start",
            )],
            vec![(route, json!("$default"))],
            vec![(
                route,
                json!("ANY /v1/applications/{applicationId}/stages/conversation-start"),
            )],
            vec![(route, Value::Null)],
        ];
        for changes in changes {
            let refused = signed(text, &changes).await;
            assert_eq!(refused.status, 401, "{changes:?}");
            assert_refused_as_a_wrong_key_is(&refused, &wrong_key);
        }
    }
    // A policy for a function URL or a load balancer names no application.
    for text in [FUNCTION_URL, LOAD_BALANCER] {
        assert_refused_as_a_wrong_key_is(&signed(text, &[]).await, &wrong_key);
        let named = [("/pathParameters", named("assistant"))];
        assert_refused_as_a_wrong_key_is(&signed(text, &named).await, &wrong_key);
    }
}

#[tokio::test]
async fn the_claim_of_a_token_must_be_the_application_exactly() {
    let wrong_key = wrong_key().await;
    let in_format_1 = |claims: Value| json!({"authorizer": {"claims": claims, "scopes": null}});
    for (text, claim, context) in [
        (
            HTTP_API,
            "client_id",
            claims(json!({"client_id": "assistant"})),
        ),
        (
            HTTP_API,
            "https://example.com/app",
            claims(json!({"https://example.com/app": "assistant"})),
        ),
        (
            REST_API,
            "client_id",
            in_format_1(json!({"client_id": "assistant"})),
        ),
    ] {
        let answer = answer(jwt(claim), text, context).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
    for value in [
        json!("other"),
        json!("Assistant"),
        json!("assistant "),
        json!(""),
        // The gateway's notation for lists and objects.
        json!("[assistant]"),
        json!("[assistant other]"),
        json!("assistant,other"),
        json!("map[assistant:true]"),
        json!(["assistant"]),
        json!({"assistant": true}),
        json!(true),
        Value::Null,
    ] {
        for (text, context) in [
            (HTTP_API, claims(json!({"client_id": value}))),
            (REST_API, in_format_1(json!({"client_id": value}))),
        ] {
            let refused = answer(jwt("client_id"), text, context).await;
            assert_refused_as_a_wrong_key_is(&refused, &wrong_key);
        }
    }
    for (text, context) in [
        (HTTP_API, json!({})),
        (HTTP_API, claims(json!({"sub": "assistant"}))),
        (HTTP_API, claims(Value::Null)),
        (HTTP_API, in_format_1(json!({"client_id": "assistant"}))),
        (
            HTTP_API,
            json!({"authorizer": {"lambda": {"client_id": "assistant"}}}),
        ),
        (HTTP_API, iam_of_format_2()),
        (REST_API, claims(json!({"client_id": "assistant"}))),
        (
            REST_API,
            json!({"authorizer": {"client_id": "assistant", "claims": "assistant"}}),
        ),
        (FUNCTION_URL, json!({})),
    ] {
        let refused = answer(jwt("client_id"), text, context).await;
        assert_refused_as_a_wrong_key_is(&refused, &wrong_key);
    }
}

#[tokio::test]
async fn with_keys_the_gateway_authorises_no_caller() {
    for context in [iam_of_format_2(), claims(json!({"client_id": "assistant"}))] {
        let refused = answer(Authentication::IngestKey, HTTP_API, context).await;
        assert_eq!(refused.status, 401);
    }
}
