//! Scripts that did not change since they were published, compiled again for another interpreter after an upgrade.
//!
//! It only saves time: a script is compiled where it runs, in front of the first event of each container, if what is stored is for
//! another interpreter.

use std::collections::BTreeSet;

use hookpoint_engine::{
    hook::{Hook, HookReference},
    identifier::HookName,
    ports::{Publisher, StoreError},
};
use hookpoint_script::INTERPRETER;
use hookpoint_workspace::Workspace;
use thiserror::Error;

use crate::scripts::{ScriptsError, compile_chosen};

/// Why scripts stay compiled for another interpreter.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RecompileError {
    /// The store cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// They do not compile any more, or the sandbox does not work.
    #[error(transparent)]
    Scripts(#[from] ScriptsError),
}

/// Those of some published versions that were not compiled for this program's interpreter, as far as the store knows.
///
/// # Errors
/// The store cannot be read.
pub async fn outdated(
    publisher: &dyn Publisher,
    scripts: Vec<HookReference>,
) -> Result<Vec<HookReference>, StoreError> {
    if scripts.is_empty() {
        return Ok(scripts);
    }
    let known = publisher.interpreters(&scripts).await?;
    let is_current =
        |hook: &HookReference| known.get(&hook.name).is_some_and(|of| of == INTERPRETER);
    let outdated = scripts.into_iter().filter(|hook| !is_current(hook));
    Ok(outdated.collect())
}

/// Compiles published versions again, whose scripts a workspace holds, and stores the result. Returns their names, without those that
/// are too large to be stored compiled.
///
/// # Errors
/// A script does not compile, or the store fails. What was stored for other scripts stays.
pub async fn compile_again(
    publisher: &dyn Publisher,
    workspace: &mut Workspace,
    outdated: &[HookReference],
) -> Result<Vec<HookName>, RecompileError> {
    let names: BTreeSet<_> = outdated.iter().map(|hook| hook.name.clone()).collect();
    compile_chosen(workspace, &names).await?;
    let bodies = &workspace.desired().hooks;
    let compiled = outdated.iter().filter_map(|hook| {
        let body = bodies.get(&hook.name)?;
        body.compiled()?;
        Some(Hook {
            name: hook.name.clone(),
            version: hook.version,
            body: body.clone(),
        })
    });
    let compiled: Vec<_> = compiled.collect();
    publisher.replace_compiled(&compiled).await?;
    Ok(compiled.into_iter().map(|hook| hook.name).collect())
}

#[cfg(test)]
mod tests {
    use std::{path::Path, sync::Arc};

    use hookpoint_engine::{
        hook::{CompiledForm, CompiledScript, HookBody},
        testing::MemoryStore,
    };

    use super::*;
    use crate::plan::{Author, Plan};

    const WORKSPACE: &str = "\
version: 1
applications: { bot: { kind: conversation } }
hooks:
  old: { script: { source: \"export default () => ({})\" } }
  never: { script: { source: \"export default () => null\" } }
  fixed: { static: { context: { A: 1 } } }
bindings:
  - { application: bot, stage: conversationStart, hook: old }
  - { application: bot, stage: conversationStart, hook: never }
  - { application: bot, stage: conversationStart, hook: fixed }
";

    fn workspace() -> Workspace {
        Workspace::parse(WORKSPACE, "test", Path::new("")).expect("a workspace")
    }

    async fn outdated_in(store: &MemoryStore) -> Vec<String> {
        let workspace = workspace();
        let plan = Plan::of(store, workspace.desired()).await.expect("a plan");
        let scripts = plan.published_scripts(workspace.desired());
        let outdated = outdated(store, scripts).await.expect("read");
        outdated.iter().map(|hook| hook.name.to_string()).collect()
    }

    #[tokio::test]
    async fn scripts_of_another_interpreter_are_compiled_again_and_their_version_stays() {
        let store = MemoryStore::default();
        let mut before = workspace();
        let old = "old".parse().expect("a name");
        let source = "export default () => ({})";
        let form = CompiledForm::Bytecode;
        let compiled = CompiledScript::new("another", source, form, vec![1]).expect("small");
        before.add_compiled(&old, compiled);
        let plan = Plan::of(&store, before.desired()).await.expect("a plan");
        assert_eq!(plan.published_scripts(before.desired()), []);
        let author = Author::program("tester");
        plan.publish(&store, &author).await.expect("published");
        assert_eq!(outdated_in(&store).await, ["never", "old"]);

        let mut workspace = workspace();
        let plan = Plan::of(&store, workspace.desired()).await.expect("a plan");
        let scripts = plan.published_scripts(workspace.desired());
        let outdated = outdated(&store, scripts).await.expect("read");
        let again = compile_again(&store, &mut workspace, &outdated).await;
        assert_eq!(again.expect("compiled").len(), 2);
        assert_eq!(outdated_in(&store).await, [] as [String; 0]);
        let plan = Plan::of(&store, workspace.desired()).await.expect("a plan");
        assert!(plan.is_empty(), "no version was added");
    }

    #[tokio::test]
    async fn a_version_with_another_body_is_left_alone() {
        let store = MemoryStore::default();
        let mut workspace = workspace();
        let plan = Plan::of(&store, workspace.desired()).await.expect("a plan");
        let author = Author::program("tester");
        plan.publish(&store, &author).await.expect("published");
        let name: HookName = "old".parse().expect("a name");
        compile_chosen(&mut workspace, &BTreeSet::from([name.clone()]))
            .await
            .expect("compiled");
        let mut body = HookBody::clone(&workspace.desired().hooks[&name]);
        body.secrets.push("Other".parse().expect("a name"));
        let hook = Hook {
            name: name.clone(),
            version: 1,
            body: Arc::new(body),
        };
        let absent = Hook {
            version: 2,
            ..hook.clone()
        };
        let replaced = store.replace_compiled(&[hook, absent]).await;
        replaced.expect("nothing to do");
        assert_eq!(outdated_in(&store).await, ["never", "old"]);
    }
}
