//! Plays the host platform on a journey: makes the events, carries effects from stage to stage, and says what the platform would do next.

mod answers;
#[cfg(test)]
mod tests;

use hookpoint_stages::{Effect, Family, Journey, Lead, Stage};
use hookpoint_workspace::merge;
use serde_json::{Map, Value};

pub use self::answers::{check_answer, check_answers};

/// The members of events that belong to the journey, rather than to one stage.
const CARRIED: [&str; 8] = [
    "context",
    "application",
    "oidcContext",
    "customer",
    "session",
    "identifier",
    "claims",
    "requestedScopes",
];

/// The platform on one journey.
#[derive(Debug)]
pub struct Host {
    journey: &'static Journey,
    /// What differs from the samples of the stages, as a merge patch.
    known: Map<String, Value>,
    /// The event that waits for an answer or a return.
    waiting: Option<Waiting>,
    /// The stage that was reported last, and where it led.
    last: Option<(Stage, Turn)>,
}

#[derive(Debug)]
struct Waiting {
    stage: Stage,
    body: Map<String, Value>,
    token: Value,
    turn: Turn,
}

/// What the platform would do next.
#[derive(Debug, Clone, PartialEq)]
pub enum Turn {
    /// Continues.
    Onwards,
    /// Ends the journey.
    Denied(Value),
    /// Shows a message and repeats a step.
    Retried {
        /// The message.
        message: String,
        /// The name of the step.
        step: &'static str,
    },
    /// Asks the customer.
    Asked(Value),
    /// Sends the browser away.
    Redirected(String),
    /// Continues with another step.
    Chosen(String),
}

impl Turn {
    /// The word, as in scripts.
    pub fn lead(&self) -> Lead {
        match self {
            Self::Onwards => Lead::Onwards,
            Self::Denied(_) => Lead::Denied,
            Self::Retried { .. } => Lead::Retried,
            Self::Asked(_) => Lead::Asked,
            Self::Redirected(_) => Lead::Redirected,
            Self::Chosen(_) => Lead::Chosen,
        }
    }
}

impl Host {
    /// At the beginning of a journey.
    pub fn new(journey: &'static Journey) -> Self {
        Self {
            journey,
            known: Map::new(),
            waiting: None,
            last: None,
        }
    }

