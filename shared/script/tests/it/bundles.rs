//! Failures of bundles, reported in the author's files.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use hookpoint_engine::{
    hook::{HookBody, Implementation, SourceMap, outcome::FailureClass},
    ports::SourceMapReader,
};
use hookpoint_script::{MODULES, ScriptDiagnostic};

use crate::support::{Run, sandbox, script, tests};

tests![
    a_failure_is_where_the_author_wrote_it,
    a_bundle_without_a_readable_map_says_so,
    a_map_is_read_only_for_what_has_a_place,
    every_module_of_the_list_can_be_imported,
];

/// One line of script from two files. The map: `export default` is `hooks/a.ts` 3:1; the call of `f`, in column 34,
/// 4:10; the body of `f`, from column 1, `lib/b.ts` 2:3.
const SOURCE: &str = "function f(){throw Error('x')}export default e=>{f()};";
const MAP: &str = r#"{"version":3,"sources":["lib/b.ts","hooks/a.ts"],"sourcesContent":["export const f = () => {\n  throw Error('x');\n};","import { f } from '../lib/b';\n\nexport default (e) => {\n         f();\n};"],"names":[],"mappings":"AACE,8BCCF,mBACS"}"#;

/// A readable or unreadable map; counts reads.
#[derive(Debug)]
struct Reader {
    text: Option<&'static str>,
    asked: std::sync::atomic::AtomicUsize,
}

impl Reader {
    fn new(text: Option<&'static str>) -> Self {
        Self {
            text,
            asked: std::sync::atomic::AtomicUsize::new(0),
        }
    }

    fn asked(&self) -> usize {
        self.asked.load(std::sync::atomic::Ordering::Relaxed)
    }
}

#[async_trait]
impl SourceMapReader for Reader {
    async fn source_map(&self) -> Option<Arc<str>> {
        self.asked
            .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        self.text.map(Into::into)
    }
}

fn bundle(source: &str) -> Run {
    let mut run = script(source);
    let mut body = HookBody::clone(&run.hook.body);
    if let Implementation::Script(script) = &mut body.implementation {
        script.file = Some("hooks/a.ts".to_owned());
        script.source_map = SourceMap::new(MAP).map(|map| map.with_text(None));
    }
    run.hook.body = Arc::new(body);
    run
}

async fn a_failure_is_where_the_author_wrote_it() {
    let sandbox = sandbox();
    let reader = Reader::new(Some(MAP));
    let failure = bundle(SOURCE).failure_with(&sandbox, &reader).await;
    assert_eq!(failure.class, FailureClass::ScriptError);
    assert_eq!(
        failure.message,
        "hook `under-test` version 3: lib/b.ts:2:3: Error: x\n  throw Error('x');\n  ^\n  at lib/b.ts:2:3\n  at hooks/a.ts:4:10"
    );

    let logged = "function f(){let x=Error('x');   }export default e=>{console.log(Error('logged').stack);for(;;);};";
    let run = bundle(logged).limit(Duration::from_millis(300));
    let failure = run.failure_with(&sandbox, &reader).await;
    assert_eq!(failure.class, FailureClass::ScriptTimeout);
    assert!(
        failure
            .message
            .contains(": hooks/a.ts:4:10: out of time after"),
        "{failure}"
    );
    assert!(
        failure
            .message
            .ends_with("still running, here or further down\n  f();\n  ^"),
        "{failure}"
    );
    assert_eq!(
        failure.log,
        ["Error: logged", "    at default (hooks/a.ts:4:10)"]
    );

    let compiled = sandbox
        .check_source("a", Some("hooks/a.ts"), "let x;let x;")
        .await;
    let Ok(Err(diagnostic)) = compiled else {
        panic!("it compiles");
    };
    let diagnostic: ScriptDiagnostic = diagnostic.traced("let x;let x;", MAP);
    assert_eq!((diagnostic.file.as_str(), diagnostic.line), ("lib/b.ts", 2));
}

async fn a_bundle_without_a_readable_map_says_so() {
    let sandbox = sandbox();
    for text in [None, Some("no map")] {
        let failure = bundle(SOURCE)
            .failure_with(&sandbox, &Reader::new(text))
            .await;
        assert!(
            failure.message.contains(": hooks/a.ts (bundled):1:"),
            "{failure}"
        );
    }
}

async fn a_map_is_read_only_for_what_has_a_place() {
    let sandbox = sandbox();
    let reader = Reader::new(Some(MAP));
    let fine = bundle("export default () => { console.log('fine'); return {} }");
    assert!(fine.on_with(&sandbox, &reader).await.is_ok());
    let bad = bundle("export default () => 7")
        .failure_with(&sandbox, &reader)
        .await;
    assert_eq!(bad.class, FailureClass::BadResponse);
    assert_eq!(reader.asked(), 0);
    let plain = script(SOURCE).failure_with(&sandbox, &reader).await;
    assert!(plain.message.contains("hooks/under-test.js:1:"), "{plain}");
    assert_eq!(reader.asked(), 0, "it is not a bundle");
    bundle(SOURCE).failure_with(&sandbox, &reader).await;
    assert_eq!(reader.asked(), 1);
}

/// The list is generated from the guest's source; this asks the guest itself.
async fn every_module_of_the_list_can_be_imported() {
    let sandbox = sandbox();
    let imports: Vec<String> = MODULES
        .iter()
        .map(|name| format!("import {name:?};"))
        .collect();
    let source = format!("{}export default () => ({{}});", imports.concat());
    script(&source).response(&sandbox).await;
    let unlisted = script("import 'node:sqlite'; export default () => ({})");
    unlisted.failure(&sandbox).await;
}
