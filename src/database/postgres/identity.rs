//! Which process the server announced when the connection began. Behind a pooler it is another
//! than the one that answers (`pg_backend_pid()`).
//!
//! tokio-postgres keeps the number to itself, but writes it into a request to cancel: here into a
//! pipe that leads nowhere. Nothing is cancelled.

use std::future::{Ready, ready};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, DuplexStream, ReadBuf, duplex};
use tokio_postgres::Client;
use tokio_postgres::tls::{ChannelBinding, TlsConnect, TlsStream};

/// The length of a request to cancel, and where the process stands in it (`CancelRequest`).
const LENGTH: usize = 16;

/// The announced process; `None` where nothing was announced.
pub(super) async fn announced_process(client: &Client) -> Option<i32> {
    let (near, mut far) = duplex(LENGTH * 4);
    client.cancel_token().cancel_query_raw(Pipe(near), Pretended).await.ok()?;
    let mut request = [0; LENGTH];
    far.read_exact(&mut request).await.ok()?;
    let process = request.get(8..12)?.try_into().ok().map(i32::from_be_bytes)?;
    (process != 0).then_some(process)
}

/// One end of the pipe.
struct Pipe(DuplexStream);

/// Leaves the pipe as it is where the connection itself is encrypted.
struct Pretended;

impl TlsConnect<Pipe> for Pretended {
    type Stream = Pipe;
    type Error = io::Error;
    type Future = Ready<io::Result<Pipe>>;

    fn connect(self, stream: Pipe) -> Self::Future {
        ready(Ok(stream))
    }
}

impl TlsStream for Pipe {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl AsyncRead for Pipe {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Pipe {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
