//! The route of a request: which application, which stage.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// What a path names, percent-decoded and not checked any further.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Route<'a> {
    /// The application. Borrowed where the path has it as it is: no valid id needs an escape.
    pub application: Cow<'a, str>,
    /// The stage, in kebab-case.
    pub stage: Cow<'a, str>,
}

impl<'a> Route<'a> {
    /// The route, whatever becomes of the path.
    pub fn into_owned(self) -> Route<'static> {
        Route {
            application: self.application.into_owned().into(),
            stage: self.stage.into_owned().into(),
        }
    }

    /// Reads `/v1/applications/{applicationId}/stages/{stage}`.
    pub fn parse(path: &'a str) -> Option<Self> {
        path.starts_with("/v1/")
            .then(|| Self::parse_behind_prefix(path))
            .flatten()
            .filter(|_| path.split('/').count() == SEGMENTS)
    }

    /// Reads `…/v1/applications/{applicationId}/stages/{stage}`.
    ///
    /// Whatever stands before `/v1` was put there by the gateway, which has matched the route already: the name of its stage, or
    /// the base path of a custom domain.
    pub fn parse_behind_prefix(path: &'a str) -> Option<Self> {
        if !path.starts_with('/') {
            return None;
        }
        let mut segments = path.rsplit('/');
        let stage = segments.next()?;
        let stages = segments.next()?;
        let application = segments.next()?;
        let applications = segments.next()?;
        let version = segments.next()?;
        // A path starts with a slash, so an empty segment is left when the path is whole.
        segments.next()?;
        if (version, applications, stages) != ("v1", "applications", "stages") {
            return None;
        }
        let route = Self {
            application: decode(application)?,
            stage: decode(stage)?,
        };
        (!route.application.is_empty() && !route.stage.is_empty()).then_some(route)
    }
}

/// The path that a stage's events are posted to: of an application, or of a pattern for one.
pub fn path(application: &str, stage: &str) -> String {
    format!("/v1/applications/{application}/stages/{stage}")
}

/// The parts of a whole path between slashes, the empty one before the first slash included.
const SEGMENTS: usize = 6;

fn decode(segment: &str) -> Option<Cow<'_, str>> {
    percent_decode_str(segment).decode_utf8().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_is_found_behind_whatever_the_gateway_puts_before_it() {
        for path in [
            "/v1/applications/shop/stages/conversation-start",
            "/prod/v1/applications/shop/stages/conversation-start",
            "/base/path/v1/applications/shop/stages/conversation-start",
            "/v1/applications/sh%6Fp/stages/conversation%2dstart",
        ] {
            let route = Route::parse_behind_prefix(path).unwrap();
            assert_eq!(
                Route::parse(path),
                path.starts_with("/v1").then(|| route.clone())
            );
            assert_eq!(
                (&*route.application, &*route.stage),
                ("shop", "conversation-start"),
                "{path}"
            );
        }
    }

    #[test]
    fn anything_else_is_no_route() {
        for path in [
            "",
            "/",
            "v1/applications/shop/stages/conversation-start",
            "/v1/applications/shop/stages/conversation-start/",
            "/v1/applications/shop/stages/conversation-start/more",
            "/v2/applications/shop/stages/conversation-start",
            "/v1/applications//stages/conversation-start",
            "/v1/applications/shop/stages/",
            "/v1/applications/shop/stages/%ff",
            "/v1/applications/shop/conversation-start",
        ] {
            assert_eq!(Route::parse_behind_prefix(path), None, "{path}");
            assert_eq!(Route::parse(path), None, "{path}");
        }
    }
}
