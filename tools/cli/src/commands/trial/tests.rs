//! A script that is tried: its problems, variables and secrets.

use hookpoint_workspace::{
    Bundler, BundlerUnavailable,
    protocol::{self, Refusal, Reply, Request},
};

use super::{shortcomings::secrets_read, *};

/// Finds the same mistake in every script.
#[derive(Debug)]
struct Refusing;

impl Bundler for Refusing {
    fn built_ins(&self) -> &[&str] {
        &[]
    }

    fn bundle(&self, request: &Request) -> Result<Reply, BundlerUnavailable> {
        let problem = protocol::Problem {
            file: request.entry.clone(),
            line: Some(1),
            column: Some(8),
            source_line: Some("export }".to_owned()),
            message: "unexpected `}`".to_owned(),
            help: "correct it".to_owned(),
        };
        Ok(Reply::Refused(Refusal {
            problems: vec![problem],
            files: Vec::new(),
        }))
    }
}

#[tokio::test]
async fn a_mistake_in_the_script_is_shown_as_check_shows_it() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    };
    let script = write("hooks/tier.ts", "export }\n");
    let hook = "hooks: { tier: { script: hooks/tier.ts } }\n";
    let workspace = write("hookpoint.yaml", &format!("version: 1\n{hook}"));
    let mut context = Context::new(Some(&workspace), false);
    context.bundler = Arc::new(Refusing);
    let script = Try {
        file: script,
        stage: Stage::BeforeRegistration,
        event: None,
        application: None,
        hosts: Vec::new(),
        secrets: Vec::new(),
        variables: Vec::new(),
        watch: false,
        json: false,
    };
    // With a mistake elsewhere, the script is tried alone, and its place is the same.
    for other in ["", "hoks: {}\n"] {
        write("hookpoint.yaml", &format!("version: 1\n{hook}{other}"));
        let mut files = Vec::new();
        let error = script.once(&context, None, &mut files).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "hooks/tier.ts:1:8: unexpected `}`\n  1 | export }\n    |        ^\n  help: correct it",
        );
        assert!(files.contains(&script.file), "{files:?}");
    }
    let broken = Workspace::load_with(&workspace, &Refusing).unwrap_err();
    let draft = script.draft(folder.path(), None).unwrap();
    let own = draft.read(folder.path(), &Refusing).unwrap_err();
    assert!(
        !is_part_of(&broken, &own),
        "`hoks` is no problem of the script"
    );
    write("hookpoint.yaml", &format!("version: 1\n{hook}"));
    let broken = Workspace::load_with(&workspace, &Refusing).unwrap_err();
    assert!(is_part_of(&broken, &own));
}

#[test]
fn variables_are_a_name_and_a_value() {
    let (name, value) = variable("CrmHost=a=b").unwrap();
    assert_eq!((name.as_str(), value.as_str()), ("CrmHost", "a=b"));
    assert!(variable("CrmHost").unwrap_err().contains("NAME=VALUE"));
    assert!(variable("a b=c").is_err());
}

#[test]
fn secrets_are_found_where_they_are_named_in_full() {
    let source = "const a = hook.secrets.CrmToken;\nfetch(`x?${h.secrets.Other}`, hook.secrets);\nhook.secrets.CrmToken";
    assert_eq!(secrets_read(source), BTreeSet::from(["CrmToken", "Other"]));
}
