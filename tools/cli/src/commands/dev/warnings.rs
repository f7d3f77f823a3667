//! Warnings about valid but probably unintended settings, at start and after each reload.

use std::{collections::BTreeSet, future::pending, pin::Pin};

use hookpoint_workspace::Workspace;

use crate::{commands::check, context::Context};

type Looking<'a> = Pin<Box<dyn Future<Output = Vec<String>> + 'a>>;

/// Looks for warnings in the background; shows each once, and again if it had disappeared.
pub(super) struct Warnings<'a> {
    context: &'a Context,
    looking: Option<Looking<'a>>,
    shown: BTreeSet<String>,
}

impl<'a> Warnings<'a> {
    pub(super) fn new(context: &'a Context, workspace: &'a Workspace) -> Self {
        Self {
            context,
            looking: Some(Box::pin(check::warnings(workspace, context))),
            shown: BTreeSet::new(),
        }
    }

    /// Looks at this workspace from now on.
    pub(super) fn look_at(&mut self, workspace: Workspace) {
        let context = self.context;
        let looking = async move { check::warnings(&workspace, context).await };
        self.looking = Some(Box::pin(looking));
    }

    /// The warnings that the workspace has and the one before it did not have. Waits until they are known; can be
    /// cancelled.
    pub(super) async fn new_ones(&mut self) -> Vec<String> {
        let found = match &mut self.looking {
            Some(looking) => looking.await,
            None => pending().await,
        };
        self.looking = None;
        let is_new = |text: &&String| !self.shown.contains(*text);
        let new = found.iter().filter(is_new).cloned().collect();
        self.shown = found.into_iter().collect();
        new
    }
}
