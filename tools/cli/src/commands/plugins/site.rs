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

use crate::commands::poster;

/// The store of a new workspace.
const NEW_STORE: &str = "customers";

/// The target.
#[derive(Debug, Default, Args)]
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

    /// The place, and the entries that a workspace without applications needs for it.
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
                let site = self.among(&desired.applications, &stores, family)?;
                Ok((site, Additions::default()))
            }
            _ => self.made(plugin, family),
        }
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
        named.made(plugin, family)
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
                let known = applications.iter().map(|known| known.id.as_str());
                let help = for_unknown(id, "application", known);
                bail!("the workspace has no application `{id}`; {help}");
            }
            return Ok(found);
        }
        if self.store.is_some() {
            return Ok(None);
        }
        let fitting = applications
            .iter()
            .filter(|known| known.kind.family() == family);
        match fitting.collect::<Vec<_>>()[..] {
            [only] => Ok(Some(only)),
            [] => bail!(
                "the workspace has no {family} application, which the plugin is for: add one under `applications`, such as `{}`",
                poster::example(family)
            ),
            ref several => {
                let names: Vec<String> =
                    several.iter().map(|one| format!("`{}`", one.id)).collect();
                bail!(
                    "name the application with `--application`: {}",
                    names.join(", ")
                )
            }
        }
    }

    /// The entries of a workspace that has neither applications nor stores.
    fn made(&self, plugin: &Plugin, family: Family) -> anyhow::Result<(Site, Additions)> {
        let mut additions = Additions::default();
        let needs_store = plugin
            .manifest
            .bindings
            .iter()
            .any(hookpoint_plugins::Binding::is_of_store);
        let store = self
            .store
            .clone()
            .or_else(|| needs_store.then(|| NEW_STORE.to_owned()));
        if let Some(store) = &store {
            store.parse::<StoreId>()?;
        }
        additions.stores.extend(store.clone());
        match &self.application {
            Some(id) => {
                id.parse::<ApplicationId>()?;
                let mut entry = json!({ "kind": ApplicationKind::of(family).family().as_str() });
                if let Some(store) = &store {
                    entry["identityStore"] = json!(store);
                }
                additions.applications.insert(id.clone(), entry);
            }
            None if self.store.is_none() => {
                bail!("the workspace has no application yet: name one with `--application ID`")
            }
            None => {}
        }
        let site = Site {
            application: self.application.clone(),
            store,
            family,
        };
        Ok((site, additions))
    }
}

/// The kind of application that a plugin is for: that of its first stage.
pub(super) fn family(plugin: &Plugin) -> Family {
    let first = plugin.manifest.bindings.first();
    first.map_or(Family::Identity, |binding| {
        binding.stage.definition().family
    })
}
