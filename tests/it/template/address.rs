//! Rules about the address of the API, and about a key of the customer's.

use serde_json::{Value, json};

use super::{
    resolution::Resolution,
    translation::{deployment, parameters},
};

const KEY: &str = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const CERTIFICATE: &str =
    "arn:aws:acm:eu-central-1:123456789012:certificate/1234abcd-12ab-34cd-56ef-1234567890ab";

fn deployed(pairs: &[(&str, &str)]) -> Resolution {
    let resolution = deployment(&[parameters(pairs)])[0].resolution();
    assert!(resolution.refusals.is_empty(), "{:?}", resolution.refusals);
    resolution
}

#[test]
fn a_domain_leads_to_the_api_and_mutual_tls_cannot_be_passed_by() {
    let plain = deployed(&[]);
    assert_eq!(plain.of_type("AWS::ApiGatewayV2::DomainName").count(), 0);
    assert_eq!(
        plain.resources["Api"]["Properties"]["DisableExecuteApiEndpoint"],
        "false"
    );
    assert!(!plain.outputs.contains_key("DomainTarget"));

    let domain = [
        ("DomainName", "hooks.example.com"),
        ("CertificateArn", CERTIFICATE),
    ];
    let own = deployed(&domain);
    let configuration = &own.resources["Domain"]["Properties"];
    assert_eq!(configuration["MutualTlsAuthentication"], Value::Null);
    assert_eq!(
        configuration["DomainNameConfigurations"][0]["SecurityPolicy"],
        "TLS_1_2"
    );
    let mapping = &own.resources["DomainMapping"]["Properties"];
    let expected = json!({"ApiId": {"Ref": "Api"}, "DomainName": {"Ref": "Domain"}, "Stage": {"Ref": "ApiStage"}});
    assert_eq!(*mapping, expected);
    assert_eq!(
        own.outputs["ApiUrl"]["Value"]["Fn::Sub"],
        "https://${DomainName}"
    );
    assert!(own.outputs.contains_key("DomainTarget"));

    let mutual = [
        ("TruststoreUri", "s3://authorities/callers.pem"),
        ("DisableExecuteApiEndpoint", "true"),
    ];
    let mutual = deployed(&[domain, mutual].concat());
    let authentication = &mutual.resources["Domain"]["Properties"]["MutualTlsAuthentication"];
    assert_eq!(
        authentication["TruststoreUri"],
        "s3://authorities/callers.pem"
    );
    assert_eq!(
        mutual.resources["Api"]["Properties"]["DisableExecuteApiEndpoint"],
        "true"
    );
}

#[test]
fn blanks_between_audiences_do_not_belong_to_them() {
    let resolution = deployed(&[
        ("Authentication", "JWT"),
        ("JwtIssuer", "https://issuer.example"),
        ("JwtAudience", "hookpoint, hookpoint-test"),
        ("JwtClaim", "client_id"),
    ]);
    let configuration = &resolution.resources["JwtAuthorizer"]["Properties"]["JwtConfiguration"];
    assert_eq!(
        configuration["Audience"],
        json!(["hookpoint", "hookpoint-test"])
    );
}

/// The member that names the key, by type.
const ENCRYPTED: [(&str, &str, usize); 4] = [
    (
        "AWS::DynamoDB::Table",
        "/SSESpecification/KMSMasterKeyId",
        1,
    ),
    ("AWS::SQS::Queue", "/KmsMasterKeyId", 2),
    ("AWS::SecretsManager::Secret", "/KmsKeyId", 1),
    // A function each, and the access log.
    ("AWS::Logs::LogGroup", "/KmsKeyId", 31),
];

#[test]
fn a_key_of_the_customer_encrypts_all_that_is_kept_and_every_function_may_use_it() {
    let (plain, keyed) = (deployed(&[]), deployed(&[("KmsKeyArn", KEY)]));
    for (kind, pointer, count) in ENCRYPTED {
        for (id, resource) in plain.of_type(kind) {
            let key = resource["Properties"].pointer(pointer);
            assert_eq!(key, None, "{id}");
        }
        let keys = keyed.of_type(kind).map(|(id, resource)| {
            let key = resource["Properties"].pointer(pointer);
            assert_eq!(key, Some(&json!(KEY)), "{id}");
        });
        assert_eq!(keys.count(), count, "{kind}");
    }
    // For `hookpoint secrets set`.
    assert_eq!(keyed.outputs["KmsKeyArn"]["Value"], KEY);
    assert!(!plain.outputs.contains_key("KmsKeyArn"));
    for (id, queue) in keyed.of_type("AWS::SQS::Queue") {
        // SQS refuses both.
        assert_eq!(
            queue["Properties"]["SqsManagedSseEnabled"],
            Value::Null,
            "{id}"
        );
    }
    let functions = keyed.of_type("AWS::Lambda::Function");
    for (id, function) in functions {
        let role = function["Properties"]["Role"]["Fn::GetAtt"][0]
            .as_str()
            .unwrap();
        let has_grant = |resolution: &Resolution| {
            let policy = &resolution.resources[role]["Properties"]["Policies"][0];
            policy.to_string().contains("kms:Decrypt")
        };
        assert!(has_grant(&keyed) && !has_grant(&plain), "{id}");
    }
}
