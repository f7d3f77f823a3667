//! The lifecycle stages, one entry each. To add one, add an entry here and a point on a journey, and run `cargo xtask gen`.
//! The table of effects says which effects it accepts.

use std::{fmt, str::FromStr};

#[allow(
    clippy::enum_glob_use,
    clippy::wildcard_imports,
    reason = "the table reads as a table; clippy lets tests use globs, so an expectation would fail there"
)]
use crate::{
    definition::{
        FailureDefault, Family::*, Field, ModeRule::*, Shape, StageDefinition, TargetRule::*,
    },
    fields::*,
};

/// Defines the enum and the table from one list, so that they always match.
macro_rules! stages {
    ($($variant:ident { $($field:ident: $value:expr),* $(,)? })*) => {
        /// A lifecycle point at which hooks run.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Stage {
            $(#[doc = concat!("The stage `", stringify!($variant), "`; see its definition.")] $variant,)*
        }

        impl Stage {
            /// Every stage, in the order of the catalogue.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The catalogue entry of the stage.
            pub const fn definition(self) -> &'static StageDefinition {
                match self {
                    $(Self::$variant => {
                        const DEFINITION: StageDefinition = StageDefinition { $($field: $value),* };
                        &DEFINITION
                    })*
                }
            }
        }
    };
}

impl Stage {
    /// Wire id in camelCase: the value of `eventType`.
    pub fn id(self) -> &'static str {
        self.definition().id
    }

    /// The kebab-case name used in routes, function names and partition keys.
    pub fn name(self) -> String {
        kebab_case(self.id()).collect()
    }

    /// The stage with a kebab-case name, as used in routes.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|stage| kebab_case(stage.id()).eq(name.chars()))
    }

    /// The stage with an `eventType`.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|stage| stage.id() == id)
    }
}

/// The characters of a camelCase id in kebab-case.
fn kebab_case(id: &str) -> impl Iterator<Item = char> {
    id.chars().flat_map(|character| {
        let hyphen = character.is_ascii_uppercase().then_some('-');
        hyphen.into_iter().chain([character.to_ascii_lowercase()])
    })
}

impl fmt::Display for Stage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.id())
    }
}

/// A text that is not the name of a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownStage(String);

