//! Who shows a certificate that nobody vouches for gets nothing, and the user learns why.

use std::io::Read;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, Stream};

use crate::support::World;
use crate::support::server::Server;
use crate::support::sessions::Sessions;
use crate::support::talk;

/// Made for these tests, for this host, by nobody: it signs itself.
const CERTIFICATE: &[u8] = include_bytes!("data/own-certificate.der");
const KEY: &[u8] = include_bytes!("data/own-key.der");

/// A server with TLS; of each connection, what it could read of it in clear.
fn server() -> (String, Receiver<Vec<u8>>) {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(KEY));
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(CERTIFICATE)], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let (sender, read) = channel();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut connection = ServerConnection::new(config.clone()).unwrap();
            let mut text = vec![0; 4096];
            let got = Stream::new(&mut connection, &mut stream).read(&mut text);
            text.truncate(got.unwrap_or(0));
            if sender.send(text).is_err() {
                return;
            }
        }
    });
    (url, read)
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_refused_before_anything_is_sent() {
    // Logged in where all is well; then somebody else answers at the address.
    let well = Server::start(Sessions::default());
    let mut world = World::new("opensync", &well.url);
    world.log_in().unwrap();
    world.say("demo", talk("c1"));
    let (url, read) = server();
    world.target.url = url;
    let problem = world.send().problem.expect("a problem");
    assert!(problem.contains("certificate"), "{problem}");
    assert!(problem.contains("no safe connection"), "{problem}");
    assert_eq!(read.recv().unwrap(), b"", "neither the key nor a word");
    // Nothing is lost: it waits, and arrives where all is well.
    world.target.url.clone_from(&well.url);
    assert_eq!(world.send_now().problem, None);
    assert!(well.seen().iter().any(|seen| seen.path.contains("sync")), "it arrived");
    // A login there is refused for the same reason.
    let (url, _read) = server();
    let mut other = World::new("opensync", &url);
    let why = other.log_in().unwrap_err().to_string();
    assert!(why.contains("certificate"), "{why}");
}
