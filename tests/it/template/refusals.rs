//! Parameters that CloudFormation refuses before it creates anything.

use super::translation::{Parameters, deployment, parameters};

#[test]
fn a_parameter_without_effect_is_refused() {
    let jwt = [
        ("Authentication", "JWT"),
        ("JwtIssuer", "https://issuer.example"),
        ("JwtAudience", "hookpoint"),
        ("JwtClaim", "client_id"),
    ];
    let placed = [
        ("SubnetIds", "subnet-0a1"),
        ("SecurityGroupIds", "sg-0b2"),
        ("AllowedNetworks", "10.0.0.0/8"),
    ];
    let no_subnets = "AllowedNetworks has no effect without SubnetIds, because functions outside your networks reach no private one";
    let domain = [
        ("DomainName", "hooks.example.com"),
        (
            "CertificateArn",
            "arn:aws:acm:eu-central-1:123456789012:certificate/a",
        ),
        ("TruststoreUri", "s3://authorities/callers.pem"),
        ("DisableExecuteApiEndpoint", "true"),
    ];
    let provisioned = [
        ("ProvisionedConcurrency", "1"),
        ("ProvisionedStages", "before-registration"),
        ("Release", "a"),
    ];
    let gradual = [("Deployment", "Canary10Percent5Minutes"), ("Release", "a")];
    let reserved = [
        ("ReservedStages", "before-registration"),
        ("ReservedConcurrency", "5"),
    ];
    let cases: [(&[(&str, &str)], &str); 27] = [
        (&[], ""),
        (&jwt, ""),
        (&jwt[..3], "Authentication JWT needs JwtClaim"),
        (&jwt[..1], "Authentication JWT needs JwtIssuer"),
        (
            &jwt[3..],
            "JwtIssuer, JwtAudience and JwtClaim have no effect without Authentication JWT",
        ),
        (
            &[
                ("Alarms", "None"),
                (
                    "AlarmTopicArn",
                    "arn:aws:sns:eu-central-1:123456789012:operators",
                ),
            ],
            "AlarmTopicArn has no effect with Alarms None",
        ),
        (&placed, ""),
        (&placed[..2], ""),
        (&placed[..1], "SubnetIds needs SecurityGroupIds"),
        (
            &placed[1..2],
            "SecurityGroupIds has no effect without SubnetIds",
        ),
        (&placed[2..], no_subnets),
        (&domain, ""),
        (&domain[..2], ""),
        (&domain[..1], "DomainName needs CertificateArn"),
        (
            &domain[1..2],
            "CertificateArn and TruststoreUri have no effect without DomainName",
        ),
        (
            &domain[3..],
            "DisableExecuteApiEndpoint needs DomainName, or the API would have no address",
        ),
        (
            &domain[..3],
            "TruststoreUri needs DisableExecuteApiEndpoint, because API Gateway's own address asks for no certificate",
        ),
        (&provisioned, ""),
        (
            &provisioned[..2],
            "ProvisionedConcurrency needs Release, because it belongs to the version with that name",
        ),
        (
            &[provisioned[0], provisioned[2]],
            "ProvisionedConcurrency needs ProvisionedStages",
        ),
        (
            &provisioned[1..2],
            "ProvisionedStages has no effect without ProvisionedConcurrency",
        ),
        (
            &[
                (
                    "ProvisionedStages",
                    "before-registration, beforeRegistration",
                ),
                provisioned[0],
                provisioned[2],
            ],
            "ProvisionedStages names a stage that does not exist",
        ),
        (&gradual, ""),
        (
            &gradual[..1],
            "A gradual Deployment needs Release, because it moves events from one version to the next",
        ),
        (
            &[gradual[0], gradual[1], ("Alarms", "None")],
            "A gradual Deployment needs Alarms, which stop it",
        ),
        (&reserved, ""),
        (
            &reserved[..1],
            "ReservedStages has no effect without ReservedConcurrency",
        ),
    ];
    let given: Vec<Parameters> = cases.iter().map(|(pairs, _)| parameters(pairs)).collect();
    for (template, (_, expected)) in deployment(&given).iter().zip(cases) {
        let refusals = template.resolution().refusals;
        let first = refusals.first().map_or("", String::as_str);
        assert_eq!(first, expected, "{}", template.name());
    }
}