impl fmt::Display for UnknownStage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}` is not a lifecycle stage", self.0)
    }
}

impl std::error::Error for UnknownStage {}

impl FromStr for Stage {
    type Err = UnknownStage;

    /// Accepts the wire id or the kebab-case name.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::from_id(text)
            .or_else(|| Self::from_name(text))
            .ok_or_else(|| UnknownStage(text.to_owned()))
    }
}

stages! {
    ConversationStart {
        id: "conversationStart",
        title: "Conversation start",
        summary: "A conversation session starts; hooks set variables before the first turn.",
        family: Conversation,
        mode: SynchronousByDefault,
        failure: FailureDefault::Continue,
        target: ApplicationOrStore,
        effects_unused: false,
        input: &[],
        subject: CONVERSATION_SUBJECT,
    }

    ConversationEnd {
        id: "conversationEnd",
        title: "Conversation end",
        summary: "A conversation session ended or timed out; hooks finalize data or trigger follow-up.",
        family: Conversation,
        mode: SynchronousByDefault,
        failure: FailureDefault::Continue,
        target: ApplicationOrStore,
        effects_unused: true,
        input: &[LAST_UTTERANCE, INTENT_ID],
        subject: CONVERSATION_SUBJECT,
    }

    Escalation {
        id: "escalation",
        title: "Escalation",
        summary: "A hand-off to a human starts; hooks send or fetch data for the agent.",
        family: Conversation,
        mode: SynchronousByDefault,
        failure: FailureDefault::Continue,
        target: ApplicationOrStore,
        effects_unused: false,
        input: &[LAST_UTTERANCE, INTENT_ID],
        subject: CONVERSATION_SUBJECT,
    }

    MessageReceived {
        id: "messageReceived",
        title: "Message received",
        summary: "A user sent a message; hooks enrich the context before it is understood.",
        family: Conversation,
        mode: SynchronousByDefault,
        failure: FailureDefault::Continue,
        target: ApplicationOrStore,
        effects_unused: false,
        input: &[REQUEST, LAST_UTTERANCE, INTENT_ID],
        subject: CONVERSATION_SUBJECT,
    }

    StateModification {
        id: "stateModification",
        title: "State modification",
        summary: "The state of a data request changed; the changes are streamed.",
        family: Conversation,
        mode: AsynchronousOnly,
        failure: FailureDefault::NotApplicable,
        target: ApplicationOrStore,
        effects_unused: true,
        input: &[STATE_EVENTS],
        subject: CONVERSATION_SUBJECT,
    }

    AtFailedAuthentication {
        id: "atFailedAuthentication",
        title: "At failed authentication",
        summary: "A login or registration failed; hooks change the message, redirect or alert.",
        family: Identity,
        mode: SynchronousByDefault,
        failure: FailureDefault::Continue,
        target: ApplicationOrStore,
        effects_unused: false,
        input: &[Field::new("failure", Shape::Object, "why and where it failed: reason, stage", r#"{"reason":"wrongPassword","stage":"login"}"#).required(), IDENTIFIER, ACCOUNT_INFO_OPTIONAL],
        subject: IDENTITY_SUBJECT,
    }

    AtFailedIdentification {
        id: "atFailedIdentification",
        title: "At failed identification",
        summary: "An identifier did not resolve; hooks re-identify, register or redirect the customer.",
        family: Identity,
        mode: SynchronousByDefault,
        failure: FailureDefault::Continue,
        target: ApplicationOrStore,
        effects_unused: false,
        input: &[IDENTIFIER, Field::new("failure", Shape::Object, "why: reason is disabled, notActivated, groupRestricted or notFound", r#"{"reason":"notFound"}"#).required()],
        subject: IDENTITY_SUBJECT,
    }

    AfterCustomerIdentification {
        id: "afterCustomerIdentification",
        title: "After customer identification",
        summary: "The customer is identified, and no factor was requested yet; hooks step authentication up or down.",
        family: Identity,
        mode: SynchronousByDefault,
        failure: FailureDefault::Deny,
        target: ApplicationOrStore,
        effects_unused: false,
        input: &[ACCOUNT_INFO, GROUPS, AUTHENTICATORS, REQUESTED_SCOPES],
        subject: IDENTITY_SUBJECT,
    }

    AfterExternalLogin {
        id: "afterExternalLogin",
        title: "After external login",
        summary: "A social or enterprise login is done; hooks take over or check what the provider said.",
        family: Identity,
        mode: SynchronousByDefault,
        failure: FailureDefault::Continue,
        target: ApplicationOrStore,
        effects_unused: false,
        input: &[ACCOUNT_INFO, GROUPS, PROVIDER, EXTERNAL_CLAIMS],
        subject: IDENTITY_SUBJECT,
    }

    AfterSelfServiceLogin {
        id: "afterSelfServiceLogin",
        title: "After self-service login",
        summary: "A login succeeded; hooks feed other systems.",
        family: Identity,
        mode: AsynchronousOnly,
        failure: FailureDefault::NotApplicable,
        target: ApplicationOrStore,
        effects_unused: false,
        input: &[ACCOUNT_INFO, GROUPS],
        subject: IDENTITY_SUBJECT,
    }

    AfterConsentUpdate {
        id: "afterConsentUpdate",
        title: "After consent update",
        summary: "A consent was given or withdrawn; hooks carry it to other systems.",
        family: Identity,
        mode: AsynchronousOnly,
        failure: FailureDefault::NotApplicable,
        target: ApplicationOrStore,
        effects_unused: false,
        input: &[ACCOUNT_INFO, GROUPS, Field::new("consents", Shape::Objects, "the consents that changed: id, version, accepted, timestamp", r#"[{"id":"newsletter","version":"1.0","accepted":false,"timestamp":"2026-01-01T00:00:00Z"}]"#).required()],
        subject: IDENTITY_SUBJECT,
    }

    AfterIdentityVerification {
        id: "afterIdentityVerification",
        title: "After identity verification",
        summary: "An identity verification ended; hooks store its outcome or stop the customer.",
        family: Identity,
        mode: SynchronousByDefault,
        failure: FailureDefault::Continue,
        target: ApplicationOrStore,
        effects_unused: false,
        input: &[ACCOUNT_INFO_OPTIONAL, GROUPS, ATTRIBUTES, IDENTIFIERS, CONSENTS, Field::new("verification", Shape::Object, "the outcome and its steps: outcome, steps[]", r#"{"outcome":"verified","steps":[{"id":"document","outcome":"verified"}]}"#).required()],
        subject: IDENTITY_SUBJECT,
    }

    AfterMfaChange {
        id: "afterMfaChange",
        title: "After MFA change",
        summary: "A factor was enrolled or removed; hooks inform other systems or the customer.",
        family: Identity,
        mode: AsynchronousOnly,
        failure: FailureDefault::NotApplicable,
        target: ApplicationOrStore,
        effects_unused: false,
        input: &[ACCOUNT_INFO, GROUPS, Field::new("authenticator", Shape::Object, "the factor: type, target", r#"{"type":"phone","target":"+15550100199"}"#).required(), Field::new("change", Shape::String, "enrolled or removed", r#""enrolled""#).required()],
        subject: IDENTITY_SUBJECT,
    }

    AfterRegistration {
        id: "afterRegistration",
        title: "After registration",
        summary: "An account was created; hooks synchronize it or send the customer on.",
        family: Identity,
        mode: SynchronousByDefault,
        failure: FailureDefault::Continue,
        target: ApplicationOrStore,
        effects_unused: false,
        input: &[ACCOUNT_INFO, GROUPS, ATTRIBUTES, IDENTIFIERS, CONSENTS],
        subject: IDENTITY_SUBJECT,
    }

    AfterTokenRefresh {
        id: "afterTokenRefresh",
        title: "After token refresh",
        summary: "A token refresh succeeded; hooks change claims and scopes or stop it.",
        family: Identity,
        mode: SynchronousByDefault,
        failure: FailureDefault::Continue,
        target: ApplicationOrStore,
        effects_unused: false,
        input: &[ACCOUNT_INFO, GROUPS, SCOPES, CLAIMS],
        subject: IDENTITY_SUBJECT,
    }

    AfterAccountUpdate {
        id: "afterAccountUpdate",
        title: "After account update",
        summary: "An account changed; hooks synchronize the change.",
        family: Identity,
        mode: AsynchronousOnly,
        failure: FailureDefault::NotApplicable,
        target: StoreOnly,
        effects_unused: false,
        input: &[ACCOUNT_INFO, GROUPS, Field::new("changes", Shape::Objects, "what changed: attribute, before, after", r#"[{"attribute":"name.family","before":"Moser","after":"Berger"}]"#).required(), ACTOR],
        subject: IDENTITY_SUBJECT,
    }

    AfterAccountDeletion {
        id: "afterAccountDeletion",
        title: "After account deletion",
        summary: "An account was deleted; hooks delete it elsewhere.",
        family: Identity,
        mode: AsynchronousOnly,
        failure: FailureDefault::NotApplicable,
        target: StoreOnly,
        effects_unused: false,
        input: &[ACCOUNT_INFO, GROUPS, ACTOR],
        subject: IDENTITY_SUBJECT,
    }

    BeforeIdentityVerification {
        id: "beforeIdentityVerification",
        title: "Before identity verification",
        summary: "An identity verification is about to start; hooks skip it, prepare it or stop the customer.",
        family: Identity,
        mode: SynchronousByDefault,
        failure: FailureDefault::Deny,
        target: ApplicationOrStore,
        effects_unused: false,
        input: &[ACCOUNT_INFO_OPTIONAL, GROUPS, ATTRIBUTES, IDENTIFIERS, CONSENTS, Field::new("policy", Shape::Object, "the verification policy: id, steps[]", r#"{"id":"kyc","steps":["document","selfie"]}"#)],
        subject: IDENTITY_SUBJECT,
    }

    BeforeContactUpdate {
        id: "beforeContactUpdate",
        title: "Before contact update",
        summary: "An e-mail address or phone number is about to be saved; hooks check it.",
        family: Identity,
        mode: SynchronousOnly,
        failure: FailureDefault::Deny,
        target: StoreOnly,
        effects_unused: false,
        input: &[ACCOUNT_INFO, GROUPS, Field::new("contact", Shape::Object, "the contact: type, before, after", r#"{"type":"email","before":"alice@example.com","after":"alice@example.org"}"#).required()],
        subject: IDENTITY_SUBJECT,
    }

    BeforeExternalRegistration {
        id: "beforeExternalRegistration",
        title: "Before external registration",
        summary: "A customer arrives for the first time through an external provider; hooks complete, ask or stop.",
        family: Identity,
        mode: SynchronousOnly,
        failure: FailureDefault::Deny,
        target: ApplicationOrStore,
        effects_unused: false,
        input: &[PROVIDER, EXTERNAL_CLAIMS, ATTRIBUTES, IDENTIFIERS, CONSENTS],
        subject: IDENTITY_SUBJECT,
    }

    BeforeIdTokenGeneration {
        id: "beforeIdTokenGeneration",
        title: "Before ID token generation",
        summary: "An ID or access token is about to be made; hooks set claims and scopes.",
        family: Identity,
        mode: SynchronousOnly,
        failure: FailureDefault::Continue,
        target: ApplicationOrStore,
        effects_unused: false,
        input: &[ACCOUNT_INFO, GROUPS, REQUESTED_SCOPES, CLAIMS],
        subject: IDENTITY_SUBJECT,
    }

    BeforeSaml2AssertionGeneration {
        id: "beforeSaml2AssertionGeneration",
        title: "Before SAML 2 assertion generation",
        summary: "A SAML assertion is about to be made; hooks set its attributes.",
        family: Identity,
        mode: SynchronousOnly,
        failure: FailureDefault::Continue,
        target: ApplicationOrStore,
        effects_unused: false,
        input: &[ACCOUNT_INFO, GROUPS, Field::new("serviceProvider", Shape::Object, "the recipient of the assertion: entityId", r#"{"entityId":"https://sp.example.com/saml"}"#), Field::new("assertionAttributes", Shape::Object, "the current attributes", r#"{"email":"alice@example.com"}"#)],
        subject: IDENTITY_SUBJECT,
    }

    BeforeProgressiveProfiling {
        id: "beforeProgressiveProfiling",
        title: "Before progressive profiling",
        summary: "The customer is authenticated and may be asked for more; hooks add steps of their own.",
        family: Identity,
        mode: SynchronousOnly,
        failure: FailureDefault::Continue,
        target: ApplicationOrStore,
        effects_unused: false,
        input: &[ACCOUNT_INFO, GROUPS, Field::new("pending", Shape::Object, "what built-in profiling will ask: attributes[], consents[], authenticators[]", r#"{"attributes":["birthdate"],"consents":[],"authenticators":[]}"#)],
        subject: IDENTITY_SUBJECT,
    }

    BeforeRegistration {
        id: "beforeRegistration",
        title: "Before registration",
        summary: "The registration form was submitted and is not stored yet; hooks complete, ask, correct or stop.",
        family: Identity,
        mode: SynchronousOnly,
        failure: FailureDefault::Deny,
        target: ApplicationOrStore,
        effects_unused: false,
        input: &[ATTRIBUTES, IDENTIFIERS, CONSENTS],
        subject: IDENTITY_SUBJECT,
    }

    BeforeMultiStageRegistration {
        id: "beforeMultiStageRegistration",
        title: "Before multi-stage registration",
        summary: "A stage of a longer registration is about to be shown; hooks prefill it or ask more.",
        family: Identity,
        mode: SynchronousOnly,
        failure: FailureDefault::Continue,
        target: ApplicationOrStore,
        effects_unused: false,
        input: &[ATTRIBUTES, IDENTIFIERS, CONSENTS, Field::new("stage", Shape::Object, "where the registration is: index, id, completed[]", r#"{"index":1,"id":"address","completed":["name"]}"#).required()],
        subject: IDENTITY_SUBJECT,
    }

    BeforePasswordValidation {
        id: "beforePasswordValidation",
        title: "Before password validation",
        summary: "A password was entered but not checked yet; hooks check it elsewhere and migrate the customer.",
        family: Identity,
        mode: SynchronousOnly,
        failure: FailureDefault::Deny,
        target: ApplicationOrStore,
        effects_unused: false,
        input: &[ACCOUNT_INFO_OPTIONAL, GROUPS, IDENTIFIER, PASSWORD],
        subject: IDENTITY_SUBJECT,
    }

    BeforePasswordReset {
        id: "beforePasswordReset",
        title: "Before password reset",
        summary: "A password reset was requested; hooks alert or stop it.",
        family: Identity,
        mode: SynchronousByDefault,
        failure: FailureDefault::Continue,
        target: ApplicationOrStore,
        effects_unused: false,
        input: &[ACCOUNT_INFO, GROUPS, Field::new("channel", Shape::String, "how the customer will be reached: email or phone", r#""email""#).required()],
        subject: IDENTITY_SUBJECT,
    }

    BeforePasswordPersist {
        id: "beforePasswordPersist",
        title: "Before password persist",
        summary: "A new password is about to be stored; hooks check it or carry it elsewhere.",
        family: Identity,
        mode: SynchronousOnly,
        failure: FailureDefault::Deny,
        target: StoreOnly,
        effects_unused: false,
        input: &[ACCOUNT_INFO, GROUPS, PASSWORD, Field::new("reason", Shape::String, "registration, reset, change or migration", r#""change""#)],
        subject: IDENTITY_SUBJECT,
    }

    BeforeAuthenticatorEnrollment {
        id: "beforeAuthenticatorEnrollment",
        title: "Before authenticator enrollment",
        summary: "Factors are about to be enrolled; hooks change the plan.",
        family: Identity,
        mode: SynchronousOnly,
        failure: FailureDefault::Continue,
        target: ApplicationOrStore,
        effects_unused: false,
        input: &[ACCOUNT_INFO, GROUPS, AUTHENTICATORS, Field::new("enrollmentPlan", Shape::Objects, "the plan: type, required", r#"[{"type":"email","required":true},{"type":"phone","required":false}]"#)],
        subject: IDENTITY_SUBJECT,
    }
}
