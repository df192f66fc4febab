//! What panes' conversations used and how they are called, from the transcripts that their agents
//! keep: these are found, read and summed up by a thread of its own, because they may be huge.
//!
//! Must not keep any figure: a total is reported whenever it is another one, and who was away reads
//! everything again.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};

use tokio::sync::mpsc::UnboundedSender;

use super::followed::{Descriptions, Followed, by_rules};
use super::quota_tail::QuotaTail;
use crate::server::agent::evidence::Evidence;
use crate::server::agent::spool_reader::event_read;
use crate::server::clock;
use crate::server::message::Message;
use crate::server::shared::Shared;
use segno_agent::event::{Event as AgentEvent, What};
use segno_agent::identity::SessionId;
use segno_agent::panetype::PaneType;
use segno_agent::panetype::launch::Pattern;
use segno_agent::source::Source;
use segno_agent::status::Usage;
use segno_agent::usage::pricing::Model;
use segno_agent::usage::quota::Quota;
use segno_agent::usage::tally::Tally;
use segno_base::ids::PaneId;
use segno_core::update::effect::Effect;

/// The thread, and which files it reads.
pub(in crate::server) struct Transcripts {
    asks: Option<mpsc::Sender<Ask>>,
    files: BTreeMap<PaneId, (SessionId, Vec<PathBuf>)>,
}

enum Ask {
    /// Read the transcripts of a pane's conversation, now and when they change.
    Follow(PaneId, Box<TranscriptQuery>),
    /// One of them changed.
    Changed(PaneId),
    /// Read them a last time.
    Forget(PaneId),
}

/// What a pane's transcripts are.
struct TranscriptQuery {
    ty: Arc<PaneType>,
    session: SessionId,
    places: Places,
}

/// What says where a conversation's transcripts are.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::server) enum Places {
    /// Of each `[[usage.transcript]]`.
    Patterns(Vec<Vec<Pattern>>),
    /// `[[transcript]]`, with the variables that its files depend on.
    Environment(Arc<BTreeMap<OsString, OsString>>),
}

/// What was read of a pane's transcripts.
#[derive(Debug)]
pub(in crate::server) struct TranscriptsRead {
    pane: PaneId,
    session: SessionId,
    said: Said,
    quotas: Vec<Quota>,
    files: Vec<PathBuf>,
}

/// What the transcripts of a conversation say.
#[derive(Debug, Clone, PartialEq)]
struct Said {
    usage: Usage,
    title: Option<String>,
}

impl Transcripts {
    pub fn open(queue: UnboundedSender<Message>) -> Transcripts {
        let (asks, asked) = mpsc::channel();
        let thread = std::thread::Builder::new().name("transcripts".into());
        let asks = match thread.spawn(move || read(&asked, &queue)) {
            Ok(_) => Some(asks),
            Err(error) => {
                tracing::warn!(%error, "transcripts are not read");
                None
            }
        };
        Transcripts { asks, files: BTreeMap::new() }
    }

    /// The pane's program is another one, or none.
    pub fn forget(&mut self, pane: PaneId) {
        if self.files.remove(&pane).is_some() {
            self.ask(Ask::Forget(pane));
        }
    }

    /// Whether any was found of a conversation.
    pub fn follows(&self, pane: PaneId, session: &SessionId) -> bool {
        self.files.get(&pane).is_some_and(|(of, files)| of == session && !files.is_empty())
    }

    /// The directories of all that were found.
    pub fn directories(&self) -> impl Iterator<Item = PathBuf> {
        let files = self.files.values().flat_map(|(_, files)| files);
        files.filter_map(|file| file.parent().map(Path::to_path_buf))
    }

    /// A file changed that may be one.
    pub fn changed(&self, path: &Path) {
        for (pane, (_, files)) in &self.files {
            if files.iter().any(|file| file == path) {
                self.ask(Ask::Changed(*pane));
            }
        }
    }

    /// All in these directories may have changed.
    pub fn changed_in(&self, directories: &BTreeSet<PathBuf>) {
        for (pane, (_, files)) in &self.files {
            if files.iter().filter_map(|file| file.parent()).any(|dir| directories.contains(dir)) {
                self.ask(Ask::Changed(*pane));
            }
        }
    }

    fn ask(&self, ask: Ask) {
        if let Some(asks) = &self.asks {
            // Its thread ends after this end of the channel, so it listens.
            let _ = asks.send(ask);
        }
    }
}

impl Evidence {
    /// Follows the transcripts of the conversation that a pane shows, by where they may be.
    pub(in crate::server) fn follow_transcripts(
        &mut self,
        pane: PaneId,
        ty: &Arc<PaneType>,
        session: &SessionId,
        places: Places,
    ) {
        if !ty.reads_transcripts() || self.transcripts.follows(pane, session) {
            return;
        }
        let wanted = TranscriptQuery { ty: ty.clone(), session: session.clone(), places };
        self.transcripts.files.insert(pane, (session.clone(), Vec::new()));
        self.transcripts.ask(Ask::Follow(pane, Box::new(wanted)));
    }

