//! HTTP as API Gateway and function URLs pass it on.

mod identity;
mod request;
mod response;

pub(crate) use self::{
    identity::Identity,
    request::{HttpRequest, Payload},
    response::GatewayResponse,
};
