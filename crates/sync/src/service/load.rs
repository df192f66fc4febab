//! Services, from the files that come with Segno and from the user's.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value};

use super::shape::{self, Shape};
use super::template::{Template, Text};
use super::{Body, Browser, Choice, Files, Generation, How, Item, Listing, Request, Service};

/// Of the format that this program reads.
const SCHEMA: u32 = 1;

/// All services that can be used, by name.
#[derive(Debug, Default)]
pub struct Services {
    all: BTreeMap<String, Service>,
    pub problems: Vec<Problem>,
}

/// A file that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Problem {
    pub file: String,
    pub why: String,
}

impl Services {
    /// Reads files, each a name and its text; of two services with one name the later counts.
    pub fn load<'f>(files: impl IntoIterator<Item = (&'f str, &'f str)>) -> Self {
        let mut services = Self::default();
        for (file, text) in files {
            match read(text) {
                Ok(service) => drop(services.all.insert(service.name.clone(), service)),
                Err(why) => services.refuse(file, why),
            }
        }
        services
    }

    /// Notes that a file cannot be used. The one that it was to replace is not used in its place:
    /// it may send what the user did not want sent.
    pub fn refuse(&mut self, file: &str, why: String) {
        if let Some(name) = name_of(file) {
            self.all.remove(name);
        }
        self.problems.push(Problem { file: file.into(), why });
    }

    /// What is wrong with the file of this service.
    pub fn problem(&self, name: &str) -> Option<&Problem> {
        self.problems.iter().find(|problem| name_of(&problem.file) == Some(name))
    }

    pub fn get(&self, name: &str) -> Option<&Service> {
        self.all.get(name)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Service> {
        self.all.values()
    }
}

fn name_of(file: &str) -> Option<&str> {
    Path::new(file).file_stem()?.to_str()
}

/// Reads one service; the error is one line.
pub fn read(text: &str) -> Result<Service, String> {
    let table: toml::Table = text.parse().map_err(|e| one_line(&e))?;
    let value = serde_json::to_value(table).map_err(|e| one_line(&e))?;
    let shape: Shape = serde_json::from_value(value).map_err(|e| one_line(&e))?;
    if shape.schema != SCHEMA {
        return Err(format!("schema {} is not known; {SCHEMA} is", shape.schema));
    }
    let usable = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if shape.name.is_empty() || !shape.name.chars().all(usable) {
        return Err(format!("name {:?}: lower case letters, digits and - only", shape.name));
    }
    let how = match shape.files {
        Some(_) if !shape.common.is_empty() || !shape.generation.is_empty() => {
            return Err("one with `files` sends no requests".into());
        }
        Some(files) if files.formats.is_empty() => return Err("files.formats is empty".into()),
        Some(files) => {
            How::Files(Files { path: Text::parse(&files.path)?, formats: files.formats })
        }
        None => How::Http(generations(&shape.common, shape.generation)?),
    };
    Ok(Service {
        name: shape.name,
        title: shape.title,
        about: shape.about,
        login: shape.login,
        browser: shape.browser.map(browser).transpose()?,
        how,
    })
}

fn browser(shape: shape::Browser) -> Result<Browser, String> {
    let request = |shape| request(shape, &BTreeMap::new());
    Ok(Browser {
        start: request(shape.start)?,
        session: shape.session,
        page: Text::parse(&shape.page)?,
        pages: shape.pages,
        poll: request(shape.poll)?,
        key: shape.key,
        every: shape.every_seconds.max(1),
        timeout: shape.timeout_seconds,
    })
}

fn one_line(error: &impl ToString) -> String {
    error
        .to_string()
        .split('\n')
        .map(str::trim)
        .filter(|l| !l.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn generations(common: &Map<String, Value>, own: Vec<Value>) -> Result<Vec<Generation>, String> {
    let own = if own.is_empty() { vec![Value::Object(Map::new())] } else { own };
    own.into_iter()
        .map(|own| {
            let mut whole = Value::Object(common.clone());
            merge(&mut whole, own);
            let shape = serde_json::from_value(whole).map_err(|e| one_line(&e))?;
            generation(shape)
        })
        .collect()
}

/// Members of `over` are added to those of `under`, or come in their place.
fn merge(under: &mut Value, over: Value) {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            for (name, value) in over {
                match under.get_mut(&name) {
                    Some(there) => merge(there, value),
                    None => drop(under.insert(name, value)),
                }
            }
        }
        (under, over) => *under = over,
    }
}

