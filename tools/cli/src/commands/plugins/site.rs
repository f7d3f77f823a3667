//! Where a plugin is bound, and what a new workspace needs for that.

use anyhow::bail;
use clap::Args;
use hookpoint_engine::{
    application::ApplicationKind,
    identifier::{ApplicationId, StoreId},
    publish::DesiredApplication,
};
use hookpoint_plugins::{Plugin, Site};
use hookpoint_stages::Family;
use hookpoint_workspace::{Additions, Workspace, syntax::for_unknown};
use serde_json::json;

use super::questions;
use crate::commands::poster;

/// The store of a new workspace.
const NEW_STORE: &str = "customers";

/// The target.
#[derive(Debug, Default, Clone, Args)]
pub(super) struct SiteArguments {
    /// Bind the hooks to this application [default: the only one of the plugin's kind]
    #[arg(long, value_name = "ID")]
    application: Option<String>,

    /// Bind the hooks to this identity store, for all applications that use it
    #[arg(long, value_name = "ID")]
    store: Option<String>,
}

impl SiteArguments {
    /// The arguments that name a place.
    pub(super) fn of(site: &Site) -> Self {
        Self {
            application: site.application.clone(),
            store: site.store.clone(),
        }
    }

    /// Asks which application, where neither that nor a store was named and it is not certain.
    pub(super) fn ask(
        &mut self,
        plugin: &Plugin,
        workspace: Option<&Workspace>,
    ) -> anyhow::Result<()> {
        if self.application.is_some() || self.store.is_some() {
            return Ok(());
        }
        let family = family(plugin);
        let applications = workspace.map(|workspace| &workspace.desired().applications[..]);
        let fitting = fitting(applications.unwrap_or_default(), family);
        self.application = match fitting[..] {
            [only] => Some(only.to_owned()),
            [] => Some(questions::application(
                &[],
                poster::example_name(family),
                "a new one; it is written into hookpoint.yaml",
            )?),
            ref several => Some(questions::application(
                several,
                several[0],
                &format!("one of {}", several.join(", ")),
            )?),
        };
        Ok(())
    }

    /// The place, and the entries that a workspace without an application of the plugin's kind needs for it.
    pub(super) fn find(
        &self,
        plugin: &Plugin,
        workspace: Option<&Workspace>,
    ) -> anyhow::Result<(Site, Additions)> {
        let family = family(plugin);
        let desired = workspace.map(Workspace::desired);
        match desired {
            Some(desired) if !desired.applications.is_empty() || !desired.stores.is_empty() => {
                let stores: Vec<&str> = desired.stores.iter().map(StoreId::as_str).collect();
                // An application that is named where there is none of its kind is a new one.
                let is_new = self.application.as_ref().is_some_and(|id| {
                    let mut known = desired.applications.iter();
                    fitting(&desired.applications, family).is_empty()
                        && !known.any(|known| known.id.as_str() == id)
                });
                if is_new {
                    return self.made(family, &stores);
                }
                let site = self.among(&desired.applications, &stores, family)?;
                Ok((site, Additions::default()))
            }
            _ => self.made(family, &[]),
        }
    }

    /// Whether the workspace has an application of the plugin's kind, or a place was named.
    pub(super) fn fits(&self, plugin: &Plugin, workspace: &Workspace) -> bool {
        let is_named = self.application.is_some() || self.store.is_some();
        is_named || !fitting(&workspace.desired().applications, family(plugin)).is_empty()
    }

    /// A place for a preview outside of any workspace.
    pub(super) fn sample(&self, plugin: &Plugin) -> anyhow::Result<(Site, Additions)> {
        let family = family(plugin);
        let default = poster::example_name(family);
        let named = Self {
            application: self
                .application
                .clone()
                .or_else(|| self.store.is_none().then(|| default.to_owned())),
            store: self.store.clone(),
        };
        named.made(family, &[])
    }

