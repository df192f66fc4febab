//! What panes' conversations used and how they are called, from the transcripts that their agents
//! keep: these are found, read and summed up by a thread of its own, because they may be huge.
//!
//! Must not keep any figure: a total is reported whenever it is another one, and who was away reads
//! everything again.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};

use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;

use crate::server::agent::evidence::Evidence;
use crate::server::agent::spool_reader::event_read;
use crate::server::agent::usage::file_tail::canonical;
use crate::server::clock;
use crate::server::message::Message;
use crate::server::shared::Shared;
use segno_agent::event::{Event as AgentEvent, What};
use segno_agent::identity::SessionId;
use segno_agent::panetype::launch::Pattern;
use segno_agent::panetype::program::probe::SystemProbe;
use segno_agent::panetype::{PaneType, UsageRule};
use segno_agent::source::Source;
use segno_agent::status::Usage;
use segno_agent::usage::tally::Tally;
use segno_base::ids::PaneId;
use segno_store::agent::transcript::{Heard, Transcript};

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
    /// By their place in the type.
    patterns: Vec<Vec<Pattern>>,
}

/// What was read of a pane's transcripts.
#[derive(Debug)]
pub(in crate::server) struct TranscriptsRead {
    pane: PaneId,
    session: SessionId,
    said: Said,
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
        patterns: Vec<Vec<Pattern>>,
    ) {
        if patterns.is_empty() || self.transcripts.follows(pane, session) {
            return;
        }
        let wanted = TranscriptQuery { ty: ty.clone(), session: session.clone(), patterns };
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
        ty.usage.is_some()
            && shown().is_some_and(|session| !self.transcripts.follows(pane, &session))
    }

    pub(in crate::server) fn transcripts_read(
        &mut self,
        shared: &mut Shared,
        read: TranscriptsRead,
    ) {
        let TranscriptsRead { pane, session, said: Said { usage, title }, files } = read;
        let Some(ty) = shared.pane_type(pane).cloned() else { return };
        if let Some((of, known)) = self.transcripts.files.get_mut(&pane)
            && *of == session
            && *known != files
        {
            *known = files;
            // When they are watched, what was written before is read.
            self.watch_directories(shared);
        }
        let titled = title.map(|title| What::Title { session: session.clone(), title });
        let used = (usage != Usage::default()).then_some(What::Usage { session, usage });
        for what in titled.into_iter().chain(used) {
            let by = Some("[[usage.transcript]]".to_owned());
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
    files: Vec<Summed>,
    reported: Option<(Said, usize)>,
}

/// A transcript, and what it says by each rule that it falls under.
struct Summed {
    file: Transcript,
    tallies: Vec<(usize, Tally)>,
    /// Whether the file was begun anew and has said nothing since: until then what it said counts.
    void: bool,
}

impl Conversation {
    fn new(wanted: TranscriptQuery) -> Conversation {
        Conversation { wanted, files: Vec::new(), reported: None }
    }

    fn is(&self, wanted: &TranscriptQuery) -> bool {
        let TranscriptQuery { ty, session, patterns } = &self.wanted;
        *session == wanted.session && Arc::ptr_eq(ty, &wanted.ty) && *patterns == wanted.patterns
    }

    /// Reads what is new, and reports the total when it is another one.
    fn report(&mut self, pane: PaneId, queue: &UnboundedSender<Message>) {
        let ty = self.wanted.ty.clone();
        let Some(rule) = &ty.usage else { return };
        let mut changed = self.files.is_empty();
        for summed in &mut self.files {
            changed |= summed.read(rule);
        }
        if changed {
            // A subagent's begins while that of who started it grows.
            for mut summed in self.found(rule) {
                summed.read(rule);
                self.files.push(summed);
            }
        }
        if self.files.is_empty() {
            return;
        }
        let total = (self.total(rule), self.files.len());
        if self.reported.as_ref() != Some(&total) {
            let files = self.files.iter().map(|summed| summed.file.path().to_path_buf()).collect();
            let (session, said) = (self.wanted.session.clone(), total.0.clone());
            self.reported = Some(total);
            // Nobody receives it any more when the daemon ends.
            let read = Box::new(TranscriptsRead { pane, session, said, files });
            let _ = queue.send(Message::TranscriptsRead(read));
        }
    }

    /// The files that are new.
    fn found(&self, rule: &UsageRule) -> Vec<Summed> {
        // Rules that say different things are mostly about the same files.
        let mut patterns = BTreeMap::<_, Vec<_>>::new();
        for (n, (transcript, wanted)) in
            rule.transcripts.iter().zip(&self.wanted.patterns).enumerate()
        {
            for pattern in wanted {
                patterns.entry((pattern, transcript.lines)).or_default().push(n);
            }
        }
        let mut found = BTreeMap::<_, Vec<_>>::new();
        for ((pattern, lines), rules) in patterns {
            for path in pattern.files(&SystemProbe).iter().filter_map(|path| canonical(path)) {
                found.entry((path, lines)).or_default().extend(&rules);
            }
        }
        found.retain(|(path, lines), _| !self.files.iter().any(|s| s.file.is(path, *lines)));
        let summed = |((path, lines), rules): ((PathBuf, bool), Vec<usize>)| {
            let rules = BTreeSet::from_iter(rules);
            let tallies = rules.into_iter().map(|n| (n, Tally::default())).collect();
            Summed { file: Transcript::new(path, lines), tallies, void: false }
        };
        found.into_iter().map(summed).collect()
    }

    fn total(&self, rule: &UsageRule) -> Said {
        let mut tallies: Vec<_> = self
            .files
            .iter()
            .flat_map(|summed| summed.tallies.iter().map(move |(n, tally)| (*n, summed, tally)))
            .collect();
        // Of the files of one rule the last by name knows the last of everything.
        tallies.sort_by(|(a, left, _), (b, right, _)| {
            a.cmp(b).then_with(|| right.file.path().cmp(left.file.path()))
        });
        let mut total = Tally::default();
        tallies.iter().for_each(|(_, _, tally)| total.merge(tally));
        Said { usage: total.usage(&rule.models), title: total.title().map(str::to_owned) }
    }
}

impl Summed {
    fn read(&mut self, rule: &UsageRule) -> bool {
        let Summed { file, tallies, void } = self;
        let read = file.read(&mut |heard| match heard {
            Heard::Again => *void = true,
            Heard::Message(bytes) => {
                // A document that is being written says what it said before.
                let Ok(message) = serde_json::from_slice::<Value>(bytes) else { return };
                if std::mem::take(void) {
                    tallies.iter_mut().for_each(|(_, tally)| *tally = Tally::default());
                }
                for (n, tally) in tallies.iter_mut() {
                    let Some(transcript) = rule.transcripts.get(*n) else { continue };
                    let mut add =
                        |message: &Value| tally.add(&transcript.rule, &rule.models, message);
                    match &transcript.each {
                        None => add(&message),
                        Some(list) => {
                            let list = message.pointer(list).and_then(Value::as_array);
                            list.into_iter().flatten().for_each(add);
                        }
                    }
                }
            }
        });
        read.unwrap_or_else(|refusal| {
            tracing::debug!(%refusal, file = %self.file.path().display(), "no transcript");
            false
        })
    }
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
                patterns: vec![at("document"), at("*l")],
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
    fn documents_and_lines_are_summed_up_and_told_when_they_say_something_else() {
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
