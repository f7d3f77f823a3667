//! The `CommonJS` form and its results, recognised by shape.

use hookpoint_engine::outcome::FailureClass;
use serde_json::{Value, json};

use crate::support::{sandbox, script, tests};

tests![
    every_result_class_maps_to_its_effects,
    classes_that_the_script_declares_itself_are_recognised_by_shape,
    arguments_have_their_snake_case_names_and_customer_data_keeps_its_own,
    the_first_answer_counts_before_or_after_the_function_returns,
    a_hook_without_callback_answers_with_what_it_returns,
    a_hook_that_never_answers_is_an_error_and_no_consent,
];

fn event() -> Value {
    json!({
        "eventType": "beforeRegistration",
        "application": { "name": "Shop", "clientId": "c1" },
        "oidcContext": { "acrValues": ["a"], "uiLocales": ["de"] },
        "customer": {
            "ipAddress": "192.0.2.1", "store": "main",
            "location": { "city": "Bern", "countryCode": "CH", "coordinates": { "latitude": 1, "longitude": 2 } },
            "attributes": { "emails": { "primaryEmail": "a@b.test" }, "camelCase": 1 },
            "info": { "userName": "jo" },
        },
        "session": { "myKey": 1 },
        "requestedScopes": ["openid"],
        "continueRequestParameters": { "callbackUrl": "https://h.test/continue", "state": "s" },
    })
}

async fn every_result_class_maps_to_its_effects() {
    let sandbox = sandbox();
    for (call, effects) in [
        (
            "callback(new RegistrationData({ attributes: customer.attributes, session,
               additionalAuthenticators: [new AdditionalAuthenticator('phone', '+41')] }))",
            json!({ "attributes": { "emails": { "primaryEmail": "a@b.test" }, "camelCase": 1 }, "session": { "myKey": 1 },
                "additionalAuthenticators": [{ "type": "phone", "target": "+41" }] }),
        ),
        (
            "callback(new AllowAuthentication({ session, allowRememberedAuthenticators: false, authenticatorsToIgnore: ['sms'] }))",
            json!({ "authentication": { "allowRememberedAuthenticators": false, "authenticatorsToIgnore": ["sms"] },
                "session": { "myKey": 1 } }),
        ),
        (
            "callback(new RedirectRequest(continue_request_parameters.callback_url, { step: 2 }))",
            json!({ "redirect": { "url": "https://h.test/continue" }, "session": { "step": 2 } }),
        ),
        (
            "callback(new ShowErrorMessage('Try again', session))",
            json!({ "showError": { "message": "Try again" }, "session": { "myKey": 1 } }),
        ),
        (
            "deny(new DenyRequest('blocked', 'not today'))",
            json!({ "deny": { "error": "blocked", "description": "not today" } }),
        ),
        (
            "deny('blocked', 'not today')",
            json!({ "deny": { "error": "blocked", "description": "not today" } }),
        ),
        ("deny()", json!({ "deny": { "error": "access_denied" } })),
        ("callback()", json!({})),
        (
            "callback({ context: { a: 1 } })",
            json!({ "context": { "a": 1 } }),
        ),
    ] {
        let source = format!(
            "module.exports = async function ({{ application, oidc_context, customer, session, continue_context, continue_request_parameters }}, callback, deny) {{ {call} }}"
        );
        let answer = script(&source).event(event()).response(&sandbox).await;
        assert_eq!(answer, effects, "{call}");
    }
}

async fn classes_that_the_script_declares_itself_are_recognised_by_shape() {
    let sandbox = sandbox();
    let answer = script(
        "class RegistrationData { constructor(attributes) { this.attributes = attributes; this.additionalAuthenticators = []; this.session = null } }
         class AdditionalAuthenticator { constructor(type, target) { this.type = type; this.target = target } }
         module.exports = async function ({ customer }, callback, deny) {
           const data = new RegistrationData({ ...customer.attributes, crm: 7 });
           data.additionalAuthenticators.push(new AdditionalAuthenticator('email', 'x@y.test'));
           callback(data);
         };",
    )
    .event(event())
    .response(&sandbox)
    .await;
    assert_eq!(
        answer,
        json!({ "attributes": { "emails": { "primaryEmail": "a@b.test" }, "camelCase": 1, "crm": 7 },
            "additionalAuthenticators": [{ "type": "email", "target": "x@y.test" }] })
    );
    let answer = script(
        "class AllowAuthentication { authentication = 'ALLOW'; session = undefined; allowRememberedAuthenticators = true; authenticatorsToIgnore = [] }
         module.exports = async (event, callback) => callback(new AllowAuthentication())",
    )
    .response(&sandbox)
    .await;
    assert_eq!(
        answer,
        json!({ "authentication": { "allowRememberedAuthenticators": true, "authenticatorsToIgnore": [] } })
    );
}

