//! The HTTP side: connections in, requests through the faults to their answers, replies out.

use std::{
    convert::Infallible,
    future::pending,
    io,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use http_body_util::{BodyExt, Full, combinators::BoxBody};
use hyper::{Response, body::Bytes, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpListener, sync::oneshot};

use crate::{
    body::Pieces,
    control,
    fault::{Effect, End},
    operation::Operation,
    page,
    refusal::Refusal,
    reply::Reply,
    request::Request,
    router,
    state::State,
};

/// The state, and a signal after each of its changes by a request.
#[derive(Debug)]
pub(crate) struct Shared {
    pub state: Mutex<State>,
    pub changed: Condvar,
}

impl Shared {
    /// Returns the state. A test that failed while it held the state does not take the others along.
    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers connections until `stop` fires or its sender is gone.
pub(crate) async fn serve(
    listener: std::net::TcpListener,
    shared: Arc<Shared>,
    stop: oneshot::Receiver<Infallible>,
) {
    tokio::spawn(accept(listener, shared));
    // The runtime ends with this function, and takes every task along.
    let _ = stop.await;
}

async fn accept(listener: std::net::TcpListener, shared: Arc<Shared>) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    loop {
        // A connection that failed before it was accepted is its client's affair.
        let Ok((stream, _)) = listener.accept().await else { continue };
        let shared = shared.clone();
        let service = service_fn(move |request| respond(shared.clone(), request));
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

/// Returns the reply to a request; an error makes hyper close the connection without one.
async fn respond(
    shared: Arc<Shared>,
    request: hyper::Request<Incoming>,
) -> io::Result<Response<BoxBody<Bytes, io::Error>>> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes().to_vec();
    let request = Request {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body,
    };
    let (reply, late) = match request.path.as_str() {
        "/_control" => (control::answer(&mut shared.lock(), &request), Duration::ZERO),
        _ => answer(&shared, &request).await?,
    };
    shared.changed.notify_all();
    tokio::time::sleep(late).await;
    let date = shared.lock().clock.wall().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    encode(reply, date).map_err(io::Error::other)
}

/// Returns the answer, and how long it is held back.
async fn answer(shared: &Shared, request: &Request) -> io::Result<(Reply, Duration)> {
    let operation = Operation::of(request);
    let (place, fault) = {
        let mut state = shared.lock();
        (state.log.ask(operation, request), state.faults.befall(operation))
    };
    shared.changed.notify_all();
    let mut late = Duration::ZERO;
    let effect = match fault {
        Some((delay, Effect::Late)) => {
            late = delay;
            Effect::Late
        }
        Some((delay, effect)) => {
            tokio::time::sleep(delay).await;
            effect
        }
        None => Effect::Delay,
    };
    let wrong = match effect {
        Effect::Html => Some("Html"),
        Effect::Answer(_) => Some("Answer"),
        _ => None,
    };
    let mut state = shared.lock();
    let result = match effect {
        // A limit has become one of the others by now.
        Effect::Delay | Effect::Late | Effect::Limit(_) => router::answer(&mut state, operation, request),
        Effect::Error { status, name, message } => Err(Refusal::new(status, name, message)),
        Effect::Html => Ok(Reply::html(page::captive_portal())),
        Effect::Answer(answer) => Ok(Reply::wrong(answer)),
        Effect::Close => return Err(io::ErrorKind::ConnectionAborted.into()),
        Effect::Hang => {
            drop(state);
            return pending().await;
        }
    };
    let error = match &result {
        Err(refusal) => Some(refusal.name.clone()),
        Ok(_) => wrong.map(str::to_owned),
    };
    let reply = result.unwrap_or_else(|refusal| refusal.reply(operation.service()));
    state.log.answer(place, reply.status, error);
    Ok((reply, late))
}

fn encode(reply: Reply, date: String) -> hyper::http::Result<Response<BoxBody<Bytes, io::Error>>> {
    let mut response =
        Response::builder().status(reply.status).header("date", date).header("server", "awsenv-emulator");
    for (name, value) in reply.headers {
        response = response.header(name, value);
    }
    response.body(match reply.end {
        End::Whole => Full::from(reply.body).map_err(|never| match never {}).boxed(),
        end => Pieces::new(reply.body, end).boxed(),
    })
}
