//! What was asked of the emulator, in order, and what it answered.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{operation::Operation, request::Request};

/// One request.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// What was asked.
    pub operation: Operation,
    /// The HTTP method.
    pub method: String,
    /// The path, still percent-encoded.
    pub path: String,
    /// The query, still percent-encoded, empty if none.
    pub query: String,
    /// The status of the answer, or `None` as long as there is none (a fault that hangs or closes).
    pub status: Option<u16>,
    /// The name of the error that was answered, as `SlowDownException`; `Html` for [`Effect::Html`].
    ///
    /// [`Effect::Html`]: crate::Effect::Html
    pub error: Option<String>,
}

/// The requests since the start or the last [`Log::reset`]; the control endpoint's own are left out.
#[derive(Debug, Default)]
pub struct Log {
    entries: Vec<Entry>,
    /// Tells an answer that arrives after a reset from one that belongs here.
    generation: u64,
}

/// Where an answer is to be noted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place(u64, usize);

impl Log {
    /// Returns the requests, oldest first.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Returns how often `operation` was asked for, whatever the answer.
    pub fn count(&self, operation: Operation) -> usize {
        self.entries.iter().filter(|entry| entry.operation == operation).count()
    }

    /// Returns how often `operation` was answered properly, with a status below 400.
    pub fn succeeded(&self, operation: Operation) -> usize {
        let good = |entry: &&Entry| {
            let answered = entry.status.is_some_and(|status| status < 400);
            entry.operation == operation && answered && entry.error.is_none()
        };
        self.entries.iter().filter(good).count()
    }

    /// Returns how often each operation was asked for; those never asked for are absent.
    pub fn counts(&self) -> BTreeMap<Operation, usize> {
        let mut counts = BTreeMap::new();
        for entry in &self.entries {
            *counts.entry(entry.operation).or_default() += 1;
        }
        counts
    }

    /// Forgets every request.
    pub fn reset(&mut self) {
        self.entries.clear();
        self.generation += 1;
    }

    /// Notes a request, and returns the place for its answer.
    pub(crate) fn ask(&mut self, operation: Operation, request: &Request) -> Place {
        self.entries.push(Entry {
            operation,
            method: request.method.clone(),
            path: request.path.clone(),
            query: request.query.clone(),
            status: None,
            error: None,
        });
        Place(self.generation, self.entries.len() - 1)
    }

    /// Notes the answer to a request.
    pub(crate) fn answer(&mut self, place: Place, status: u16, error: Option<String>) {
        let Place(generation, index) = place;
        if generation != self.generation {
            return;
        }
        if let Some(entry) = self.entries.get_mut(index) {
            entry.status = Some(status);
            entry.error = error;
        }
    }
}
