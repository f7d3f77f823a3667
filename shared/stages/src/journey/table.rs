//! The journeys, one entry each.

use super::{
    Journey,
    Moment::{self, After, At, Before},
    Point, Step,
};
use crate::{Family, Stage};

/// A stage that is reported whenever its step happens.
const fn point(moment: Moment, stage: Stage, retry: &'static str) -> Point {
    Point {
        moment,
        stage,
        when: None,
        retry,
    }
}

impl Point {
    const fn when(mut self, when: &'static str) -> Self {
        self.when = Some(when);
        self
    }
}

/// A step of every journey of its kind.
const fn step(
    name: &'static str,
    title: &'static str,
    summary: &'static str,
    points: &'static [Point],
) -> Step {
    Step {
        name,
        title,
        summary,
        when: None,
        points,
    }
}

impl Step {
    const fn when(mut self, when: &'static str) -> Self {
        self.when = Some(when);
        self
    }
}

/// Every journey, in the order of the documents.
pub const JOURNEYS: &[Journey] = &[
    Journey {
        name: "registration",
        title: "Registration",
        summary: "A visitor fills in a form, or comes from an external provider, and gets an account.",
        family: Family::Identity,
        is_sequence: true,
        steps: &[
            step(
                "form",
                "Registration form",
                "The platform shows the form, page by page if it has several.",
                &[point(Before, Stage::BeforeMultiStageRegistration, "form")
                    .when("the form has several pages")],
            ),
            step(
                "external",
                "External provider",
                "A social or enterprise provider says who the customer is.",
                &[point(After, Stage::BeforeExternalRegistration, "external")],
            )
            .when("the customer comes from a provider"),
            step(
                "account",
                "Account",
                "The submitted form becomes an account.",
                &[
                    point(Before, Stage::BeforeRegistration, "form"),
                    point(Before, Stage::BeforePasswordPersist, "form")
                        .when("the form has a password"),
                    point(At, Stage::AtFailedAuthentication, "form")
                        .when("the platform refuses the form"),
                    point(After, Stage::AfterRegistration, "form"),
                ],
            ),
            step(
                "verification",
                "Identity verification",
                "Documents or selfies prove who the customer is.",
                &[
                    point(Before, Stage::BeforeIdentityVerification, "verification"),
                    point(After, Stage::AfterIdentityVerification, "verification"),
                ],
            )
            .when("a policy asks for it"),
            step(
                "factors",
                "Factors",
                "The customer enrols factors such as a phone.",
                &[
                    point(Before, Stage::BeforeAuthenticatorEnrollment, "factors"),
                    point(After, Stage::AfterMfaChange, "factors").when("a factor was enrolled"),
                ],
            ),
            step(
                "consents",
                "Consents",
                "What the customer agreed to is stored.",
                &[point(After, Stage::AfterConsentUpdate, "consents")],
            )
            .when("the form has consents"),
            step(
                "token",
                "Token",
                "The application gets a token, and the customer is logged in.",
                &[
                    point(Before, Stage::BeforeIdTokenGeneration, "token"),
                    point(After, Stage::AfterSelfServiceLogin, "token"),
                ],
            ),
        ],
    },
    Journey {
        name: "login",
        title: "Login",
        summary: "A customer proves who they are, and the application gets a token.",
        family: Family::Identity,
        is_sequence: true,
        steps: &[
            step(
                "identify",
                "Identifier",
                "The customer types an identifier, and the platform looks for the account.",
                &[
                    point(At, Stage::AtFailedIdentification, "identify")
                        .when("no account can be used"),
                    point(After, Stage::AfterCustomerIdentification, "identify")
                        .when("an account was found"),
                ],
            ),
            step(
                "external",
                "External provider",
                "A social or enterprise provider says who the customer is.",
                &[point(After, Stage::AfterExternalLogin, "identify")],
            )
            .when("the customer comes from a provider"),
            step(
                "password",
                "Password",
                "The customer types a password, and the platform checks it.",
                &[
                    point(Before, Stage::BeforePasswordValidation, "password"),
                    point(Before, Stage::BeforePasswordPersist, "password")
                        .when("a hook has the password stored"),
                    point(At, Stage::AtFailedAuthentication, "password").when("it is wrong"),
                ],
            ),
            step(
                "factors",
                "Factors",
                "The customer confirms with a factor, or enrols one.",
                &[
                    point(Before, Stage::BeforeAuthenticatorEnrollment, "factors")
                        .when("a factor is missing"),
                    point(After, Stage::AfterMfaChange, "factors").when("a factor was enrolled"),
                ],
            )
            .when("the policy, or a hook, asks for one"),
            step(
                "profiling",
                "Progressive profiling",
                "The customer is asked for what is missing.",
                &[point(
                    Before,
                    Stage::BeforeProgressiveProfiling,
                    "profiling",
                )],
            ),
            step(
                "token",
                "Token",
                "The application gets a token or an assertion, and the customer is logged in.",
                &[
                    point(Before, Stage::BeforeIdTokenGeneration, "token")
                        .when("the application uses OpenID Connect"),
                    point(Before, Stage::BeforeSaml2AssertionGeneration, "token")
                        .when("the application uses SAML"),
                    point(After, Stage::AfterSelfServiceLogin, "token"),
                ],
            ),
            step(
                "refresh",
                "Token refresh",
                "Later, the application refreshes its token.",
                &[point(After, Stage::AfterTokenRefresh, "refresh")],
            )
            .when("the application has a refresh token"),
        ],
    },
    Journey {
        name: "self-service",
        title: "Self-service",
        summary: "A customer looks after the account: each step stands by itself.",
        family: Family::Identity,
        is_sequence: false,
        steps: &[
            step(
                "reset",
                "Password reset",
                "The customer forgot the password and asks for another one.",
                &[point(Before, Stage::BeforePasswordReset, "reset")],
            ),
            step(
                "password",
                "New password",
                "The customer chooses a new password.",
                &[point(Before, Stage::BeforePasswordPersist, "password")],
            ),
            step(
                "contact",
                "Contact",
                "The customer changes an e-mail address or a phone number.",
                &[
                    point(Before, Stage::BeforeContactUpdate, "contact"),
                    point(After, Stage::AfterAccountUpdate, "contact"),
                ],
            ),
            step(
                "profile",
                "Profile",
                "The customer changes other attributes.",
                &[point(After, Stage::AfterAccountUpdate, "profile")],
            ),
            step(
                "factors",
                "Factors",
                "The customer enrols or removes a factor.",
                &[
                    point(Before, Stage::BeforeAuthenticatorEnrollment, "factors")
                        .when("a factor is enrolled"),
                    point(After, Stage::AfterMfaChange, "factors"),
                ],
            ),
            step(
                "consents",
                "Consents",
                "The customer gives or withdraws a consent.",
                &[point(After, Stage::AfterConsentUpdate, "consents")],
            ),
            step(
                "deletion",
                "Deletion",
                "The account is deleted.",
                &[point(After, Stage::AfterAccountDeletion, "deletion")],
            ),
        ],
    },
    Journey {
        name: "conversation",
        title: "Conversation",
        summary: "A user talks to a conversational application, and perhaps to a person at the end.",
        family: Family::Conversation,
        is_sequence: true,
        steps: &[
            step(
                "start",
                "Start",
                "A session starts on a channel.",
                &[point(At, Stage::ConversationStart, "start")],
            ),
            step(
                "message",
                "Message",
                "A user sends a message, as often as there are turns.",
                &[point(Before, Stage::MessageReceived, "message")],
            ),
            step(
                "data",
                "Data request",
                "The conversation reads or writes data.",
                &[point(After, Stage::StateModification, "data")],
            )
            .when("its state changes"),
            step(
                "escalation",
                "Escalation",
                "A person takes over.",
                &[point(At, Stage::Escalation, "escalation")],
            )
            .when("the user needs a person"),
            step(
                "end",
                "End",
                "The session ends, or times out.",
                &[point(After, Stage::ConversationEnd, "end")],
            ),
        ],
    },
];
