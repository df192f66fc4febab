//! Model states to look at, and screens with something on them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::{KeyEntry, KeyHelp, Screens, Theme, View, ViewContext, compose};
use segno_agent::event::{Event, Source, What};
use segno_agent::identity::SessionId;
use segno_agent::panetype::{Field, Kind};
use segno_agent::past::{PastConversation, Summary};
use segno_agent::start::{Conversation, StartRequest};
use segno_agent::status::{Activity, Usage};
use segno_agent::tracking::{Started, Tracking};
use segno_agent::usage::counts::Counts;
use segno_base::ids::{ClientId, PaneId, TabId};
use segno_base::key::Key;
use segno_base::screen::cell::{Style, Width};
use segno_base::screen::frame::{Cursor, CursorShape, Frame};
use segno_base::screen::geometry::{Direction, Point, Rect, Size};
use segno_config::keys::command::Command;
use segno_core::dialog::Dialog;
use segno_core::dialog::new_pane::{NewPaneDialog, Placement, Row, TypeChoice};
use segno_core::dialog::resume::ResumeDialog;
use segno_core::layout::Layout;
use segno_core::model::catalogue::TypeTraits;
use segno_core::model::client::{AttachMode, Client};
use segno_core::model::pane::{Life, Pane};
use segno_core::model::tab::Tab;
use segno_core::model::workspace::Model;

pub const CLIENT: ClientId = ClientId(1);
/// 2026-01-02 14:02:00 UTC.
pub const NOW: u64 = 1_767_362_520_000;

pub fn p(number: u32) -> PaneId {
    PaneId::new(number).unwrap()
}

pub fn session(text: &str) -> SessionId {
    SessionId::try_from(text.to_string()).unwrap()
}

pub fn pane(number: u32, type_name: &str) -> Pane {
    let title = if type_name == "shell" { "Shell" } else { "Agent" };
    let spec = StartRequest {
        type_name: type_name.to_string(),
        cwd: PathBuf::from("/home/ada/src/segno"),
        ..StartRequest::default()
    };
    let traits = TypeTraits { is_agent: type_name != "shell", ..TypeTraits::missing(title) };
    let life = Life::Running { pid: 1, since: NOW, conversation: Conversation::New };
    let pane = Pane::new(p(number), spec, traits, life, Size::new(1, 1));
    Pane { project: Some(PathBuf::from("/home/ada/src/segno")), tracking: None, ..pane }
}

/// A pane with an agent that is doing something in a conversation.
pub fn agent(number: u32, activity: Activity) -> Pane {
    let id = session(&format!("ses_{number}"));
    let mut tracking = Tracking::new();
    tracking.started(NOW, Started::Resumed(id.clone()));
    let detail = (activity == Activity::Blocked).then(|| "may I run cargo test?".to_string());
    let counts = Counts { input: 12_000, output: 345, cost: 0.042, ..Counts::default() };
    let usage = Usage { counts, ..Usage::default() };
    for what in [
        What::State { session: Some(id.clone()), activity, detail },
        What::Title { session: id.clone(), title: "Make the tests pass".to_string() },
        What::Usage { session: id, usage },
    ] {
        let event = Event { at: NOW, n: 1, from: Source::Screen, by: None, what };
        tracking.apply(&event, NOW);
    }
    Pane { tracking: Some(tracking), ..pane(number, "agent") }
}

pub fn tab(number: u32, layout: Layout) -> Tab {
    Tab::new(TabId::new(number).unwrap(), layout, Size::new(0, 0))
}

pub fn model(tabs: Vec<Tab>, panes: Vec<Pane>) -> Model {
    let mut model = Model::default();
    model.active = tabs.first().map(|tab| tab.id);
    let client = Client::new(CLIENT, Size::new(100, 30), model.active, AttachMode::default());
    model.clients = BTreeMap::from([(CLIENT, client)]);
    model.tabs = tabs;
    model.panes = panes.into_iter().map(|pane| (pane.id, pane)).collect();
    model
}

/// p1 left; p2 above p3 and p4 on the right; a second tab with p5, a third with p6.
pub fn busy() -> Model {
    let mut layout = Layout::new(p(1));
    layout.split(p(1), Direction::Right, p(2));
    layout.split(p(2), Direction::Down, p(3));
    layout.split(p(3), Direction::Right, p(4));
    let mut first = tab(1, layout);
    first.focus = p(3);
    let mut second = tab(2, Layout::new(p(5)));
    second.name = Some("deploy".to_string());
    let third = tab(3, Layout::new(p(6)));
    let mut finished = agent(5, Activity::Idle);
    finished.unseen = true;
    let mut noted = agent(3, Activity::Blocked);
    noted.notes = vec!["its own settings could not be read".to_string()];
    model(
        vec![first, second, third],
        vec![
            pane(1, "shell"),
            agent(2, Activity::Working),
            noted,
            agent(4, Activity::Retrying),
            finished,
            agent(6, Activity::Error),
        ],
    )
}

pub fn with_dialog(dialog: Dialog) -> Model {
    let mut model = busy();
    model.clients.get_mut(&CLIENT).unwrap().dialog = Some(dialog);
    model
}

fn type_choice(title: &str, kind: Kind, available: bool) -> TypeChoice {
    TypeChoice {
        name: title.to_lowercase(),
        title: title.to_string(),
        kind,
        homepage: Some(format!("https://{}.example", title.to_lowercase())),
        available,
        asks_cwd: true,
        toggles: vec![
            ("logs".to_string(), "Print logs to stderr".to_string()),
            ("safe".to_string(), "Ask before every command".to_string()),
        ],
        toggled: BTreeSet::from(["safe".to_string()]),
        fields: vec![Field {
            name: "port".to_string(),
            label: "Port".to_string(),
            default: "4096".to_string(),
            ..Field::default()
        }],
        conversations: kind == Kind::Agent,
        recent: None,
    }
}

