//! Compilation that runs out of time, and guests that lie.

mod lies;

use hookpoint_engine::ports::{FetchReply, FetchRequest};

use super::*;

struct NoFetch;

#[async_trait]
impl Fetch for NoFetch {
    async fn fetch(&self, _: FetchRequest) -> Result<FetchReply, HookFailure> {
        Err(HookFailure::new(FailureClass::EgressRefused, "no network"))
    }
}

#[tokio::test]
async fn a_compilation_timeout_is_not_a_syntax_error() {
    let sandbox = Sandbox::new(&SandboxOptions::default(), Arc::new(NoFetch));
    let large = format!(
        "export default () => 1;\n{}",
        "var f = (a) => a;\n".repeat(30_000)
    );
    for wanted in [Wanted::Syntax, Wanted::Stored(Ahead::Memory)] {
        let compile = |limit| {
            let inner = &sandbox.inner;
            inner.compile("a", Some("hooks/a.js"), None, &large, wanted, limit)
        };
        let failure = compile(Duration::ZERO).await.unwrap_err();
        assert_eq!(failure.class, FailureClass::SandboxUnavailable);
        assert!(
            failure.message.contains("did not compile within 0 ms")
                && failure.message.ends_with("retry"),
            "{failure}"
        );
        // Given time, it compiles.
        let compiled = compile(Duration::from_mins(5)).await.unwrap();
        assert!(compiled.is_ok(), "{compiled:?}");
    }
}
