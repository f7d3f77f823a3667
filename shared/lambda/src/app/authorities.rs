//! The operator's own certificate authorities, read once when the function starts.

use std::fs;

use hookpoint_aws::{AwsClients, SecretsManagerSource};
use hookpoint_engine::hook::egress::Authority;

use crate::{
    env::{Configuration, TrustedCa},
    init::InitError,
};

/// Adds the authorities to the egress policy. Without them, hooks that need them would fail one by one, so the function
/// does not start.
pub(super) async fn read(configuration: Configuration) -> Result<Configuration, InitError> {
    let Some(place) = &configuration.trusted_ca else {
        return Ok(configuration);
    };
    let (place, pem) = match place {
        TrustedCa::File(path) => (
            format!("file `{}`", path.display()),
            fs::read_to_string(path).map_err(|error| format!("cannot be read: {error}")),
        ),
        TrustedCa::Secret(name) => {
            let prefix = &configuration.secret_prefix;
            let clients = AwsClients::new(configuration.aws.clone());
            let source = SecretsManagerSource::new(clients, prefix.clone());
            let pem = match source.shared_secret(name).await {
                Ok(Some(secret)) => Ok(secret.expose().to_owned()),
                Ok(None) => Err("does not exist".to_owned()),
                Err(error) => Err(format!("cannot be read: {error}")),
            };
            (format!("secret `{prefix}/{name}`"), pem)
        }
    };
    let authorities =
        pem.and_then(|pem| Authority::from_pem(&pem).map_err(|error| error.to_string()));
    match authorities {
        Ok(authorities) => {
            let mut configuration = configuration;
            configuration.egress.authorities = authorities;
            Ok(configuration)
        }
        Err(reason) => Err(InitError::Authorities { place, reason }),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::env;

    const CERTIFICATE: &str = include_str!("testdata/ca.pem");

    fn configuration(path: PathBuf) -> Configuration {
        let read = env::configuration(&|setting| {
            Ok(match setting.name {
                "HOOKPOINT_TRUSTED_CA" => path.display().to_string(),
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE" => "1024".to_owned(),
                "HOOKPOINT_QUEUE_URL" => "https://sqs.eu-central-1.amazonaws.com/1/q".to_owned(),
                "AWS_LAMBDA_RUNTIME_API" => "127.0.0.1:9001".to_owned(),
                "HOOKPOINT_TABLE"
                | "HOOKPOINT_SECRET_PREFIX"
                | "AWS_REGION"
                | "AWS_ACCESS_KEY_ID"
                | "AWS_SECRET_ACCESS_KEY" => "x".to_owned(),
                _ => String::new(),
            })
        });
        read.unwrap()
    }

    #[tokio::test]
    async fn a_file_is_read_or_the_start_fails_by_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        for (text, reason) in [
            (None, "cannot be read: "),
            (Some(""), "holds no certificate"),
            (Some(CERTIFICATE), ""),
        ] {
            if let Some(text) = text {
                fs::write(&path, text).unwrap();
            }
            match read(configuration(path.clone())).await {
                Ok(configuration) => {
                    assert_eq!(reason, "");
                    assert_eq!(configuration.egress.authorities.len(), 1);
                }
                Err(error) => {
                    let message = error.to_string();
                    let beginning =
                        format!("`HOOKPOINT_TRUSTED_CA`: file `{}` {reason}", path.display());
                    assert!(message.starts_with(&beginning), "{message}");
                    assert_ne!(reason, "");
                }
            }
        }
    }
}
