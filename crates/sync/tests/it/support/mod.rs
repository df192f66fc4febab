//! An archive with what was said in it, a target, and a server that receives it.

pub mod events;
pub mod server;
pub mod sessions;

use std::cell::Cell;
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use segno_archive::Archive;
use segno_archive::ingest::{self, Batch, Source, SourceError};
use segno_sync::deliver::{self, Answer, Http, Outgoing, Pass, Report, Transport, Way};
use segno_sync::service::Service;
use segno_sync::state::State;
use segno_sync::target::Target;
use segno_transcript::record::{Conversation, Message, Record, Role, ToolCall, ToolStatus, Usage};

/// 2026-11-29 12:00 UTC.
pub const NOON: i64 = 1_795_953_600_000;
pub const KEY: &str = "key_0123456789abcdef";

/// Says its records once.
struct Said {
    agent: &'static str,
    name: String,
    records: Vec<Record>,
}

impl Source for Said {
    fn agent(&self) -> &str {
        self.agent
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn read(&mut self, _cursor: Option<&[u8]>) -> Result<Batch, SourceError> {
        let records = std::mem::take(&mut self.records);
        Ok(Batch { records, cursor: vec![1], ..Batch::default() })
    }
}

/// Everything that a pass needs.
pub struct World {
    temp: tempfile::TempDir,
    archive: Archive,
    pub service: Service,
    pub target: Target,
    /// What the clock says.
    pub now: Cell<i64>,
    /// Whether the user wants something else.
    pub interrupted: Cell<bool>,
    said: usize,
}

/// A service that comes with Segno, by its name.
pub fn shipped(name: &str) -> Service {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../defaults/sinks");
    let text = fs::read_to_string(path.join(format!("{name}.toml"))).unwrap();
    segno_sync::service::read(&text).unwrap()
}

impl World {
    pub fn new(service: &str, url: &str) -> Self {
        let temp = tempfile::tempdir().unwrap();
        let archive = Archive::write(&temp.path().join("archive")).unwrap().archive;
        let service = shipped(service);
        let target = Target::new("mine", &service.name, url, 0);
        // An hour later: what was said is complete.
        Self {
            temp,
            archive,
            service,
            target,
            now: Cell::new(NOON + 3_600_000),
            interrupted: Cell::new(false),
            said: 0,
        }
    }

    /// Logs in as the command does.
    pub fn log_in(&mut self) -> Result<Vec<deliver::Offer>, segno_sync::Error> {
        let checked = deliver::check(&self.service, &self.target, Some(KEY), &mut Http::default())?;
        self.target.generation = checked.generation;
        for offer in &checked.offers {
            if let Some(id) = deliver::choose(offer, None)? {
                self.target.chosen.insert(offer.name.clone(), id);
            }
        }
        Ok(checked.offers)
    }

    /// Brings records of an agent into the archive, written then.
    pub fn say_at(&mut self, written: i64, agent: &'static str, records: Vec<Record>) {
        self.said += 1;
        let mut source = Said { agent, name: format!("source {}", self.said), records };
        let sources = std::iter::once(&mut source as &mut dyn Source);
        ingest::ingest(&mut self.archive, sources, written, |_| ControlFlow::Continue(())).unwrap();
    }

    pub fn say(&mut self, agent: &'static str, records: Vec<Record>) {
        self.say_at(NOON, agent, records);
    }

    pub fn archive(&mut self) -> &mut Archive {
        &mut self.archive
    }

    pub fn state(&self) -> State {
        State::open(&self.temp.path().join("state.db")).unwrap()
    }

    /// One pass by itself.
    pub fn send(&self) -> Report {
        self.pass(&mut Http::default(), Way::ByItself)
    }

    /// One pass that the user asks for.
    pub fn send_now(&self) -> Report {
        self.pass(&mut Http::default(), Way::Asked)
    }

    pub fn pass(&self, transport: &mut dyn Transport, way: Way) -> Report {
        let mut state = self.state();
        self.with(&mut state, transport, way, |pass| pass.run()).unwrap()
    }

    pub fn with<T>(
        &self,
        state: &mut State,
        transport: &mut dyn Transport,
        way: Way,
        run: impl FnOnce(Pass) -> T,
    ) -> T {
        run(Pass {
            service: &self.service,
            target: &self.target,
            key: Some(KEY),
            archive: &self.archive,
            state,
            transport,
            clock: &|| self.now.get(),
            chance: &|| 0,
            way,
            interrupted: &|| self.interrupted.get(),
            local: Default::default(),
            report: Report::default(),
        })
    }

    /// What would be sent.
    pub fn dry(&self) -> Vec<Outgoing> {
        let mut recorder = Recorder::default();
        self.pass(&mut recorder, Way::Dry);
        recorder.0
    }

    pub fn later(&self, milliseconds: i64) {
        self.now.set(self.now.get() + milliseconds);
    }
}

/// Writes requests down, and sends nothing.
#[derive(Default)]
pub struct Recorder(pub Vec<Outgoing>);

impl Transport for Recorder {
    fn send(&mut self, request: &Outgoing) -> Result<Answer, String> {
        self.0.push(request.clone());
        Ok(Answer { status: 200, body: b"{}".to_vec(), retry_after: None })
    }
}

pub fn conversation(id: &str, title: &str, directory: &str) -> Record {
    Record::Conversation(Conversation {
        id: id.into(),
        title: Some(title.into()),
        directory: Some(directory.into()),
        model: Some("anthropic/model-1".into()),
        created: Some(NOON - 60_000),
        updated: Some(NOON - 1000),
        ..Conversation::default()
    })
}

pub fn message(conversation: &str, id: &str, role: Role, text: &str) -> Record {
    Record::Message(Message {
        conversation: conversation.into(),
        id: id.into(),
        parent: None,
        role,
        text: text.into(),
        reasoning: (role == Role::Assistant).then(|| "thought".into()),
        time: Some(NOON - 30_000),
        model: (role == Role::Assistant).then(|| "model-1".into()),
    })
}

pub fn tool(conversation: &str, id: &str, of: &str, output: Option<&str>) -> Record {
    Record::Tool(ToolCall {
        conversation: conversation.into(),
        id: id.into(),
        message: Some(of.into()),
        name: Some("bash".into()),
        input: Some(r#"{"command":"ls -l"}"#.into()),
        output: output.map(Into::into),
        status: Some(if output.is_some() { ToolStatus::Done } else { ToolStatus::Running }),
        files: Vec::new(),
        time: Some(NOON - 20_000),
    })
}

pub fn usage(conversation: &str, key: &str, input: u64, output: u64) -> Record {
    Record::Usage(Usage {
        conversation: conversation.into(),
        key: key.into(),
        input,
        output,
        cache_read: 100,
        cost: Some(0.25),
        ..Usage::default()
    })
}

/// A conversation with a prompt, an answer with a tool, and a last answer.
pub fn talk(id: &str) -> Vec<Record> {
    let m = |n: usize| format!("msg_{id}_00000000{n}");
    vec![
        conversation(id, "Make it fast", "/work/app"),
        message(id, &m(1), Role::User, "make it fast"),
        message(id, &m(2), Role::Assistant, "I look"),
        tool(id, &format!("call_{id}_000000001"), &m(2), Some("a b c")),
        message(id, &m(3), Role::Assistant, "It is fast."),
        usage(id, &m(2), 10, 5),
        usage(id, &m(3), 20, 7),
    ]
}