pub fn new_pane_dialog(row: Option<Row>) -> NewPaneDialog {
    let types = vec![
        type_choice("Coder", Kind::Agent, true),
        type_choice("Planner", Kind::Agent, false),
        type_choice("Shell", Kind::Shell, true),
        type_choice("Lazygit", Kind::Tool, true),
    ];
    let place = Placement::Split(Direction::Right);
    let mut dialog = NewPaneDialog::new(types, "/home/ada/src/se", place);
    dialog.row = row;
    dialog.completions = (1..=7).map(|n| format!("/home/ada/src/segno{n}/")).collect();
    dialog.conversations = conversations();
    dialog
}

pub fn resume_dialog(selected: usize, error: Option<&str>) -> ResumeDialog {
    let mut dialog = ResumeDialog::new("/home/ada/src/segno".into());
    dialog.conversations = Some(conversations());
    dialog.selected = selected;
    dialog.error = error.map(str::to_string);
    dialog
}

pub fn conversations() -> Vec<PastConversation> {
    let choice = |id: &str, title: Option<&str>, minutes: u64, open_in| PastConversation {
        type_name: "coder".to_string(),
        session: session(id),
        cwd: "/home/ada/src/segno".into(),
        summary: Summary {
            title: title.map(str::to_string),
            first_prompt: title.map(|_| "Please look at the tests".to_string()),
            last_prompt: title.map(|_| "Now commit".to_string()),
        },
        last_seen: NOW - minutes * 60_000,
        open_in,
    };
    vec![
        choice("ses_1", Some("Make the tests pass"), 5, None),
        choice("ses_2", Some("漢字 in the title, and it is a rather long one"), 100, Some(p(3))),
        choice("ses_3", None, 5000, None),
    ]
}

/// Every pane shows its id on the first line, a wide word on the second.
pub struct Painted {
    pub scrolled: Option<(usize, usize)>,
}

impl Screens for Painted {
    fn draw(&self, pane: PaneId, frame: &mut Frame, area: Rect) -> Option<Cursor> {
        let text = format!("{pane} $ ");
        let used = frame.text(Point::new(area.x, area.y), &text, Style::default(), area.cols);
        if area.rows > 1 {
            let at = Point::new(area.x, area.y + 1);
            frame.text(at, "漢字漢字", Style::default(), area.cols);
        }
        let at = Point::new(area.x + used.min(area.cols.saturating_sub(1)), area.y);
        Some(Cursor { blinking: true, ..Cursor::steady(at, CursorShape::Block) })
    }

    fn scroll(&self, _: PaneId) -> Option<(usize, usize)> {
        self.scrolled
    }
}

pub struct Keys;

impl KeyHelp for Keys {
    fn prefix(&self) -> String {
        "ctrl+b".to_string()
    }

    fn keys_for(&self, command: Command) -> Option<String> {
        let key = match command {
            Command::ClosePane => "x",
            Command::NewTab => "c",
            Command::Help => "?",
            Command::Popup => "f",
            _ => return None,
        };
        Some(format!("ctrl+b {key}"))
    }

    fn next(&self, after_prefix: bool, typed: &[Key]) -> Vec<(String, String)> {
        let number = if typed.is_empty() { 30 } else { 2 };
        let what = if after_prefix { "does thing" } else { "global" };
        (1..=number).map(|n| (format!("k{n}"), format!("{what} {n}"))).collect()
    }

    fn entries(&self) -> Vec<KeyEntry> {
        let groups = [
            (
                "Panes",
                &[
                    "% Split right",
                    "\" Split down",
                    "x Close the pane",
                    "P New pane: choose its type, directory and conversation",
                    "alt+left Move the pane's border left",
                ][..],
            ),
            ("Tabs", &["c New tab", "n Go to the next tab", "p Go to the previous tab"]),
            ("Segno", &["d Detach", "? This help"]),
        ];
        let entry = |group: &str, line: &str| {
            let (keys, description) = line.split_once(' ').unwrap();
            KeyEntry {
                name: String::new(),
                keys: format!("ctrl+b {keys}"),
                description: description.to_string(),
                group: group.to_string(),
            }
        };
        groups
            .iter()
            .flat_map(|(group, lines)| lines.iter().map(|line| entry(group, line)))
            .collect()
    }
}

pub fn view(model: &Model, size: Size, screens: &dyn Screens) -> View {
    view_in(model, size, screens, &Theme::DEFAULT)
}

pub fn view_in(model: &Model, size: Size, screens: &dyn Screens, theme: &Theme) -> View {
    let mut model = model.clone();
    model.clients.get_mut(&CLIENT).unwrap().size = size;
    let context = ViewContext {
        theme,
        keys: &Keys,
        now_ms: NOW,
        utc_offset: Some(3600),
        home: Some(Path::new("/home/ada")),
    };
    compose(&model, CLIENT, screens, &context)
}

/// A frame as text; the cursor, if any, in the last line.
pub fn text(view: &View) -> String {
    let mut text = String::new();
    for y in 0..view.frame.size().rows {
        let row: String = view
            .frame
            .row(y)
            .iter()
            .filter(|cell| cell.width != Width::Tail)
            .map(|cell| cell.ch)
            .collect();
        text.push_str(row.trim_end());
        text.push('\n');
    }
    match view.frame.cursor {
        Some(cursor) => text.push_str(&format!("cursor {},{}\n", cursor.at.x, cursor.at.y)),
        None => text.push_str("no cursor\n"),
    }
    text
}

pub fn shown(model: &Model, cols: u16, rows: u16) -> String {
    text(&view(model, Size::new(cols, rows), &Painted { scrolled: None }))
}
