//! `fetch`: queues requests for the host, which alone decides whether they are allowed.

use std::{collections::BTreeMap, mem, rc::Rc};

use hookpoint_script_protocol::{FETCH_BODY_LIMIT, FETCH_LIMIT, FetchOrder};
use rquickjs::{Ctx, Exception, Function, Object, TypedArray};

use super::{Host, encoding::bytes};

/// The requests of a run.
#[derive(Default)]
pub(crate) struct Requests {
    /// Descriptions of unanswered requests.
    pending: BTreeMap<u32, String>,
    made: u32,
    /// Requests yet to be passed to the host, with their bodies.
    orders: Vec<(FetchOrder, Vec<u8>)>,
    aborted: Vec<u32>,
}

impl Requests {
    pub(crate) fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    pub(crate) fn pending(&self) -> usize {
        self.pending.len()
    }

    /// Descriptions of pending requests.
    pub(crate) fn descriptions(&self) -> impl Iterator<Item = &str> {
        self.pending.values().map(String::as_str)
    }

    /// Removes a request that ended; returns `false` if the script no longer waits for it.
    pub(crate) fn end(&mut self, id: u32) -> bool {
        self.pending.remove(&id).is_some()
    }

    pub(crate) fn take_orders(&mut self) -> Vec<(FetchOrder, Vec<u8>)> {
        mem::take(&mut self.orders)
    }

    pub(crate) fn take_aborted(&mut self) -> Vec<u32> {
        mem::take(&mut self.aborted)
    }

    fn abort(&mut self, id: u32) {
        if self.pending.remove(&id).is_some() {
            self.aborted.push(id);
        }
    }
}

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
                  headers: Vec<String>,
                  body: TypedArray<'_, u8>,
                  redirect: String| {
                request(&requests, &ctx, method, url, headers, &body, redirect)
            },
        )?,
    )?;
    let aborts = Rc::clone(host);
    natives.set(
        "abortFetch",
        Function::new(ctx.clone(), move |id: u32| {
            aborts.requests.borrow_mut().abort(id);
        })?,
    )
}

fn request(
    host: &Host,
    ctx: &Ctx<'_>,
    method: String,
    url: String,
    headers: Vec<String>,
    body: &TypedArray<'_, u8>,
    redirect: String,
) -> rquickjs::Result<u32> {
    let mut requests = host.requests.borrow_mut();
    let id = requests.made + 1;
    if id > FETCH_LIMIT {
        return Err(Exception::throw_type(
            ctx,
            &format!("fetch failed: more than {FETCH_LIMIT} requests in one run"),
        ));
    }
    let body = bytes(body);
    if body.len() > FETCH_BODY_LIMIT {
        return Err(Exception::throw_type(
            ctx,
            &format!(
                "fetch failed: a body of {} bytes, at most {FETCH_BODY_LIMIT} are sent",
                body.len()
            ),
        ));
    }
    let mut names_and_values = headers.into_iter();
    let mut headers = Vec::new();
    while let (Some(name), Some(value)) = (names_and_values.next(), names_and_values.next()) {
        headers.push((name, value));
    }
    requests.made = id;
    // Without the query, which may hold keys and addresses.
    let address = url.split(['?', '#']).next().unwrap_or_default();
    requests.pending.insert(id, format!("{method} {address}"));
    let order = FetchOrder {
        id,
        method,
        url,
        headers,
        redirect,
        body_length: body.len(),
    };
    requests.orders.push((order, body));
    Ok(id)
}
