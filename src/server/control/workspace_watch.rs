//! `workspace.wait`: answered when the workspace has another shape than the one that the caller
//! knows.
//!
//! The shape is what people do with a workspace (tabs, panes, clients, where they look), not what
//! programs do in it, so a busy agent wakes nobody. Its mark is made from it, and means the same to
//! the next daemon.

use std::hash::{DefaultHasher, Hash, Hasher};

use tokio::sync::oneshot;

use crate::server::control::calls::result;
use crate::server::message::Answer;
use segno_core::model::workspace::Model;
use segno_wire::control::panes::wait::{Changed, WaitChange};

/// Who waits for another shape.
#[derive(Default)]
pub(in crate::server) struct Watchers(Vec<Watcher>);

/// Somebody who waits, and the mark that they know.
struct Watcher {
    mark: Option<String>,
    answer: oneshot::Sender<Answer>,
}

pub(in crate::server) fn mark(model: &Model) -> String {
    let mut hasher = DefaultHasher::new();
    for tab in &model.tabs {
        (tab.id, tab.panes()).hash(&mut hasher);
    }
    for (id, client) in &model.clients {
        (id, client.tab, model.focused(*id), model.is_copying(*id)).hash(&mut hasher);
    }
    format!("{:016x}", hasher.finish())
}

impl Watchers {
    /// At the daemon's end: nothing comes any more.
    pub fn end(&mut self) {
        self.0.clear();
    }

    /// `workspace.wait`.
    pub fn watch(&mut self, asked: WaitChange, answer: oneshot::Sender<Answer>) {
        self.0.push(Watcher { mark: asked.mark, answer });
    }

    /// Answers those who know another mark.
    pub fn report(&mut self, model: &Model) {
        if self.0.is_empty() {
            return;
        }
        let mark = mark(model);
        self.0.retain(|watcher| !watcher.answer.is_closed());
        let knows = |watcher: &mut Watcher| watcher.mark.as_ref() != Some(&mark);
        for watcher in self.0.extract_if(.., knows) {
            let _ = watcher.answer.send(result(&Changed { mark: mark.clone() }));
        }
    }
}
