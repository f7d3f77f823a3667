//! Compiles the script hooks of a workspace before publication and prepares them ahead of their first run.

use std::{collections::BTreeSet, fmt, path::PathBuf, sync::Arc};

use hookpoint_engine::{
    hook::{Hook, HookBody, ScriptHook, egress::EgressPolicy},
    identifier::HookName,
    ports::{Publisher, StoreError},
    publish::{Desired, Scope},
};
use hookpoint_script::{Ahead, Sandbox, ScriptDiagnostic};
use hookpoint_workspace::{Workspace, protocol::COMMON_JS};
use thiserror::Error;

use crate::{plan::Plan, runners::LocalRunners, sources::authored_files};

/// Maximum number of hooks prepared: a workspace may have thousands, but a developer works on a few.
const MOST_PRIMED: usize = 16;

/// Why script hooks are not published.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ScriptsError {
    /// Some do not compile.
    #[error(transparent)]
    Broken(#[from] ScriptErrors),
    /// The sandbox is unavailable or out of time, so scripts cannot be checked.
    #[error("failed to compile hook `{hook}`: {message}")]
    Unavailable {
        /// The script hook that was tried.
        hook: HookName,
        /// The sandbox's error.
        message: String,
    },
}

/// The interpreter's message for a value that is used before its file has run, and the likely cause in a bundle.
const UNINITIALIZED: &str = "is not initialized";
const CIRCLE: &str = " (files that import one another in a circle use a value before its file has run: move what both need into a file of its own)";

/// What follows the name of a missing module in the sandbox's message.
const OFFERED: &str = "': the sandbox offers ";
const HOW_TO_BUNDLE: &str = ": the sandbox does not have it; write the hook as a file beside a `package.json` that lists the module, which is then bundled";

/// The scripts that do not compile; never empty.
#[derive(Debug, Clone)]
pub struct ScriptErrors {
    diagnostics: Vec<ScriptDiagnostic>,
    hooks: BTreeSet<HookName>,
    files: Vec<PathBuf>,
}

impl ScriptErrors {
    /// One per hook that does not compile.
    pub fn diagnostics(&self) -> &[ScriptDiagnostic] {
        &self.diagnostics
    }

    /// Whether the script of a hook is one of them.
    pub fn concern(&self, hook: &HookName) -> bool {
        self.hooks.contains(hook)
    }

    /// The files to watch for a fix.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }
}