async fn arguments_have_their_snake_case_names_and_customer_data_keeps_its_own() {
    let answer =
        script("module.exports = async (input) => ({ context: { input: JSON.stringify(input) } })")
            .event(event())
            .response(&sandbox())
            .await;
    let input: Value =
        serde_json::from_str(answer["context"]["input"].as_str().expect("text")).expect("JSON");
    assert_eq!(
        input,
        json!({
            "event_type": "beforeRegistration",
            "application": { "name": "Shop", "client_id": "c1" },
            "oidc_context": { "acr_values": ["a"], "ui_locales": ["de"] },
            "customer": {
                "ip_address": "192.0.2.1", "store": "main",
                "location": { "city": "Bern", "country_code": "CH", "coordinates": { "latitude": 1, "longitude": 2 } },
                "attributes": { "emails": { "primaryEmail": "a@b.test" }, "camelCase": 1 },
                "info": { "userName": "jo" },
            },
            "session": { "myKey": 1 },
            "requested_scopes": ["openid"],
            "continue_request_parameters": { "callback_url": "https://h.test/continue", "state": "s" },
            "continue_context": null,
        })
    );
}

async fn the_first_answer_counts_before_or_after_the_function_returns() {
    let sandbox = sandbox();
    for (body, expected) in [
        (
            "callback({ context: { a: 1 } }); callback({ context: { a: 2 } }); deny('x')",
            json!({ "context": { "a": 1 } }),
        ),
        (
            "deny('first'); callback({})",
            json!({ "deny": { "error": "first" } }),
        ),
        (
            "setTimeout(() => callback({ context: { late: true } }), 5); return { context: { early: true } }",
            json!({ "context": { "late": true } }),
        ),
        (
            "callback({ context: { a: 1 } }); throw new Error('after the answer')",
            json!({ "context": { "a": 1 } }),
        ),
        (
            "callback({ context: { a: 1 } }); await new Promise(() => {})",
            json!({ "context": { "a": 1 } }),
        ),
        (
            "return { context: { returned: true } }",
            json!({ "context": { "returned": true } }),
        ),
    ] {
        let source =
            format!("module.exports = async function (input, callback, deny) {{ {body} }}");
        assert_eq!(script(&source).response(&sandbox).await, expected, "{body}");
    }
}

async fn a_hook_without_callback_answers_with_what_it_returns() {
    let sandbox = sandbox();
    for (source, expected) in [
        (
            "module.exports = async function ({ customer }) { console.log('seen') }",
            json!({}),
        ),
        (
            "exports.handler = async () => ({ context: { a: 1 } })",
            json!({ "context": { "a": 1 } }),
        ),
        (
            "exports.default = () => ({ context: { a: 1 } })",
            json!({ "context": { "a": 1 } }),
        ),
        (
            "module.exports = () => { return { context: { hash: typeof require('crypto').createHash } } } // last line",
            json!({ "context": { "hash": "function" } }),
        ),
    ] {
        assert_eq!(
            script(source).response(&sandbox).await,
            expected,
            "{source}"
        );
    }
}

async fn a_hook_that_never_answers_is_an_error_and_no_consent() {
    let sandbox = sandbox();
    for (source, words) in [
        (
            "module.exports = async function (input, callback, deny) {}",
            "without calling `callback` or `deny`",
        ),
        ("module.exports = {}", "exports no function"),
        ("const x = 1", "exports no function"),
        (
            "module.exports = async () => { throw new Error('broken') }",
            "Error: broken",
        ),
    ] {
        let failure = script(source).failure(&sandbox).await;
        assert_eq!(failure.class, FailureClass::ScriptError, "{source}");
        assert!(failure.message.contains(words), "{source}: {failure}");
    }
}