    /// Whether transcripts of the conversation that a pane shows are still looked for.
    pub(in crate::server) fn lacks_transcripts(
        &self,
        shared: &Shared,
        pane: PaneId,
        ty: &PaneType,
    ) -> bool {
        let shown = || shared.model.panes.get(&pane)?.session();
        ty.reads_transcripts()
            && shown().is_some_and(|session| !self.transcripts.follows(pane, &session))
    }

    pub(in crate::server) fn transcripts_read(
        &mut self,
        shared: &mut Shared,
        read: TranscriptsRead,
    ) {
        let TranscriptsRead { pane, session, said: Said { usage, title }, quotas, files } = read;
        let Some(ty) = shared.pane_type(pane).cloned() else { return };
        if let Some((of, known)) = self.transcripts.files.get_mut(&pane)
            && *of == session
            && *known != files
        {
            *known = files;
            // When they are watched, what was written before is read.
            self.watch_directories(shared);
        }
        if let Some(state) = shared.model.panes.get_mut(&pane)
            && !quotas.is_empty()
        {
            state.quotas = quotas;
            shared.with_model(|_, cx| cx.out.push(Effect::Redraw));
        }
        let titled = title.map(|title| What::Title { session: session.clone(), title });
        let used = (usage != Usage::default()).then_some(What::Usage { session, usage });
        for what in titled.into_iter().chain(used) {
            let by = Some("[[transcript]]".to_owned());
            let event = AgentEvent { at: clock::now_ms(), n: 0, from: Source::File, by, what };
            event_read(shared, pane, &ty, event);
        }
    }
}

fn read(asked: &mpsc::Receiver<Ask>, queue: &UnboundedSender<Message>) {
    let mut conversations = HashMap::new();
    while let Ok(ask) = asked.recv() {
        let mut changed = Vec::new();
        // What is asked meanwhile is answered by the same look.
        for ask in std::iter::once(ask).chain(asked.try_iter()) {
            match ask {
                Ask::Follow(pane, wanted) => {
                    changed.push(pane);
                    let known = conversations.get(&pane);
                    if known.is_some_and(|known: &Conversation| known.is(&wanted)) {
                        continue;
                    }
                    let before = conversations.insert(pane, Conversation::new(*wanted));
                    // Its last answer may have been written while the next one began.
                    if let Some(mut before) = before {
                        before.report(pane, queue);
                    }
                }
                Ask::Changed(pane) => changed.push(pane),
                Ask::Forget(pane) => {
                    if let Some(mut before) = conversations.remove(&pane) {
                        before.report(pane, queue);
                    }
                }
            }
        }
        changed.sort();
        changed.dedup();
        for pane in changed {
            if let Some(conversation) = conversations.get_mut(&pane) {
                conversation.report(pane, queue);
            }
        }
    }
}

/// A conversation's transcripts, and what they said so far.
struct Conversation {
    wanted: TranscriptQuery,
    /// Where they are looked for, since that was first done.
    descriptions: Option<Descriptions>,
    files: Vec<Followed>,
    /// What the newest of them says of quotas.
    quotas: Option<QuotaTail>,
    reported: Option<(Said, usize, Vec<Quota>)>,
}

impl Conversation {
    fn new(wanted: TranscriptQuery) -> Conversation {
        Conversation { wanted, descriptions: None, files: Vec::new(), quotas: None, reported: None }
    }

    fn is(&self, wanted: &TranscriptQuery) -> bool {
        let TranscriptQuery { ty, session, places } = &self.wanted;
        *session == wanted.session && Arc::ptr_eq(ty, &wanted.ty) && *places == wanted.places
    }

    /// Reads what is new, and reports the total when it is another one.
    fn report(&mut self, pane: PaneId, queue: &UnboundedSender<Message>) {
        let ty = self.wanted.ty.clone();
        let models = ty.usage.as_ref().map_or(&[][..], |usage| &usage.models);
        let mut changed = self.files.is_empty();
        for file in &mut self.files {
            changed |= file.read(&ty, models);
        }
        if changed {
            // A subagent's begins while that of who started it grows.
            for mut file in self.found(&ty) {
                file.read(&ty, models);
                self.files.push(file);
            }
        }
        let session = self.wanted.session.as_str();
        let files = || self.files.iter().filter(|file| file.is_of(session));
        if files().next().is_none() {
            return;
        }
        let rules = ty.usage.as_ref().map_or(&[][..], |usage| &usage.quotas);
        let last = files().map(Followed::path).max().filter(|_| !rules.is_empty());
        if let Some(path) = last.filter(|path| !self.quotas.as_ref().is_some_and(|q| q.is_of(path)))
        {
            self.quotas = Some(QuotaTail::new(path));
        }
        let quotas = self.quotas.as_mut().filter(|_| last.is_some()).map(|tail| tail.read(rules));
        let total = (total(files(), models), files().count(), quotas.unwrap_or_default());
        if self.reported.as_ref() != Some(&total) {
            let files = files().map(|file| file.path().to_path_buf()).collect();
            let (session, said) = (self.wanted.session.clone(), total.0.clone());
            let quotas = total.2.clone();
            self.reported = Some(total);
            // Nobody receives it any more when the daemon ends.
            let read = Box::new(TranscriptsRead { pane, session, said, quotas, files });
            let _ = queue.send(Message::TranscriptsRead(read));
        }
    }

