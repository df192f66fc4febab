//! Signing in at a provider, a small one of the test's own: who gets in, and what does not count.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, mpsc::channel};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use segno_hub::openid::Settings;
use segno_hub::store::Role;
use segno_hub::{Options, Store, serve};
use segno_web::access::audit::Audit;

use crate::{NOON, plain, postgres};

/// What the provider says of whoever is there; and what it does wrong.
#[derive(Default)]
struct Plan {
    claims: Value,
    /// Instead of `ES256`.
    alg: Option<&'static str>,
    /// Another's key signs.
    other_key: bool,
    /// Of the request that led here.
    asked: HashMap<String, String>,
    /// Forms that came for tokens.
    exchanged: Vec<String>,
}

struct Provider {
    address: SocketAddr,
    plan: Arc<Mutex<Plan>>,
}

fn key() -> EcdsaKeyPair {
    let random = SystemRandom::new();
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random);
    let document = document.expect("a key");
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random)
        .expect("a key")
}

fn fields(query: &str) -> HashMap<String, String> {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let plain = |text: &str| text.replace("%3A", ":").replace("%2F", "/").replace("%20", " ");
    pairs.map(|(name, value)| (name.to_owned(), plain(value))).collect()
}

impl Provider {
    fn start() -> Provider {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("its address");
        let plan: Arc<Mutex<Plan>> = Arc::default();
        let shared = Arc::clone(&plan);
        std::thread::spawn(move || {
            let keys = (key(), key());
            for stream in listener.incoming().flatten() {
                answer(stream, address, &keys, &shared);
            }
        });
        Provider { address, plan }
    }

    fn says(&self, claims: Value) {
        *self.plan.lock().expect("a plan") = Plan { claims, ..Plan::default() };
    }
}

fn answer(
    mut stream: TcpStream,
    address: SocketAddr,
    keys: &(EcdsaKeyPair, EcdsaKeyPair),
    plan: &Mutex<Plan>,
) {
    let mut reader = BufReader::new(stream.try_clone().expect("a stream"));
    let (mut line, mut length, mut key_of_client) = (String::new(), 0, String::new());
    reader.read_line(&mut line).expect("a request");
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).expect("a head");
        let lower = header.to_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length");
        }
        if lower.starts_with("authorization: basic ") {
            key_of_client = header[21..].trim().to_owned();
        }
        if header.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body");
    let body = String::from_utf8(body).expect("text");
    let target = line.split(' ').nth(1).expect("a target");
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut plan = plan.lock().expect("a plan");
    let base = format!("http://{address}");
    let json = match path {
        "/.well-known/openid-configuration" => json!({
            "issuer": base, "authorization_endpoint": format!("{base}/authorize"),
            "token_endpoint": format!("{base}/token"), "jwks_uri": format!("{base}/keys"),
        }),
        "/keys" => {
            let point = keys.0.public_key().as_ref();
            let (x, y) = (BASE64.encode(&point[1..33]), BASE64.encode(&point[33..]));
            json!({ "keys": [{ "kty": "EC", "crv": "P-256", "kid": "k", "use": "sig", "x": x, "y": y }] })
        }
        "/authorize" => {
            plan.asked = fields(query);
            let (back, state) = (&plan.asked["redirect_uri"], &plan.asked["state"]);
            let head =
                format!("HTTP/1.1 302 Found\r\nLocation: {back}?code=c0de&state={state}\r\n");
            let _ = stream
                .write_all((head + "Content-Length: 0\r\nConnection: close\r\n\r\n").as_bytes());
            return;
        }
        "/token" => {
            let form = fields(&body);
            plan.exchanged.push(body);
            let challenge = BASE64.encode(Sha256::digest(form["code_verifier"].as_bytes()));
            let own = form["code"] == "c0de" && plan.asked["code_challenge"] == challenge;
            // hub:a secret, each encoded for itself.
            let is_client =
                key_of_client == base64::prelude::BASE64_STANDARD.encode("hub:a%20secret");
            if !own || !is_client || form["redirect_uri"] != plan.asked["redirect_uri"] {
                json!({ "error": "invalid_grant" })
            } else {
                let now = segno_web::now_ms() / 1000;
                let mut claims = json!({
                    "iss": base, "aud": "hub", "sub": "u1", "exp": now + 60, "iat": now,
                    "nonce": plan.asked["nonce"],
                });
                for (name, value) in plan.claims.as_object().into_iter().flatten() {
                    claims[name] = value.clone();
                }
                let header = json!({ "alg": plan.alg.unwrap_or("ES256"), "kid": "k" });
                let part = |value: &Value| BASE64.encode(value.to_string());
                let message = format!("{}.{}", part(&header), part(&claims));
                let key = if plan.other_key { &keys.1 } else { &keys.0 };
                let signed = key.sign(&SystemRandom::new(), message.as_bytes()).expect("it signs");
                json!({ "id_token": format!("{message}.{}", BASE64.encode(signed.as_ref())) })
            }
        }
        other => panic!("{other}"),
    };
    let text = json.to_string();
    let head =
        format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", text.len());
    let _ = stream.write_all((head + &text).as_bytes());
}

