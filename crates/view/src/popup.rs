//! The popup: the pane that floats above a tab, with its border.

use ratatui::text::{Line, Span};

use super::hits::Target;
use super::ratatui_bridge as bridge;
use super::{Composer, Screens, facts, text};
use segno_base::screen::cell::Cell;
use segno_base::screen::geometry::Rect;
use segno_config::keys::command::Command;
use segno_core::model::tab::Tab;

impl Composer<'_> {
    /// Draws a tab's popup above its panes, if it is shown.
    pub(super) fn popup(&mut self, tab: &Tab, area: Rect, screens: &dyn Screens) {
        let Some(popup) = tab.shown_popup() else { return };
        let (rect, inside) = (popup.rect(area), popup.inside(area));
        if rect.is_empty() {
            return;
        }
        self.frame.cursor = None;
        self.live.clear();
        self.frame.fill(rect, &Cell::BLANK);
        if rect != inside {
            self.hits.add(rect, Target::PopupBorder(tab.id));
            self.popup_border(popup.pane, rect);
        }
        self.pane(popup.pane, inside, true, screens);
    }

    fn popup_border(&mut self, id: segno_base::ids::PaneId, rect: Rect) {
        let theme = *self.theme();
        let room = rect.cols.saturating_sub(4);
        let mut title = Vec::new();
        if let Some(pane) = self.model.panes.get(&id) {
            if self.plain() {
                title.push(Span::styled("popup: ", bridge::style(theme.accent)));
            }
            if let Some(mark) = facts::mark(pane) {
                let sign = format!("{} ", mark.text(self.plain()));
                title.push(Span::styled(sign, bridge::style(mark.style(&theme))));
            }
            let label = format!("{}{}", facts::extras_signs(pane, self.plain()), pane.label());
            let style = facts::tinted(theme.accent, pane, &theme);
            title.push(Span::styled(text::fit(&label, room), bridge::style(style)));
        }
        title.insert(0, Span::raw(" "));
        title.push(Span::raw(" "));
        let mut block = bridge::border(self.borders())
            .border_style(bridge::style(theme.line_focused))
            .title(Line::from(title));
        if let Some(keys) = self.context.keys.keys_for(Command::Popup) {
            let hint = format!(" {} ", text::fit(&format!("{keys} hides it"), room));
            block = block.title_bottom(Span::styled(hint, bridge::style(theme.quiet)));
        }
        bridge::draw(block, &mut self.frame, rect);
    }
}
