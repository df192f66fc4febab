//! The question whether a project's file is trusted: what stands in it is shown, and nothing of
//! it is carried out before the answer.

use std::path::{Path, PathBuf};

use super::{Dialog, scrolled};
use crate::model::workspace::Model;
use crate::update::context::Context;
use crate::update::effect::Effect;
use segno_base::ids::ClientId;
use segno_base::key::{KeyCode, KeyEvent};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustDialog {
    pub file: PathBuf,
    /// Of the content that is shown: the answer is about that.
    pub hash: String,
    /// The content, without anything that could disguise it.
    pub lines: Vec<String>,
    pub scroll: usize,
}

/// Gives a key to the question. The answers are capital letters: it may come up while somebody is
/// typing into the pane below.
pub(super) fn key(model: &mut Model, client: ClientId, event: &KeyEvent, cx: &mut Context) {
    let Some(Dialog::Trust(dialog)) = model.dialog(client) else { return };
    let trusted = match event.key.code {
        KeyCode::Char('T') => true,
        KeyCode::Char('N') => false,
        _ => {
            let last = dialog.lines.len().saturating_sub(1);
            scrolled(&mut dialog.scroll, event, last);
            return;
        }
    };
    let (file, hash) = (dialog.file.clone(), dialog.hash.clone());
    model.take_dialog(client);
    cx.out.push(Effect::TrustAnswered { client, file, hash, trusted });
}

impl Model {
    /// Takes back the question about a file: it was answered elsewhere.
    pub fn trust_decided(&mut self, file: &Path, cx: &mut Context) {
        for (id, client) in &mut self.clients {
            if matches!(&client.dialog, Some(Dialog::Trust(asked)) if asked.file == file) {
                client.dialog = None;
                cx.out.push(Effect::RedrawClient(*id));
            }
        }
    }

    /// Asks a client, unless it is busy with another question. False when it was not asked.
    pub fn ask_trust(&mut self, id: ClientId, dialog: TrustDialog, cx: &mut Context) -> bool {
        let asks = self.clients.get(&id).is_some_and(|c| c.dialog.is_none() && !c.read_only);
        if asks {
            self.open_dialog(id, Dialog::Trust(Box::new(dialog)), cx);
        }
        asks
    }
}
