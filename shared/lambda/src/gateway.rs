//! HTTP requests and responses of API Gateway and function URLs.

mod identity;
mod request;
mod response;

pub(crate) use self::{
    identity::Identity,
    request::{HttpRequest, MatchedRoute, Payload},
    response::GatewayResponse,
};