fn generation(shape: shape::Generation) -> Result<Generation, String> {
    let headers = &shape.headers;
    let request = |request| self::request(request, headers);
    let listing = |listing: shape::Listing| {
        Ok::<_, String>(Listing {
            request: self::request(listing.request, headers)?,
            items: listing.items,
            id: listing.id,
        })
    };
    let choice = |choice: shape::ChoiceShape| {
        Ok::<_, String>(Choice {
            name: choice.name,
            list: listing(choice.list)?,
            label: choice.label,
            optional: choice.optional,
        })
    };
    let requests = shape
        .requests
        .into_iter()
        .map(|(name, shape)| Ok((name, request(shape)?)))
        .collect::<Result<BTreeMap<_, _>, String>>()?;
    let mut items = BTreeMap::new();
    for (kind, item) in shape.items {
        if !requests.contains_key(&item.request) {
            return Err(format!("items: there is no request {:?}", item.request));
        }
        let body = Template::parse(&item.body)?;
        items.insert(kind, Item { request: item.request, body });
    }
    if items.is_empty() {
        return Err("it has no items".into());
    }
    let parts = shape.parts.iter().map(|(part, value)| Ok((*part, Template::parse(value)?)));
    Ok(Generation {
        name: shape.name,
        probe: shape.probe.map(request).transpose()?,
        check: shape.check.map(request).transpose()?,
        choices: shape.choose.into_iter().map(choice).collect::<Result<_, _>>()?,
        items,
        parts: parts.collect::<Result<_, String>>()?,
        tools: shape.tools,
        answers: shape.answers,
        replaces: shape.replaces,
        recheck: shape.recheck.map(listing).transpose()?,
        verify: shape.verify.map(listing).transpose()?,
        settle: shape.settle_seconds,
        rest: shape.rest_minutes,
        timeout: shape.timeout_seconds.max(1),
        agents: shape.agents,
        providers: shape.providers,
        requests,
    })
}

fn request(shape: shape::Request, headers: &BTreeMap<String, String>) -> Result<Request, String> {
    let mut all = headers.clone();
    all.extend(shape.headers);
    let headers = all.iter().map(|(name, text)| Ok((name.clone(), Text::parse(text)?)));
    let body = match (&shape.body, &shape.text) {
        (Some(_), Some(_)) => return Err("a request has `body` or `text`, not both".into()),
        (Some(body), None) => Some(Body::Json(Template::parse(body)?)),
        (None, Some(text)) => {
            Some(Body::Text { content_type: shape.content_type, text: Text::parse(text)? })
        }
        (None, None) => None,
    };
    Ok(Request {
        method: shape.method,
        path: Text::parse(&shape.path)?,
        headers: headers.collect::<Result<_, String>>()?,
        body,
        signature: shape.signature.map(|[header, before]| (header, before)),
        batch: shape.batch.max(1),
        bytes: shape.bytes,
        remember: shape.remember.into_iter().collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::Kind;

    const PLAIN: &str = r#"
        schema = 1
        name = "one"
        title = "One"
        [requests.event]
        method = "POST"
        body = "{item}"
        [items.user]
        request = "event"
        body = { text = "{text}" }
    "#;

    #[test]
    fn generations_share_what_stands_above_them() {
        let text = format!(
            "{PLAIN}
            [[generation]]
            name = \"old\"
            [[generation]]
            name = \"new\"
            requests.event.path = \"/new\"
            items.end = {{ request = \"event\", body = {{}} }}"
        );
        let service = read(&text).unwrap();
        let old = service.generation(Some("old")).unwrap();
        let new = service.generation(Some("new")).unwrap();
        assert!(old.items.len() == 1 && new.items.contains_key(&Kind::End));
        assert_eq!(new.requests["event"].method, "POST");
        assert_eq!(new.requests["event"].path, Text::parse("/new").unwrap());
        assert!(service.generation(Some("none")).is_none());
    }

    #[test]
    fn what_a_login_may_choose_is_what_templates_want() {
        let text = PLAIN.replace("{text}", "{target.room, text} {target.name}");
        assert!(read(&text).unwrap().choices().into_iter().eq(["room"]));
        assert!(read(PLAIN).unwrap().choices().is_empty());
    }

    #[test]
    fn what_is_wrong_is_said_in_a_line() {
        for (from, to, why) in [
            ("schema = 1", "schema = 2", "schema 2"),
            ("\"one\"", "\"One\"", "lower case"),
            ("\"{text}\"", "\"{text\"", "no end"),
            ("request = \"event\"", "request = \"none\"", "no request"),
            ("method =", "methode =", "methode"),
        ] {
            let said = read(&PLAIN.replace(from, to)).unwrap_err();
            assert!(said.contains(why) && !said.contains('\n'), "{said}");
        }
        let services = Services::load([("a.toml", PLAIN), ("b.toml", "x")]);
        assert_eq!((services.iter().count(), services.problems.len()), (1, 1));
        assert!(services.get("one").is_some());
        let services = Services::load([("one.toml", PLAIN), ("/own/one.toml", "x")]);
        assert!(services.get("one").is_none() && services.problem("one").is_some());
    }
}
