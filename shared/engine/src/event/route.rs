//! Parses the route of a request: application and stage.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// The names in a path, percent-decoded but not validated.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Route<'a> {
    /// The application. Borrowed when the path needs no decoding, as with every valid id.
    pub application: Cow<'a, str>,
    /// The stage, in kebab-case.
    pub stage: Cow<'a, str>,
}

impl<'a> Route<'a> {
    /// Copies the route, so that it outlives the path.
    pub fn into_owned(self) -> Route<'static> {
        Route {
            application: self.application.into_owned().into(),
            stage: self.stage.into_owned().into(),
        }
    }

    /// Parses `/v1/applications/{applicationId}/stages/{stage}`.
    pub fn parse(path: &'a str) -> Option<Self> {
        path.starts_with("/v1/")
            .then(|| Self::parse_behind_prefix(path))
            .flatten()
            .filter(|_| path.split('/').count() == SEGMENTS)
    }

    /// Parses `…/v1/applications/{applicationId}/stages/{stage}`.
    ///
    /// The prefix comes from the gateway, which has already matched the route: the name of its stage, or the base path
    /// of a custom domain.
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
        // A complete path starts with a slash, which leaves an empty segment.
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

/// The number of segments in a complete path, including the empty one before the first slash.
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
