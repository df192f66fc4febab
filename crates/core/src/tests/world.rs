//! A workspace to test with: its clients see three pane types, and after all that happens to it the
//! invariants are checked.

use super::*;
use crate::model::catalogue::Calls;
use segno_agent::past::{PastConversation, Summary};

/// The client of the tests that need but one.
pub(super) const CLIENT: ClientId = ClientId(1);

pub(super) fn p(number: u32) -> PaneId {
    PaneId::new(number).unwrap()
}

pub(super) fn session(n: u8) -> SessionId {
    SessionId::try_from(format!("ses_{n}")).unwrap()
}

/// The pane that an index means; one that does not exist when there are none.
pub(super) fn pane(model: &Model, index: Index) -> PaneId {
    let panes: Vec<_> = model.panes.keys().copied().collect();
    if panes.is_empty() { PaneId::new(999).unwrap() } else { *index.get(&panes) }
}

pub(crate) fn press(key: &str) -> KeyEvent {
    KeyEvent::from(key.parse::<Key>().unwrap())
}

/// A shell, an agent that can do everything, and a tool that stays when it ends.
pub(crate) struct Types;

impl Catalogue for Types {
    fn traits(&self, type_name: &str) -> Option<TypeTraits> {
        let agent = type_name == "agent";
        let close = match type_name {
            "shell" => ClosePolicy::Always,
            "agent" => ClosePolicy::Never,
            "tool" => ClosePolicy::Success,
            _ => return None,
        };
        Some(TypeTraits {
            title: type_name.to_uppercase(),
            calls_itself: Calls::Title,
            is_agent: agent,
            tracked: agent,
            can_resume: agent,
            can_continue: agent,
            can_fork: agent,
            close,
            again: true,
            toggled: BTreeSet::from(["loud".to_string()]),
            raw: BTreeSet::from([Key::ctrl('t')]),
        })
    }

    fn choices(&self) -> Vec<TypeChoice> {
        let choice = |name: &str| TypeChoice {
            name: name.into(),
            title: name.to_uppercase(),
            kind: match name {
                "agent" => Kind::Agent,
                "shell" => Kind::Shell,
                _ => Kind::Tool,
            },
            homepage: None,
            available: name != "tool",
            asks_cwd: name != "shell",
            toggles: vec![("loud".into(), "Be loud".into())],
            toggled: BTreeSet::new(),
            fields: vec![Field {
                name: "port".into(),
                label: "Port".into(),
                default: "1".into(),
                ..Field::default()
            }],
            conversations: name == "agent",
            recent: None,
        };
        ["agent", "shell", "tool"].map(choice).into()
    }
}

pub(super) struct World {
    pub(super) model: Model,
    pub(super) config: Config,
    pub(super) now: u64,
}

impl World {
    pub(super) fn new() -> World {
        World { model: Model::default(), config: Config::load(None, "").0, now: 1_000 }
    }

    pub(super) fn with<R>(&mut self, change: impl FnOnce(&mut Model, &mut Context) -> R) -> R {
        self.now += 100;
        let mut cx = Context {
            keys: &self.config.keys,
            types: &Types,
            default_type: "shell",
            confirm_close: true,
            parallel_starts: 2,
            notifications: &self.config.notifications,
            copy: crate::copy::Tools {
                texts: &crate::copy::tests::Pages,
                settings: &self.config.copy,
            },
            now: self.now,
            out: Vec::new(),
        };
        let result = change(&mut self.model, &mut cx);
        let effects = cx.out;
        self.check(&effects);
        result
    }

    pub(super) fn event(&mut self, event: Event) {
        self.with(|model, cx| model.handle(event, cx));
    }

