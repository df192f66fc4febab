//! Strings with `{placeholders}`: parsed once, when a pane type is checked, and filled in one
//! pass, so that a value is never expanded again whatever it holds.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use segno_base::text::diagnostic::closest;

macro_rules! placeholders {
    ($($variant:ident $name:literal $doc:literal,)*) => {
        /// What can stand in braces.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Placeholder {
            $(#[doc = $doc] $variant,)*
        }

        impl Placeholder {
            /// Every placeholder.
            pub const ALL: &[Placeholder] = &[$(Placeholder::$variant,)*];

            /// The word in braces.
            pub fn name(self) -> &'static str {
                match self {
                    $(Placeholder::$variant => $name,)*
                }
            }

            /// What it stands for.
            pub fn description(self) -> &'static str {
                match self {
                    $(Placeholder::$variant => $doc,)*
                }
            }
        }
    };
}

placeholders! {
    Pane "pane" "the pane's id",
    Home "home" "Segno's directory, absolute",
    Assets "assets" "the directory of the tracker's files, absolute",
    AssetsUrl "assets_url" "the same as a percent-encoded file:// URL",
    Type "type" "the pane type's name",
    PaneRule "pane_rule" "the expression that every pane id matches",
    SessionRule "session_rule" "the expression that every session id matches",
    SessionFile "session_file" "where the tracker writes the conversation's id",
    EventsFile "events_file" "where the tracker appends what it sees",
    LogFile "log_file" "where the tracker writes its own errors",
    ClaimFile "claim_file" "by which the tracker distinguishes its pane's program from a nested one",
    UserHome "user_home" "the user's home directory",
    ConfigHome "config_home" "$XDG_CONFIG_HOME, else ~/.config",
    DataHome "data_home" "$XDG_DATA_HOME, else ~/.local/share",
    Cwd "cwd" "the pane's directory",
    Shell "shell" "the user's shell",
    Segno "segno" "this program, absolute",
    HookCommand "hook_command" "a line for sh that reports to Segno what it gets on its standard input",
    Pid "pid" "the pane's process",
    File "file" "the generated file",
    Session "session" "the conversation's id",
    Prompt "prompt" "the first prompt",
    Model "model" "the model",
    Value "value" "the field's value",
}

impl Placeholder {
    /// The only place where it is known; `None`: everywhere.
    pub fn place(self) -> Option<&'static str> {
        match self {
            Placeholder::Session => Some(
                "with_id, assign, fork, fork_assign, exists and protect of [resume], and files of a \
                 [[tracker.watch]], [tracker.title_session] or [[usage.transcript]]",
            ),
            Placeholder::Pid => Some("files of a [[tracker.watch]] or [[usage.transcript]]"),
            Placeholder::File => Some("args of a [[tracker.json_file]]"),
            Placeholder::Prompt => Some("command.prompt_args and command.run_args"),
            Placeholder::Model => Some("command.model_args"),
            Placeholder::Value => Some("args of a [[command.field]]"),
            _ => None,
        }
    }
}

/// What the placeholders stand for.
#[derive(Debug, Clone, Default)]
pub struct Values {
    known: BTreeMap<Placeholder, OsString>,
    named: BTreeMap<Name, OsString>,
}

impl Values {
    pub fn new() -> Values {
        Values::default()
    }

    pub fn insert(&mut self, placeholder: Placeholder, value: OsString) {
        self.known.insert(placeholder, value);
    }

    pub fn get(&self, placeholder: Placeholder) -> Option<&OsStr> {
        self.known.get(&placeholder).map(OsString::as_os_str)
    }

    pub fn name(&mut self, name: Name, value: OsString) {
        self.named.insert(name, value);
    }
}

impl<const N: usize> From<[(Placeholder, OsString); N]> for Values {
    fn from(known: [(Placeholder, OsString); N]) -> Values {
        Values { known: known.into(), named: BTreeMap::new() }
    }
}

/// A placeholder that is not built in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Name {
    /// `{env:NAME}`: a variable of the pane.
    Env(String),
    /// `{computed:NAME}`: a value of `[[computed]]`.
    Computed(String),
}

impl Name {
    fn parse(text: &str) -> Option<Name> {
        let (kind, name) = text.split_once(':')?;
        let sound = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if name.is_empty() || !name.chars().all(sound) {
            return None;
        }
        match kind {
            "env" => Some(Name::Env(name.to_string())),
            "computed" => Some(Name::Computed(name.to_string())),
            _ => None,
        }
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Name::Env(name) => write!(f, "env:{name}"),
            Name::Computed(name) => write!(f, "computed:{name}"),
        }
    }
}

