//! `fetch`: requests on their way to the parent. The parent decides; nothing here is trusted with that.

use std::rc::Rc;

use rquickjs::{Ctx, Exception, Function, Object, TypedArray};

use super::Host;
use crate::message::{ABORT, AbortHeader, FETCH, FETCH_BODY_LIMIT, FETCH_LIMIT, FetchHeader};

pub(crate) fn install<'js>(
    host: &Rc<Host>,
    ctx: &Ctx<'js>,
    natives: &Object<'js>,
) -> rquickjs::Result<()> {
    let requests = Rc::clone(host);
    natives.set(
        "fetch",
        Function::new(
            ctx.clone(),
            move |ctx: Ctx<'_>,
                  method: String,
                  url: String,
                  redirect: String,
                  headers: Vec<String>,
                  body: TypedArray<'_, u8>| {
                let header = FetchHeader {
                    id: 0,
                    method,
                    url,
                    redirect,
                    headers: pairs(headers),
                };
                request(&requests, &ctx, header, &body)
            },
        )?,
    )?;
    let aborts = Rc::clone(host);
    natives.set(
        "abortFetch",
        Function::new(ctx.clone(), move |id: u32| {
            if aborts.fetch_ended(id) {
                aborts.connection().send(ABORT, &AbortHeader { id }, &[]);
            }
        })?,
    )
}

fn request(
    host: &Host,
    ctx: &Ctx<'_>,
    header: FetchHeader,
    body: &TypedArray<'_, u8>,
) -> rquickjs::Result<u32> {
    let id = host.fetches_made.get() + 1;
    if id > FETCH_LIMIT {
        return Err(Exception::throw_type(
            ctx,
            &format!("fetch failed: more than {FETCH_LIMIT} requests in one run"),
        ));
    }
    // SAFETY: nothing of the script runs while the slice is in use, so its buffer is neither detached nor resized.
    let body = unsafe { body.as_bytes() }.unwrap_or_default();
    if body.len() > FETCH_BODY_LIMIT {
        return Err(Exception::throw_type(
            ctx,
            &format!(
                "fetch failed: a body of {} bytes, at most {FETCH_BODY_LIMIT} are sent",
                body.len()
            ),
        ));
    }
    host.fetches_made.set(id);
    host.fetches.borrow_mut().insert(id);
    let header = FetchHeader { id, ..header };
    host.connection().send(FETCH, &header, body);
    Ok(id)
}

fn pairs(headers: Vec<String>) -> Vec<(String, String)> {
    let mut names_and_values = headers.into_iter();
    let mut headers = Vec::new();
    while let (Some(name), Some(value)) = (names_and_values.next(), names_and_values.next()) {
        headers.push((name, value));
    }
    headers
}
