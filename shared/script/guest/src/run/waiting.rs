//! What a run waits for, and the delivery of responses.

use hookpoint_script_protocol::{Failure, Fetched, Reply, Waiting};
use rquickjs::{Object, TypedArray};

use super::{Output, Turn};
use crate::imports;

impl Turn<'_, '_> {
    /// What the host must do before the run continues.
    pub(super) fn waiting(&self, timer: Option<u64>) -> Output {
        let mut requests = self.host().requests.borrow_mut();
        let mut waiting = Waiting {
            requests: Vec::new(),
            aborted: requests.take_aborted(),
            timer: timer.map(|at| at.saturating_sub(imports::now())),
        };
        let mut body = Vec::new();
        for (order, bytes) in requests.take_orders() {
            body.extend_from_slice(&bytes);
            waiting.requests.push(order);
        }
        Output {
            reply: Reply::Waiting(waiting),
            body,
        }
    }

    /// Passes the script a response, or why there is none.
    pub(super) fn deliver(&self, fetched: Fetched, body: Vec<u8>) -> Result<(), Failure> {
        if !self.host().requests.borrow_mut().end(fetched.id) {
            return Ok(());
        }
        let arguments = || -> rquickjs::Result<_> {
            let response = Object::new(self.ctx.clone())?;
            response.set("status", fetched.status)?;
            response.set("url", fetched.url)?;
            response.set("redirected", fetched.redirected)?;
            let headers: Vec<String> = fetched
                .headers
                .into_iter()
                .flat_map(|(name, value)| [name, value])
                .collect();
            response.set("headers", headers)?;
            response.set("body", TypedArray::<u8>::new(self.ctx.clone(), body)?)?;
            let (class, message) = fetched.error.unwrap_or_default();
            response.set("errorClass", class)?;
            response.set("message", message)?;
            Ok((fetched.id, response))
        };
        let arguments = arguments().map_err(|error| self.failed(&error))?;
        self.notify(&self.interpreter.entry.on_fetched, arguments)
    }
}
