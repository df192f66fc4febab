//! Whatever happens in whatever order, the invariants hold; and what is stored is what comes back.

use super::*;

/// Something that happens. Panes and tabs are meant by their place among those there are.
#[derive(Debug, Clone)]
enum Op {
    Attach(u32, Size, bool),
    Resize(u32, Size),
    Gone(u32),
    Key(u32, &'static str),
    Prefixed(u32, &'static str),
    Command(u32, usize),
    Paste(u32, &'static str),
    Mouse(u32, u8, Index, MouseAction, Point),
    Listed(u32, bool),
    Conversations(u32, u8),
    Started(Index),
    StartFailed(Index),
    Exited(Index, i32, bool),
    Bell(Index),
    Cwd(Index, &'static str),
    Project(Index, Option<&'static str>),
    Recorded(Index, u8),
    Tick,
    Open(&'static str, Option<(Index, Direction)>, u8),
    Restart(Index, u8),
    Close(Index),
    Focus(Option<u32>, Index),
    Rename(Index, &'static str),
    Zoom(Index),
    Found(u32, u8),
    Recent(u32, u8),
    Move(Option<u32>, Index, Option<(Index, Direction)>),
    /// Opens or moves a pane as the popup of another one's tab.
    Float(Option<Index>, Index),
    /// The daemon ends, and some of the programs with it.
    Restore(u8),
}

fn op() -> impl Strategy<Value = Op> {
    let client = || 1..4u32;
    let size = || (0..200u16, 0..80u16).prop_map(|(cols, rows)| Size::new(cols, rows));
    let index = any::<Index>;
    let direction =
        || select(vec![Direction::Left, Direction::Right, Direction::Up, Direction::Down]);
    let key = || {
        select(vec![
            "enter",
            "esc",
            "tab",
            "shift+tab",
            "up",
            "down",
            "left",
            "right",
            "space",
            "a",
            "y",
            "q",
            "/",
            "1",
            "2",
            "ctrl+b",
            "ctrl+c",
            "ctrl+h",
            "backspace",
            "pagedown",
        ])
    };
    let bound =
        || select(vec!["a", "c", "x", "&", "%", "\"", "z", "o", "w", "?", "m", ",", "$", "r"]);
    let action = select(vec![
        MouseAction::Press(MouseButton::Left),
        MouseAction::Press(MouseButton::Right),
        MouseAction::Press(MouseButton::WheelUp),
        MouseAction::Drag(MouseButton::Left),
        MouseAction::Release(MouseButton::Left),
        MouseAction::Move,
    ]);
    let point = (0..200u16, 0..80u16).prop_map(|(x, y)| Point::new(x, y));
    let text = || select(vec!["", "name", "a\nb\u{1b}", "漢字"]);
    let path = select(vec!["/", "/work", "/work/deep"]);
    let kind = prop_oneof![5 => Just("shell"), 6 => Just("agent"), 3 => Just("tool"), 1 => Just("unknown")];
    prop_oneof![
        3 => (client(), size(), prop::bool::weighted(0.2)).prop_map(|(c, s, r)| Op::Attach(c, s, r)),
        2 => (client(), size()).prop_map(|(c, s)| Op::Resize(c, s)),
        1 => client().prop_map(Op::Gone),
        6 => (client(), key()).prop_map(|(c, k)| Op::Key(c, k)),
        6 => (client(), bound()).prop_map(|(c, k)| Op::Prefixed(c, k)),
        6 => (client(), 0..COMMANDS.len()).prop_map(|(c, n)| Op::Command(c, n)),
        1 => (client(), text()).prop_map(|(c, t)| Op::Paste(c, t)),
        4 => (client(), 0..10u8, index(), action, point)
            .prop_map(|(c, t, i, a, p)| Op::Mouse(c, t, i, a, p)),
        3 => (client(), any::<bool>()).prop_map(|(c, e)| Op::Listed(c, e)),
        2 => (client(), 0..4u8).prop_map(|(c, n)| Op::Conversations(c, n)),
        6 => index().prop_map(Op::Started),
        1 => index().prop_map(Op::StartFailed),
        2 => (index(), 0..2i32, any::<bool>()).prop_map(|(i, c, s)| Op::Exited(i, c, s)),
        1 => index().prop_map(Op::Bell),
        1 => (index(), path).prop_map(|(i, p)| Op::Cwd(i, p)),
        2 => (index(), prop::option::of(select(vec!["/work", "/work/deep"])))
            .prop_map(|(i, root)| Op::Project(i, root)),
        3 => (index(), 0..5u8).prop_map(|(i, n)| Op::Recorded(i, n)),
        1 => Just(Op::Tick),
        16 => (kind, prop::option::of((index(), direction())), 0..6u8)
            .prop_map(|(k, p, s)| Op::Open(k, p, s)),
        3 => (index(), 0..6u8).prop_map(|(i, s)| Op::Restart(i, s)),
        1 => index().prop_map(Op::Close),
        2 => (prop::option::of(client()), index()).prop_map(|(c, i)| Op::Focus(c, i)),
        1 => (index(), text()).prop_map(|(i, t)| Op::Rename(i, t)),
        2 => index().prop_map(Op::Zoom),
        3 => (prop::option::of(client()), index(), prop::option::of((index(), direction())))
            .prop_map(|(c, i, to)| Op::Move(c, i, to)),
        3 => (prop::option::of(index()), index()).prop_map(|(i, of)| Op::Float(i, of)),
        3 => (client(), 0..4u8).prop_map(|(c, n)| Op::Found(c, n)),
        2 => (client(), 0..4u8).prop_map(|(c, n)| Op::Recent(c, n)),
        1 => any::<u8>().prop_map(Op::Restore),
    ]
}

fn start(n: u8) -> Start {
    match n {
        0 => Start::Recorded,
        1 => Start::Fresh,
        2 => Start::ContinueLast,
        n => Start::Session(session(n)),
    }
}

fn tab(model: &Model, index: Index) -> TabId {
    if model.tabs.is_empty() { TabId::new(999).unwrap() } else { index.get(&model.tabs).id }
}

impl World {
    fn run(&mut self, op: Op) {
        let id = |n: u32| ClientId(n);
        match op {
            Op::Attach(c, size, read_only) => {
                self.event(Event::ClientAttached {
                    client: id(c),
                    size,
                    mode: AttachMode { read_only, ..AttachMode::default() },
                });
            }
            Op::Resize(c, size) => self.event(Event::ClientResized { client: id(c), size }),
            Op::Gone(c) => self.event(Event::ClientGone { client: id(c) }),
            Op::Key(c, key) => self.event(Event::Key { client: id(c), event: press(key) }),
            Op::Prefixed(c, key) => {
                for key in ["ctrl+b", key] {
                    self.event(Event::Key { client: id(c), event: press(key) });
                }
            }
            Op::Command(c, n) => self.with(|model, cx| {
                model.run(COMMANDS[n].command, At::client(id(c)), cx);
            }),
            Op::Paste(c, text) => {
                let client = id(c);
                self.event(Event::PasteStart { client });
                self.event(Event::Paste { client, bytes: text.into() });
                self.event(Event::PasteEnd { client });
            }
            Op::Mouse(c, target, index, action, at) => self.mouse(id(c), target, index, action, at),
            Op::Listed(c, exists) => {
                use crate::dialog::Dialog;
                let dialog = self.model.clients.get(&id(c)).and_then(|c| c.dialog.as_ref());
                let Some(Dialog::NewPane(dialog)) = dialog else { return };
                let text = dialog.directory.text().to_string();
                let directory = exists.then(|| "/work".into());
                let completions = vec!["/work/a".into(), "/work/ä".into()];
                self.event(Event::DirectoryListed { client: id(c), text, directory, completions });
            }
            Op::Conversations(c, n) => {
                let wanted = ConversationQuery {
                    type_name: (n % 2 == 0).then(|| "agent".into()),
                    directory: (n % 3 > 0).then(|| "/work".into()),
                };
                self.conversations(id(c), wanted, n);
            }
            Op::Started(i) => {
                let pane = pane(&self.model, i);
                self.event(Event::Started {
                    pane,
                    pid: 7,
                    assigned: None,
                    notes: vec!["a note".into()],
                });
            }
            Op::StartFailed(i) => {
                let pane = pane(&self.model, i);
                self.event(Event::StartFailed { pane, why: "no".into() });
            }
            Op::Exited(i, code, stale) => {
                let pane = pane(&self.model, i);
                self.event(Event::Exited { pane, status: ExitStatus::Code(code), stale });
            }
            Op::Bell(i) => {
                let pane = pane(&self.model, i);
                self.event(Event::Bell { pane });
            }
            Op::Cwd(i, path) => {
                let pane = pane(&self.model, i);
                self.event(Event::Cwd { pane, cwd: path.into() });
            }
            Op::Project(i, root) => self.find_project(i, root),
            Op::Recorded(i, n) => {
                let recorded = match n {
                    0 => Recorded::Nothing,
                    1 => Recorded::New,
                    n => Recorded::Id(session(n)),
                };
                let pane = pane(&self.model, i);
                let recorded = Record { shown: recorded, at: self.now };
                self.event(Event::Recorded { pane, recorded });
            }
            Op::Tick => self.event(Event::Tick),
            Op::Open(kind, place, n) => {
                let place = match place {
                    Some((i, side)) => Place::Split { of: pane(&self.model, i), side },
                    None => Place::Tab,
                };
                let spec = StartRequest {
                    type_name: kind.into(),
                    cwd: "/work".into(),
                    ..StartRequest::default()
                };
                let before = self.model.panes.len();
                let result = self.with(|model, cx| model.open(spec, place, start(n), None, cx));
                assert_eq!(self.model.panes.len(), before + usize::from(result.is_ok()));
            }
            Op::Restart(i, n) => {
                let pane = pane(&self.model, i);
                let _ = self.with(|model, cx| model.restart(pane, start(n), cx));
            }
            Op::Close(i) => {
                let pane = pane(&self.model, i);
                let _ = self.with(|model, cx| model.close(pane, cx));
            }
            Op::Focus(c, i) => {
                let pane = pane(&self.model, i);
                let _ = self.with(|model, cx| model.focus(c.map(id), pane, cx));
            }
            Op::Rename(i, name) => {
                let pane = pane(&self.model, i);
                let _ = self.with(|model, cx| model.rename_pane(pane, name, cx));
            }
            Op::Zoom(i) => {
                let pane = pane(&self.model, i);
                let _ = self.with(|model, cx| model.zoom(None, pane, cx));
            }
            Op::Found(c, n) => self.found(id(c), n),
            Op::Recent(c, n) => self.conversations(id(c), ConversationQuery::default(), n),
            Op::Move(c, i, to) => self.move_pane(c.map(id), i, to),
            Op::Float(moved, of) => self.float(moved, of),
            Op::Restore(held) => self.restore(held),
        }
    }

    fn mouse(
        &mut self,
        client: ClientId,
        target: u8,
        index: Index,
        action: MouseAction,
        at: Point,
    ) {
        let (pane, tab) = (pane(&self.model, index), tab(&self.model, index));
        let target = match target {
            0 => Target::Tab(tab),
            1 => Target::NewTab,
            2 => Target::Pane(pane),
            3 => {
                let divider = self.model.tab(tab).and_then(|tab| {
                    let area = Rect::new(0, 0, tab.size.cols, tab.size.rows);
                    tab.layout.dividers(area).into_iter().next()
                });
                let Some(divider) = divider else { return };
                Target::Divider { tab, path: divider.path, at }
            }
            4 => Target::DialogRow(at.y.into()),
            8 => Target::PaneEntry(pane),
            9 => Target::PaneMenu(pane),
            7 => Target::Popup { tab, grip: Grip::at(Rect::new(9, 9, 40, 20), at), at },
            5 => Target::Answer { pane, index: at.x.into() },
            _ => Target::Nothing,
        };
        let event = MouseEvent { action, x: at.x, y: at.y, mods: Modifiers::NONE };
        self.event(Event::Mouse { client, target, event });
    }

    /// What was stored is what comes back, also through its text.
    fn restore(&mut self, held: u8) {
        let saved = self.model.saved();
        let text = serde_json::to_string(&saved).unwrap();
        let read: Saved = serde_json::from_str(&text).unwrap();
        assert_eq!(read, saved);
        let recorded: Vec<_> =
            self.model.panes.iter().map(|(id, p)| (*id, p.recorded.clone())).collect();
        self.model = Model::restored(read, &Types);
        assert_eq!(self.model.saved(), saved);
        // Reports of a tracker comes while what is recorded is still being read.
        self.with(|model, cx| {
            model.handle(Event::Tick, cx);
            assert!(!cx.out.iter().any(|effect| matches!(effect, Effect::Start { .. })));
        });
        let mut adopted = Vec::new();
        for (n, (pane, recorded)) in recorded.into_iter().enumerate() {
            self.model.restore_recorded(pane, recorded, self.now);
            // No more starts than these were under way when the daemon ended.
            let ending = adopted.len() < 2;
            let held = match (held >> (n % 4 * 2)) & 3 {
                0 => Held::Running { pid: 9 },
                1 if ending => Held::Ending { next: Conversation::New },
                1 => Held::Running { pid: 9 },
                _ => continue,
            };
            self.model.adopt(pane, held, self.now);
            adopted.push(pane);
        }
        self.with(|model, cx| model.revive(&adopted, cx));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn nothing_breaks_the_workspace(ops in prop::collection::vec(op(), 1..80)) {
        let mut world = World::new();
        for op in ops {
            world.run(op);
        }
        world.restore(0xff);
    }

    /// What a person or a bug wrote into the file costs at most what is nonsense.
    #[test]
    fn a_damaged_workspace_is_put_right(
        ops in prop::collection::vec(op(), 1..40),
        damage in prop::collection::vec((any::<Index>(), any::<Index>(), 0..7u8), 1..6),
    ) {
        let mut world = World::new();
        for op in ops {
            world.run(op);
        }
        let mut saved = world.model.saved();
        for (one, other, what) in damage {
            if saved.tabs.is_empty() {
                break;
            }
            let (a, b) = (one.index(saved.tabs.len()), other.index(saved.tabs.len()));
            match what {
                0 => saved.tabs[a].layout = saved.tabs[b].layout.clone(),
                1 => saved.tabs[a].focus = saved.tabs[b].focus,
                2 => saved.tabs[a].id = saved.tabs[b].id,
                3 => saved.active = TabId::new(77),
                4 => (saved.last_pane, saved.last_tab) = (0, 0),
                5 => saved.tabs[a].popup = Some(Popup::new(saved.tabs[b].focus)),
                _ => {
                    saved.tabs.remove(a);
                }
            }
        }
        let panes = saved.panes.len();
        let model = Model::restored(saved, &Types);
        prop_assert_eq!(model.verify(), Ok(()));
        prop_assert_eq!(model.panes.len(), panes, "no pane is lost");
    }
}
