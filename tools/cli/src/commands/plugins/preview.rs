//! `hookpoint plugins preview`.

use clap::Args;
use hookpoint_plugins::{Installation, Plugin, Values};
use hookpoint_workspace::Additions;
use serde_json::{Value, json};

use super::{
    LibraryArguments, ParameterArguments,
    show::points,
    site::SiteArguments,
    trial::{Trial, trial},
    values,
};
use crate::{
    context::Context,
    exit::Exit,
    output::{self, BAD, BOLD, DIM, paint},
};

/// What would be added.
#[derive(Debug, Args)]
pub(crate) struct Preview {
    /// The plugin, by its name from the list
    name: String,

    #[command(flatten)]
    parameters: ParameterArguments,

    #[command(flatten)]
    site: SiteArguments,

    /// Print one JSON object
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    library: LibraryArguments,
}

impl Preview {
    pub(super) async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let plugin = self.library.plugin(&self.name)?;
        let mut given = self.parameters.given()?;
        // What has no value yet is shown with its example.
        let examples = Values::examples(&plugin.manifest);
        for (name, value) in examples.all() {
            given.entry(name.clone()).or_insert_with(|| value.clone());
        }
        let values = values(&plugin.manifest, &given)?;
        let site = if context.is_without_workspace()? {
            self.site.sample(&plugin)?.0
        } else {
            let workspace = context.workspace().await?;
            if self.site.fits(&plugin, &workspace) {
                self.site.find(&plugin, Some(&workspace))?.0
            } else {
                self.site.sample(&plugin)?.0
            }
        };
        let installation = plugin.install(&values, &site)?;
        let made = SiteArguments::of(&site).sample(&plugin)?.1;
        let tried = trial(&plugin, &installation, &made, context).await;
        if self.json {
            output::print_json(&to_json(&plugin, &installation, tried.as_ref()))?;
        } else {
            output::print(&render(&plugin, &values, &installation, tried.as_ref()))?;
        }
        // A plugin that cannot run here is shown all the same; the reason is part of what is shown.
        Ok(Exit::Done)
    }
}

type Tried<'a> = Result<&'a Option<Trial>, &'a anyhow::Error>;

fn to_json(plugin: &Plugin, installation: &Installation, tried: Tried<'_>) -> Value {
    let Additions {
        secrets,
        hooks,
        bindings,
        ..
    } = &installation.additions;
    let files = installation.files.iter().map(|(name, _)| name.as_str());
    let trial = match tried {
        Ok(Some(trial)) => json!({
            "stage": trial.stage,
            "requests": trial.requests.iter()
                .map(|(method, url)| json!({ "method": method, "url": url }))
                .collect::<Value>(),
            "response": trial.response,
            "problems": trial.problems,
        }),
        Ok(None) => Value::Null,
        Err(error) => json!({ "error": format!("{error:#}") }),
    };
    json!({
        "plugin": plugin.name,
        "version": plugin.manifest.version.to_string(),
        "files": files.collect::<Value>(),
        "secrets": secrets,
        "hooks": hooks,
        "bindings": bindings,
        "hosts": hosts(installation),
        "journeys": plugin.manifest.journeys,
        "dryRun": trial,
    })
}

fn render(
    plugin: &Plugin,
    values: &Values,
    installation: &Installation,
    tried: Tried<'_>,
) -> String {
    let heading = |text: &str| format!("\n{}", paint(BOLD, text));
    let files = installation.files.iter().map(|(name, text)| {
        format!(
            "  {name}  {}",
            paint(DIM, &output::plural(text.lines().count(), "line", "lines"))
        )
    });
    let mut parts = vec![paint(BOLD, "Files"), files.collect::<Vec<_>>().join("\n")];
    parts.push(heading("Entries of hookpoint.yaml"));
    let entries = installation.additions.as_text();
    parts.extend(
        entries
            .lines()
            .map(|line| format!("  {}", output::printable(line))),
    );
    let journeys = &plugin.manifest.journeys;
    let noun = if journeys.len() == 1 {
        "journey"
    } else {
        "journeys"
    };
    let journeys = journeys.join(", ");
    parts.push(heading(&format!("Where it runs, in the {noun} {journeys}")));
    let bindings = plugin.manifest.bindings.iter();
    let bindings = bindings.filter(|binding| binding.is_wanted(values));
    parts.extend(points(bindings, |text| values.fill(text)));
    parts.push(heading("What it reaches"));
    let hosts = hosts(installation);
    let named = |names: &[String]| {
        if names.is_empty() {
            "none".to_owned()
        } else {
            names.join(", ")
        }
    };
    parts.push(format!("  hosts: {}", named(&hosts)));
    parts.push(format!(
        "  secrets: {}",
        named(&installation.additions.secrets)
    ));
    parts.push(heading("A dry run"));
    parts.push(dry_run(tried));
    parts.join("\n")
}

fn dry_run(tried: Tried<'_>) -> String {
    let trial = match tried {
        Ok(Some(trial)) => trial,
        Ok(None) => return "  these parameters leave out the stage of the sample".to_owned(),
        Err(error) => {
            let reason = output::printable_lines(&format!("{error:#}"));
            return format!("  {}", paint(BAD, &reason.replace('\n', "\n  ")));
        }
    };
    let mut lines = vec![format!("  the sample event of {}", trial.stage)];
    for (method, url) in &trial.requests {
        lines.push(format!("  → {method} {}", output::printable(url)));
    }
    let response = output::pretty(&Value::Object(trial.response.clone()));
    lines.push(format!("  returns {}", response.replace('\n', "\n  ")));
    for problem in &trial.problems {
        lines.push(format!("  {}", paint(BAD, &output::printable(problem))));
    }
    lines.join("\n")
}

/// The hosts that the hooks may call.
pub(super) fn hosts(installation: &Installation) -> Vec<String> {
    let entries = installation.additions.hooks.values();
    let hosts = entries.filter_map(|entry| entry["script"]["hosts"].as_array());
    let mut hosts: Vec<String> = hosts
        .flatten()
        .filter_map(|host| Some(host.as_str()?.to_owned()))
        .collect();
    hosts.sort();
    hosts.dedup();
    hosts
}