    /// The files that are new.
    fn found(&mut self, ty: &PaneType) -> Vec<Followed> {
        let mut found = match &self.wanted.places {
            Places::Patterns(patterns) => by_rules(ty, patterns),
            Places::Environment(env) => self
                .descriptions
                .get_or_insert_with(|| Descriptions::new(ty, env))
                .files(&self.wanted.session),
        };
        found.retain(|new| !self.files.iter().any(|known| known.is_same(new)));
        found
    }
}

fn total<'f>(files: impl Iterator<Item = &'f Followed>, models: &[Model]) -> Said {
    let mut tallies: Vec<_> =
        files.flat_map(|file| file.tallies().map(move |(n, tally)| (n, file, tally))).collect();
    // Of the files of one rule the last by name knows the last of everything.
    tallies.sort_by(|(a, left, _), (b, right, _)| {
        a.cmp(b).then_with(|| right.path().cmp(left.path()))
    });
    let mut total = Tally::default();
    tallies.iter().for_each(|(_, _, tally)| total.merge(tally));
    Said { usage: total.usage(models), title: total.title().map(str::to_owned) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const TYPE: &str = "schema = 1\nname = 'a'\nkind = 'agent'\n[command]\nprogram = 'a'\n\
        [[usage.transcript]]\nfiles = ['/a']\nformat = 'json'\neach = '/messages'\n\
        sum = { output = '/tokens' }\nmodel = '/model'\ntitle = '/title'\n\
        [[usage.transcript]]\nfiles = ['/a']\nmodel = '/model'\nsum = { output = '/tokens' }\n";

    struct Bed {
        root: tempfile::TempDir,
        conversation: Conversation,
        reports: tokio::sync::mpsc::UnboundedReceiver<Message>,
        queue: UnboundedSender<Message>,
    }

    impl Bed {
        /// One document, and all files that end in `l`.
        fn new() -> Bed {
            let root = tempfile::tempdir().unwrap();
            let ty = segno_agent::panetype::check(TYPE, "f").pane_type.unwrap();
            let at = |name: &str| vec![Pattern::at(root.path().canonicalize().unwrap().join(name))];
            let wanted = TranscriptQuery {
                ty: Arc::new(ty),
                session: SessionId::try_from("s".to_string()).unwrap(),
                places: Places::Patterns(vec![at("document"), at("*l")]),
            };
            let (queue, reports) = tokio::sync::mpsc::unbounded_channel();
            Bed { root, conversation: Conversation::new(wanted), reports, queue }
        }

        fn write(&self, name: &str, text: &str) {
            fs::write(self.root.path().join(name), text).unwrap();
        }

        /// What is reported after another look: output, model, title and how many files there are.
        fn look(&mut self) -> Option<(u64, Option<String>, Option<String>, usize)> {
            self.conversation.report(PaneId::new(1).unwrap(), &self.queue);
            let Message::TranscriptsRead(read) = self.reports.try_recv().ok()? else { return None };
            let Said { usage, title } = read.said;
            Some((usage.counts.output, usage.model, title, read.files.len()))
        }
    }

    #[test]
    fn documents_and_lines_are_summed_up_and_reported_when_they_say_something_else() {
        let mut bed = Bed::new();
        assert_eq!(bed.look(), None, "nothing is there");
        let model = |name: &str| Some(name.to_owned());
        bed.write("document", r#"{"messages": [{"tokens": 2, "model": "m"}, {"tokens": 3}, 7]}"#);
        assert_eq!(bed.look(), Some((5, model("m"), None, 1)));
        assert_eq!(bed.look(), None, "nothing is new");
        bed.write("document", r#"{"messages": [{"tokens": 4, "title": "t"}]}"#);
        bed.write("1l", "{\"tokens\": 10, \"model\": \"first\"}\n");
        bed.write("2l", "{\"tokens\": 20, \"model\": \"last\"}\n{\"tokens\": 40");
        let title = Some("t".to_owned());
        assert_eq!(bed.look(), Some((34, model("last"), title.clone(), 3)));
        bed.write("document", "half of what is written");
        assert_eq!(bed.look(), None);
        bed.write("document", r#"{"messages": [{"tokens": 4, "title": "t", "model": "m"}]}"#);
        assert_eq!(
            bed.look(),
            Some((34, model("m"), title.clone(), 3)),
            "the first rule goes first"
        );
        bed.write("1l", "");
        assert_eq!(bed.look(), None, "it is being written anew");
        bed.write("1l", "{\"tokens\": 3}\n");
        assert_eq!(bed.look(), Some((27, model("m"), title, 3)));
    }
}
