//! The fields of events: the envelopes shared by a family, and inputs used by several stages.

use crate::definition::{
    Field,
    Shape::{Object, ObjectOrNull, Objects, String, Strings},
};

/// Fields of every conversation event (NLX lifecycle hooks, "API spec").
pub(crate) const CONVERSATION_ENVELOPE: &[Field] = &[
    Field::new(
        "context",
        Object,
        "the conversation context and its variables",
        "{}",
    ),
    Field::new(
        "context.botId",
        String,
        "the application that triggered the hook",
        r#""b7f2c1d0-5a7e-4f7b-9a53-1f0e5d7c2a11""#,
    )
    .identifying(),
    Field::new(
        "context.channelType",
        String,
        "label of the channel type",
        r#""API""#,
    )
    .identifying(),
    Field::new(
        "context.channelId",
        String,
        "the channel of the application",
        r#""0c9c3f1e-web""#,
    )
    .identifying(),
    Field::new(
        "context.conversationId",
        String,
        "the conversation",
        r#""5b1d6a52-7c9e-4d7e-8d36-90b8c5f0a1c4""#,
    )
    .identifying(),
    Field::new(
        "context.languageCode",
        String,
        "language code of the conversation",
        r#""en-US""#,
    )
    .identifying(),
    Field::new(
        "context.userId",
        String,
        "the user: a phone number, a UUID or another form the channel has",
        r#""+15550100199""#,
    )
    .identifying(),
];

/// Fields of every identity event.
pub(crate) const IDENTITY_ENVELOPE: &[Field] = &[
    Field::new(
        "context",
        Object,
        "variables of the journey",
        r#"{"campaign":"spring"}"#,
    ),
    Field::new(
        "application",
        Object,
        "the application the customer uses: name, clientId",
        r#"{"name":"Web shop","clientId":"web-shop"}"#,
    )
    .identifying(),
    Field::new(
        "oidcContext",
        Object,
        "the OpenID Connect request: acrValues[], uiLocales[]",
        r#"{"acrValues":[],"uiLocales":["en"]}"#,
    )
    .identifying(),
    Field::new(
        "customer",
        Object,
        "the customer: ipAddress, store, location and what the stage adds",
        "{}",
    ),
    Field::new(
        "customer.ipAddress",
        String,
        "address of the HTTP client",
        r#""203.0.113.24""#,
    )
    .identifying(),
    Field::new(
        "customer.store",
        String,
        "the identity store",
        r#""customers""#,
    )
    .identifying(),
    Field::new(
        "customer.location",
        Object,
        "where the address is: city, state, country, countryCode, coordinates",
        r#"{"city":"Vienna","state":"Vienna","country":"Austria","countryCode":"AT","coordinates":{"latitude":"48.2082","longitude":"16.3738"}}"#,
    )
    .identifying(),
    Field::new(
        "session",
        Object,
        "data carried across the hooks of one journey",
        "{}",
    ),
];

/// Additional fields of synchronous identity events.
pub(crate) const CONTINUATION_ENVELOPE: &[Field] = &[
    Field::new(
        "continueContext",
        ObjectOrNull,
        "null at first; on a continuation the return parameters, or stepId and values",
        "null",
    ),
    Field::new(
        "continueRequestParameters",
        Object,
        "where an external page must return to: callbackUrl, state",
        r#"{"callbackUrl":"https://login.example.com/continue","state":"c3RhdGUtMTIz"}"#,
    ),
];

pub(crate) const LAST_UTTERANCE: Field = Field::new(
    "context.lastUtterance",
    String,
    "the last words of the user before the hook",
    r#""I want to change my order""#,
);
pub(crate) const INTENT_ID: Field = Field::new(
    "context.intentId",
    String,
    "the intent from which the hook was triggered",
    r#""ChangeOrder""#,
)
.identifying();
pub(crate) const REQUEST: Field = Field::new(
    "context.request",
    Object,
    "the message: text, or intentId when it was structured",
    r#"{"text":"I want to change my order"}"#,
);
pub(crate) const STATE_EVENTS: Field = Field::new(
    "events",
    Objects,
    "the modifications: name, before, after, timestamp (milliseconds, as a string)",
    r#"[{"name":"Profile.FirstName","before":{"FirstName":null,"Tier":"basic"},"after":{"FirstName":"Alice","Tier":"basic"},"timestamp":"1767225600123"}]"#,
);

