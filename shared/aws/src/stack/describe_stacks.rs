//! CloudFormation's `DescribeStacks`, the only call of that service: a form, signed, and a response in XML. Its SDK crate
//! would take a seventh of the time that the tools take to compile.
//!
//! Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html>.

use std::{
    collections::HashMap,
    fmt,
    time::{Duration, SystemTime},
};

use aws_credential_types::provider::ProvideCredentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use aws_smithy_async::{rt::sleep::TokioSleep, time::SystemTimeSource};
use aws_smithy_runtime::client::{
    orchestrator::operation::Operation, retries::classifiers::HttpStatusCodeClassifier,
};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        orchestrator::{HttpRequest, HttpResponse, OrchestratorError},
        result::SdkError,
    },
};
use aws_smithy_types::{
    body::SdkBody,
    error::{ErrorMetadata, metadata::ProvideErrorMetadata},
};
use aws_smithy_xml::decode::{Document, ScopedDecoder, XmlDecodeError, try_data};
use url::form_urlencoded;

use crate::{AwsClients, clients::retries};

const SERVICE: &str = "cloudformation";
const VERSION: &str = "2010-05-15";

/// CloudFormation's refusal.
#[derive(Debug)]
pub(super) struct Refusal(ErrorMetadata);

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl std::error::Error for Refusal {}

impl ProvideErrorMetadata for Refusal {
    fn meta(&self) -> &ErrorMetadata {
        &self.0
    }
}

/// Returns the outputs of a stack, given by name or ARN.
pub(super) async fn outputs(
    clients: &AwsClients,
    stack: &str,
) -> Result<HashMap<String, String>, SdkError<Refusal, HttpResponse>> {
    let endpoint = clients.endpoint(SERVICE);
    let request = signed(clients, &endpoint, stack)
        .await
        .map_err(SdkError::construction_failure)?;
    let operation = Operation::builder()
        .service_name(SERVICE)
        .operation_name("DescribeStacks")
        .http_client(clients.http())
        .endpoint_url(&endpoint)
        .no_auth()
        .standard_retry(&retries())
        .retry_classifier(HttpStatusCodeClassifier::default())
        .timeout_config(clients.timeouts_after(Duration::ZERO))
        .sleep_impl(TokioSleep::new())
        .time_source(SystemTimeSource::new())
        .serializer(move |request: Form| request.into_http())
        .deserializer(read)
        .build();
    operation.invoke(request).await
}

/// A signed form. Retries send it again as it is; a signature is valid for five minutes.
#[derive(Debug)]
struct Form(http::Request<String>);

impl Form {
    fn into_http(self) -> Result<HttpRequest, BoxError> {
        Ok(self.0.map(SdkBody::from).try_into()?)
    }
}

async fn signed(clients: &AwsClients, endpoint: &str, stack: &str) -> Result<Form, BoxError> {
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("Action", "DescribeStacks")
        .append_pair("StackName", stack)
        .append_pair("Version", VERSION)
        .finish();
    let identity = clients.credentials().provide_credentials().await?.into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(clients.region())
        .name(SERVICE)
        .time(SystemTime::now())
        .settings(SigningSettings::default())
        .build()?;
    let mut request = http::Request::post(endpoint)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form)?;
    let headers = request
        .headers()
        .iter()
        .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    let body = SignableBody::Bytes(request.body().as_bytes());
    let signable = SignableRequest::new("POST", endpoint, headers, body)?;
    let (instructions, _) = sign(signable, &parameters.into())?.into_parts();
    instructions.apply_to_request_http1x(&mut request);
    Ok(Form(request))
}

fn read(response: &HttpResponse) -> Result<HashMap<String, String>, OrchestratorError<Refusal>> {
    let text = std::str::from_utf8(response.body().bytes().unwrap_or_default())
        .map_err(|error| OrchestratorError::response(error.into()))?;
    if response.status().is_success() {
        return read_outputs(text).map_err(|error| OrchestratorError::response(error.into()));
    }
    let mut refusal = ErrorMetadata::builder();
    // A body that is not an error of the service, such as a proxy's, leaves the status to be reported.
    if let Ok((code, message)) = read_refusal(text) {
        refusal = refusal.code(code).message(message);
    }
    Err(OrchestratorError::operation(Refusal(refusal.build())))
}

/// `DescribeStacksResponse` › `DescribeStacksResult` › `Stacks` › `member` › `Outputs` › `member`.
fn read_outputs(text: &str) -> Result<HashMap<String, String>, XmlDecodeError> {
    let mut outputs = HashMap::new();
    let mut document = Document::new(text);
    let mut root = document.root_element()?;
    within(&mut root, "DescribeStacksResult", |result| {
        within(result, "Stacks", |stacks| {
            within(stacks, "member", |stack| {
                within(stack, "Outputs", |list| {
                    within(list, "member", |output| {
                        let (mut key, mut value) = (String::new(), String::new());
                        while let Some(mut tag) = output.next_tag() {
                            match tag.start_el().local() {
                                "OutputKey" => key = try_data(&mut tag)?.into_owned(),
                                "OutputValue" => value = try_data(&mut tag)?.into_owned(),
                                _ => {}
                            }
                        }
                        outputs.insert(key, value);
                        Ok(())
                    })
                })
            })
        })
    })?;
    Ok(outputs)
}

/// `ErrorResponse` › `Error` › `Code`, `Message`.
fn read_refusal(text: &str) -> Result<(String, String), XmlDecodeError> {
    let (mut code, mut message) = (None, None);
    let mut document = Document::new(text);
    let mut root = document.root_element()?;
    within(&mut root, "Error", |error| {
        while let Some(mut tag) = error.next_tag() {
            match tag.start_el().local() {
                "Code" => code = Some(try_data(&mut tag)?.into_owned()),
                "Message" => message = Some(try_data(&mut tag)?.into_owned()),
                _ => {}
            }
        }
        Ok(())
    })?;
    code.zip(message)
        .ok_or_else(|| XmlDecodeError::custom("an error without code and message"))
}

/// Calls `read` with each child of this name.
fn within(
    parent: &mut ScopedDecoder<'_, '_>,
    name: &str,
    mut read: impl FnMut(&mut ScopedDecoder<'_, '_>) -> Result<(), XmlDecodeError>,
) -> Result<(), XmlDecodeError> {
    while let Some(mut child) = parent.next_tag() {
        if child.start_el().local() == name {
            read(&mut child)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_read_among_everything_else_that_a_stack_says() {
        let text = r#"<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">
          <DescribeStacksResult><Stacks><member>
            <StackName>hookpoint</StackName>
            <Tags><member><Key>OutputKey</Key><Value>no</Value></member></Tags>
            <Outputs>
              <member><Description>a &amp; b</Description><OutputKey>TableName</OutputKey><OutputValue>t&lt;1</OutputValue></member>
              <member><OutputKey>QueueUrl</OutputKey><OutputValue/></member>
            </Outputs>
          </member></Stacks></DescribeStacksResult>
          <ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></DescribeStacksResponse>"#;
        let expected = [("TableName", "t<1"), ("QueueUrl", "")];
        let expected = expected.map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(read_outputs(text).unwrap(), HashMap::from(expected));
    }

    #[test]
    fn text_that_is_no_response_is_an_error() {
        for text in ["", "<html>busy", "{}", "<DescribeStacksResponse>"] {
            assert!(read_refusal(text).is_err(), "{text}");
        }
        let refused = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>\
            <Message>not you</Message></Error></ErrorResponse>";
        let expected = ("AccessDenied".to_owned(), "not you".to_owned());
        assert_eq!(read_refusal(refused).unwrap(), expected);
    }
}