    /// What must be true after everything that happens.
    fn check(&self, effects: &[Effect]) {
        let model = &self.model;
        assert_eq!(model.verify(), Ok(()));
        for tab in &model.tabs {
            assert_eq!(tab.layout.validate(), Ok(()));
            assert!(!tab.zoomed || tab.layout.panes().len() > 1, "alone, there is nothing to zoom");
            assert!(tab.last_focus.is_none_or(|p| p != tab.focus && tab.layout.contains(p)));
        }
        for pane in model.panes.keys() {
            // Whatever is chosen, who types in a pane types into that pane, and into others only
            // when both were chosen.
            let audience = model.audience(*pane);
            let chosen = |p: &PaneId| model.panes[p].extras.broadcast;
            assert!(audience.contains(pane));
            assert!(audience.iter().all(|p| p == pane || (chosen(p) && chosen(pane))));
            assert!(model.others(*pane).iter().all(|p| p != pane && !model.is_pinned(*p)));
        }
        let starting = |p: &&crate::model::pane::Pane| {
            p.traits.is_agent && matches!(p.life, Life::Starting { .. })
        };
        assert!(model.panes.values().filter(starting).count() <= 2);
        let projects = model.projects();
        let mut grouped: Vec<_> = projects.iter().flat_map(|p| p.tabs.clone()).collect();
        grouped.sort();
        let mut tabs: Vec<_> = model.tabs.iter().map(|tab| tab.id).collect();
        tabs.sort();
        assert_eq!(grouped, tabs, "every tab is in one group");
        for client in model.clients.values() {
            let known = |tab: &TabId| model.tab(*tab).is_some() && Some(*tab) != client.tab;
            assert!(client.recent.iter().all(known), "{:?}", client.recent);
        }
        let mut resumed = BTreeSet::new();
        for pane in model.panes.values() {
            assert!(pane.size.cols >= Size::MIN.cols && pane.size.rows >= Size::MIN.rows);
            if let Life::Queued(Beginning { conversation: Conversation::Resume(id), .. })
            | Life::Starting { conversation: Conversation::Resume(id) } = &pane.life
            {
                assert!(resumed.insert((pane.spec.type_name.clone(), id.clone())), "{id} twice");
            }
        }
        for effect in effects {
            match effect {
                Effect::Start { pane, .. } => {
                    assert!(!model.panes.contains_key(pane) || model.panes[pane].is_live());
                }
                Effect::Resize { size, .. } => assert!(size.cols >= Size::MIN.cols),
                Effect::Forget { pane } => assert!(!model.panes.contains_key(pane)),
                _ => {}
            }
        }
    }

    /// With one client attached.
    pub(super) fn attached() -> World {
        let mut world = World::new();
        let size = Size::new(120, 40);
        world.event(Event::ClientAttached { client: CLIENT, size, mode: AttachMode::default() });
        world
    }

    /// The client gives a command.
    pub(super) fn command(&mut self, command: Command) {
        self.with(|model, cx| model.run(command, At::client(CLIENT), cx));
    }

    /// Opens a pane in a tab of its own.
    pub(super) fn open(&mut self, spec: StartRequest) -> PaneId {
        self.with(|model, cx| model.open(spec, Place::Tab, Start::Fresh, None, cx)).unwrap()
    }

    /// A pane's program runs.
    pub(super) fn started(&mut self, pane: PaneId) {
        let notes = Vec::new();
        self.event(Event::Started { pane, pid: 7, notes, assigned: None });
    }

    pub(super) fn focused(&self) -> PaneId {
        self.model.focused(CLIENT).unwrap()
    }

    /// Some past conversations are found; the third is of a type that is gone.
    pub(super) fn conversations(&mut self, client: ClientId, wanted: ConversationQuery, count: u8) {
        let conversation = |n: u8| PastConversation {
            type_name: if n == 2 { "gone".into() } else { "agent".into() },
            session: session(n + 3),
            cwd: "/work".into(),
            summary: Summary {
                title: (n > 0).then(|| format!("Conversation {n}")),
                first_prompt: None,
                last_prompt: Some("last".into()),
            },
            last_seen: 0,
            open_in: None,
        };
        let conversations = (0..count).map(conversation).collect();
        self.event(Event::ConversationsFound { client, wanted, conversations });
    }
}
