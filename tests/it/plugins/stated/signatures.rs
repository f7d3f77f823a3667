//! Signatures, which no case can state: they cover the host, which an operator names.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{
        PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
        UriPathNormalizationMode, sign,
    },
    sign::v4,
};
use hookpoint_engine::{hook::hex, ports::FetchRequest};
use hookpoint_workspace::Case;
use ring::hmac;

/// The beginning of an `authorization` by Signature Version 4.
const AWS: &str = "AWS4-HMAC-SHA256 ";
/// The header with the HMAC of a body, as its hook documents it.
const HMAC: &str = "x-hookpoint-signature";
/// Headers that the signer adds itself.
const ADDED: [&str; 3] = ["host", "x-amz-content-sha256", "x-amz-date"];

/// Whether a signature is right for its request and made with a secret of the case; `None` if the header holds none.
pub(super) fn is_right(
    case: &Case,
    request: &FetchRequest,
    name: &str,
    value: &str,
) -> Option<bool> {
    // Credentials in one secret are separated by a colon.
    let secrets = case.secrets.values();
    let mut keys = secrets
        .flat_map(|secret| [Some(&secret[..]), secret.split(':').nth(1)])
        .flatten();
    match (name, value.strip_prefix(AWS)) {
        ("authorization", Some(parts)) => {
            Some(keys.any(|key| of_aws(case, request, parts, key).as_deref() == Some(value)))
        }
        (HMAC, _) => Some(keys.any(|key| of_body(request, key) == value)),
        _ => None,
    }
}

fn of_body(request: &FetchRequest, key: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
    let digest = hmac::sign(&key, &request.body);
    format!("sha256={}", hex(digest.as_ref()))
}

fn header<'a>(request: &'a FetchRequest, name: &str) -> &'a str {
    let mut headers = request.headers.iter();
    let found = headers.find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map_or("", |(_, value)| value)
}

/// The `authorization` of AWS's own signer, for the scope and the headers that another one names.
fn of_aws(case: &Case, request: &FetchRequest, parts: &str, key: &str) -> Option<String> {
    let part = |name: &str| {
        let mut parts = parts.split(", ");
        parts.find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
    };
    let mut scope = part("Credential")?.split('/');
    let (id, _, region, service) = (scope.next()?, scope.next()?, scope.next()?, scope.next()?);
    let mut settings = SigningSettings::default();
    if service == "s3" {
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    }
    let identity = Credentials::new(id, key, None, None, "case").into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(service)
        .time(case.time.unwrap_or_else(SystemTime::now))
        .settings(settings)
        .build()
        .ok()?;
    let signed = part("SignedHeaders")?.split(';');
    let headers = signed
        .filter(|name| !ADDED.contains(name))
        .map(|name| (name, header(request, name)));
    let body = SignableBody::Bytes(&request.body);
    let signable = SignableRequest::new(&request.method, &request.url, headers, body).ok()?;
    let (instructions, _) = sign(signable, &parameters.into()).ok()?.into_parts();
    let mut headers = instructions.headers();
    let (_, value) = headers.find(|(name, _)| *name == "authorization")?;
    Some(value.to_owned())
}
