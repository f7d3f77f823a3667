//! Where secrets are found, and which files are refused.

use std::{fs, os::unix::fs::PermissionsExt};

use super::*;

struct Laptop {
    directory: tempfile::TempDir,
    secrets: LocalSecrets,
}

fn laptop(environment: &[(&str, &str)]) -> Laptop {
    let directory = tempfile::tempdir().unwrap();
    let owned = environment
        .iter()
        .map(|(name, value)| (String::from(*name), String::from(*value)));
    let secrets = LocalSecrets::new(owned, directory.path());
    Laptop { directory, secrets }
}

impl Laptop {
    fn write(&self, content: &str, mode: u32) {
        let path = self.directory.path().join(SECRETS_FILE);
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }

    async fn get(&self, application: &str, name: &str) -> Result<Option<String>, SecretError> {
        let name = name.parse().unwrap();
        let names = std::slice::from_ref(&name);
        let mut found = self
            .secrets
            .secrets(&application.parse().unwrap(), names)
            .await?;
        let value = found.remove(&name).map(|secret| secret.expose().to_owned());
        assert!(found.is_empty());
        Ok(value)
    }
}

#[tokio::test]
async fn an_own_secret_wins_over_a_shared_one_and_the_environment_over_the_file() {
    let laptop = laptop(&[
        ("HOOKPOINT_SECRET_shop_eu__Own", "environment own"),
        ("HOOKPOINT_SECRET_Api_Token", "environment shared"),
        ("HOOKPOINT_SECRET_FileOwn", "environment shared"),
        ("HOOKPOINT_SECRET_a__b__c", "ambiguous"),
        ("HOOKPOINT_SECRET_b__c", "ambiguous"),
        ("OTHER_Missing", "not a secret"),
    ]);
    let file = r#"{
        "Own": "file shared", "shop-eu/Own": "file own",
        "Api-Token": "file shared", "shop-eu/FileOwn": "file own",
        "FileShared": "file shared", "a/b__c": "file own", "shop-eu/Empty": ""
    }"#;
    laptop.write(file, 0o600);
    for (application, name, value) in [
        ("shop-eu", "Own", Some("environment own")),
        ("shop", "Own", Some("file shared")),
        ("shop-eu", "Api-Token", Some("environment shared")),
        ("shop-eu", "FileOwn", Some("file own")),
        ("shop", "FileOwn", Some("environment shared")),
        ("shop-eu", "FileShared", Some("file shared")),
        ("shop-eu", "Empty", Some("")),
        ("a", "b__c", Some("file own")),
        ("x", "b__c", None),
        ("shop-eu", "Missing", None),
        ("shop-eu", "own", None),
    ] {
        let found = laptop.get(application, name).await.unwrap();
        assert_eq!(found.as_deref(), value, "{application} {name}");
    }
    assert!(!format!("{:?}", laptop.secrets).contains("environment own"));
}

#[tokio::test]
async fn an_edit_of_the_file_counts_at_once_and_its_absence_is_no_error() {
    let laptop = laptop(&[]);
    assert_eq!(laptop.get("shop", "Token").await.unwrap(), None);
    // Some editors write a byte order mark before the text.
    for (value, mark) in [("one", ""), ("two", "\u{feff}")] {
        laptop.write(&format!("{mark}{{\"Token\": \"{value}\"}}"), 0o600);
        assert_eq!(
            laptop.get("shop", "Token").await.unwrap().as_deref(),
            Some(value)
        );
    }
}

#[tokio::test]
async fn a_file_that_others_can_read_is_refused_with_the_remedy() {
    let laptop = laptop(&[("HOOKPOINT_SECRET_Token", "environment")]);
    for mode in [0o644, 0o640, 0o604, 0o666, 0o620] {
        laptop.write("{}", mode);
        let message = laptop.get("shop", "Token").await.unwrap_err().message;
        let path = laptop.directory.path().join(SECRETS_FILE);
        assert_eq!(
            message,
            format!(
                "`{0}` can be read by others (mode {mode:o}); run `chmod 600 {0}`",
                path.display()
            )
        );
    }
    laptop.write("{}", 0o400);
    assert!(laptop.get("shop", "Token").await.is_ok());
}

#[tokio::test]
async fn a_file_that_cannot_be_understood_is_an_error_that_quotes_nothing() {
    let laptop = laptop(&[]);
    for (content, complaint) in [
        ("", "is not valid JSON at line 1 column 0"),
        (
            "{\"Token\": \"s3cr3t\"",
            "is not valid JSON at line 1 column 18",
        ),
        (
            "{\"Token\":\n \"s3cr3t\"} s3cr3t",
            "is not valid JSON at line 2 column 12",
        ),
        ("[\"s3cr3t\"]", "has a wrong entry before line 1 column"),
        ("{\"Pin\": 53031}", "has a wrong entry before line 1 column"),
        (
            "{\"Token\": {\"s3cr3t\": 1}}",
            "has a wrong entry before line 1 column",
        ),
        (
            "{\"s3cr3t!\": \"Token\"}",
            "has a wrong entry before line 1 column",
        ),
        (
            "{\"a/b/s3cr3t\": \"\"}",
            "has a wrong entry before line 1 column",
        ),
        (
            "{\"Token\": \"s3cr3t\",\n\"Token\": \"s3cr3t\"}",
            "has a wrong entry before line 2 column",
        ),
    ] {
        laptop.write(content, 0o600);
        let message = laptop.get("shop", "Token").await.unwrap_err().message;
        assert!(message.contains(complaint), "{content}: {message}");
        assert!(
            !message.contains("s3cr3t") && !message.contains("53031"),
            "{message}"
        );
    }
}

#[test]
fn secrets_that_are_changed_at_once_are_all_changed() {
    const MANY: usize = 8;
    let laptop = laptop(&[]);
    let secrets = &laptop.secrets;
    let name = |number: usize| format!("Token{number:02}").parse::<SecretName>().unwrap();
    let all = || -> Vec<_> {
        let names = secrets.names().unwrap();
        names.into_iter().map(|(_, name)| name).collect()
    };
    let at_once = |change: &(dyn Fn(usize) + Sync)| {
        let start = std::sync::Barrier::new(MANY);
        let start = &start;
        std::thread::scope(|scope| {
            for number in 0..MANY {
                scope.spawn(move || {
                    start.wait();
                    change(number);
                });
            }
        });
    };
    let set = |number| secrets.set(None, &name(number), Secret::new("s")).unwrap();
    at_once(&set);
    assert_eq!(all(), (0..MANY).map(name).collect::<Vec<_>>());
    at_once(&|number| {
        set(MANY + number);
        assert!(secrets.remove(None, &name(number)).unwrap());
    });
    assert_eq!(all(), (MANY..2 * MANY).map(name).collect::<Vec<_>>());
    assert!(!secrets.remove(None, &name(0)).unwrap());
}
