//! Requests as they go out, and how they go.

use std::collections::BTreeMap;

use ring::hmac;
use serde::Serialize;
use serde_json::Value;

use crate::error::{Error, Result};
use crate::service::{Body, Request, Service, address_part};
use crate::target::Target;
use segno_base::text::hex::hex;

/// The most of an answer that is read, in bytes.
pub const ANSWER_MAX: u64 = 4 << 20;

/// A request with every byte that is in our hands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outgoing {
    pub method: String,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<String>,
    /// Seconds that it may take.
    #[serde(skip)]
    pub timeout: u32,
}

/// What came back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
    /// Milliseconds that the service wants to be left alone for.
    pub retry_after: Option<i64>,
}

/// Carries requests.
pub trait Transport {
    /// The answer, or why there is none. Without one, nobody knows whether the request arrived.
    fn send(&mut self, request: &Outgoing) -> Result<Answer, String>;
}

/// Makes a request; `known` is what its templates may use.
pub fn outgoing(
    request: &Request,
    url: &str,
    key: Option<&str>,
    known: &Value,
    timeout: u32,
) -> Result<Outgoing> {
    let mut headers = vec![
        ("user-agent".to_owned(), concat!("segno/", env!("CARGO_PKG_VERSION")).to_owned()),
        ("accept".to_owned(), "*/*".to_owned()),
    ];
    let body = match &request.body {
        None => None,
        Some(Body::Json(template)) => {
            headers.push(("content-type".into(), "application/json".into()));
            let value = template.render(known).unwrap_or_default();
            Some(value.to_string())
        }
        Some(Body::Text { content_type, text }) => {
            headers.push(("content-type".into(), content_type.clone()));
            Some(text.render(known))
        }
    };
    for (name, text) in &request.headers {
        // One whose value is not known is not sent.
        if text.is_known(known) {
            headers.push((name.to_ascii_lowercase(), header(&text.render(known))));
        }
    }
    if let (Some((name, before)), Some(key)) = (&request.signature, key) {
        let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
        let signed = hmac::sign(&key, body.as_deref().unwrap_or_default().as_bytes());
        headers.push((name.to_ascii_lowercase(), format!("{before}{}", hex(signed.as_ref()))));
    }
    let path = request.path.render_address(known);
    let url = match path.is_empty() {
        true => url.to_owned(),
        false => format!("{}{path}", url.trim_end_matches('/')),
    };
    Ok(Outgoing { method: request.method.clone(), url, headers, body, timeout })
}

/// In one line, and in characters that a header can have.
fn header(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).collect()
}

/// The address as requests go to it; the error says what is wrong with it.
pub fn address(service: &Service, url: &str) -> Result<String> {
    let wrong = |why: &str| Err(Error::Usage(format!("{url:?} is no address: {why}")));
    let Some((scheme, rest)) = url.split_once("://") else {
        return wrong("it begins with https:// or http://");
    };
    if !matches!(scheme, "https" | "http") {
        return wrong("it begins with https:// or http://");
    }
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    if host.is_empty() || url.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return wrong("it has no host, or spaces");
    }
    let mut host = host.to_owned();
    for [from, to] in &service.login.rewrite {
        if let Some(before) = host.strip_suffix(from.as_str()) {
            host = format!("{before}{to}");
        }
    }
    Ok(format!("{scheme}://{host}{}", path.trim_end_matches('/')))
}

/// What templates may use of a target: what was chosen, or what a project says instead.
pub fn target_values(target: &Target, local: Option<&BTreeMap<String, String>>) -> Value {
    let mut chosen = target.chosen.clone();
    chosen.extend(local.into_iter().flatten().map(|(k, v)| (k.clone(), v.clone())));
    chosen.insert("name".into(), target.name.clone());
    serde_json::to_value(chosen).unwrap_or_default()
}

