//! The bodies of replies: whole ones, and those that go wrong on purpose.

use std::{
    future::pending,
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use hyper::body::{Body, Bytes, Frame};
use tokio::sync::mpsc::{Receiver, channel};

use crate::fault::End;

/// A body whose pieces come from a task.
pub(crate) struct Pieces(Receiver<io::Result<Bytes>>);

impl Pieces {
    /// Returns a body that begins with `text` and ends so.
    pub fn new(text: String, end: End) -> Self {
        let (sender, receiver) = channel(1);
        let piece = Bytes::from(text);
        tokio::spawn(async move {
            // Whoever no longer reads ends it as well.
            while sender.send(Ok(piece.clone())).await.is_ok() {
                match end {
                    End::Whole => break,
                    End::CutOff => {
                        return drop(sender.send(Err(io::ErrorKind::ConnectionAborted.into())).await);
                    }
                    End::Silent => pending().await,
                    End::Endless => {}
                    End::Slow => tokio::time::sleep(Duration::from_millis(100)).await,
                }
            }
        });
        Self(receiver)
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.0.poll_recv(cx).map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }
}
