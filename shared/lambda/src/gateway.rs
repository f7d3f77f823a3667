//! HTTP as API Gateway and function URLs pass it on.

mod request;
mod response;

pub(crate) use self::{
    request::{HttpRequest, Payload},
    response::GatewayResponse,
};
