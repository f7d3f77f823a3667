//! Where an effect leads on a journey.

/// Where an effect leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lead {
    /// The journey ends here.
    Denied,
    /// The customer sees a message and repeats a step.
    Retried,
    /// The browser leaves, and the stage is posted again when it returns.
    Redirected,
    /// The customer is asked, and the stage is posted again with the answers.
    Asked,
    /// What follows is another step or journey.
    Chosen,
    /// The journey goes on, with what the effect changes.
    Onwards,
}

impl Lead {
    /// Every lead that leaves the straight way.
    pub const BRANCHES: [Self; 5] = [
        Self::Denied,
        Self::Retried,
        Self::Redirected,
        Self::Asked,
        Self::Chosen,
    ];

    /// Whether the customer reads its texts. They are cut to fit: what a customer typed must not undo a veto.
    pub fn shows_message(self) -> bool {
        matches!(self, Self::Denied | Self::Retried)
    }

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::Retried => "retried",
            Self::Redirected => "redirected",
            Self::Asked => "asked",
            Self::Chosen => "chosen",
            Self::Onwards => "onwards",
        }
    }
}
