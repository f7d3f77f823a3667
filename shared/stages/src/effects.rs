//! The effects, one entry each. To add one, add an entry here and its merge rule in the engine (the compiler requires
//! it), and run `cargo xtask gen` and `cargo xtask sandbox`.

mod definition;
mod lead;
mod profiling;
mod set;
#[cfg(test)]
mod tests;

use std::fmt;

use serde_json::{Map, Value};

pub use self::{
    definition::{EffectDefinition, Ending, Stages},
    lead::Lead,
    profiling::is_sensitive_field_type,
    set::EffectSet,
};
#[allow(
    clippy::enum_glob_use,
    reason = "the table reads as a table; clippy lets tests use globs, so an expectation would fail there"
)]
use crate::{
    Stage::*,
    form::{Choice, Form, Member, Names, Reserved, Rule},
};

/// Maximum number of items in a list.
const LIST_LIMIT: Option<usize> = Some(1_000);
/// Maximum length of a message or description, in characters.
const MESSAGE: Form = Form::Text { most: 1_000 };
/// A list of words, except reserved ones.
const WORDS: Form = Form::List {
    items: &Form::Word,
    least: 0,
    most: LIST_LIMIT,
    key: None,
    reserved: Reserved::NOTHING,
};
/// Claims that only the issuer may set (RFC 7519, section 4.1; OpenID Connect Core, section 2).
const ISSUER_CLAIMS: &[&str] = &[
    "iss", "sub", "aud", "exp", "iat", "nbf", "jti", "nonce", "azp",
];
/// Context variables reserved for the platform (NLX lifecycle hooks, "API spec").
const PLATFORM_VARIABLES: &[&str] = &[
    "botId",
    "channelType",
    "channelId",
    "conversationId",
    "languageCode",
    "userId",
    "lastUtterance",
    "intentId",
    "request",
];

/// Defines the enum and the table from one list, so that they always match.
macro_rules! effects {
    ($($variant:ident { $($field:ident: $value:expr),* $(,)? })*) => {
        /// An effect that a hook response can ask for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Effect {
            $(#[doc = concat!("The effect `", stringify!($variant), "`; see its definition.")] $variant,)*
        }

        impl Effect {
            /// Every effect, in the order of the documentation.
            pub const ALL: [Self; [$(stringify!($variant)),*].len()] = [$(Self::$variant),*];

            /// The catalogue entry of the effect.
            pub const fn definition(self) -> &'static EffectDefinition {
                match self {
                    $(Self::$variant => {
                        const DEFINITION: EffectDefinition = EffectDefinition { $($field: $value),* };
                        &DEFINITION
                    })*
                }
            }
        }
    };
}

