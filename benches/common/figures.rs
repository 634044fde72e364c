//! Least and median of durations.

use std::time::Duration;

/// Durations of one thing, done many times.
#[derive(Default)]
pub struct Figures(Vec<Duration>);

impl Figures {
    /// Adds a duration.
    pub fn push(&mut self, duration: Duration) {
        self.0.push(duration);
    }

    /// Returns the least, in microseconds: the run that other programs disturbed least.
    pub fn min(&self) -> f64 {
        self.at(0)
    }

    /// Returns the median, in microseconds.
    pub fn median(&self) -> f64 {
        self.at(self.0.len() / 2)
    }

    fn at(&self, index: usize) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        sorted.get(index).map_or(f64::NAN, Duration::as_secs_f64) * 1e6
    }
}
