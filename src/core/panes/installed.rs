//! Which pane types can be started, while somebody chooses among them.

use crate::core::dialog::Dialog;
use crate::core::model::workspace::Model;

impl Model {
    /// It was looked which types' programs are there.
    pub fn installed(&mut self, is_there: &dyn Fn(&str) -> bool) {
        for client in self.clients.values_mut() {
            if let Some(Dialog::NewPane(dialog)) = &mut client.dialog {
                for choice in &mut dialog.types {
                    choice.available = is_there(&choice.name);
                }
            }
        }
    }
}
