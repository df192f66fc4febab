//! Which pane types can be started, while somebody chooses among them: those that are installed
//! come first, and the rest is folded into one line.

use std::cmp::Reverse;

use crate::dialog::Dialog;
use crate::dialog::new_pane::{NewPaneDialog, TypeChoice};
use crate::fuzzy::score;
use crate::model::workspace::Model;

impl Model {
    /// It was looked which types' programs are there.
    pub fn installed(&mut self, is_there: &dyn Fn(&str) -> bool) {
        for client in self.clients.values_mut() {
            if let Some(Dialog::Palette(dialog)) = &mut client.dialog {
                for choice in &mut dialog.types {
                    choice.available = is_there(&choice.name);
                }
            }
            if let Some(Dialog::NewPane(dialog)) = &mut client.dialog {
                for choice in &mut dialog.types {
                    choice.available = is_there(&choice.name);
                }
                dialog.settle();
            }
        }
    }
}

impl NewPaneDialog {
    /// The types that are listed, by their place among all, top to bottom.
    pub fn listed(&self) -> Vec<usize> {
        let query = self.filter.text().trim();
        if !query.is_empty() {
            let fits = |(index, choice): (usize, &TypeChoice)| {
                let fits = score(query, &choice.title).max(score(query, &choice.name))?;
                Some((!choice.available, Reverse(fits), index))
            };
            let mut fitting: Vec<_> = self.types.iter().enumerate().filter_map(fits).collect();
            fitting.sort_unstable();
            return fitting.into_iter().map(|(_, _, index)| index).collect();
        }
        let types = self.types.iter().enumerate();
        let (mut listed, rest): (Vec<_>, Vec<_>) = types.partition(|(_, t)| t.available);
        if self.unfolded {
            listed.extend(rest);
        }
        listed.into_iter().map(|(index, _)| index).collect()
    }

    /// How many types are not installed.
    pub fn missing(&self) -> usize {
        self.types.iter().filter(|t| !t.available).count()
    }

    /// Shows or hides the types that are not installed.
    pub(crate) fn unfold(&mut self, unfolded: bool) {
        self.unfolded = unfolded;
        self.settle();
    }

    /// Goes to a type that is listed, when the one under the cursor is not; not below somebody who
    /// has gone on to its form.
    pub(crate) fn settle(&mut self) {
        let listed = self.listed();
        if listed.contains(&self.selected) || !self.filter.text().is_empty() {
            return;
        }
        match listed.first() {
            Some(first) if self.row.is_none() => {
                self.selected = *first;
                self.type_changed();
            }
            _ => self.unfolded = true,
        }
    }
}
