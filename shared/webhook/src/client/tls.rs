//! TLS: `ring` and the bundled webpki roots, set up once per process and only when it is needed.

use std::sync::{Arc, OnceLock};

use hookpoint_engine::hook::egress::Authority;
use rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::CertificateDer};

static SHARED: OnceLock<ClientConfig> = OnceLock::new();

/// A configuration that trusts the public authorities and `authorities`. If there are none, it is the shared one.
pub(crate) fn configuration(authorities: &[Authority]) -> Result<ClientConfig, rustls::Error> {
    if authorities.is_empty() {
        return shared();
    }
    let mut roots = public_roots();
    for authority in authorities {
        roots.add(CertificateDer::from(authority.der()))?;
    }
    trusting(roots)
}

/// The configuration shared by all clients of public endpoints, with its cache of TLS sessions: a fresh client resumes
/// sessions of an older one.
fn shared() -> Result<ClientConfig, rustls::Error> {
    if let Some(config) = SHARED.get() {
        return Ok(config.clone());
    }
    let config = trusting(public_roots())?;
    Ok(SHARED.get_or_init(|| config).clone())
}

fn public_roots() -> RootCertStore {
    webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect()
}

/// A configuration with the given roots.
fn trusting(roots: RootCertStore) -> Result<ClientConfig, rustls::Error> {
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
