//! `console`: lines on their way to the run record.

use std::rc::Rc;

use rquickjs::{Ctx, Function, Object};

use super::Host;
use crate::{
    child::thrown::truncate,
    message::{LOG, LOG_LIMIT, LOG_LINE_LIMIT, LogTail},
};

/// What a run has logged.
#[derive(Default)]
pub(crate) struct LogBudget {
    used: usize,
    pub(crate) dropped_lines: u32,
}

pub(crate) fn install<'js>(
    host: &Rc<Host>,
    ctx: &Ctx<'js>,
    natives: &Object<'js>,
) -> rquickjs::Result<()> {
    let host = Rc::clone(host);
    natives.set(
        "log",
        Function::new(ctx.clone(), move |mut line: String| {
            truncate(&mut line, LOG_LINE_LIMIT);
            let mut log = host.log.borrow_mut();
            if log.used + line.len() > LOG_LIMIT {
                // From the first line that does not fit, so that what is kept has no holes.
                log.used = LOG_LIMIT + 1;
                log.dropped_lines = log.dropped_lines.saturating_add(1);
                return;
            }
            log.used += line.len() + 1;
            host.connection()
                .send(LOG, &LogTail::default(), line.as_bytes());
        })?,
    )
}
