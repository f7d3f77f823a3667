//! TLS: `ring` and the bundled webpki roots, set up once per process and only when it is needed.

use std::sync::{Arc, OnceLock};

use rustls::{ClientConfig, RootCertStore, crypto::ring};

static SHARED: OnceLock<ClientConfig> = OnceLock::new();

/// The configuration that all clients share, with it the cache of TLS sessions: a fresh client resumes what an older one began.
pub(crate) fn shared() -> Result<ClientConfig, rustls::Error> {
    if let Some(config) = SHARED.get() {
        return Ok(config.clone());
    }
    let roots = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
    let config = trusting(roots)?;
    Ok(SHARED.get_or_init(|| config).clone())
}

/// A configuration with the given roots.
pub(crate) fn trusting(roots: RootCertStore) -> Result<ClientConfig, rustls::Error> {
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
