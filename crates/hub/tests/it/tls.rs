//! A database that is reached over TLS, with a certificate that was made for the test.

use std::net::TcpListener;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

use segno_hub::Store;

use crate::postgres::Server;

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::new(Vec::new()).expect("no names");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority")
}

#[test]
fn a_certificate_is_looked_at_as_the_address_says() {
    let (own, other, key) = (authority(), authority(), KeyPair::generate().expect("a key"));
    let params = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
    let certificate = params.signed_by(&key, &own).expect("a certificate");
    let (certificate, key) = (certificate.pem(), key.serialize_pem());
    let files = [("server.crt", certificate.as_str()), ("server.key", key.as_str())];
    let free = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = free.local_addr().expect("its address").port();
    drop(free);
    let settings = "-c listen_addresses=localhost -c ssl=on -c ssl_cert_file=../server.crt \
                    -c ssl_key_file=../server.key";
    let Some(server) = Server::with_files(&files, port, settings) else { return };
    let name = server.named_database();
    let home = tempfile::tempdir().expect("a directory");
    let root = |of: &Authority, name: &str| {
        let path = home.path().join(name);
        std::fs::write(&path, of.pem()).expect("a file");
        path.display().to_string().replace('/', "%2F")
    };
    let (own, other) = (root(&own, "own root.pem"), root(&other, "other.pem"));
    let own = own.replace(' ', "%20");
    let open = |host: &str, query: &str| {
        let url = format!("postgres://segno@{host}:{port}/{name}?{query}");
        Store::open(Some(&url), home.path())
    };
    // With the last setting, whether it is encrypted.
    for (host, query, encrypted) in [
        ("localhost", "".to_owned(), true),
        ("localhost", "sslmode=disable".to_owned(), false),
        ("localhost", "sslmode=require".to_owned(), true),
        ("localhost", format!("sslmode=verify-full&sslrootcert={own}"), true),
        ("localhost", format!("sslmode=verify-ca&sslrootcert={own}"), true),
        // Of the right authority, for another name.
        ("127.0.0.1", format!("sslmode=verify-ca&sslrootcert={own}"), true),
    ] {
        let store = open(host, &query).unwrap_or_else(|error| panic!("{query}: {error}"));
        store.check().unwrap_or_else(|error| panic!("{query}: {error}"));
        assert_eq!(server.is_encrypted(), encrypted, "{host}, {query}");
        drop(store);
    }
    for (host, query, why) in [
        ("localhost", "sslmode=verify-full".to_owned(), "certificate"),
        ("127.0.0.1", format!("sslmode=verify-full&sslrootcert={own}"), "certificate"),
        ("localhost", format!("sslmode=verify-full&sslrootcert={other}"), "certificate"),
        ("localhost", format!("sslmode=verify-ca&sslrootcert={other}"), "certificate"),
        ("localhost", format!("sslmode=require&sslrootcert={other}"), "certificate"),
        ("localhost", "sslmode=verify-ca&sslrootcert=/nowhere".to_owned(), "/nowhere"),
        ("localhost", "sslmode=perhaps".to_owned(), "sslmode"),
    ] {
        let error = open(host, &query).map(drop).expect_err(&query).to_string();
        assert!(error.contains(why), "{query}: {error}");
    }
}
