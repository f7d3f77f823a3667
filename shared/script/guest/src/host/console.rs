//! `console`: passes lines to the run record.

use hookpoint_script_protocol::LOG_LINE_LIMIT;
use rquickjs::{Ctx, Function, Object};

use crate::{cut::truncate, imports};

pub(crate) fn install<'js>(ctx: &Ctx<'js>, natives: &Object<'js>) -> rquickjs::Result<()> {
    natives.set(
        "log",
        Function::new(ctx.clone(), |mut line: String| {
            truncate(&mut line, LOG_LINE_LIMIT);
            imports::write_log(&line);
        })?,
    )
}
