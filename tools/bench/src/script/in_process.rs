//! The baseline: a fresh engine in this process for each run, without a sandbox.
//!
//! It has the limits and language features of the sandbox's engine, but no Web APIs, no isolation and no reliable
//! deadline. The missing Web APIs are in its favour.

use anyhow::{Context as _, anyhow};
use rquickjs::{
    CatchResultExt as _, Context, Ctx, Function, Module, Object, Promise, Runtime, Value,
    context::intrinsic,
};
use serde_json::Map;

/// The intrinsics of the sandbox.
type Intrinsics = (
    intrinsic::Date,
    intrinsic::Eval,
    intrinsic::RegExpCompiler,
    intrinsic::RegExp,
    intrinsic::Json,
    intrinsic::Proxy,
    intrinsic::MapSet,
    intrinsic::TypedArrays,
    intrinsic::Promise,
    intrinsic::DOMException,
);

/// Creates runtime and context, compiles, runs, converts the response, and drops everything.
pub(crate) fn run(
    source: &str,
    event: &Map<String, serde_json::Value>,
    correlation_id: &str,
) -> anyhow::Result<Map<String, serde_json::Value>> {
    let runtime = Runtime::new()?;
    runtime.set_memory_limit(32 << 20);
    runtime.set_max_stack_size(1 << 20);
    runtime.set_gc_threshold(4 << 20);
    runtime.set_interrupt_handler(Some(Box::new(|| false)));
    let context = Context::custom::<Intrinsics>(&runtime)?;
    let event = serde_json::to_vec(event)?;
    let response = context.with(|ctx| {
        respond(&ctx, source, event, correlation_id)
            .catch(&ctx)
            .map_err(|error| anyhow!("{error}"))
    })?;
    serde_json::from_str(&response).context("the response is not an object")
}

fn respond(
    ctx: &Ctx<'_>,
    source: &str,
    event: Vec<u8>,
    correlation_id: &str,
) -> rquickjs::Result<String> {
    let (module, evaluated) = Module::declare(ctx.clone(), "hook.js", source)?.eval()?;
    evaluated.finish::<()>()?;
    let hook = Object::new(ctx.clone())?;
    hook.set("correlationId", correlation_id)?;
    hook.set("variables", Object::new(ctx.clone())?)?;
    hook.set("secrets", Object::new(ctx.clone())?)?;
    let function: Function<'_> = module.namespace()?.get("default")?;
    let promise: Promise<'_> = function.call((ctx.json_parse(event)?, hook))?;
    let response: Value<'_> = promise.finish()?;
    ctx.json_stringify(response)?
        .map_or_else(|| Ok(String::new()), |text| text.to_string())
}
