//! The check of an identity: out to the provider, and back with an ID token.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::{Engine as _, engine::general_purpose::STANDARD, prelude::BASE64_URL_SAFE_NO_PAD};
use hookpoint_engine::stages::Stage;
use ring::{
    rand::SystemRandom,
    rsa::{KeyPair, PublicKeyComponents},
    signature::RSA_PKCS1_SHA256,
};
use serde_json::{Value, json};

use super::{
    registered,
    scene::{Passed, Scene},
    vendor::Reply,
};

/// The provider's key, and the tokens that it signs.
struct Provider(KeyPair);

impl Provider {
    fn new() -> Self {
        let pem = include_str!("../../fixtures/vendors/provider.pem");
        let body: String = pem
            .lines()
            .skip_while(|line| !line.starts_with("-----BEGIN"))
            .filter(|line| !line.starts_with('-'))
            .collect();
        Self(KeyPair::from_pkcs8(&STANDARD.decode(body).unwrap()).unwrap())
    }

    fn key_set(&self) -> Value {
        let PublicKeyComponents::<Vec<u8>> { n, e } = self.0.public().into();
        let [n, e] = [n, e].map(|part| BASE64_URL_SAFE_NO_PAD.encode(part));
        json!({ "keys": [{ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": "one", "n": n, "e": e }] })
    }

    fn token(&self, kid: &str, claims: &Value) -> String {
        let header = json!({ "alg": "RS256", "typ": "JWT", "kid": kid });
        let part = |json: &Value| BASE64_URL_SAFE_NO_PAD.encode(json.to_string());
        let signed = format!("{}.{}", part(&header), part(claims));
        let mut signature = vec![0; self.0.public().modulus_len()];
        self.0
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                signed.as_bytes(),
                &mut signature,
            )
            .unwrap();
        format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }
}

/// A customer whom the hook has sent to the provider.
struct Away {
    continuation: Value,
    claims: Value,
}

/// Posts the first event, which must redirect.
async fn send_away(scene: &Scene) -> Away {
    let Passed { response, record } = scene.post(json!({})).await;
    let url = response["redirect"]["url"].as_str();
    let url = url.unwrap_or_else(|| panic!("{response} {record:?}"));
    let (page, query) = url.split_once('?').unwrap();
    assert_eq!(page, "https://id.example.com/login");
    let parameters: Vec<_> = query
        .split('&')
        .map(|pair| pair.split_once('=').unwrap())
        .collect();
    let value = |name: &str| parameters.iter().find(|(key, _)| *key == name).unwrap().1;
    assert_eq!(value("client_id"), "web-shop");
    assert_eq!(
        value("redirect_uri"),
        "https%3A%2F%2Flogin.example.com%2Fcontinue"
    );
    assert_eq!(value("state"), "c3RhdGUtMTIz");
    let expires = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
        + 300;
    Away {
        continuation: response["continuation"].clone(),
        claims: json!({
            "iss": scene.vendor.url(), "aud": "web-shop", "sub": "person-7", "exp": expires,
            "nonce": value("nonce"), "policyDecision": "approve",
        }),
    }
}

impl Away {
    /// Posts the event of the return, with the state that the provider passes on.
    async fn comes_back(self, scene: &Scene, state: &str) -> Passed {
        scene
            .post(json!({
                "continuation": self.continuation,
                "continueContext": { "code": "code-1", "state": state },
            }))
            .await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_out_and_back_with_an_id_token() {
    let provider = Provider::new();
    let scene = Scene::of(
        "identity-check.cjs",
        Stage::BeforeRegistration,
        json!({ "Provider": "VENDOR", "ClientId": "web-shop", "LoginPage": "https://id.example.com/login" }),
        json!({ "ClientSecret": "client-secret" }),
    )
    .await;
    let keys = Reply::Json(200, provider.key_set());
    scene.vendor.replies("/jwks", [keys.clone()]);
    let issues = |token: String| {
        let reply = Reply::Json(200, json!({ "id_token": token, "token_type": "Bearer" }));
        scene.vendor.replies("/token", [reply]);
    };

    let away = send_away(&scene).await;
    issues(provider.token("one", &away.claims));
    let passed = away.comes_back(&scene, "c3RhdGUtMTIz").await;
    let identity = json!({ "provider": scene.vendor.url(), "subject": "person-7" });
    assert_eq!(
        passed.response,
        registered(json!({ "identity": identity }), json!({ "checked": true })),
        "{:?}",
        passed.record
    );
    let asked = scene.vendor.asked();
    assert_eq!(asked.len(), 2, "the token, then the keys: {asked:?}");
    let credentials = STANDARD.encode("web-shop:client-secret");
    assert_eq!(asked[0].method, "POST");
    assert_eq!(
        asked[0].header("authorization"),
        format!("Basic {credentials}")
    );
    assert_eq!(
        asked[0].header("content-type"),
        "application/x-www-form-urlencoded"
    );
    assert_eq!(
        asked[0].body,
        "grant_type=authorization_code&code=code-1&redirect_uri=https%3A%2F%2Flogin.example.com%2Fcontinue"
    );

    let away = send_away(&scene).await;
    let mut claims = away.claims.clone();
    claims["policyDecision"] = json!("obligation");
    issues(provider.token("one", &claims));
    let passed = away.comes_back(&scene, "c3RhdGUtMTIz").await;
    assert_eq!(passed.response["deny"]["error"], "identity-not-proven");

    let away = send_away(&scene).await;
    scene.vendor.asked();
    let passed = away.comes_back(&scene, "another").await;
    is_refused(&passed, "another customer's state");
    assert!(scene.vendor.asked().is_empty());

    // Tokens of another sender, or for another receiver.
    for (member, value, message) in [
        ("nonce", json!("another"), "jwt nonce invalid"),
        ("aud", json!("another"), "jwt audience invalid"),
        (
            "iss",
            json!("https://other.example.com"),
            "jwt issuer invalid",
        ),
        ("exp", json!(1_700_000_000), "jwt expired"),
    ] {
        let away = send_away(&scene).await;
        let mut claims = away.claims.clone();
        claims[member] = value;
        issues(provider.token("one", &claims));
        is_refused(&away.comes_back(&scene, "c3RhdGUtMTIz").await, message);
    }
    let away = send_away(&scene).await;
    issues(provider.token("two", &away.claims));
    let passed = away.comes_back(&scene, "c3RhdGUtMTIz").await;
    is_refused(&passed, "Unable to find a signing key that matches 'two'");
    let away = send_away(&scene).await;
    let token = provider.token("one", &away.claims);
    let (signed, signature) = token.rsplit_once('.').unwrap();
    issues(format!("{signed}.{}", "A".repeat(signature.len())));
    let passed = away.comes_back(&scene, "c3RhdGUtMTIz").await;
    is_refused(&passed, "invalid signature");

    // A provider that fails.
    let away = send_away(&scene).await;
    scene.vendor.replies(
        "/token",
        [Reply::Json(400, json!({ "error": "invalid_grant" }))],
    );
    is_refused(&away.comes_back(&scene, "c3RhdGUtMTIz").await, "400");
    let away = send_away(&scene).await;
    issues(provider.token("one", &away.claims));
    scene
        .vendor
        .replies("/jwks", [Reply::Text(503, "unavailable")]);
    is_refused(
        &away.comes_back(&scene, "c3RhdGUtMTIz").await,
        "Service Unavailable",
    );
}

#[track_caller]
fn is_refused(passed: &Passed, logged: &str) {
    assert_eq!(
        passed.response["deny"]["error"], "identity-check-failed",
        "{:?}",
        passed.record
    );
    let log = passed.record.log.join("\n");
    assert!(log.contains("no proof:") && log.contains(logged), "{log}");
}
