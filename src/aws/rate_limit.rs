//! A limit on the rate of many calls, shared by the threads that make them.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// How long all threads pause after AWS answered 429.
const REST: Duration = Duration::from_millis(500);

/// Delays each attempt of a call, repeated ones too. Clones share one limit.
#[derive(Clone, Debug)]
pub struct RateLimit {
    interval: Duration,
    next: Arc<Mutex<Option<Instant>>>,
}

impl RateLimit {
    /// Allows so many attempts a second, evenly spread: never more in any second.
    pub fn per_second(attempts: u32) -> Self {
        Self { interval: Duration::from_secs(1) / attempts.max(1), next: Arc::default() }
    }

    /// Reserves the next free moment from `now` on, and returns it.
    fn take(&self, now: Instant) -> Instant {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let at = next.map_or(now, |next| next.max(now));
        *next = Some(at + self.interval);
        at
    }

    /// Frees no moment before the pause is over.
    fn rest(&self, now: Instant) {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        *next = Some(next.map_or(now + REST, |next| next.max(now + REST)));
    }
}

impl Intercept for RateLimit {
    fn name(&self) -> &'static str {
        "RateLimit"
    }

    fn read_before_attempt(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // Each thread has its own runtime, with nothing else to run.
        thread::sleep(self.take(Instant::now()).saturating_duration_since(Instant::now()));
        Ok(())
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if context.response().status().as_u16() == 429 {
            self.rest(Instant::now());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_spread_evenly_and_none_is_made_up_for() {
        let limit = RateLimit::per_second(20);
        let start = Instant::now();
        let ms = Duration::from_millis;
        assert_eq!(limit.take(start), start);
        assert_eq!(limit.clone().take(start), start + ms(50));
        assert_eq!(limit.take(start + ms(60)), start + ms(100));
        let late = start + ms(10_000);
        assert_eq!((limit.take(late), limit.take(late)), (late, late + ms(50)));
        limit.rest(late);
        assert_eq!(limit.take(late), late + ms(500));
    }
}