pub(crate) const ACCOUNT_INFO: Field = Field::new(
    "customer.info",
    Object,
    "the stored account: id, userName and more",
    r#"{"id":"acc-1029","userName":"alice@example.com"}"#,
)
.required()
.identifying();
pub(crate) const ACCOUNT_INFO_OPTIONAL: Field = Field::new(
    "customer.info",
    Object,
    "the stored account, when there is one",
    r#"{"id":"acc-1029","userName":"alice@example.com"}"#,
)
.identifying();
pub(crate) const GROUPS: Field = Field::new(
    "customer.groups",
    Objects,
    "memberships of the account",
    r#"[{"id":"g-1","name":"customers"}]"#,
)
.identifying();
pub(crate) const ATTRIBUTES: Field = Field::new(
    "customer.attributes",
    Object,
    "attributes given in the form",
    r#"{"name":{"given":"Alice","family":"Moser"},"emails":{"primaryEmail":"alice@example.com"}}"#,
);
pub(crate) const IDENTIFIERS: Field = Field::new(
    "customer.identifiers",
    Object,
    "identifiers given in the form",
    r#"{"email":"alice@example.com"}"#,
)
.identifying();
pub(crate) const CONSENTS: Field = Field::new(
    "customer.consents",
    Objects,
    "consents accepted in the form",
    r#"[{"id":"terms","version":"2.1","accepted":true,"timestamp":"2026-01-01T00:00:00Z"}]"#,
);
pub(crate) const IDENTIFIER: Field = Field::new(
    "identifier",
    String,
    "the identifier that the customer typed",
    r#""alice@example.com""#,
)
.identifying();
pub(crate) const AUTHENTICATORS: Field = Field::new(
    "authenticators",
    Objects,
    "authenticators enrolled",
    r#"[{"type":"password"},{"type":"email","target":"alice@example.com"}]"#,
);
pub(crate) const REQUESTED_SCOPES: Field = Field::new(
    "requestedScopes",
    Strings,
    "scopes asked for",
    r#"["openid","profile"]"#,
);
pub(crate) const SCOPES: Field = Field::new(
    "scopes",
    Strings,
    "scopes of the token",
    r#"["openid","profile"]"#,
);
pub(crate) const CLAIMS: Field = Field::new(
    "claims",
    Object,
    "the current claims",
    r#"{"sub":"acc-1029","email":"alice@example.com"}"#,
);
pub(crate) const PROVIDER: Field = Field::new(
    "provider",
    Object,
    "the external provider: id, type",
    r#"{"id":"google","type":"social"}"#,
)
.required()
.identifying();
pub(crate) const EXTERNAL_CLAIMS: Field = Field::new(
    "externalClaims",
    Object,
    "claims from the external provider",
    r#"{"sub":"1089","email":"alice@example.com","email_verified":true}"#,
);
pub(crate) const ACTOR: Field = Field::new(
    "actor",
    Object,
    "who made the change: type and id",
    r#"{"type":"administrator","id":"adm-7"}"#,
)
.identifying();
pub(crate) const PASSWORD: Field = Field::new(
    "password",
    String,
    "the password; never logged, recorded or queued",
    r#""correct horse battery staple""#,
)
.required()
.sensitive();

/// The subject of a continuation in an identity event: the account id, else the identifiers, else the customer of a
/// provider.
pub(crate) const IDENTITY_SUBJECT: &[&str] = &[
    "customer.info.id",
    "customer.identifiers",
    "identifier",
    "provider.id+externalClaims.sub",
];
/// The subject of a continuation in a conversation event.
pub(crate) const CONVERSATION_SUBJECT: &[&str] = &["context.conversationId"];
