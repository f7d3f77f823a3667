//! The `CommonJS` form and its results, recognised by shape.

use std::time::Duration;

use hookpoint_engine::{hook::outcome::FailureClass, stages::Stage};
use serde_json::{Value, json};

use crate::support::{sandbox, script, tests};

tests![
    stages_of_a_conversation_keep_the_names_of_the_event,
    every_result_class_maps_to_its_effects,
    classes_that_the_script_declares_itself_are_recognised_by_shape,
    arguments_have_their_snake_case_names_and_customer_data_keeps_its_own,
    the_first_answer_counts_before_or_after_the_function_returns,
    a_hook_without_callback_answers_with_what_it_returns,
    a_hook_that_never_answers_is_an_error_and_not_consent,
    an_answer_counts_however_the_parameters_are_declared,
    a_returned_value_answers_at_once,
    answers_that_are_promises_are_awaited,
    an_answer_that_never_settles_or_rejects_is_not_consent,
    null_is_no_text_and_a_denial_without_one_stays_a_denial,
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
            json!({ "context": { "early": true } }),
        ),
        (
            "setTimeout(() => deny('late'), 5); return null",
            json!({ "deny": { "error": "late" } }),
        ),
        (
            "callback({ context: { a: 1 } }); return { context: { a: 2 } }",
            json!({ "context": { "a": 1 } }),
        ),
        (
            "setTimeout(() => callback({ context: { a: 1 } }), 5); setTimeout(() => { throw new Error('after the answer') }, 5)",
            json!({ "context": { "a": 1 } }),
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

async fn a_hook_that_never_answers_is_an_error_and_not_consent() {
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

async fn an_answer_counts_however_the_parameters_are_declared() {
    let sandbox = sandbox();
    let denied = json!({ "deny": { "error": "no" } });
    for (source, expected) in [
        (
            "async function ({ application }, callback = () => {}, deny) { setTimeout(() => deny('no'), 5) }",
            &denied,
        ),
        (
            "async (event = {}, callback, deny) => { setTimeout(() => deny('no'), 5) }",
            &denied,
        ),
        ("(...args) => setTimeout(() => args[2]('no'), 5)", &denied),
        (
            "(event, callback, deny) => setImmediate(() => deny('no'))",
            &denied,
        ),
        (
            "function () { const deny = arguments[2]; setTimeout(() => deny('no'), 5) }",
            &denied,
        ),
        (
            "(...a) => inner(...a); async function inner(event, callback, deny) { setTimeout(() => setTimeout(() => deny('no'), 5), 5) }",
            &denied,
        ),
        (
            "(...args) => { Promise.resolve().then(() => 0).then(() => 0).then(() => args[2]('no')) }",
            &denied,
        ),
        ("async (...args) => {}", &json!({})),
        (
            "async (event, callback = () => {}) => { setTimeout(() => {}, 5) }",
            &json!({}),
        ),
        ("function () { return setTimeout(() => {}, 5) }", &json!({})),
    ] {
        let source = format!("module.exports = {source}");
        assert_eq!(
            script(&source).response(&sandbox).await,
            *expected,
            "{source}"
        );
    }
}

async fn a_returned_value_answers_at_once() {
    let sandbox = sandbox();
    for source in [
        "module.exports = async () => { setInterval(() => {}, 5); return { context: { a: 1 } } }",
        "module.exports = async (event, callback, deny) => { setInterval(() => {}, 5); return { context: { a: 1 } } }",
        "module.exports = async (...args) => { setTimeout(() => args[2]('late'), 5); return { context: { a: 1 } } }",
        "export default async () => { setInterval(() => {}, 5); return { context: { a: 1 } } }",
        "export default () => { setTimeout(() => { throw new Error('late') }, 5); return { context: { a: 1 } } }",
    ] {
        assert_eq!(
            script(source).response(&sandbox).await,
            json!({ "context": { "a": 1 } }),
            "{source}"
        );
    }
}

async fn answers_that_are_promises_are_awaited() {
    let sandbox = sandbox();
    for (body, expected) in [
        (
            "callback(Promise.resolve({ context: { a: 1 } }))",
            json!({ "context": { "a": 1 } }),
        ),
        (
            "callback(new Promise((resolve) => setTimeout(resolve, 5, { context: { a: 1 } }))); deny('no')",
            json!({ "context": { "a": 1 } }),
        ),
        (
            "callback({ then(resolve) { resolve(new ShowErrorMessage('Stop')) } })",
            json!({ "showError": { "message": "Stop" } }),
        ),
        (
            "deny(Promise.resolve('no'), Promise.resolve('not today')); return { context: { a: 1 } }",
            json!({ "deny": { "error": "no", "description": "not today" } }),
        ),
    ] {
        let source =
            format!("module.exports = async function (input, callback, deny) {{ {body} }}");
        assert_eq!(script(&source).response(&sandbox).await, expected, "{body}");
    }
}

async fn an_answer_that_never_settles_or_rejects_is_not_consent() {
    let sandbox = sandbox();
    for (body, class) in [
        // Nothing can settle it, so the run ends early.
        (
            "callback(new Promise(() => {})); deny('no')",
            FailureClass::ScriptError,
        ),
        (
            "callback(new Promise(() => {})); throw new Error('after the answer')",
            FailureClass::ScriptError,
        ),
        (
            "setInterval(() => {}, 5); callback(new Promise(() => {})); deny('no')",
            FailureClass::ScriptTimeout,
        ),
        (
            "callback(Promise.reject(new Error('broken')))",
            FailureClass::ScriptError,
        ),
        ("deny(Promise.reject(null))", FailureClass::ScriptError),
        ("return 'text'", FailureClass::BadResponse),
    ] {
        let source =
            format!("module.exports = async function (input, callback, deny) {{ {body} }}");
        let failure = script(&source)
            .limit(Duration::from_millis(300))
            .failure(&sandbox)
            .await;
        assert_eq!(failure.class, class, "{body}: {failure}");
    }
}

async fn null_is_no_text_and_a_denial_without_one_stays_a_denial() {
    let sandbox = sandbox();
    let denied = json!({ "deny": { "error": "access_denied" } });
    for (call, expected) in [
        (
            "callback({ error_message: null, redirect_url: null })",
            json!({}),
        ),
        (
            "callback({ errorMessage: null, context: { a: 1 } })",
            json!({ "context": { "a": 1 } }),
        ),
        (
            "callback({ error_message: null, errorMessage: 'Stop' })",
            json!({ "showError": { "message": "Stop" } }),
        ),
        (
            "callback(new ShowErrorMessage(null))",
            json!({ "showError": { "message": "Access denied" } }),
        ),
        ("deny(null)", denied.clone()),
        ("deny('')", denied.clone()),
        ("deny({ error: null })", denied.clone()),
        ("deny(new DenyRequest(null, null))", denied.clone()),
        (
            "deny(null, 'not today')",
            json!({ "deny": { "error": "access_denied", "description": "not today" } }),
        ),
        (
            "callback(new DenyRequest('no'))",
            json!({ "deny": { "error": "no" } }),
        ),
        (
            "deny(new Error('the row has no e-mail'))",
            json!({ "deny": { "error": "refused-by-hook" } }),
        ),
        (
            "callback({ error: new TypeError('internal'), description: 'Not today' })",
            json!({ "deny": { "error": "refused-by-hook", "description": "Not today" } }),
        ),
    ] {
        let source =
            format!("module.exports = async function (input, callback, deny) {{ {call} }}");
        assert_eq!(script(&source).response(&sandbox).await, expected, "{call}");
    }
}

async fn stages_of_a_conversation_keep_the_names_of_the_event() {
    let source = "module.exports = async ({ eventType, conversationId, botInfo, event_type }, callback) => {
        callback({ context: { eventType, conversationId, language: botInfo.languageCode, snake: event_type === undefined } });
      };";
    let mut run = script(source).event(json!({
        "eventType": "conversationStart", "conversationId": "c1", "botInfo": { "languageCode": "en-US" },
    }));
    run.stage = Stage::ConversationStart;
    assert_eq!(
        run.response(&sandbox()).await["context"],
        json!({ "eventType": "conversationStart", "conversationId": "c1", "language": "en-US", "snake": true })
    );
}