/// A parsed string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Fill(Placeholder),
    /// The first so many characters of it.
    Start(Placeholder, usize),
    Named(Name),
}

/// A text that is no template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    #[error("`{{{}}}` is no placeholder; {}, or write {{{{ for a brace", name.escape_debug(), suggestion(name))]
    Unknown { name: String },
    #[error("`{{{}}}` has no value here; use it in {}", .0.name(), .0.place().unwrap_or("another place"))]
    OutOfPlace(Placeholder),
    #[error(
        "what follows the colon of `{{session:…}}` is no number of characters, as in `{{session:8}}`"
    )]
    Length,
    #[error("a `{{` without its `}}`; write {{{{ for a brace")]
    Unclosed,
    #[error("a `}}` without its `{{`; write }}}} for a brace")]
    Unopened,
    #[error("a NUL character, which no program can be given; remove it")]
    Nul,
}

fn suggestion(name: &str) -> String {
    match closest(name, Placeholder::ALL.iter().map(|p| p.name())) {
        Some(meant) => format!("did you mean `{{{meant}}}`?"),
        None => "docs/pane-types.md lists them".to_string(),
    }
}

/// A placeholder that the surroundings give no value, for example a home directory without HOME.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FillError {
    #[error("{{{}}} ({}) is not known", .0.name(), .0.description())]
    NoValue(Placeholder),
    #[error("{{{0}}} has no value")]
    NoName(Name),
    #[error("a path in it is not valid UTF-8, which JSON cannot hold")]
    NotText,
}

impl Template {
    /// Parses a text. `context` is the placeholder that is known in this place besides the usual.
    pub fn parse(text: &str, context: Option<Placeholder>) -> Result<Template, TemplateError> {
        if text.contains('\0') {
            return Err(TemplateError::Nul);
        }
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            plain.push_str(&rest[..at]);
            let brace = &rest[at..];
            if brace.starts_with("{{") || brace.starts_with("}}") {
                plain.push_str(&brace[..1]);
                rest = &brace[2..];
                continue;
            }
            let inside = brace.strip_prefix('{').ok_or(TemplateError::Unopened)?;
            let end = inside.find(['{', '}']).ok_or(TemplateError::Unclosed)?;
            if inside.as_bytes()[end] == b'{' {
                return Err(TemplateError::Unclosed);
            }
            let name = &inside[..end];
            let part = part(name, context)?;
            if !plain.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut plain)));
            }
            parts.push(part);
            rest = &inside[end + 1..];
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Ok(Template(parts))
    }

    pub fn uses(&self, placeholder: Placeholder) -> bool {
        self.0.contains(&Part::Fill(placeholder))
    }

    /// Whether it uses the beginning of a value.
    pub fn uses_start(&self, placeholder: Placeholder) -> bool {
        self.0.iter().any(|part| matches!(part, Part::Start(p, _) if *p == placeholder))
    }

    /// Whether what it is filled to depends on the value.
    pub fn contains(&self, placeholder: Placeholder) -> bool {
        self.uses(placeholder) || self.uses_start(placeholder)
    }

    /// The names of the variables and computed values that it uses.
    pub fn names(&self) -> impl Iterator<Item = &Name> {
        self.0.iter().filter_map(|part| match part {
            Part::Named(name) => Some(name),
            _ => None,
        })
    }

    pub fn fill(&self, values: &Values) -> Result<OsString, FillError> {
        let mut filled = OsString::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => filled.push(text),
                Part::Fill(placeholder) => {
                    let value = values.known.get(placeholder);
                    filled.push(value.ok_or(FillError::NoValue(*placeholder))?);
                }
                Part::Start(placeholder, length) => {
                    let value = values.known.get(placeholder);
                    let value = value.ok_or(FillError::NoValue(*placeholder))?;
                    let text = value.to_str().ok_or(FillError::NotText)?;
                    filled.push(text.chars().take(*length).collect::<String>());
                }
                Part::Named(name) => {
                    let value = values.named.get(name);
                    filled.push(value.ok_or_else(|| FillError::NoName(name.clone()))?);
                }
            }
        }
        Ok(filled)
    }

    /// As text, for JSON.
    pub fn fill_text(&self, values: &Values) -> Result<String, FillError> {
        self.fill(values)?.into_string().map_err(|_| FillError::NotText)
    }
}