    fn among(
        &self,
        applications: &[DesiredApplication],
        stores: &[&str],
        family: Family,
    ) -> anyhow::Result<Site> {
        if let Some(store) = &self.store
            && !stores.contains(&store.as_str())
        {
            let help = for_unknown(store, "store", stores.iter().copied());
            bail!("the workspace has no store `{store}`; {help}");
        }
        let Some(application) = self.chosen(applications, family)? else {
            return Ok(Site {
                application: None,
                store: self.store.clone(),
                family: Family::Identity,
            });
        };
        let own = application.identity_store.as_ref().map(StoreId::as_str);
        if let Some(store) = &self.store
            && own != Some(store)
        {
            bail!(
                "application `{}` uses {}, not the store `{store}`: leave `--store` out, or `--application`",
                application.id,
                own.map_or("no store".to_owned(), |own| format!("the store `{own}`")),
            );
        }
        Ok(Site {
            application: Some(application.id.to_string()),
            store: own.map(str::to_owned),
            family: application.kind.family(),
        })
    }

    /// The application that was named, or the only one that fits; none where a store was named alone.
    fn chosen<'a>(
        &self,
        applications: &'a [DesiredApplication],
        family: Family,
    ) -> anyhow::Result<Option<&'a DesiredApplication>> {
        if let Some(id) = &self.application {
            let found = applications.iter().find(|known| known.id.as_str() == id);
            if found.is_none() {
                let help = for_unknown(id, "application", fitting(applications, family));
                bail!("the workspace has no application `{id}`; {help}");
            }
            return Ok(found);
        }
        if self.store.is_some() {
            return Ok(None);
        }
        match fitting(applications, family)[..] {
            [only] => Ok(applications.iter().find(|known| known.id.as_str() == only)),
            [] => bail!(
                "the workspace has no {family} application, which the plugin is for: `--application {}` adds one",
                poster::example_name(family)
            ),
            ref several => {
                let names: Vec<String> = several.iter().map(|id| format!("`{id}`")).collect();
                bail!(
                    "name the application with `--application`: {}",
                    names.join(", ")
                )
            }
        }
    }

    /// The entries of a workspace that has no application of this kind. An identity application gets a store, which stages of other
    /// plugins are bound on: the only one there is, or a new one.
    fn made(&self, family: Family, stores: &[&str]) -> anyhow::Result<(Site, Additions)> {
        let mut additions = Additions::default();
        let store = self.store.clone().or_else(|| match (family, stores) {
            (Family::Conversation, _) => None,
            (Family::Identity, [only]) => Some((*only).to_owned()),
            (Family::Identity, _) => Some(NEW_STORE.to_owned()),
        });
        if let Some(store) = &store {
            store.parse::<StoreId>()?;
            if !stores.contains(&store.as_str()) {
                additions.stores.push(store.clone());
            }
        }
        let id = match (&self.application, &self.store) {
            (Some(id), _) => id.as_str(),
            // Bound on the store alone, but events come from an application.
            (None, Some(_)) => poster::example_name(family),
            (None, None) => {
                bail!("the workspace has no application yet: name one with `--application ID`")
            }
        };
        id.parse::<ApplicationId>()?;
        let mut entry = json!({ "kind": ApplicationKind::of(family).family().as_str() });
        if let Some(store) = &store {
            entry["identityStore"] = json!(store);
        }
        additions.applications.insert(id.to_owned(), entry);
        let site = Site {
            application: self.application.clone(),
            store,
            family,
        };
        Ok((site, additions))
    }
}

/// The ids of the applications of a kind.
fn fitting(applications: &[DesiredApplication], family: Family) -> Vec<&str> {
    let of_kind = applications
        .iter()
        .filter(|known| known.kind.family() == family);
    of_kind.map(|known| known.id.as_str()).collect()
}

/// The kind of application that a plugin is for: that of its first stage.
pub(super) fn family(plugin: &Plugin) -> Family {
    let first = plugin.manifest.bindings.first();
    first.map_or(Family::Identity, |binding| {
        binding.stage.definition().family
    })
}
