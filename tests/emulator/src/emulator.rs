//! A running emulator.

use std::{
    convert::Infallible,
    io,
    net::{Ipv4Addr, TcpListener},
    sync::{Arc, Condvar, Mutex, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use tokio::{runtime, sync::oneshot};

use crate::{
    operation::Operation,
    server::{self, Shared},
    state::State,
};

/// An emulator that answers on a port of 127.0.0.1, in a thread of its own, until it is dropped.
///
/// Dropping it closes its connections, hanging ones too, and waits for the thread.
#[derive(Debug)]
pub struct Emulator {
    url: String,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<Infallible>>,
    thread: Option<JoinHandle<()>>,
}

impl Emulator {
    /// Starts an emulator on a free port.
    ///
    /// # Panics
    ///
    /// When there is no port or thread to be had: a test cannot go on without one.
    pub fn start() -> Self {
        match Self::start_on(0) {
            Ok(emulator) => emulator,
            Err(error) => panic!("could not start the emulator: {error}"),
        }
    }

    /// Starts an emulator on `port`, 0 for a free one; fails when the port is taken.
    pub fn start_on(port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?;
        let url = format!("http://{}", listener.local_addr()?);
        let state = Mutex::new(State { url: url.clone(), ..State::default() });
        let shared = Arc::new(Shared { state, changed: Condvar::new() });
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel();
        let served = server::serve(listener, shared.clone(), stopped);
        let thread =
            thread::Builder::new().name("emulator".to_owned()).spawn(move || runtime.block_on(served))?;
        Ok(Self { url, shared, stop: Some(stop), thread: Some(thread) })
    }

    /// Returns its URL, as `http://127.0.0.1:4711`, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the environment variables that point the AWS CLI (2.13 and later), the SDKs and awsenv here.
    pub fn environment(&self) -> [(&'static str, &str); 7] {
        [
            "AWS_ENDPOINT_URL_SSO",
            "AWS_ENDPOINT_URL_SSO_OIDC",
            "AWS_ENDPOINT_URL_STS",
            "AWS_ENDPOINT_URL_SIGNIN",
            "AWS_ENDPOINT_URL_IAM",
            "AWS_ENDPOINT_URL_ECR",
            "AWS_ENDPOINT_URL_ECR_PUBLIC",
        ]
        .map(|name| (name, self.url()))
    }

    /// Reads or changes the state; no request is answered meanwhile, so `act` must not make one.
    pub fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.shared.lock())
    }

    /// Waits until `look` finds something in the state, and returns it; `None` after `patience`.
    ///
    /// It looks at once and after each request, so a test waits for what it needs and no longer.
    pub fn wait_for<T>(
        &self,
        patience: Duration,
        mut look: impl FnMut(&mut State) -> Option<T>,
    ) -> Option<T> {
        let end = Instant::now() + patience;
        let mut state = self.shared.lock();
        loop {
            if let Some(found) = look(&mut state) {
                return Some(found);
            }
            let left = end.checked_duration_since(Instant::now())?;
            let waited = self.shared.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits for a device authorization that nobody has answered, and returns its user code.
    pub fn wait_for_user_code(&self, patience: Duration) -> Option<String> {
        self.wait_for(patience, |state| state.devices.pending().pop())
    }

    /// Returns how often `operation` was asked for since the start or the last [`Emulator::reset_log`].
    pub fn count(&self, operation: Operation) -> usize {
        self.with(|state| state.log.count(operation))
    }

    /// Returns how many requests there were since the start or the last [`Emulator::reset_log`].
    pub fn requests(&self) -> usize {
        self.with(|state| state.log.entries().len())
    }

    /// Forgets the requests so far.
    pub fn reset_log(&self) {
        self.with(|state| state.log.reset());
    }

    /// Serves until the process is ended.
    pub fn wait(mut self) {
        if let Some(thread) = self.thread.take() {
            // The thread's own panic has been reported already.
            let _ = thread.join();
        }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
