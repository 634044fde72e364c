//! What goes wrong on purpose.

use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::operation::Operation;

/// What a fault does to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing but the fault's delay.
    Delay,
    /// Answers with an error instead, and changes nothing.
    Error {
        /// The HTTP status.
        status: u16,
        /// The name of the error, as `TooManyRequestsException`; empty for an error without a name.
        name: String,
        /// The message for a person.
        message: String,
    },
    /// Does what is asked at once, whether or not the client stays, and answers after the fault's delay.
    Late,
    /// Never answers; the connection stays open.
    Hang,
    /// Closes the connection without an answer.
    Close,
    /// Answers properly as long as no more than so many requests a second come, which may be saved up for a
    /// second, and refuses the rest as `TooManyRequestsException`.
    Limit(u32),
    /// Answers 200 with an HTML page, as the login page of a captive portal.
    Html,
    /// Answers this instead.
    Answer(Answer),
}

/// An answer of something that is not AWS, or is not well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Header fields, names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// The body, or its beginning.
    pub body: String,
    /// How it ends.
    pub end: End,
}

/// How an answer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// After the body.
    Whole,
    /// The connection closes in the middle of the body.
    CutOff,
    /// In the middle of the body nothing more comes.
    Silent,
    /// The body begins again and again, as fast as it is read.
    Endless,
    /// The same, a piece every 100 ms.
    Slow,
}

/// A fault: which requests it befalls, how often, and how.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Plan")]
pub struct Fault {
    operation: Option<Operation>,
    left: Option<u32>,
    delay: Duration,
    effect: Effect,
    allowance: Option<Allowance>,
}

/// How many requests [`Effect::Limit`] lets through at a moment.
#[derive(Clone, Debug)]
struct Allowance {
    left: f64,
    at: Instant,
}

impl Allowance {
    /// Returns whether a request may pass now, and counts it.
    fn take(allowance: &mut Option<Self>, limit: u32) -> bool {
        let (now, most) = (Instant::now(), f64::from(limit));
        let allowance = allowance.get_or_insert(Self { left: most, at: now });
        let saved = (now - allowance.at).as_secs_f64() * most;
        (allowance.left, allowance.at) = ((allowance.left + saved).min(most), now);
        let passes = allowance.left >= 1.0;
        allowance.left -= if passes { 1.0 } else { 0.0 };
        passes
    }
}

impl Fault {
    /// Returns a fault that answers `operation` with an error named `name`, until it is cleared.
    pub fn error(operation: Operation, status: u16, name: &str) -> Self {
        let message = "a fault that was asked for".to_owned();
        Self::new(operation, Effect::Error { status, name: name.to_owned(), message })
    }

    /// Returns a fault with this effect on every request for `operation`, until it is cleared.
    pub fn new(operation: Operation, effect: Effect) -> Self {
        Self { operation: Some(operation), ..Self::everywhere(effect) }
    }

    /// Returns a fault with this effect on every request whatever it asks for, until it is cleared.
    pub fn everywhere(effect: Effect) -> Self {
        Self { operation: None, left: None, delay: Duration::ZERO, effect, allowance: None }
    }

    /// Ends the fault after the next `count` requests that it befalls.
    pub fn times(self, count: u32) -> Self {
        Self { left: Some(count), ..self }
    }

    /// Waits this long before the effect, or before the proper answer for [`Effect::Delay`].
    pub fn delay(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }
}

/// The faults in force, the oldest first.
#[derive(Debug, Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Adds a fault; of several that would befall a request the oldest does.
    pub fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    /// Ends every fault. A request that hangs already goes on hanging.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Returns the delay and effect that befall a request for `operation`, and counts it.
    pub(crate) fn befall(&mut self, operation: Operation) -> Option<(Duration, Effect)> {
        self.0.retain(|fault| fault.left != Some(0));
        let fault = self.0.iter_mut().find(|fault| fault.operation.is_none_or(|only| only == operation))?;
        fault.left = fault.left.map(|left| left - 1);
        if let Effect::Limit(limit) = fault.effect {
            let passes = Allowance::take(&mut fault.allowance, limit);
            let name = "TooManyRequestsException".to_owned();
            let refusal = Effect::Error { status: 429, name, message: "Rate exceeded".to_owned() };
            return Some((fault.delay, if passes { Effect::Delay } else { refusal }));
        }
        Some((fault.delay, fault.effect.clone()))
    }
}

/// A fault as the control endpoint reads it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Plan {
    effect: String,
    operation: Option<Operation>,
    times: Option<u32>,
    #[serde(default)]
    delay_ms: u64,
    status: Option<u16>,
    #[serde(default)]
    name: String,
    #[serde(default)]
    message: String,
}

impl TryFrom<Plan> for Fault {
    type Error = String;

    fn try_from(plan: Plan) -> Result<Self, String> {
        let effect = match (plan.effect.as_str(), plan.status) {
            ("delay", None) => Effect::Delay,
            ("late", None) => Effect::Late,
            ("hang", None) => Effect::Hang,
            ("close", None) => Effect::Close,
            ("html", None) => Effect::Html,
            ("error", Some(status @ 400..600)) => {
                Effect::Error { status, name: plan.name, message: plan.message }
            }
            (effect, status) => return Err(format!("invalid effect: {effect} with status {status:?}")),
        };
        let delay = Duration::from_millis(plan.delay_ms);
        Ok(Self { operation: plan.operation, left: plan.times, ..Self::everywhere(effect).delay(delay) })
    }
}
