//! Sources of bundles.

use hookpoint_engine::{
    hook::SourceMap,
    publish::{Desired, DesiredBinding},
    stages::Family,
    testing::{MemoryStore, sample},
};

use hookpoint_stages::Stage;

use super::*;

fn bundle(source: &str, map: &Value) -> Arc<HookBody> {
    Arc::new(HookBody {
        implementation: Implementation::Script(ScriptHook {
            source: source.to_owned(),
            file: Some("hooks/a.ts".to_owned()),
            hosts: Vec::new(),
            optional_secrets: vec!["Extra".parse().unwrap()],
            source_map: SourceMap::new(&map.to_string()),
            compiled: None,
        }),
        secrets: vec!["Key".parse().unwrap(), "Extra".parse().unwrap()],
    })
}

async fn pulled(hooks: &[(&str, Arc<HookBody>)]) -> Pulled {
    let id: ApplicationId = "bot".parse().unwrap();
    let mut desired = Desired {
        applications: vec![sample::application(&id, Family::Conversation)],
        ..Desired::default()
    };
    for (name, body) in hooks {
        let name: HookName = name.parse().unwrap();
        desired.bindings.push(DesiredBinding::new(
            name.clone(),
            Stage::ConversationStart,
            Target::Application(id.clone()),
        ));
        desired.hooks.insert(name, body.clone());
    }
    let store = MemoryStore::holding(&desired);
    pull(&store, &BTreeSet::new()).await.unwrap()
}

#[tokio::test]
async fn a_bundle_comes_back_as_its_authored_files_and_names_its_packages() {
    let map = json!({
        "sources": ["node_modules/@a/b/c.js", "node_modules/x/node_modules/zod/z.js", "hooks/b.ts", "hooks/a.ts"],
        "sourcesContent": [null, null, "export const b = 1;", "import './b';\n"],
    });
    let pulled = pulled(&[("a", bundle("bundle", &map))]).await;
    let files: Vec<_> = pulled.files.iter().collect();
    let (first, second) = ("hooks/a.ts".to_owned(), "hooks/b.ts".to_owned());
    assert_eq!(
        files,
        [
            (&first, &"import './b';\n".to_owned()),
            (&second, &"export const b = 1;".to_owned())
        ]
    );
    assert!(pulled.remarks[0].contains("@a/b, zod"), "{pulled:?}");
    assert!(
        pulled.workspace.contains("hooks/a.ts"),
        "{}",
        pulled.workspace
    );
    let parts = [
        "secrets:\n        - Key\n",
        "optionalSecrets:\n        - Extra\n",
    ];
    for part in parts {
        assert!(
            pulled.workspace.contains(part),
            "{part}: {}",
            pulled.workspace
        );
    }
}

/// As versions before published it.
#[tokio::test]
async fn a_file_that_was_named_with_a_dot_comes_back() {
    let map =
        json!({ "sources": ["hooks/a.ts", "hooks/b.ts"], "sourcesContent": ["import './b'", ""] });
    let called = |body: Arc<HookBody>, file: &str| {
        let mut body = HookBody::clone(&body);
        if let Implementation::Script(script) = &mut body.implementation {
            script.file = Some(file.to_owned());
        }
        Arc::new(body)
    };
    let pulled = pulled(&[
        ("a", called(bundle("of a", &map), "./hooks/a.ts")),
        ("c", called(sample::script_hook("of c"), "./hooks/./c.js")),
    ])
    .await;
    let names: Vec<_> = pulled.files.keys().collect();
    assert_eq!(names, ["hooks/a.ts", "hooks/b.ts", "hooks/c.js"]);
    assert_eq!(pulled.files["hooks/c.js"], "of c");
    assert_eq!(pulled.remarks, [""; 0]);
}

#[tokio::test]
async fn sources_that_are_absent_taken_or_outside_are_replaced_by_what_runs() {
    let outside = json!({ "sources": ["../x.ts", "hooks/a.ts"], "sourcesContent": ["", ""] });
    let plain = json!({ "sources": ["hooks/a.ts"], "sourcesContent": ["one"] });
    let other = json!({ "sources": ["hooks/a.ts"], "sourcesContent": ["two"] });
    let pulled = pulled(&[
        ("a", bundle("of a", &plain)),
        ("b", bundle("of b", &other)),
        ("c", bundle("of c", &outside)),
        ("d", bundle("of d", &json!({}))),
    ])
    .await;
    assert_eq!(pulled.files["hooks/a.ts"], "one");
    for name in ["b", "c", "d"] {
        let file = format!("hooks/{name}.published.js");
        assert_eq!(pulled.files[&file], format!("of {name}"));
        assert!(pulled.workspace.contains(&file), "{}", pulled.workspace);
    }
    assert_eq!(pulled.remarks.len(), 3, "{:?}", pulled.remarks);
}