impl Effect {
    /// The member of the response object that contains the effect.
    pub fn as_str(self) -> &'static str {
        self.definition().name
    }

    /// Where it leads on a journey.
    pub fn lead(self) -> Lead {
        self.definition().lead
    }

    /// The effect of a response that leaves the straight way. At most one ends the pass; it comes before what chooses the next step.
    pub fn leading(response: &Map<String, Value>) -> Option<Self> {
        let leading = Self::ALL
            .into_iter()
            .filter(|effect| effect.lead() != Lead::Onwards)
            .filter(|effect| response.contains_key(effect.as_str()));
        leading.min_by_key(|effect| !effect.ends_pass())
    }

    /// The effect that a response member stands for.
    pub fn from_member(member: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|effect| effect.as_str() == member)
    }

    /// True for effects that can stop or correct the event; see [`EffectDefinition::veto`].
    pub fn is_veto(self) -> bool {
        self.definition().veto
    }

    /// True for effects that end the pass over a stage's hooks.
    pub fn ends_pass(self) -> bool {
        self.definition().ending != Ending::GoesOn
    }

    /// True for effects after which the host posts the stage again with a continuation.
    pub fn suspends(self) -> bool {
        self.definition().ending == Ending::Suspends
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

effects! {
    Context {
        name: "context",
        summary: "Sets context variables; a later hook's values take precedence.",
        stages: Stages::Every,
        form: Form::Map {
            names: Names::Variable,
            reserved: Reserved { names: PLATFORM_VARIABLES, reason: "is reserved for the platform" },
            values: &Form::Scalar,
        },
        veto: false,
        ending: Ending::GoesOn,
        lead: Lead::Onwards,
        example: r#"{"tier":"gold","visits":12,"vip":true}"#,
    }

    Attributes {
        name: "attributes",
        summary: "Changes the customer's attributes by a JSON merge patch (RFC 7396): `null` deletes an attribute.",
        stages: Stages::Only(&[
            AtFailedIdentification, AfterExternalLogin, AfterIdentityVerification, AfterRegistration,
            BeforeIdentityVerification, BeforeExternalRegistration, BeforeProgressiveProfiling,
            BeforeRegistration, BeforeMultiStageRegistration, BeforePasswordValidation,
        ]),
        form: Form::OBJECT,
        veto: false,
        ending: Ending::GoesOn,
        lead: Lead::Onwards,
        example: r#"{"name":{"family":"Moser"},"nickname":null}"#,
    }

    AdditionalAuthenticators {
        name: "additionalAuthenticators",
        summary: "Enrols further e-mail or phone authenticators.",
        stages: Stages::Only(&[BeforeExternalRegistration, BeforeRegistration, BeforeAuthenticatorEnrollment]),
        form: Form::List {
            items: &Form::Members {
                members: &[
                    Member::required("type", Form::OneOf(&[Choice::new("email"), Choice::new("phone")]), "the kind of authenticator"),
                    Member::required("target", MESSAGE, "the address or number"),
                ],
                rules: &[],
            },
            least: 0,
            most: LIST_LIMIT,
            key: None,
            reserved: Reserved::NOTHING,
        },
        veto: false,
        ending: Ending::GoesOn,
        lead: Lead::Onwards,
        example: r#"[{"type":"email","target":"alice@example.com"}]"#,
    }

    Session {
        name: "session",
        summary: "Replaces the data carried across the hooks of one journey.",
        stages: Stages::IdentityExcept(&[AfterTokenRefresh]),
        form: Form::OBJECT,
        veto: false,
        ending: Ending::GoesOn,
        lead: Lead::Onwards,
        example: r#"{"step":1}"#,
    }

    Deny {
        name: "deny",
        summary: "Stops the journey.",
        stages: Stages::IdentityExcept(&[AtFailedAuthentication, AfterRegistration]),
        form: Form::Members {
            members: &[
                Member::required("error", MESSAGE, "a code for the host, such as `blocked`"),
                Member::optional("description", MESSAGE, "a sentence for the customer"),
            ],
            rules: &[],
        },
        veto: true,
        ending: Ending::Ends,
        lead: Lead::Denied,
        example: r#"{"error":"blocked","description":"This address cannot register."}"#,
    }

    ShowError {
        name: "showError",
        summary: "Shows a message and lets the customer try again.",
        stages: Stages::IdentityExcept(&[
            AfterRegistration, AfterTokenRefresh, BeforeIdTokenGeneration, BeforeSaml2AssertionGeneration,
        ]),
        form: Form::Members {
            members: &[Member::required("message", MESSAGE, "the message, as plain text")],
            rules: &[],
        },
        veto: true,
        ending: Ending::Ends,
        lead: Lead::Retried,
        example: r#"{"message":"Please use your work address."}"#,
    }

    Redirect {
        name: "redirect",
        summary: "Sends the browser elsewhere and continues when it returns.",
        stages: Stages::IdentityExcept(&[
            AfterIdentityVerification, AfterTokenRefresh, BeforeContactUpdate, BeforeIdTokenGeneration,
            BeforeSaml2AssertionGeneration, BeforePasswordPersist,
        ]),
        form: Form::Members {
            members: &[Member::required("url", Form::HttpsUrl { most: 8_192 }, "where to")],
            rules: &[],
        },
        veto: true,
        ending: Ending::Suspends,
        lead: Lead::Redirected,
        example: r#"{"url":"https://id.example.com/start?request=7"}"#,
    }

    ProfilingSteps {
        name: "profilingSteps",
        summary: "Asks further profiling questions; the same hook receives the answers by id.",
        stages: Stages::Only(&[
            BeforeExternalRegistration, BeforeProgressiveProfiling, BeforeRegistration,
            BeforeMultiStageRegistration,
        ]),
        form: Form::List {
            items: &Form::Members {
                members: &[
                    Member::required("id", MESSAGE, "the step's name, unique in the response"),
                    Member::optional("title", MESSAGE, "the heading"),
                    Member::required("fields", Form::List {
                        items: &profiling::FIELD,
                        least: 1,
                        most: None,
                        key: Some("id"),
                        reserved: Reserved::NOTHING,
                    }, "the questions"),
                ],
                rules: &[],
            },
            least: 1,
            most: None,
            key: Some("id"),
            reserved: Reserved::NOTHING,
        },
        veto: true,
        ending: Ending::Suspends,
        lead: Lead::Asked,
        example: r#"[{"id":"more","title":"A little more","fields":[{"id":"tier","label":"Tier","type":"select","options":["basic",{"value":"gold","label":"Gold"}],"required":true},{"id":"code","label":"Invitation code","type":"text","validator":{"minLength":6,"regex":"^[A-Z0-9]+$"}}]}]"#,
    }

    Claims {
        name: "claims",
        summary: "Sets or removes claims of the token, or attributes of the assertion.",
        stages: Stages::Only(&[AfterTokenRefresh, BeforeIdTokenGeneration, BeforeSaml2AssertionGeneration]),
        form: Form::Members {
            members: &[
                Member::optional("set", Form::Map {
                    names: Names::Any,
                    reserved: Reserved { names: ISSUER_CLAIMS, reason: "may only be set by the issuer" },
                    values: &Form::Any,
                }, "claims with their values"),
                Member::optional("remove", Form::List {
                    items: &Form::Word,
                    least: 0,
                    most: LIST_LIMIT,
                    key: None,
                    reserved: Reserved { names: ISSUER_CLAIMS, reason: "may only be removed by the issuer" },
                }, "names of claims"),
            ],
            rules: &[],
        },
        veto: false,
        ending: Ending::GoesOn,
        lead: Lead::Onwards,
        example: r#"{"set":{"tier":"gold"},"remove":["email"]}"#,
    }

    Scopes {
        name: "scopes",
        summary: "Adds or removes scopes of the token.",
        stages: Stages::Only(&[AfterTokenRefresh, BeforeIdTokenGeneration, BeforeSaml2AssertionGeneration]),
        form: Form::Members {
            members: &[
                Member::optional("add", WORDS, "scopes to add"),
                Member::optional("remove", WORDS, "scopes to remove"),
            ],
            rules: &[],
        },
        veto: false,
        ending: Ending::GoesOn,
        lead: Lead::Onwards,
        example: r#"{"add":["orders"],"remove":["profile"]}"#,
    }

    Authentication {
        name: "authentication",
        summary: "Steps authentication up or down.",
        stages: Stages::Only(&[AfterCustomerIdentification, BeforePasswordValidation]),
        form: Form::Members {
            members: &[
                Member::optional("allowRememberedAuthenticators", Form::Flag, "whether a remembered device counts"),
                Member::optional("authenticatorsToIgnore", WORDS, "types of authenticator that are not offered"),
                Member::optional("skipPassword", Form::Flag, "whether to skip the password"),
            ],
            rules: &[],
        },
        veto: false,
        ending: Ending::GoesOn,
        lead: Lead::Onwards,
        example: r#"{"allowRememberedAuthenticators":false,"authenticatorsToIgnore":["email"],"skipPassword":true}"#,
    }

    Password {
        name: "password",
        summary: "Reports whether the given password is correct, and whether to store it.",
        stages: Stages::Only(&[BeforePasswordValidation]),
        form: Form::Members {
            members: &[
                Member::required("valid", Form::Flag, "whether the password is correct"),
                Member::optional("migrate", Form::Flag, "whether the identity platform stores the password"),
            ],
            rules: &[Rule::Excludes { flag: ("migrate", true), other: ("valid", false) }],
        },
        veto: true,
        ending: Ending::GoesOn,
        lead: Lead::Onwards,
        example: r#"{"valid":true,"migrate":true}"#,
    }

    EnrollmentPlan {
        name: "enrollmentPlan",
        summary: "Replaces the enrolment plan.",
        stages: Stages::Only(&[BeforeAuthenticatorEnrollment]),
        form: Form::List {
            items: &Form::Members {
                members: &[
                    Member::required("type", MESSAGE, "the kind of authenticator"),
                    Member::required("required", Form::Flag, "whether the customer cannot skip it"),
                ],
                rules: &[],
            },
            least: 0,
            most: LIST_LIMIT,
            key: None,
            reserved: Reserved::NOTHING,
        },
        veto: false,
        ending: Ending::GoesOn,
        lead: Lead::Onwards,
        example: r#"[{"type":"email","required":true}]"#,
    }

    NextStep {
        name: "nextStep",
        summary: "Chooses what follows a failed identification: another identifier, or a registration.",
        stages: Stages::Only(&[AtFailedIdentification]),
        form: Form::OneOf(&[Choice::new("reidentify"), Choice::new("register")]),
        veto: false,
        ending: Ending::GoesOn,
        lead: Lead::Chosen,
        example: r#""register""#,
    }

    Skip {
        name: "skip",
        summary: "Skips the step.",
        stages: Stages::Only(&[BeforeIdentityVerification]),
        form: Form::True,
        veto: false,
        ending: Ending::GoesOn,
        lead: Lead::Chosen,
        example: "true",
    }
}
