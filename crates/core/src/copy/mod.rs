//! Copy mode: reading, searching and selecting in a pane's screen and history.
//!
//! Each client has its own in each pane. The text is that of the moment in which it was entered,
//! so that nothing moves under the eyes; it comes through [`Texts`]. [`CopyMode`] is the state and
//! knows no workspace; `workspace` leads keys and clicks to it and carries out what it asks for.

mod hints;
mod mode;
mod motion;
mod mouse;
mod prompts;
mod run;
mod search;
mod searching;
mod selection;
mod text;
mod workspace;

#[cfg(test)]
pub(super) mod tests;

pub use hints::{Hint, Hints};
pub use mode::CopyMode;
pub use mouse::Click;
pub use search::{Hits, Match, Search, SearchPrompt, Seek};
pub use selection::{Kind, Selected, copied};
pub use text::{Doc, Pos, ScreenText, Texts};

/// What copy mode needs from outside.
#[derive(Clone, Copy)]
pub struct Tools<'a> {
    pub texts: &'a dyn Texts,
    pub settings: &'a segno_config::sections::copy::Copy,
}

/// For where there are no texts, as in tests of something else.
#[derive(Debug, Clone, Copy)]
pub struct NoTexts;

impl Texts for NoTexts {
    fn open(
        &self,
        _: segno_base::ids::ClientId,
        _: segno_base::ids::PaneId,
    ) -> Option<Box<dyn ScreenText + '_>> {
        None
    }

    fn wants_mouse(&self, _: segno_base::ids::PaneId) -> bool {
        true
    }
}