struct Hub {
    address: SocketAddr,
    provider: Provider,
    _home: tempfile::TempDir,
}

fn hub(database: Option<String>) -> (Hub, Arc<Store>) {
    let home = tempfile::tempdir().expect("a directory");
    let open = || Store::open(database.as_deref(), home.path()).expect("a store");
    let beside = Arc::new(open());
    let provider = Provider::start();
    let settings = Settings {
        issuer: format!("http://{}", provider.address),
        client_id: "hub".into(),
        client_secret: Some("a secret".into()),
        name: Some("Example".into()),
        domains: vec!["Example.org".into()],
    };
    let log = Audit::open(&home.path().join("hub.log")).expect("a log");
    let options = Options {
        listen: "127.0.0.1:0".parse().expect("an address"),
        public_url: None,
        certificate: None,
        store: open(),
        log,
        openid: Some(settings),
    };
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let served = serve(options, |place, _| {
            let _ = sender.send(place.url());
            Ok(())
        });
        panic!("it ended: {served:?}");
    });
    let url = receiver.recv().expect("it listens");
    let address = url.strip_prefix("http://").expect("no TLS").parse().expect("an address");
    (Hub { address, provider, _home: home }, beside)
}

/// A header's value.
fn header<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(name))
}

impl Hub {
    /// As a link that is followed, by which nothing is said of where it is from.
    fn follow(&self, path: &str, cookie: &str) -> (u16, String) {
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nCookie: {cookie}\r\nSec-Fetch-Site: cross-site\r\n\
             Connection: close\r\n\r\n",
            self.address
        );
        plain::request(self.address, &request)
    }

    /// Sets out: the cookie that the browser has on its way, and the path by which it comes back.
    fn set_out(&self) -> (String, String) {
        let (status, text) = self.follow("/login/openid", "");
        assert_eq!(status, 302, "{text}");
        let cookie = header(&text, "set-cookie: ").expect("a cookie");
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
        let cookie = cookie.split(';').next().expect("a pair").to_owned();
        let to = header(&text, "location: ").expect("an address");
        assert!(to.contains("code_challenge_method=S256") && to.contains("nonce="), "{to}");
        let at = self.provider.address;
        let path = to.strip_prefix(&format!("http://{at}")).expect("the provider's");
        let (status, text) =
            plain::request(at, &format!("GET {path} HTTP/1.1\r\nHost: {at}\r\n\r\n"));
        assert_eq!(status, 302, "{text}");
        let back = header(&text, "Location: ").expect("an address");
        let back = back.strip_prefix(&format!("http://{}", self.address)).expect("the hub's");
        (cookie, back.to_owned())
    }

    /// All of the way: who is signed in, or the status.
    fn sign_in(&self) -> Result<String, u16> {
        let (away, back) = self.set_out();
        let (status, text) = self.follow(&back, &away);
        if status != 302 {
            assert!(!text.contains("Max-Age=25"), "{text}");
            return Err(status);
        }
        assert_eq!(header(&text, "location: "), Some("/"));
        let cookie = header(&text, "set-cookie: ").expect("a cookie");
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
        let cookie = cookie.split(';').next().expect("a pair");
        let (status, text) = self.follow("/api/me", cookie);
        assert_eq!(status, 200, "{text}");
        let me: Value =
            serde_json::from_str(text.split_once("\r\n\r\n").expect("a body").1).expect("JSON");
        Ok(me["user"].as_str().expect("a name").to_owned())
    }
}