    /// The journey.
    pub fn journey(&self) -> &'static Journey {
        self.journey
    }

    /// What the customer has to do, if the last event is suspended.
    pub fn waiting(&self) -> Option<&Turn> {
        self.waiting.as_ref().map(|waiting| &waiting.turn)
    }

    /// Whether a hook ended the journey. Where steps stand by themselves, a denial ends its step alone.
    pub fn is_over(&self) -> bool {
        self.journey.is_sequence && matches!(&self.last, Some((_, Turn::Denied(_))))
    }

    /// The current value of a member such as `session` or `customer`.
    pub fn known(&self, member: &str) -> Option<&Value> {
        self.known.get(member)
    }

    /// The event of a stage: its sample, with what the journey knows and these changes, which the journey keeps.
    ///
    /// # Errors
    /// The platform cannot come to the stage now; says why.
    pub fn reach(
        &mut self,
        stage: Stage,
        changes: &Map<String, Value>,
    ) -> Result<Map<String, Value>, String> {
        self.check_reachable(stage)?;
        let mut body = match stage.example() {
            Value::Object(body) => body,
            _ => Map::new(),
        };
        let mut known = self.known.clone();
        known.retain(|member, _| body.contains_key(member));
        if let (Some(Value::Object(customer)), Some(Value::Object(sample))) =
            (known.get_mut("customer"), body.get("customer"))
        {
            customer.retain(|member, _| sample.contains_key(member));
        }
        merge(&mut body, &known);
        merge(&mut body, changes);
        for (member, change) in changes {
            if CARRIED.contains(&member.as_str()) {
                compose(&mut self.known, member, change);
            }
        }
        self.last = Some((stage, Turn::Onwards));
        Ok(body)
    }

    fn check_reachable(&self, stage: Stage) -> Result<(), String> {
        match self.waiting() {
            Some(Turn::Redirected(_)) => {
                return Err(
                    "the browser was sent away and did not return: add `- return: { … }` before it"
                        .to_owned(),
                );
            }
            Some(_) => {
                return Err(
                    "the customer was asked and did not answer: add `- answer: { … }` before it"
                        .to_owned(),
                );
            }
            None => {}
        }
        let Some((last, turn)) = &self.last else {
            return Ok(());
        };
        let place = |stage| {
            let mut points = self.journey.points();
            points.position(|(_, point)| point.stage == stage)
        };
        let goes_back = place(stage) < place(*last);
        let is_straight = self.journey.is_sequence && self.journey.family == Family::Identity;
        match turn {
            Turn::Denied(_) if self.journey.is_sequence => {
                Err(format!("the journey ended at `{last}`: it was denied"))
            }
            Turn::Onwards if goes_back && is_straight => Err(format!(
                "`{stage}` comes before `{last}` on the journey, and no hook led back"
            )),
            _ => Ok(()),
        }
    }

    /// The event that waits, posted again with the customer's answers.
    ///
    /// # Errors
    /// Nothing was asked, or the platform would not accept the answers; says why.
    pub fn answer(
        &self,
        values: &Map<String, Value>,
    ) -> Result<(Stage, Map<String, Value>), String> {
        match &self.waiting {
            Some(Waiting {
                turn: Turn::Asked(step),
                ..
            }) => {
                check_answers(step, values)?;
                let answers = serde_json::json!({ "stepId": step["id"], "values": values });
                self.continued(answers)
            }
            _ => Err("no question is open".to_owned()),
        }
    }

    /// The event that waits, posted again with the parameters of the browser's return.
    ///
    /// # Errors
    /// The browser was not sent away.
    pub fn returned(
        &self,
        parameters: &Map<String, Value>,
    ) -> Result<(Stage, Map<String, Value>), String> {
        match &self.waiting {
            Some(Waiting {
                turn: Turn::Redirected(_),
                ..
            }) => self.continued(Value::Object(parameters.clone())),
            _ => Err("the browser was not sent away".to_owned()),
        }
    }

    fn continued(&self, answers: Value) -> Result<(Stage, Map<String, Value>), String> {
        let waiting = self.waiting.as_ref().ok_or("nothing waits")?;
        let mut body = waiting.body.clone();
        body.insert("continuation".to_owned(), waiting.token.clone());
        body.insert("continueContext".to_owned(), answers);
        Ok((waiting.stage, body))
    }

    /// Takes the response to an event, and returns what the platform would now do.
    pub fn take(
        &mut self,
        stage: Stage,
        body: Map<String, Value>,
        response: &Map<String, Value>,
    ) -> Turn {
        self.carry(response);
        let turn = self.turn(stage, response);
        self.waiting = match (&turn, response.get("continuation")) {
            (Turn::Asked(_) | Turn::Redirected(_), Some(token)) => Some(Waiting {
                stage,
                body,
                token: token.clone(),
                turn: turn.clone(),
            }),
            _ => None,
        };
        self.last = Some((stage, turn.clone()));
        turn
    }

    fn carry(&mut self, response: &Map<String, Value>) {
        if let Some(session) = response.get(Effect::Session.as_str()) {
            self.known.insert("session".to_owned(), session.clone());
        }
        if let Some(context) = response.get(Effect::Context.as_str()) {
            compose(&mut self.known, "context", context);
        }
        if let Some(attributes) = response.get(Effect::Attributes.as_str()) {
            // The account has them from now on, as has a form that is shown again.
            let both = serde_json::json!({ "attributes": attributes, "info": attributes });
            compose(&mut self.known, "customer", &both);
        }
        if let Some(claims) = response.get(Effect::Claims.as_str()) {
            if let Some(set) = claims.get("set") {
                compose(&mut self.known, "claims", set);
            }
            for name in claims["remove"].as_array().into_iter().flatten() {
                let removed = serde_json::json!({ name.as_str().unwrap_or_default(): null });
                compose(&mut self.known, "claims", &removed);
            }
        }
    }

    /// Where the effects of a response lead.
    fn turn(&self, stage: Stage, response: &Map<String, Value>) -> Turn {
        let leading = Effect::leading(response);
        let Some((effect, value)) =
            leading.and_then(|effect| Some((effect, response.get(effect.as_str())?)))
        else {
            return Turn::Onwards;
        };
        let text = |value: &Value| value.as_str().map(str::to_owned);
        match effect.lead() {
            Lead::Denied => Turn::Denied(value.clone()),
            Lead::Retried => {
                let mut points = self.journey.points();
                let point = points.find(|(_, point)| point.stage == stage);
                Turn::Retried {
                    message: text(&value["message"]).unwrap_or_default(),
                    step: point.map_or("", |(_, point)| point.retry),
                }
            }
            Lead::Redirected => Turn::Redirected(text(&value["url"]).unwrap_or_default()),
            Lead::Asked => Turn::Asked(value[0].clone()),
            Lead::Chosen => Turn::Chosen(text(value).unwrap_or_else(|| effect.to_string())),
            Lead::Onwards => Turn::Onwards,
        }
    }
}

/// Makes one merge patch of two: `null` stays, to delete what a sample has.
fn compose(target: &mut Map<String, Value>, name: &str, patch: &Value) {
    match (target.get_mut(name), patch) {
        (Some(Value::Object(known)), Value::Object(members)) => {
            for (name, value) in members {
                compose(known, name, value);
            }
        }
        _ => {
            target.insert(name.to_owned(), patch.clone());
        }
    }
}