/// What stands between two braces.
fn part(name: &str, context: Option<Placeholder>) -> Result<Part, TemplateError> {
    if let Some(name) = Name::parse(name) {
        return Ok(Part::Named(name));
    }
    let (name, start) = match name.split_once(':') {
        Some(("session", length)) => ("session", Some(length)),
        _ => (name, None),
    };
    let known = Placeholder::ALL.iter().copied().find(|p| p.name() == name);
    let unknown = || TemplateError::Unknown { name: name.chars().take(40).collect() };
    let placeholder = known.ok_or_else(unknown)?;
    // A watched file may be the process's or the conversation's.
    let watched = context == Some(Placeholder::Pid) && placeholder == Placeholder::Session;
    if placeholder.place().is_some() && context != Some(placeholder) && !watched {
        return Err(TemplateError::OutOfPlace(placeholder));
    }
    let Some(start) = start else { return Ok(Part::Fill(placeholder)) };
    match start.parse() {
        Ok(length) if length > 0 => Ok(Part::Start(placeholder, length)),
        _ => Err(TemplateError::Length),
    }
}

/// A path as a `file://` URL that every URL parser reads back as exactly this path.
pub fn file_url(path: &OsStr) -> String {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
    const KEPT: &AsciiSet =
        &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    format!("file://{}", percent_encode(path.as_encoded_bytes(), KEPT))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn values(home: &str) -> Values {
        [(Placeholder::Home, OsString::from(home)), (Placeholder::Pane, "p1".into())].into()
    }

    fn filled(text: &str) -> String {
        Template::parse(text, None).unwrap().fill_text(&values("/h")).unwrap()
    }

    #[test]
    fn placeholders_are_filled_and_doubled_braces_are_braces() {
        assert_eq!(filled("{home}/x/{pane}"), "/h/x/p1");
        assert_eq!(filled("{{home}} {{{pane}}} }}"), "{home} {p1} }");
        assert_eq!(filled(""), "");
        assert_eq!(filled("{{env:X}}"), "{env:X}");
    }

    #[test]
    fn what_is_no_template_is_refused_with_advice() {
        let error = |text: &str| Template::parse(text, None).unwrap_err().to_string();
        assert_eq!(
            error("{hom}"),
            "`{hom}` is no placeholder; did you mean `{home}`?, or write {{ for a brace"
        );
        assert!(error("{session}").contains("has no value here"));
        assert_eq!(Template::parse("a{b", None), Err(TemplateError::Unclosed));
        assert_eq!(Template::parse("{a{b}", None), Err(TemplateError::Unclosed));
        assert_eq!(Template::parse("a}b", None), Err(TemplateError::Unopened));
        assert_eq!(Template::parse("a\0", None), Err(TemplateError::Nul));
        assert!(Template::parse("{é}", None).is_err());
        assert!(Template::parse("{session}", Some(Placeholder::Session)).is_ok());
        assert!(error("{session:8}").contains("has no value here"));
        let length = |text| Template::parse(text, Some(Placeholder::Session)).unwrap_err();
        for text in ["{session:}", "{session:0}", "{session:x}", "{session:-1}"] {
            assert_eq!(length(text), TemplateError::Length, "{text}");
        }
    }

    #[test]
    fn a_session_can_be_cut() {
        let cut = Template::parse("-{session:3}.x", Some(Placeholder::Session)).unwrap();
        let filled = |id: &str| cut.fill_text(&[(Placeholder::Session, id.into())].into()).unwrap();
        assert_eq!(filled("äbcd"), "-äbc.x");
        assert_eq!(filled("a"), "-a.x");
        assert!(cut.uses_start(Placeholder::Session) && !cut.uses(Placeholder::Session));
    }

    #[test]
    fn a_value_that_is_missing_is_named() {
        let template = Template::parse("{cwd}", None).unwrap();
        assert_eq!(template.fill(&values("/h")), Err(FillError::NoValue(Placeholder::Cwd)));
    }

    #[test]
    fn urls_hold_nothing_that_could_mean_something() {
        assert_eq!(
            file_url(OsStr::new("/a b/{env:X}/ü?#%\\$'\"/c.js")),
            "file:///a%20b/%7Benv%3AX%7D/%C3%BC%3F%23%25%5C%24%27%22/c.js"
        );
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            let _ = Template::parse(&text, None);
        }

        #[test]
        fn values_are_never_expanded_again(value in "[{}a-z/]{0,20}") {
            let template = Template::parse("<{home}>", None).unwrap();
            prop_assert_eq!(template.fill_text(&values(&value)).unwrap(), format!("<{value}>"));
        }

        #[test]
        fn an_escaped_text_stays_itself(text in "[{}a-z]{0,20}") {
            let escaped = text.replace('{', "{{").replace('}', "}}");
            let template = Template::parse(&escaped, None).unwrap();
            prop_assert_eq!(template.fill_text(&Values::new()).unwrap(), text);
        }
    }
}
