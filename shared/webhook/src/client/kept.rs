//! Tracks which connections have answered before, to tell which lost requests may be retried.
//!
//! An endpoint may close a kept connection at the moment the next request is written to it. The request is lost
//! although nothing is wrong. An endpoint that reads a request on a new connection and then hangs up causes the same
//! error, but it is broken and would get each event twice. The difference is whether this connection ever answered. A
//! response and an error both carry the two ends of their connection, which identify it while it is open; a connector
//! layer sees each connection open, so that one with reused ends starts afresh.
//!
//! In doubt, a connection counts as one that never answered, and there is no retry.

use std::{
    collections::HashSet,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use http::Extensions;
use hyper_util::client::legacy::{
    self,
    connect::{Connected, Connection, HttpInfo},
};
use tower::util::MapResponseLayer;

use crate::{
    failure::Lost,
    failure::{find, transport},
};

/// How many connections are remembered, far more than a pool holds.
const MOST: usize = 4096;

/// The underlying client. Clones share its connections.
#[derive(Clone)]
pub(crate) struct HttpClient {
    client: reqwest::Client,
    answered: Answered,
}

/// The connections of one client that have answered.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answered(Arc<Mutex<HashSet<Ends>>>);

/// Local and remote address of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Ends {
    local: SocketAddr,
    remote: SocketAddr,
}

impl HttpClient {
    /// Wraps a client whose connections [`Answered::watch`] observes.
    pub(crate) fn new(client: reqwest::Client, answered: Answered) -> Self {
        Self { client, answered }
    }

    /// Sends the request and waits for the head of the response.
    pub(crate) async fn send(&self, request: reqwest::Request) -> Result<reqwest::Response, Lost> {
        match self.client.execute(request).await {
            Ok(response) => {
                if let Some(ends) = Ends::of(response.extensions()) {
                    self.answered.add(ends);
                }
                Ok(response)
            }
            Err(error) if died(&error) && self.answered.forget(Ends::of_failed(&error)) => {
                Err(Lost::WithKeptConnection(error))
            }
            Err(error) => Err(Lost::Failed(transport(&error))),
        }
    }
}

impl Answered {
    /// A connector layer that forgets the past of a connection's ends when it opens.
    pub(crate) fn watch<C: Connection>(
        &self,
    ) -> MapResponseLayer<impl Fn(C) -> C + Clone + Send + Sync + 'static> {
        let answered = self.clone();
        MapResponseLayer::new(move |connection: C| {
            answered.forget(Ends::of_connected(&connection.connected()));
            connection
        })
    }

    fn add(&self, ends: Ends) {
        let mut all = self.lock();
        // The end of an idle connection goes unnoticed. Forgetting a live one costs at most one lost request.
        if all.len() >= MOST {
            all.clear();
        }
        all.insert(ends);
    }

    /// Forgets a connection. Returns whether it had answered.
    fn forget(&self, ends: Option<Ends>) -> bool {
        ends.is_some_and(|ends| self.lock().remove(&ends))
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<Ends>> {
        // A panic elsewhere cannot leave the set half updated.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ends {
    fn of(extensions: &Extensions) -> Option<Self> {
        let info: &HttpInfo = extensions.get()?;
        Some(Self {
            local: info.local_addr(),
            remote: info.remote_addr(),
        })
    }

    fn of_connected(connected: &Connected) -> Option<Self> {
        let mut extras = Extensions::new();
        connected.get_extras(&mut extras);
        Self::of(&extras)
    }

    fn of_failed(error: &reqwest::Error) -> Option<Self> {
        Self::of_connected(find::<legacy::Error>(error)?.connect_info()?)
    }
}

/// Whether the connection ended or broke before the head of the response was complete. An unreadable response does not
/// count.
fn died(error: &reqwest::Error) -> bool {
    !error.is_connect()
        && find::<hyper::Error>(error).is_some_and(|cause| {
            cause.is_incomplete_message() || find::<io::Error>(cause).is_some()
        })
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use hyper_util::rt::TokioIo;
    use tokio::net::{TcpListener, TcpStream};
    use tower::{Layer as _, ServiceExt as _, service_fn};

    use super::*;

    fn ends(port: u16) -> Ends {
        Ends {
            local: SocketAddr::from(([127, 0, 0, 1], port)),
            remote: SocketAddr::from(([127, 0, 0, 2], 443)),
        }
    }

    #[test]
    fn no_more_than_so_many_connections_are_remembered() {
        let answered = Answered::default();
        for port in 0..=u16::try_from(MOST).unwrap() {
            answered.add(ends(port));
        }
        assert_eq!(answered.lock().len(), 1);
        assert!(answered.forget(Some(ends(u16::try_from(MOST).unwrap()))));
        assert!(!answered.forget(Some(ends(0))));
    }

    #[tokio::test]
    async fn a_connection_begins_without_a_past() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        let stream = TokioIo::new(stream);
        let ends = Ends::of_connected(&stream.connected());
        let answered = Answered::default();
        // An earlier connection had the same ends.
        answered.add(ends.unwrap());
        let handed = std::sync::Mutex::new(Some(stream));
        let connector = service_fn(|()| {
            let stream = handed.lock().unwrap().take().unwrap();
            async move { Ok::<_, Infallible>(stream) }
        });
        let layered = answered.watch().layer(connector);
        let stream = layered.oneshot(()).await.unwrap();
        assert_eq!(Ends::of_connected(&stream.connected()), ends);
        assert!(!answered.forget(ends));
    }
}
