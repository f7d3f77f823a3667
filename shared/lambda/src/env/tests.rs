//! Tests of reading the environment.

use std::{collections::HashMap, ffi::OsString};

use super::*;

const QUEUE_URL: &str = "https://sqs.eu-central-1.amazonaws.com/123456789012/hookpoint";
const DEAD_LETTERS: &str = "HOOKPOINT_DEAD_LETTER_QUEUE_URL";
const COMPLETE: [(&str, &str); 8] = [
    ("HOOKPOINT_TABLE", "hooks"),
    ("HOOKPOINT_SECRET_PREFIX", "stack"),
    ("HOOKPOINT_QUEUE_URL", QUEUE_URL),
    ("AWS_REGION", "eu-central-1"),
    ("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE"),
    ("AWS_SECRET_ACCESS_KEY", "do-not-show-me"),
    ("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001"),
    ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1024"),
];

/// The complete environment with changes; CloudFormation passes absent parameters as empty values.
fn read(changes: &[(&'static str, &str)]) -> Result<Configuration, InitError> {
    read_by(configuration, changes)
}

fn read_by(
    reader: fn(&Lookup<'_>) -> Result<Configuration, InitError>,
    changes: &[(&'static str, &str)],
) -> Result<Configuration, InitError> {
    let variables: HashMap<&str, &str> = COMPLETE.iter().chain(changes).copied().collect();
    reader(&|setting| {
        let value = variables.get(setting.name).ok_or(VarError::NotPresent)?;
        Ok((*value).to_owned())
    })
}

fn error(changes: &[(&'static str, &str)]) -> String {
    read(changes).unwrap_err().to_string()
}

#[test]
fn every_missing_variable_is_named_at_once_and_optional_ones_are_not() {
    let error = configuration(&|_| Err(VarError::NotPresent)).unwrap_err();
    let message = error.to_string();
    for setting in settings::ALL {
        let is_ours = setting.reader == settings::Reader::Function && setting.required;
        let sentence = format!("`{}` is not set. {}", setting.name, setting.summary);
        assert_eq!(message.contains(&sentence), is_ours, "{}", setting.name);
    }
    let unset: Vec<_> = COMPLETE.iter().map(|(name, _)| (*name, " ")).collect();
    assert_eq!(
        self::error(&unset),
        message,
        "an empty variable counts as unset"
    );
}

#[test]
fn a_complete_environment_is_read_with_its_lists() {
    let read = read(&[
        ("HOOKPOINT_ALLOWED_NETWORKS", "10.20.0.0/16, fd00::/8,"),
        (
            "HOOKPOINT_ALLOWED_HTTP_HOSTS",
            "CRM.internal,10.20.0.7,[::1],fd00::7",
        ),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:5000"),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "provisioned-concurrency"),
        ("HOOKPOINT_LOG", ""),
    ])
    .unwrap();
    assert_eq!(
        (read.table.as_str(), read.secret_prefix.as_str()),
        ("hooks", "stack")
    );
    let networks = ["10.20.0.0/16", "fd00::/8"].map(|network| network.parse().unwrap());
    assert_eq!(read.egress.allowed_networks, networks);
    assert_eq!(
        read.egress.http_hosts,
        ["crm.internal", "10.20.0.7", "::1", "fd00::7"]
    );
    assert_eq!(
        read.aws.endpoint_url.as_deref(),
        Some("http://127.0.0.1:5000")
    );
    assert_eq!(read.log, log::default_filter());
    assert_eq!(read.runtime_api, "127.0.0.1:9001");
    assert_eq!(read.memory_mb, 1024);
    assert!(read.is_provisioned);
    assert_eq!(read.queue_url, QUEUE_URL);
    assert_eq!(read.dead_letter_queue_url, None, "a stage needs none");
    assert_eq!(read.run_retention, record::RETENTION);
    assert!(!format!("{read:?}").contains("do-not-show-me"));
}

#[test]
fn authorities_are_kept_in_a_file_or_in_a_secret() {
    for (value, place) in [
        ("", None),
        ("/opt/ca.pem", Some(TrustedCa::File("/opt/ca.pem".into()))),
        (
            "PrivateCa",
            Some(TrustedCa::Secret("PrivateCa".parse().unwrap())),
        ),
    ] {
        let read = read(&[("HOOKPOINT_TRUSTED_CA", value)]).unwrap();
        assert_eq!(read.trusted_ca, place, "{value}");
    }
    for value in ["ca/private.pem", "-----BEGIN CERTIFICATE-----"] {
        let error = error(&[("HOOKPOINT_TRUSTED_CA", value)]);
        assert!(error.contains("`HOOKPOINT_TRUSTED_CA`"), "{error}");
    }
}

#[test]
fn the_expected_identity_store_is_an_id_or_none() {
    let store = |value| {
        read(&[("HOOKPOINT_IDENTITY_STORE", value)])
            .unwrap()
            .identity_store
    };
    assert_eq!(store(""), None);
    assert_eq!(store("customers"), Some("customers".parse().unwrap()));
    let error = error(&[("HOOKPOINT_IDENTITY_STORE", "our customers")]);
    assert!(error.contains("`HOOKPOINT_IDENTITY_STORE`"), "{error}");
}

#[test]
fn the_authorities_of_an_endpoint_are_read_from_a_file() {
    assert!(read(&[]).unwrap().aws.authorities.is_empty());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    fs::write(&path, include_str!("../app/testdata/ca.pem")).unwrap();
    let path = path.to_str().unwrap();
    let configuration = read(&[("AWS_CA_BUNDLE", path)]).unwrap();
    assert_eq!(configuration.aws.authorities.len(), 1);
    let message = error(&[("AWS_CA_BUNDLE", "/nowhere/ca.pem")]);
    assert!(
        message.contains("AWS_CA_BUNDLE") && message.contains("/nowhere/ca.pem"),
        "{message}"
    );
}

#[test]
fn a_malformed_element_is_named_with_its_variable() {
    for (name, value, element) in [
        (
            "HOOKPOINT_ALLOWED_NETWORKS",
            "10.0.0.0/8,10.0.0.0/99",
            "10.0.0.0/99",
        ),
        ("HOOKPOINT_ALLOWED_NETWORKS", "10.0.0.1", "10.0.0.1"),
        (
            "HOOKPOINT_ALLOWED_HTTP_HOSTS",
            "a.example,http://b",
            "http://b",
        ),
        ("HOOKPOINT_ALLOWED_HTTP_HOSTS", "crm:8080", "crm:8080"),
        ("HOOKPOINT_ALLOWED_HTTP_HOSTS", "*.internal", "*.internal"),
        ("AWS_ENDPOINT_URL", "localhost:5000", "localhost:5000"),
        ("AWS_LAMBDA_RUNTIME_API", "/nowhere", "/nowhere"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "0", "0"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "-1", "-1"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512 MB", "512 MB"),
        (
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
            "3000000000",
            "3000000000",
        ),
        ("HOOKPOINT_QUEUE_URL", "hookpoint", "hookpoint"),
        ("HOOKPOINT_RUN_RETENTION_DAYS", "0", "0"),
        ("HOOKPOINT_RUN_RETENTION_DAYS", "366", "366"),
        ("HOOKPOINT_RUN_RETENTION_DAYS", "7 days", "7 days"),
        ("HOOKPOINT_LOG", "info,loud", "loud"),
        (
            "HOOKPOINT_LOG",
            "hookpoint_engine=loud",
            "hookpoint_engine=loud",
        ),
        ("HOOKPOINT_LOG", "=info", "=info"),
        (
            "HOOKPOINT_LOG",
            "lambda_runtime=trace",
            "lambda_runtime=trace",
        ),
        ("HOOKPOINT_LOG", "h=debug", "h=debug"),
    ] {
        let InitError::Configuration(defects) = read(&[(name, value)]).unwrap_err() else {
            panic!("{name} is configuration");
        };
        let [defect] = &defects[..] else {
            panic!("one defect: {defects:?}");
        };
        let start = format!("`{name}`: `{element}` is n");
        assert!(defect.to_string().starts_with(&start), "{defect}");
    }
}

#[test]
fn a_value_that_is_no_text_is_named_and_not_shown() {
    let error = configuration(&|setting| match setting.name {
        "AWS_SECRET_ACCESS_KEY" => Err(VarError::NotUnicode(OsString::from("do-not-show-me"))),
        _ => Ok("127.0.0.1:9001".to_owned()),
    });
    let message = error.unwrap_err().to_string();
    assert!(message.contains("`AWS_SECRET_ACCESS_KEY` is not UTF-8"));
    assert!(!message.contains("do-not-show-me"));
}

#[test]
fn the_worker_needs_a_dead_letter_queue_of_the_same_type_as_its_queue() {
    let fifo = "https://sqs.eu-central-1.amazonaws.com/123456789012/hookpoint.fifo";
    for (queue, dead_letters) in [(QUEUE_URL, QUEUE_URL), (fifo, fifo)] {
        let changes = [("HOOKPOINT_QUEUE_URL", queue), (DEAD_LETTERS, dead_letters)];
        let read = read_by(worker_configuration, &changes).unwrap();
        assert_eq!(read.dead_letter_queue_url.as_deref(), Some(dead_letters));
    }
    for (queue, dead_letters, sentence) in [
        (QUEUE_URL, "", "is not set"),
        (QUEUE_URL, "dead letters", "is not the URL of a queue"),
        (
            QUEUE_URL,
            fifo,
            "is not of the same type as `HOOKPOINT_QUEUE_URL`",
        ),
        (
            fifo,
            QUEUE_URL,
            "is not of the same type as `HOOKPOINT_QUEUE_URL`",
        ),
    ] {
        let changes = [("HOOKPOINT_QUEUE_URL", queue), (DEAD_LETTERS, dead_letters)];
        let error = read_by(worker_configuration, &changes).unwrap_err();
        let message = error.to_string();
        assert!(
            message.starts_with(&format!("`{DEAD_LETTERS}`")) && message.contains(sentence),
            "{message}"
        );
    }
}

#[test]
fn records_are_kept_for_as_many_days_as_the_operator_says() {
    let read = read(&[("HOOKPOINT_RUN_RETENTION_DAYS", "30")]).unwrap();
    assert_eq!(read.run_retention, Duration::from_hours(30 * 24));
}

#[test]
fn who_may_post_is_said_in_full_or_not_at_all() {
    let jwt = |claim: &str| Authentication::Jwt {
        claim: claim.to_owned(),
    };
    for (mode, claim, expected) in [
        ("", "", Authentication::IngestKey),
        ("ingest-key", "", Authentication::IngestKey),
        ("aws-iam", " ", Authentication::AwsIam),
        ("jwt", "client_id", jwt("client_id")),
        (
            " jwt ",
            " https://example.com/app ",
            jwt("https://example.com/app"),
        ),
    ] {
        let read = read(&[
            ("HOOKPOINT_AUTHENTICATION", mode),
            ("HOOKPOINT_JWT_CLAIM", claim),
        ]);
        assert_eq!(read.unwrap().authentication, expected);
    }
    for (mode, claim, sentence) in [
        (
            "jwt",
            "",
            "`HOOKPOINT_AUTHENTICATION`: `jwt` is not enough: set `HOOKPOINT_JWT_CLAIM`",
        ),
        (
            "",
            "client_id",
            "`HOOKPOINT_JWT_CLAIM`: `client_id` is not used unless `HOOKPOINT_AUTHENTICATION` is `jwt`",
        ),
        (
            "aws-iam",
            "client_id",
            "`HOOKPOINT_JWT_CLAIM`: `client_id` is not used unless",
        ),
        (
            "JWT",
            "client_id",
            "`HOOKPOINT_AUTHENTICATION`: `JWT` is neither `ingest-key` nor `aws-iam` nor `jwt`",
        ),
        ("none", "", "`HOOKPOINT_AUTHENTICATION`: `none` is neither"),
    ] {
        let error = error(&[
            ("HOOKPOINT_AUTHENTICATION", mode),
            ("HOOKPOINT_JWT_CLAIM", claim),
        ]);
        assert!(error.starts_with(sentence), "{error}");
    }
}
