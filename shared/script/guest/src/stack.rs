//! Stack traces of thrown values, as the engine makes them. Scripts see them in another form (`prelude/errors.js`).

use rquickjs::{Ctx, Function, Object, Result, Value, function::This};

use super::property::{beginning, property};

/// Held, not looked up: a script can replace both.
struct EngineStack<'js> {
    /// The engine's getter of `Error.prototype.stack`.
    get: Function<'js>,
    has_own: Function<'js>,
}

// SAFETY: the only lifetime is that of the inner values.
unsafe impl<'js> rquickjs::JsLifetime<'js> for EngineStack<'js> {
    type Changed<'to> = EngineStack<'to>;
}

/// Keeps the engine's getter, before the built-in scripts replace it.
pub(crate) fn keep_getter(ctx: &Ctx<'_>) -> Result<()> {
    let globals = ctx.globals();
    let prototype: Object<'_> = globals.get::<_, Object<'_>>("Error")?.get("prototype")?;
    let object: Object<'_> = globals.get("Object")?;
    let descriptor: Object<'_> = object
        .get::<_, Function<'_>>("getOwnPropertyDescriptor")?
        .call((prototype, "stack"))?;
    let kept = EngineStack {
        get: descriptor.get("get")?,
        has_own: object.get("hasOwn")?,
    };
    ctx.store_userdata(kept)
        .map_err(|_| rquickjs::Error::Unknown)?;
    Ok(())
}

/// The stack trace: the engine's of an error, unless the script gave it one of its own.
pub(crate) fn stack_of<'js>(ctx: &Ctx<'js>, thrown: &Value<'js>) -> Option<String> {
    let engine = ctx.userdata::<EngineStack<'js>>()?;
    let has_own = || engine.has_own.call((thrown.clone(), "stack"));
    if !thrown.is_error() || has_own().unwrap_or(true) {
        return property(ctx, thrown, "stack");
    }
    if let Ok(stack) = engine.get.call((This(thrown.clone()),)) {
        return beginning(stack);
    }
    ctx.catch();
    None
}
