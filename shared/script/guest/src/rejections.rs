//! Unhandled promise rejections.

use std::{cell::RefCell, rc::Rc};

use hookpoint_script_protocol::REJECTION_LIMIT;
use rquickjs::{Ctx, Persistent, Runtime, Value};

/// A rejected promise and its reason.
type Rejection = (Persistent<Value<'static>>, Persistent<Value<'static>>);

/// The rejections of a run.
#[derive(Clone, Default)]
pub(crate) struct Rejections(Rc<RefCell<Vec<Rejection>>>);

impl Rejections {
    /// Registers with the engine.
    pub(crate) fn watch(&self, runtime: &Runtime) {
        let rejections = self.clone();
        runtime.set_host_promise_rejection_tracker(Some(Box::new(
            move |ctx, promise, reason, handled| rejections.note(&ctx, promise, reason, handled),
        )));
    }

    fn note<'js>(&self, ctx: &Ctx<'js>, promise: Value<'js>, reason: Value<'js>, handled: bool) {
        let Ok(mut kept) = self.0.try_borrow_mut() else {
            return;
        };
        if handled {
            let handled = promise.as_raw();
            kept.retain(|(known, _)| {
                known
                    .clone()
                    .restore(ctx)
                    .is_ok_and(|known| !is_same(known.as_raw(), handled))
            });
        } else if kept.len() < REJECTION_LIMIT {
            kept.push((
                Persistent::save(ctx, promise),
                Persistent::save(ctx, reason),
            ));
        }
    }

    /// Takes the unhandled reasons, without duplicates.
    pub(crate) fn take<'js>(&self, ctx: &Ctx<'js>) -> Vec<Value<'js>> {
        let mut reasons: Vec<Value<'js>> = Vec::new();
        for (_, reason) in self.0.take() {
            let Ok(reason) = reason.restore(ctx) else {
                continue;
            };
            let known = reasons
                .iter()
                .any(|known| is_same(known.as_raw(), reason.as_raw()));
            if !known {
                reasons.push(reason);
            }
        }
        reasons
    }
}

/// Whether two values are the same object.
fn is_same(left: rquickjs::qjs::JSValue, right: rquickjs::qjs::JSValue) -> bool {
    // SAFETY: both are alive, and only their tags and addresses are compared.
    unsafe {
        rquickjs::qjs::JS_VALUE_GET_TAG(left) == rquickjs::qjs::JS_VALUE_GET_TAG(right)
            && rquickjs::qjs::JS_VALUE_GET_PTR(left) == rquickjs::qjs::JS_VALUE_GET_PTR(right)
    }
}
