//! The one HTTP client under all SDK clients: hyper with rustls, `ring` and the bundled roots.
//!
//! The SDK's own client would bring a second TLS stack and read the system's root certificates at start-up (about 45 ms).

use std::{
    error::Error,
    fmt, io,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
    },
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::{body::SdkBody, retry::ErrorKind};
use hookpoint_engine::hook::egress::Authority;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector as TcpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::CertificateDer};

/// Maximum idle time of a connection, by the wall clock.
///
/// A Lambda is frozen between events, and its connections may have been closed meanwhile. The limit
/// is a little above the 10 s after which bindings are read again, so that steady traffic keeps its
/// connection. If a dead connection is reused, the attempt fails at once or after 800 ms, and the
/// SDK's retry opens a new one.
const IDLE_LIMIT: Duration = Duration::from_secs(15);

type Pool = Client<HttpsConnector<TcpConnector>, SdkBody>;

/// A pool of connections, opened on demand.
#[derive(Clone)]
pub(super) struct Connections(Arc<Shared>);

struct Shared {
    connect_timeout: Duration,
    authorities: Vec<Authority>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Outlives the pool: it holds the TLS configuration and the sessions to resume.
    connector: Option<HttpsConnector<TcpConnector>>,
    pool: Option<(Pool, SystemTime)>,
}

impl Connections {
    pub(super) fn new(connect_timeout: Duration, authorities: Vec<Authority>) -> Self {
        Self(Arc::new(Shared {
            connect_timeout,
            authorities,
            state: Mutex::default(),
        }))
    }

    /// The pool to use now. A pool unused for [`IDLE_LIMIT`] is dropped as a whole: hyper measures
    /// idle time by the monotonic clock, which may stop while a Lambda is frozen.
    pub(super) fn pool(&self, now: SystemTime) -> Result<Pool, rustls::Error> {
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = state.pool.take().filter(|(_, last_used)| {
            now.duration_since(*last_used)
                .is_ok_and(|idle| idle <= IDLE_LIMIT)
        });
        let pool = match (fresh, &state.connector) {
            (Some((pool, _)), _) => pool,
            (None, Some(connector)) => open(connector.clone()),
            (None, None) => {
                let connector = connector(self.0.connect_timeout, &self.0.authorities)?;
                state.connector = Some(connector.clone());
                open(connector)
            }
        };
        state.pool = Some((pool.clone(), now));
        Ok(pool)
    }
}

fn connector(
    connect_timeout: Duration,
    authorities: &[Authority],
) -> Result<HttpsConnector<TcpConnector>, rustls::Error> {
    let mut tcp = TcpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(connect_timeout));
    Ok(HttpsConnectorBuilder::new()
        .with_tls_config(trusting(authorities)?)
        // Plain http is for emulators; the SDK's endpoints are https.
        .https_or_http()
        .enable_http1()
        .wrap_connector(tcp))
}

/// A configuration that trusts the public authorities and these.
fn trusting(authorities: &[Authority]) -> Result<ClientConfig, rustls::Error> {
    let mut roots: RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
    for authority in authorities {
        roots.add(CertificateDer::from(authority.der()))?;
    }
    Ok(
        ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth(),
    )
}

fn open(connector: HttpsConnector<TcpConnector>) -> Pool {
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE_LIMIT)
        .build(connector)
}

impl HttpClient for Connections {
    fn http_connector(
        &self,
        _settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Connections {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let request = match request.try_into_http1x() {
            Ok(request) => request,
            Err(error) => {
                return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into())));
            }
        };
        let pool = match self.pool(SystemTime::now()) {
            Ok(pool) => pool,
            Err(error) => {
                return HttpConnectorFuture::ready(Err(ConnectorError::other(error.into(), None)));
            }
        };
        HttpConnectorFuture::new(async move {
            let response = pool.request(request).await.map_err(classify)?;
            HttpResponse::try_from(response.map(SdkBody::from_body_1_x))
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

impl fmt::Debug for Connections {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Connections")
    }
}

/// Classifies failures for the SDK's retries: all may be retried except an endpoint that speaks no
/// TLS or has an untrusted certificate.
fn classify(error: hyper_util::client::legacy::Error) -> ConnectorError {
    let mut timed_out = false;
    let mut tls_failed = false;
    let mut next: Option<&(dyn Error + 'static)> = Some(&error);
    while let Some(cause) = next {
        tls_failed |= cause.is::<rustls::Error>();
        next = match cause.downcast_ref::<io::Error>() {
            Some(cause) => {
                timed_out |= cause.kind() == io::ErrorKind::TimedOut;
                // Not `source`, which would skip the inner error itself.
                cause.get_ref().map(|inner| inner as &(dyn Error + 'static))
            }
            None => cause.source(),
        };
    }
    if timed_out {
        ConnectorError::timeout(error.into())
    } else if tls_failed {
        ConnectorError::other(error.into(), None)
    } else if error.is_connect() {
        ConnectorError::io(error.into())
    } else {
        ConnectorError::other(error.into(), Some(ErrorKind::TransientError))
    }
}
