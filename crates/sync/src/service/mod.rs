//! A service that conversations can be sent to: data, read from one TOML file.

mod answer;
mod load;
mod shape;
mod template;

use std::collections::{BTreeMap, BTreeSet};

pub use answer::{Answers, Verdict};
pub use load::{Problem, Services, read};
pub use shape::{Choice, Found, Login, Manifest, Tools};
pub(crate) use template::address_part;
pub use template::{Template, Text};

/// The name under which templates find what was chosen at the login.
const TARGET: &str = "target";

/// A service, ready to be used.
#[derive(Debug, Clone)]
pub struct Service {
    /// As `login` is given it; the name of its file.
    pub name: String,
    pub title: String,
    /// What it is, in a line.
    pub about: String,
    pub login: Login,
    /// How a browser signs in instead of a key that is typed.
    pub browser: Option<Browser>,
    pub how: How,
}

/// Signing in with a browser; templates have `{session}` and `{device}`.
#[derive(Debug, Clone)]
pub struct Browser {
    /// Begins it.
    pub start: Request,
    /// JSON pointer, in its answer, to what `{session}` is.
    pub session: String,
    /// What comes behind the address of the page.
    pub page: Text,
    /// Addresses whose pages are at another.
    pub pages: BTreeMap<String, String>,
    /// Asks for the key.
    pub poll: Request,
    /// JSON pointer, in its answer, to the key; there once the user has signed in.
    pub key: String,
    /// Seconds between two questions.
    pub every: u32,
    /// Seconds until it is given up.
    pub timeout: u32,
}

/// How it is reached.
#[derive(Debug, Clone)]
pub enum How {
    /// By HTTP; of several generations, the one that answers its probe.
    Http(Vec<Generation>),
    /// As files below a directory.
    Files(Files),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum KeyNeed {
    #[default]
    Needed,
    Optional,
    None,
}

/// What is sent, in one of a service's generations.
#[derive(Debug, Clone)]
pub struct Generation {
    pub name: String,
    /// Answered with success by this generation alone.
    pub probe: Option<Request>,
    /// Answered with success only when the key is good.
    pub check: Option<Request>,
    /// What the user chooses from a list at the login.
    pub choices: Vec<Choice>,
    pub requests: BTreeMap<String, Request>,
    pub items: BTreeMap<Kind, Item>,
    /// Elements of `{parts}`, by what they are of.
    pub parts: BTreeMap<Part, Template>,
    pub tools: Tools,
    pub answers: Answers,
    /// Whether an item that is sent again replaces the one before.
    pub replaces: bool,
    /// Asks which items have arrived, where sending again would double them.
    pub recheck: Option<Listing>,
    /// Asks which conversations are there.
    pub verify: Option<Listing>,
    /// Seconds without a change after which what was said last is taken as complete.
    pub settle: u32,
    /// Minutes without a change after which a conversation is at rest.
    pub rest: u32,
    /// Seconds that an answer may take.
    pub timeout: u32,
    /// What the service calls an agent, where that is not the type's name.
    pub agents: BTreeMap<String, String>,
    /// Whose models an agent uses that does not write it before the model's name, by type.
    pub providers: BTreeMap<String, String>,
}

/// What an item is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The conversation itself, with its figures.
    Session,
    User,
    Assistant,
    System,
    Tool,
    /// The conversation is at rest, or its agent has deleted it.
    End,
    /// The conversation is to be deleted.
    Deleted,
}

/// A part of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    Reasoning,
    Text,
    Call,
    Result,
}

/// How an item looks.
#[derive(Debug, Clone)]
pub struct Item {
    /// The request that carries it.
    pub request: String,
    pub body: Template,
}

/// A request.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    /// What comes behind the address.
    pub path: Text,
    pub headers: Vec<(String, Text)>,
    /// `{item}` is the first item, `{items}` are all.
    pub body: Option<Body>,
    /// A header that signs the body with the key (HMAC-SHA-256, hexadecimal), and what stands
    /// before the signature.
    pub signature: Option<(String, String)>,
    /// At most so many items.
    pub batch: usize,
    /// At most so many bytes, unless a single item has more.
    pub bytes: usize,
    /// What of the answer is remembered of the conversation: name and JSON pointer.
    pub remember: Vec<(String, String)>,
}

#[derive(Debug, Clone)]
pub enum Body {
    Json(Template),
    Text { content_type: String, text: Text },
}

/// A request whose answer has a list.
#[derive(Debug, Clone)]
pub struct Listing {
    pub request: Request,
    /// JSON pointers: to the list, and in each element to the id (empty: the element itself).
    pub items: String,
    pub id: String,
}

/// One file for each conversation.
#[derive(Debug, Clone)]
pub struct Files {
    /// Where, below the directory, without the ending.
    pub path: Text,
    /// The formats among which the user may choose, the usual one first.
    pub formats: Vec<String>,
}

impl Service {
    /// What a login may choose beside the settings that every target has.
    pub fn choices(&self) -> BTreeSet<&str> {
        let How::Http(all) = &self.how else { return BTreeSet::new() };
        let mut names = BTreeSet::new();
        for generation in all {
            names.extend(generation.choices.iter().map(|choice| choice.name.as_str()));
            let asked = generation.choices.iter().map(|choice| &choice.list);
            let asked = asked.chain(&generation.recheck).chain(&generation.verify);
            let asked = asked.map(|listing| &listing.request);
            let asked = asked.chain(&generation.probe).chain(&generation.check);
            for request in asked.chain(generation.requests.values()) {
                let texts = request.headers.iter().map(|(_, text)| text).chain([&request.path]);
                texts.for_each(|text| text.names(TARGET, &mut names));
                match &request.body {
                    Some(Body::Json(template)) => template.names(TARGET, &mut names),
                    Some(Body::Text { text, .. }) => text.names(TARGET, &mut names),
                    None => {}
                }
            }
            let bodies = generation.items.values().map(|item| &item.body);
            bodies.chain(generation.parts.values()).for_each(|body| body.names(TARGET, &mut names));
        }
        // That is how the user calls it.
        names.remove("name");
        names
    }

    /// The generation of this name; the first without one.
    pub fn generation(&self, name: Option<&str>) -> Option<&Generation> {
        match &self.how {
            How::Http(all) => {
                let named = |name: &str| all.iter().find(|generation| generation.name == name);
                name.map_or(all.first(), named)
            }
            How::Files(_) => None,
        }
    }
}
