//! The contract of what is stored beside a version that is a bundle: its source map, and the files that determine its
//! content.

use std::sync::Arc;

use super::{
    ContractStore, Names,
    hooks::{CHARACTERS, bound},
    names::incompressible,
    publish,
};
use hookpoint_engine::{
    hook::{BundleFiles, Hook, HookBody, Implementation, SourceMap},
    publish::DesiredVersion,
    stages::Stage,
    testing::sample,
};

const STAGE: Stage = Stage::BeforeRegistration;

pub(super) async fn a_source_map_is_read_apart_and_is_part_of_a_version(store: &dyn ContractStore) {
    let alphabet: Vec<char> = (' '..='~').collect();
    let names = Names::fresh();
    let name = names.hook("a");
    let mut desired = names.with_hooks(STAGE, &["a"]);
    // In several pieces where pieces are small.
    let text = incompressible(21, CHARACTERS * 2, &alphabet);
    let maps = [text.as_str(), r#"{"version":3}"#];
    for (index, text) in maps.iter().enumerate() {
        desired.hooks.insert(name.clone(), mapped_body(text));
        publish(store, &desired).await;
        let reference = bound(store, &names, STAGE).await;
        let version = u32::try_from(index).unwrap() + 1;
        assert_eq!(reference.version, version, "lines have moved");
        let hook = store.hook(STAGE, &reference).await.unwrap();
        assert_eq!(hook.body, mapped_body(text));
        assert_eq!(hook.body.source_map().unwrap().text(), None);
        let read = store.source_map(STAGE, &hook).await.unwrap();
        assert!(read.as_deref() == Some(*text), "map {index} differs");
    }
    // A stage that gets the first version later gets its map too.
    let later = Stage::BeforePasswordReset;
    let mut pinned = sample::binding(&name, later, &names.target());
    pinned.version = DesiredVersion::Pinned(1);
    desired.bindings.push(pinned);
    publish(store, &desired).await;
    let reference = bound(store, &names, later).await;
    let hook = store.hook(later, &reference).await.unwrap();
    let read = store.source_map(later, &hook).await.unwrap();
    assert!(read.as_deref() == Some(maps[0]), "the copy differs");
    // A missing one is not an error.
    let absent = Hook {
        version: 99,
        ..Hook::clone(&hook)
    };
    assert_eq!(store.source_map(later, &absent).await.unwrap(), None);
    let plain = Hook {
        body: sample::script_hook("export default () => ({})"),
        ..Hook::clone(&hook)
    };
    assert_eq!(store.source_map(later, &plain).await.unwrap(), None);
    let other = Hook {
        body: mapped_body("{}"),
        ..Hook::clone(&hook)
    };
    assert_eq!(store.source_map(later, &other).await.unwrap(), None);
}

pub(super) async fn the_files_of_a_bundle_come_back_to_tools_and_are_no_part_of_a_version(
    store: &dyn ContractStore,
) {
    let alphabet: Vec<char> = (' '..='~').collect();
    let names = Names::fresh();
    let name = names.hook("a");
    let mut desired = names.with_hooks(STAGE, &["a"]);
    let with_lock = |lock: &str| {
        let files = [
            ("package.json".to_owned(), "{}".to_owned()),
            ("hooks/package-lock.json".to_owned(), lock.to_owned()),
        ];
        let body = HookBody::clone(&mapped_body(r#"{"version":3}"#));
        Arc::new(body.with_bundle_files(BundleFiles::new(files.into())))
    };
    // In several pieces where pieces are small.
    let first = with_lock(&incompressible(31, CHARACTERS * 2, &alphabet));
    // The first publication of a version decides which files it has.
    for body in [&first, &with_lock("{}"), &mapped_body(r#"{"version":3}"#)] {
        desired.hooks.insert(name.clone(), Arc::clone(body));
        publish(store, &desired).await;
        assert_eq!(bound(store, &names, STAGE).await.version, 1);
        let mut scope = desired.scope();
        scope.versions.insert((name.clone(), 1));
        let versions = store.snapshot(&scope).await.unwrap().versions;
        let read = &versions[&(name.clone(), 1)].body;
        assert!(read.bundle_files() == first.bundle_files(), "they differ");
        assert!(read.source_map().unwrap().text().is_some());
    }
    // Events do not read them.
    let reference = bound(store, &names, STAGE).await;
    let hook = store.hook(STAGE, &reference).await.unwrap();
    assert_eq!(hook.body.bundle_files(), None);
}

/// A bundle with this source map.
fn mapped_body(map: &str) -> Arc<HookBody> {
    let mut body = HookBody::clone(&sample::script_hook("export default () => ({})"));
    if let Implementation::Script(script) = &mut body.implementation {
        script.source_map = SourceMap::new(map);
    }
    Arc::new(body)
}