/// A bundle of one file with `zod`, which the lock file has in this version among others.
fn locked(name: &str, zod: &str, more: &[&str]) -> (String, Arc<HookBody>) {
    let file = format!("hooks/{name}.ts");
    let map = json!({
        "sources": ["node_modules/zod/z.js", file], "sourcesContent": [null, name],
    });
    let mut packages: Map<String, Value> = more
        .iter()
        .map(|name| {
            (
                format!("node_modules/{name}"),
                json!({ "version": "1.0.0" }),
            )
        })
        .collect();
    packages.insert("node_modules/zod".to_owned(), json!({ "version": zod }));
    let lock = json!({ "packages": packages }).to_string();
    let files = [
        ("package.json", json!({ "description": more }).to_string()),
        ("package-lock.json", lock),
        ("../outside.json", String::new()),
    ];
    let files = files.map(|(name, text)| (name.to_owned(), text));
    let mut body = HookBody::clone(&bundle("bundle", &map));
    if let Implementation::Script(script) = &mut body.implementation {
        script.file = Some(file);
    }
    let files = BundleFiles::new(files.into());
    (name.to_owned(), Arc::new(body.with_bundle_files(files)))
}

#[tokio::test]
async fn the_lock_file_that_most_bundles_were_made_with_comes_back() {
    let hooks = [
        locked("a", "3.0.0", &[]),
        // Another package in the lock file does not matter to a hook without it.
        locked("b", "4.0.0", &["jose"]),
        locked("c", "4.0.0", &["jose", "qs"]),
    ];
    let hooks: Vec<_> = hooks
        .iter()
        .map(|(name, body)| (name.as_str(), body.clone()))
        .collect();
    let pulled = pulled(&hooks).await;
    let names: Vec<_> = pulled.files.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "hooks/a.ts",
            "hooks/b.ts",
            "hooks/c.ts",
            "package-lock.json",
            "package.json"
        ]
    );
    let lock = &pulled.files["package-lock.json"];
    assert!(lock.contains("4.0.0") && !lock.contains("3.0.0"), "{lock}");
    let [strayed, install] = &pulled.remarks[..] else {
        panic!("{:?}", pulled.remarks)
    };
    assert!(strayed.starts_with("hook `a` was bundled with other versions"));
    assert!(
        install.contains("`npm ci --ignore-scripts --allow-git=none "),
        "{install}"
    );
}

#[tokio::test]
async fn files_that_are_imported_for_their_types_come_back() {
    let with_types = |name: &str, text: &str| {
        let map = json!({ "sources": ["hooks/a.ts"], "sourcesContent": ["import type { T } from '../lib/t';"] });
        let files = [
            ("lib/t.ts", text),
            (".vscode/x.ts", ""),
            ("package.json", "{}"),
        ];
        let files = files.map(|(name, text)| (name.to_owned(), text.to_owned()));
        let body = HookBody::clone(&bundle("bundle", &map));
        let body = body.with_bundle_files(BundleFiles::new(files.into()));
        (name.to_owned(), Arc::new(body))
    };
    let (first, second) = (with_types("a", "one"), with_types("b", "two"));
    let pulled = pulled(&[(&first.0, first.1.clone()), (&second.0, second.1)]).await;
    let names: Vec<_> = pulled.files.keys().map(String::as_str).collect();
    assert_eq!(names, ["hooks/a.ts", "lib/t.ts", "package.json"]);
    assert_eq!(pulled.files["lib/t.ts"], "one");
    let [remark] = &pulled.remarks[..] else {
        panic!("{:?}", pulled.remarks)
    };
    assert!(remark.starts_with("hook `b` was published with another text of `lib/t.ts`"));
}

/// Bundles name files with links resolved.
#[tokio::test]
async fn a_hook_whose_file_is_a_link_comes_back_as_the_file_behind_it() {
    let link = Some("shared/other.ts");
    for (sources, entry, own) in [
        (json!(["lib/b.ts", "shared/other.ts"]), link, link),
        (json!(["lib/a.ts", "shared/other.ts"]), link, link),
        (json!(["shared/other.ts"]), None, link),
        // Which one cannot be known, and the name says nothing.
        (json!(["lib/b.ts", "shared/a.ts"]), None, None),
        (json!(["lib/b.ts", "shared/a.ts"]), link, None),
    ] {
        let texts = json!(vec!["export {};"; sources.as_array().unwrap().len()]);
        let mut map = json!({ "sources": sources, "sourcesContent": texts });
        if let Some(entry) = entry {
            map["x_entry"] = json!(entry);
        }
        let pulled = pulled(&[("a", bundle("bundle", &map))]).await;
        let expected = own.unwrap_or("hooks/a.published.js");
        assert!(pulled.files.contains_key(expected), "{sources}");
        let remark = pulled.remarks.join("\n");
        assert_eq!(remark.contains("was a link"), own.is_some(), "{remark}");
        assert_eq!(remark.contains("are not stored"), own.is_none(), "{remark}");
    }
}
