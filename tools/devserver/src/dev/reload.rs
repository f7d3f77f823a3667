//! Follows the workspace: valid edits are published, invalid ones are reported and change nothing.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::SystemTime,
};

use hookpoint_engine::{
    confidential::secret::Secret, hook::egress::EgressPolicy, identifier::ApplicationId,
};
use tokio::sync::mpsc;

use super::keys_for;
use crate::{
    app::App,
    live::Live,
    notice::{DevError, Notice, Reloaded},
    watch::Watch,
};

pub(super) struct Reloader {
    pub(super) app: App,
    pub(super) live: Arc<Live>,
    pub(super) watch: Watch,
    pub(super) notices: mpsc::Sender<Notice>,
    pub(super) policy: EgressPolicy,
    /// The worker's number of concurrent attempts.
    pub(super) places: Arc<AtomicUsize>,
    /// The keys already shown.
    pub(super) known: BTreeMap<ApplicationId, Secret>,
    /// The stray applications already reported.
    pub(super) strays: Vec<ApplicationId>,
    /// The port, if it comes from the workspace.
    pub(super) own_port: Option<u16>,
}

impl Reloader {
    pub(super) async fn run(mut self) {
        loop {
            self.watch.changed().await;
            let began = SystemTime::now();
            let notice = self.reload(began).await.unwrap_or_else(|error| {
                // A save of any of them may be the fix.
                if let Err(error) = self.follow(began) {
                    tracing::warn!(%error, "some files of the workspace are not watched");
                }
                Notice::Kept(error)
            });
            // The receiver of notices may be dropped.
            let _ = self.notices.send(notice).await;
        }
    }

    /// Reads the workspace, from `began` on, and publishes it.
    async fn reload(&mut self, began: SystemTime) -> Result<Notice, DevError> {
        let current = self.app.bring_up_to_date().await?;
        let policy = current.workspace.local().egress();
        if policy == self.policy {
            self.live.engine().forget();
        } else {
            self.live.replace(self.app.running(policy.clone()));
            self.policy = policy;
        }
        let places = current.workspace.local().deliveries_at_once;
        self.places.store(places, Ordering::Relaxed);
        self.follow(began)?;
        let keys = keys_for(&self.app, &current).await?;
        // The engine may have cached an application between its publication and its new key.
        self.live.engine().forget();
        let new_keys = keys
            .iter()
            .filter(|(id, key)| self.known.get(*id) != Some(*key))
            .map(|(id, key)| (id.clone(), key.clone()))
            .collect();
        self.known.extend(keys);
        self.app.prime(&current).await;
        let new_strays = if current.strays == self.strays {
            Vec::new()
        } else {
            current.strays.clone()
        };
        self.strays = current.strays;
        let wanted = current.workspace.local().port;
        Ok(Notice::Reloaded(Box::new(Reloaded {
            workspace: current.workspace,
            changes: current.changes,
            new_keys,
            other_port: self
                .own_port
                .filter(|own| *own != wanted && wanted != 0)
                .map(|_| wanted),
            new_strays,
        })))
    }

    /// Watches the files that were read last. A new one may have been saved since they `began` to be read.
    fn follow(&mut self, began: SystemTime) -> notify::Result<()> {
        self.watch.follow(&self.app.files())?;
        self.watch.notice_saved_since(began);
        Ok(())
    }
}
