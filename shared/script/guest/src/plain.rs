//! Recognises results that can be written as JSON unchanged. Nearly all can, and skip a second walk.
//!
//! Only a shortcut: `prelude/result.js` decides about everything else.

use rquickjs::{Ctx, Object, Persistent, Result, Value, qjs};

use crate::effects::EFFECTS;

/// Classes of `{}` and `[]`, the engine's first.
const OBJECT_CLASS: qjs::JSClassID = 1;
const ARRAY_CLASS: qjs::JSClassID = 2;
/// Deeper or larger results go through `result.js`.
const DEPTH_LIMIT: usize = 32;
const MEMBER_LIMIT: usize = 5_000;

/// Marks of plain data, captured before a script could replace them.
pub(crate) struct PlainData {
    object_prototype: Persistent<Object<'static>>,
    array_prototype: Persistent<Object<'static>>,
    effects: Vec<qjs::JSAtom>,
    authentication: qjs::JSAtom,
    to_json: qjs::JSAtom,
}

impl PlainData {
    pub(crate) fn new<'js>(ctx: &Ctx<'js>) -> Result<Self> {
        let prototype = |name: &str| -> Result<Persistent<Object<'static>>> {
            let class: Object<'js> = ctx.globals().get(name)?;
            let prototype: Object<'js> = class.get("prototype")?;
            Ok(Persistent::save(ctx, prototype))
        };
        // SAFETY: the engine reads the name's length in bytes. The atoms are never freed.
        let atom = |name: &str| unsafe {
            qjs::JS_NewAtomLen(ctx.as_raw().as_ptr(), name.as_ptr().cast(), name.len() as _)
        };
        Ok(Self {
            object_prototype: prototype("Object")?,
            array_prototype: prototype("Array")?,
            effects: EFFECTS.iter().map(|name| atom(name)).collect(),
            authentication: atom("authentication"),
            to_json: atom("toJSON"),
        })
    }

    /// Whether a value is a plain object of effects at every level. Runs no code of the script.
    pub(crate) fn is_plain<'js>(&self, ctx: &Ctx<'js>, value: &Value<'js>) -> bool {
        let (Ok(object_prototype), Ok(array_prototype)) = (
            self.object_prototype.clone().restore(ctx),
            self.array_prototype.clone().restore(ctx),
        ) else {
            return false;
        };
        let mut walk = Walk {
            ctx: ctx.as_raw().as_ptr(),
            data: self,
            prototypes: [object_prototype.as_raw(), array_prototype.as_raw()],
            members: 0,
        };
        // SAFETY: both prototypes are live objects.
        let inherits_to_json = walk.prototypes.iter().any(
            |prototype| unsafe { qjs::JS_HasProperty(walk.ctx, *prototype, self.to_json) } != 0,
        );
        !inherits_to_json
            && value.is_object()
            && !value.is_array()
            && walk.object(value.as_raw(), 0)
    }
}

struct Walk<'a> {
    ctx: *mut qjs::JSContext,
    data: &'a PlainData,
    prototypes: [qjs::JSValue; 2],
    members: usize,
}

impl Walk<'_> {
    fn value(&mut self, value: qjs::JSValue, depth: usize) -> bool {
        // SAFETY: its holder keeps the value alive; only tag and number are read.
        unsafe {
            match qjs::JS_VALUE_GET_NORM_TAG(value) {
                qjs::JS_TAG_STRING
                | qjs::JS_TAG_STRING_ROPE
                | qjs::JS_TAG_INT
                | qjs::JS_TAG_BOOL
                | qjs::JS_TAG_NULL => true,
                qjs::JS_TAG_FLOAT64 => qjs::JS_VALUE_GET_FLOAT64(value).is_finite(),
                qjs::JS_TAG_OBJECT => depth < DEPTH_LIMIT && self.object(value, depth + 1),
                _ => false,
            }
        }
    }

    /// Checks an object or a list. (A list's `length` is not enumerable, so it is skipped.)
    fn object(&mut self, object: qjs::JSValue, depth: usize) -> bool {
        // SAFETY: the object is alive. Reading class and prototype runs no code: a proxy has another class.
        let is_list = unsafe {
            let is_list = match qjs::JS_GetClassID(object) {
                OBJECT_CLASS => false,
                ARRAY_CLASS => true,
                _ => return false,
            };
            let prototype = qjs::JS_GetPrototype(self.ctx, object);
            let is_known = is_same(prototype, self.prototypes[usize::from(is_list)]);
            qjs::JS_FreeValue(self.ctx, prototype);
            if !is_known {
                return false;
            }
            is_list
        };
        let mut names = std::ptr::null_mut();
        let mut count = 0;
        let flags = qjs::JS_GPN_STRING_MASK | qjs::JS_GPN_SYMBOL_MASK;
        // SAFETY: the engine fills in a table of names, freed below.
        let status = unsafe {
            qjs::JS_GetOwnPropertyNames(
                self.ctx,
                &raw mut names,
                &raw mut count,
                object,
                flags as _,
            )
        };
        if status < 0 {
            return false;
        }
        self.members += count as usize;
        // SAFETY: the table has the reported number of entries.
        let table = unsafe { std::slice::from_raw_parts(names, count as usize) };
        let is_plain = self.members <= MEMBER_LIMIT
            && table
                .iter()
                .all(|name| self.member(object, name.atom, is_list, depth));
        // SAFETY: this frees the table from above.
        unsafe { qjs::JS_FreePropertyEnum(self.ctx, names, count) };
        is_plain
    }

    fn member(
        &mut self,
        object: qjs::JSValue,
        name: qjs::JSAtom,
        is_list: bool,
        depth: usize,
    ) -> bool {
        if depth == 0 && !self.data.effects.contains(&name) {
            return false;
        }
        // SAFETY: an all-zero descriptor is empty. The engine fills it in, and its values are freed below.
        unsafe {
            let mut found: qjs::JSPropertyDescriptor = std::mem::zeroed();
            if qjs::JS_GetOwnProperty(self.ctx, &raw mut found, object, name) <= 0 {
                return false;
            }
            let is_accessor = found.flags & qjs::JS_PROP_GETSET as i32 != 0;
            let is_enumerable = found.flags & qjs::JS_PROP_ENUMERABLE as i32 != 0;
            let is_plain = if is_accessor {
                false
            } else if is_enumerable {
                let names_a_vendors_shape = depth == 0
                    && name == self.data.authentication
                    && qjs::JS_VALUE_GET_NORM_TAG(found.value) != qjs::JS_TAG_OBJECT;
                !names_a_vendors_shape && self.value(found.value, depth)
            } else {
                is_list
            };
            if is_accessor {
                qjs::JS_FreeValue(self.ctx, found.getter);
                qjs::JS_FreeValue(self.ctx, found.setter);
            }
            qjs::JS_FreeValue(self.ctx, found.value);
            is_plain
        }
    }
}

/// Whether two values are the same object.
fn is_same(left: qjs::JSValue, right: qjs::JSValue) -> bool {
    // SAFETY: only tags and addresses are compared.
    unsafe {
        qjs::JS_VALUE_GET_TAG(left) == qjs::JS_VALUE_GET_TAG(right)
            && qjs::JS_VALUE_GET_PTR(left) == qjs::JS_VALUE_GET_PTR(right)
    }
}
