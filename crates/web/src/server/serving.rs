//! Connections, of which there are only so many, and which have to say soon what they want.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// How long a browser may take to say what it wants, and to shake hands.
const HEAD: Duration = Duration::from_secs(10);
/// The most of a request's head, in bytes.
const HEAD_BYTES: usize = 32 * 1024;

/// The address that a connection comes from; an extension of every request.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

/// Serves what comes, for ever: so many connections at the same time, further ones are closed.
pub async fn accept(
    listener: TcpListener,
    tls: Option<tokio_rustls::TlsAcceptor>,
    router: &Router,
    connections: usize,
) {
    let seats = Arc::new(Semaphore::new(connections));
    loop {
        let Ok((stream, address)) = listener.accept().await else {
            // Out of descriptors; some come free.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let Ok(seat) = Arc::clone(&seats).try_acquire_owned() else { continue };
        let (tls, router) = (tls.clone(), router.clone().layer(Extension(Peer(address.ip()))));
        tokio::spawn(async move {
            connection(stream, tls, router).await;
            drop(seat);
        });
    }
}

async fn connection(stream: TcpStream, tls: Option<tokio_rustls::TlsAcceptor>, router: Router) {
    // Keys and their answers are small.
    let _ = stream.set_nodelay(true);
    match tls {
        None => http(stream, router).await,
        Some(tls) => {
            if let Ok(Ok(stream)) = tokio::time::timeout(HEAD, tls.accept(stream)).await {
                http(stream, router).await;
            }
        }
    }
}

async fn http(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, router: Router) {
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router))
        .with_upgrades();
    // What a browser does wrong is its own affair.
    let _ = served.await;
}
