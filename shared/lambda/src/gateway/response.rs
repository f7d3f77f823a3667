//! Responses, which differ in one member between the formats.

use hookpoint_engine::event::ingest::IngestResponse;
use serde::{Serialize, Serializer};

/// An HTTP response for API Gateway or a function URL.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GatewayResponse {
    status_code: u16,
    #[serde(serialize_with = "as_map")]
    headers: Vec<(&'static str, String)>,
    body: String,
    is_base64_encoded: bool,
    /// Always empty. `cargo lambda watch` requires it in format 2.0; a REST API refuses unknown members.
    #[serde(skip_serializing_if = "Option::is_none")]
    cookies: Option<[(); 0]>,
}

impl GatewayResponse {
    /// Converts a response for format 2.0 or 1.0.
    pub(crate) fn new(response: IngestResponse, is_format_2: bool) -> Self {
        // The engine writes JSON, which is text; if it ever is not, replacement characters beat no response.
        let body = String::from_utf8(response.body)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
        Self {
            status_code: response.status,
            headers: response.headers,
            body,
            is_base64_encoded: false,
            cookies: is_format_2.then_some([]),
        }
    }
}

fn as_map<S: Serializer>(
    headers: &[(&'static str, String)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(headers.iter().map(|(name, value)| (name, value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_format_2_has_cookies() {
        for is_format_2 in [true, false] {
            let response = IngestResponse {
                status: 200,
                headers: vec![("content-type", "application/json".to_owned())],
                body: b"{}".to_vec(),
                skipped: Vec::new(),
            };
            let response = GatewayResponse::new(response, is_format_2);
            let json = serde_json::to_value(response).unwrap();
            assert_eq!(json["headers"]["content-type"], "application/json");
            assert_eq!(json.get("cookies").is_some(), is_format_2);
        }
    }
}