#[test]
fn who_is_invited_or_of_an_allowed_domain_gets_in() {
    for database in [None, postgres::database()] {
        let (hub, store) = hub(database);
        let (_, text) = hub.follow("/api/me", "");
        assert!(text.contains("\"openid\":\"Example\""), "{text}");
        let ann = store.add_person("ann", Role::Admin, NOON).expect("a person");
        store.add_person("bob", Role::Member, NOON).expect("a person");
        store.set_email("ann", "Ann@elsewhere.example").expect("an address");
        assert!(store.set_email("bob", "ann@elsewhere.example").is_err());
        assert!(store.set_email("bob", "bob").is_err());
        let says = |sub: &str, email: &str, verified: bool| {
            hub.provider.says(json!({ "sub": sub, "email": email, "email_verified": verified }));
        };
        // By an invitation; then by the provider's own id, whatever the address is by then.
        says("u1", "ann@elsewhere.example", false);
        assert_eq!(hub.sign_in(), Err(403), "an address that is not confirmed");
        says("u1", "ANN@elsewhere.example", true);
        assert_eq!(hub.sign_in().as_deref(), Ok("ann"));
        says("u1", "other@nowhere.example", false);
        assert_eq!(hub.sign_in().as_deref(), Ok("ann"));
        // Her address, given to somebody else.
        says("u9", "ann@elsewhere.example", true);
        assert_eq!(hub.sign_in(), Err(403));
        // By a domain, under a name that nobody has yet.
        says("u2", "bob@example.org", true);
        assert_eq!(hub.sign_in().as_deref(), Ok("bob-2"));
        assert_eq!(hub.sign_in().as_deref(), Ok("bob-2"));
        for other in [
            "eve@nowhere.example",
            "eve@sub.example.org",
            "eve@example.org.evil.example",
            "eve@evil.example@example.org",
            "example.org",
            "",
        ] {
            says("u3", other, true);
            assert_eq!(hub.sign_in(), Err(403), "{other}");
        }
        let people = store.people().expect("people");
        assert_eq!(people.len(), 3, "{people:?}");
        assert!(people.contains(&ann));
        // With its secret, and with the proof that it is the one who has asked.
        let plan = hub.provider.plan.lock().expect("a plan");
        let form = plan.exchanged.last().expect("a form");
        assert!(form.contains("grant_type=authorization_code"), "{form}");
        assert!(!form.contains("a%20secret"), "{form}");
    }
}

#[test]
fn an_answer_that_is_not_the_providers_or_not_for_this_counts_for_nothing() {
    let (hub, store) = hub(None);
    let good = json!({ "email": "ann@example.org", "email_verified": true });
    let now = segno_web::now_ms() / 1000;
    for wrong in [
        json!({ "nonce": "other" }),
        json!({ "nonce": null }),
        json!({ "aud": "other" }),
        json!({ "aud": ["hub", "other"] }),
        json!({ "aud": ["hub"], "azp": "other" }),
        json!({ "iss": "http://evil.example" }),
        json!({ "exp": now - 600 }),
        json!({ "exp": "later" }),
        json!({ "iat": now + 6000 }),
        json!({ "sub": "" }),
    ] {
        let mut claims = good.clone();
        for (name, value) in wrong.as_object().expect("claims") {
            claims[name] = value.clone();
        }
        hub.provider.says(claims);
        assert_eq!(hub.sign_in(), Err(403), "{wrong}");
    }
    for alg in ["none", "HS256", "RS256"] {
        hub.provider.says(good.clone());
        hub.provider.plan.lock().expect("a plan").alg = Some(alg);
        assert_eq!(hub.sign_in(), Err(403), "{alg}");
    }
    hub.provider.says(good.clone());
    hub.provider.plan.lock().expect("a plan").other_key = true;
    assert_eq!(hub.sign_in(), Err(403), "another's key");
    assert!(store.people().expect("people").is_empty());

    // An answer is good once, and in the browser that has set out alone.
    hub.provider.says(good);
    let (away, back) = hub.set_out();
    let (other, _) = hub.set_out();
    assert_eq!(hub.follow(&back, "").0, 403);
    assert_eq!(hub.follow(&back, &other).0, 403);
    let exchanged = hub.provider.plan.lock().expect("a plan").exchanged.len();
    assert_eq!(exchanged, 0, "no code was exchanged");
    let (away2, back2) = hub.set_out();
    assert_eq!(hub.follow(&format!("{back2}&iss=http://evil.example"), &away2).0, 403);
    assert_eq!(hub.follow(&back2, &away2).0, 403, "it is used");
    let (away3, back3) = hub.set_out();
    assert_eq!(hub.follow(&back3, &away3).0, 302);
    assert_eq!(hub.follow(&back3, &away3).0, 403, "it is used");
    assert_ne!(away, away3);
}
