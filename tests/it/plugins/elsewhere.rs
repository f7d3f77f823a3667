//! Takes requests to a server on this machine, whatever their host.

use async_trait::async_trait;
use hookpoint_engine::{
    hook::{egress::EgressPolicy, outcome::HookFailure},
    ports::{Fetch, FetchReply, FetchRequest},
};
use hookpoint_webhook::GuardedClient;
use url::Url;

pub(super) struct Elsewhere {
    client: GuardedClient,
    base: Url,
}

impl Elsewhere {
    pub(super) fn new(base: &str) -> Self {
        let policy = EgressPolicy {
            allowed_networks: vec!["127.0.0.0/8".parse().unwrap()],
            http_hosts: vec!["127.0.0.1".to_owned()],
            ..EgressPolicy::default()
        };
        Self {
            client: GuardedClient::new(policy),
            base: base.parse().unwrap(),
        }
    }
}

#[async_trait]
impl Fetch for Elsewhere {
    async fn fetch(&self, mut request: FetchRequest) -> Result<FetchReply, HookFailure> {
        let mut url: Url = request.url.parse().unwrap();
        url.set_scheme("http").unwrap();
        url.set_host(self.base.host_str()).unwrap();
        url.set_port(self.base.port()).unwrap();
        request.url = url.to_string();
        self.client.fetch(request).await
    }
}