impl Outgoing {
    /// The same without the key, wherever it stands and however it is written there.
    pub fn masked(&self, key: Option<&str>) -> Self {
        let Some(key) = key else { return self.clone() };
        let json = Value::from(key).to_string();
        let json = json.strip_prefix('"').and_then(|json| json.strip_suffix('"'));
        let written = [key.to_owned(), address_part(key), json.unwrap_or(key).to_owned()];
        let hidden =
            |text: &str| written.iter().fold(text.to_owned(), |text, key| masked(&text, Some(key)));
        // One that is too short to be looked for in texts is a word of a header.
        let word = |text: &str| {
            let words = text.split(' ').map(|word| if word == key { "…" } else { word });
            words.collect::<Vec<_>>().join(" ")
        };
        Self {
            method: self.method.clone(),
            url: hidden(&self.url),
            headers: self
                .headers
                .iter()
                .map(|(n, value)| (n.clone(), word(&hidden(value))))
                .collect(),
            body: self.body.as_deref().map(hidden),
            timeout: self.timeout,
        }
    }

    /// Every byte, as people read it.
    pub fn shown(&self) -> String {
        let mut text = format!("{} {}\n", self.method, self.url);
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\n"));
        }
        if let Some(body) = &self.body {
            text.push_str(&format!("\n{body}\n"));
        }
        text
    }
}

/// The text without the key.
pub fn masked(text: &str, key: Option<&str>) -> String {
    match key.filter(|key| key.len() > 5) {
        Some(key) => text.replace(key, &first(key)),
        None => text.to_owned(),
    }
}

/// The beginning of a key.
pub fn first(key: &str) -> String {
    let shown = (key.chars().count() / 3).min(6);
    key.chars().take(shown).chain("…".chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::read;

    #[test]
    fn addresses_are_checked_and_rewritten() {
        let service = read(
            "schema = 1\nname = \"x\"\ntitle = \"X\"\nlogin.rewrite = [[\".cloud\", \".site\"]]\n\
             requests.a = {}\nitems.user = { request = \"a\", body = {} }",
        )
        .unwrap();
        let to = |url| address(&service, url).ok();
        assert_eq!(to("https://a.b.cloud/").as_deref(), Some("https://a.b.site"));
        assert_eq!(to("http://127.0.0.1:8/x/").as_deref(), Some("http://127.0.0.1:8/x"));
        for wrong in ["a.b", "ftp://a", "https://", "https://a b", ""] {
            assert_eq!(to(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_short_key_is_hidden_in_headers_too() {
        let outgoing = Outgoing {
            method: "GET".into(),
            url: "http://h/abc".into(),
            headers: vec![("authorization".into(), "Bearer abc".into())],
            body: None,
            timeout: 1,
        };
        let masked = outgoing.masked(Some("abc"));
        assert_eq!(masked.headers, [("authorization".to_owned(), "Bearer …".to_owned())]);
        assert_eq!(masked.url, outgoing.url);
    }

    #[test]
    fn a_key_is_shown_by_its_beginning() {
        assert_eq!(first("osk_0123456789"), "osk_…");
        assert_eq!(masked("Bearer abcdefghi", Some("abcdefghi")), "Bearer abc…");
    }

    #[test]
    fn a_key_is_hidden_wherever_a_template_puts_it() {
        let service = read(
            "schema = 1\nname = \"x\"\ntitle = \"X\"\n[requests.a]\nmethod = \"POST\"\n\
             path = \"/{key}/x\"\nheaders = { a = \"Bearer {key}\" }\n\
             body = { key = \"{key}\" }\n[items.user]\nrequest = \"a\"\nbody = {}",
        )
        .unwrap();
        let request = &service.generation(None).unwrap().requests["a"];
        for key in ["0123456789abcdef", "0123/+456789=ab\"cdef"] {
            let known = serde_json::json!({ "key": key });
            let outgoing = outgoing(request, "http://h", Some(key), &known, 1).unwrap();
            let shown = outgoing.masked(Some(key)).shown();
            assert!(!shown.contains("cdef") && shown.matches("…").count() == 3, "{shown}");
        }
    }
}