impl fmt::Display for ScriptErrors {
    /// One block per problem, with an empty line between them and none at the end.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.diagnostics.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n\n" };
            write!(formatter, "{separator}{diagnostic}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ScriptErrors {}

/// Compiles every script hook of a workspace that has no bytecode, without running it, and adds the bytecode. Starts no
/// sandbox if there is none.
pub async fn compile_scripts(workspace: &mut Workspace) -> Result<(), ScriptsError> {
    if scripts(workspace.desired()).all(|(.., script)| script.compiled.is_some()) {
        return Ok(());
    }
    let runners = LocalRunners::new(EgressPolicy::default());
    compile_some(runners.sandbox(), workspace, Ahead::Memory, |_| true).await
}

/// Like [`compile_scripts`], in an existing sandbox that runs them, too.
pub async fn compile_in(sandbox: &Sandbox, workspace: &mut Workspace) -> Result<(), ScriptsError> {
    compile_some(sandbox, workspace, Ahead::Bytecode, |_| true).await
}

/// Compiles the scripts of a workspace that a plan writes, and adds the bytecode to both. What is published already was compiled
/// before.
pub async fn compile_written(
    workspace: &mut Workspace,
    plan: &mut Plan,
) -> Result<(), ScriptsError> {
    let written = plan.written_scripts();
    if written.is_empty() {
        return Ok(());
    }
    compile_chosen(workspace, &written).await?;
    plan.add_compiled(workspace.desired());
    Ok(())
}

/// Compiles some scripts of a workspace, and adds the bytecode.
pub(crate) async fn compile_chosen(
    workspace: &mut Workspace,
    names: &BTreeSet<HookName>,
) -> Result<(), ScriptsError> {
    let runners = LocalRunners::new(EgressPolicy::default());
    let is_chosen = |name: &HookName| names.contains(name);
    compile_some(runners.sandbox(), workspace, Ahead::Memory, is_chosen).await
}

async fn compile_some(
    sandbox: &Sandbox,
    workspace: &mut Workspace,
    ahead: Ahead,
    is_chosen: impl Fn(&HookName) -> bool,
) -> Result<(), ScriptsError> {
    let mut diagnostics = Vec::new();
    let mut hooks = BTreeSet::new();
    let mut compiled = Vec::new();
    let chosen = scripts(workspace.desired())
        .filter(|(name, _, script)| script.compiled.is_none() && is_chosen(name));
    for (name, _, script) in chosen {
        let file = script.file.as_deref();
        let map = script.source_map.as_ref().and_then(|map| map.text());
        let is_module = map.is_some_and(|map| !map.contains(COMMON_JS));
        let attempt = sandbox.compile_source(name.as_str(), file, &script.source, is_module, ahead);
        match attempt.await {
            Ok(Ok(bytecode)) => compiled.extend(bytecode.map(|bytecode| (name.clone(), bytecode))),
            Ok(Err(mut diagnostic)) => {
                if let Some(map) = map {
                    diagnostic = diagnostic.traced(&script.source, map);
                    let is_circle = || authored_files(script).is_some_and(|files| files.len() > 1);
                    if diagnostic.message.contains(UNINITIALIZED) && is_circle() {
                        diagnostic.message.push_str(CIRCLE);
                    }
                }
                if let Some(end) = diagnostic.message.find(OFFERED) {
                    // The engine cuts off the end of the list, and with it the fix.
                    diagnostic.message.truncate(end + 1);
                    diagnostic.message.push_str(HOW_TO_BUNDLE);
                }
                if let Some(inline) = workspace.inline(name) {
                    let place = |line, column| inline.place(line, column);
                    diagnostic = diagnostic.within(inline.file(), place);
                }
                diagnostics.push(diagnostic);
                hooks.insert(name.clone());
            }
            Err(failure) => {
                return Err(ScriptsError::Unavailable {
                    hook: name.clone(),
                    message: failure.message,
                });
            }
        }
    }
    if diagnostics.is_empty() {
        for (name, bytecode) in compiled {
            workspace.add_compiled(&name, bytecode);
        }
        return Ok(());
    }
    let files = workspace.files().to_vec();
    Err(ScriptErrors {
        diagnostics,
        hooks,
        files,
    }
    .into())
}

/// Compiles bound script hooks, in their published version, ahead of their first run.
pub async fn prime(
    sandbox: &Sandbox,
    publisher: &dyn Publisher,
    desired: &Desired,
) -> Result<(), StoreError> {
    let bound: BTreeSet<_> = desired
        .bindings
        .iter()
        .map(|binding| &binding.hook)
        .collect();
    let wanted: Vec<_> = scripts(desired)
        .filter(|(name, ..)| bound.contains(name))
        .take(MOST_PRIMED)
        .collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let scope = Scope {
        hooks: wanted.iter().map(|(name, ..)| (*name).clone()).collect(),
        ..Scope::default()
    };
    let snapshot = publisher.snapshot(&scope).await?;
    for (name, body, _) in wanted {
        // Another process may have published another version by now.
        if let Some(published) = snapshot.hooks.get(name)
            && published.sha256 == body.sha256()
        {
            let hook = Hook {
                name: name.clone(),
                version: published.version,
                body: Arc::clone(body),
            };
            sandbox.prepare(&hook).await;
        }
    }
    Ok(())
}

fn scripts(desired: &Desired) -> impl Iterator<Item = (&HookName, &Arc<HookBody>, &ScriptHook)> {
    desired
        .hooks
        .iter()
        .filter_map(|(name, body)| Some((name, body, body.implementation.as_script()?)))
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, path::Path};

    use hookpoint_engine::testing::MemoryStore;

    use super::*;
    use crate::{plan::Author, publishing::apply};

    fn workspace(text: &str, stage: &str) -> Workspace {
        let text = format!(
            "\
version: 1
applications: {{ bot: {{ kind: conversation }} }}
hooks:
  same: {{ script: {{ source: \"export default () => ({{}})\" }} }}
  other: {{ script: {{ source: \"{text}\" }} }}
bindings:
  - {{ application: bot, stage: conversationStart, hook: same }}
  - {{ application: bot, stage: {stage}, hook: other }}
"
        );
        Workspace::parse(&text, "test", Path::new("")).expect("a workspace")
    }

    /// Whether the hooks have bytecode.
    async fn planned(store: &MemoryStore, mut workspace: Workspace) -> (Vec<bool>, Vec<bool>) {
        let mut plan = Plan::of(store, workspace.desired()).await.expect("a plan");
        compile_written(&mut workspace, &mut plan)
            .await
            .expect("valid scripts");
        let hooks: BTreeMap<_, _> = workspace.desired().hooks.clone();
        let compiled = |body: &Arc<HookBody>| body.compiled().is_some();
        let written = plan.written().map(|hook| compiled(&hook.body));
        let written = written.collect();
        (hooks.values().map(compiled).collect(), written)
    }

    #[tokio::test]
    async fn a_plan_compiles_the_scripts_that_it_writes_and_no_other() {
        const FIRST: &str = "export default () => 1";
        let store = MemoryStore::default();
        let first = workspace(FIRST, "conversationEnd");
        let found = planned(&store, first.clone()).await;
        assert_eq!(found, (vec![true, true], vec![true, true]));
        apply(&store, first.desired(), &Author::program("tester"))
            .await
            .expect("published");
        let found = planned(&store, first).await;
        assert_eq!(found, (vec![false, false], vec![]));
        // The names are sorted: `other` is the first.
        let edited = workspace("export default () => 2", "conversationEnd");
        let found = planned(&store, edited).await;
        assert_eq!(found, (vec![true, false], vec![true]));
        // Another stage reads a copy, with its bytecode.
        let moved = workspace(FIRST, "escalation");
        let found = planned(&store, moved).await;
        assert_eq!(found, (vec![true, false], vec![true]));
    }
}
