//! Setting modes and reporting their state (SM, RM, DECSET, DECRST, DECRQM).

use std::time::Duration;

use crate::state::modes::{MouseEncoding, MouseMode};
use crate::state::screen::Screen;
use segno_base::screen::frame::Frame;
use segno_base::screen::geometry::Size;

/// How long a program may hold back its screen.
const SYNC_LIMIT: Duration = Duration::from_secs(1);

impl Screen {
    pub fn set_ansi_mode(&mut self, mode: u16, on: bool) {
        match mode {
            4 => self.inner.insert = on,
            20 => self.modes.newline = on,
            _ => {}
        }
    }

    fn ansi_mode(&self, mode: u16) -> Option<bool> {
        match mode {
            4 => Some(self.inner.insert),
            20 => Some(self.modes.newline),
            _ => None,
        }
    }

    /// Sets a private mode; `rest` is what follows in the chunk.
    pub fn set_private_mode(&mut self, mode: u16, on: bool, rest: &[u8]) {
        let mouse = |wanted: MouseMode, now: MouseMode| match (on, now == wanted) {
            (true, _) => wanted,
            (false, true) => MouseMode::Off,
            (false, false) => now,
        };
        let encoding = |wanted: MouseEncoding, now: MouseEncoding| match (on, now == wanted) {
            (true, _) => wanted,
            (false, true) => MouseEncoding::X10,
            (false, false) => now,
        };
        self.dirty |= matches!(mode, 3 | 5 | 6 | 12 | 25 | 47 | 1047..=1049);
        let rows = self.rows();
        let modes = &mut self.modes;
        match mode {
            1 => modes.app_cursor = on,
            // 132 columns: the size is the user's, but the screen is cleared as is expected.
            3 => {
                self.set_region(0, 0);
                self.grid.clear(0..rows);
            }
            5 => self.inner.reverse_screen = on,
            6 => {
                self.inner.origin = on;
                self.goto(0, 0);
            }
            7 => self.inner.wrap = on,
            12 => self.cursor_blinks = on,
            25 => self.inner.show_cursor = on,
            45 => self.inner.reverse_wrap = on,
            66 => modes.app_keypad = on,
            1000 => modes.mouse = mouse(MouseMode::Click, modes.mouse),
            1002 => modes.mouse = mouse(MouseMode::Drag, modes.mouse),
            1003 => modes.mouse = mouse(MouseMode::Motion, modes.mouse),
            1004 => modes.focus_events = on,
            1005 => modes.mouse_encoding = encoding(MouseEncoding::Utf8, modes.mouse_encoding),
            1006 => modes.mouse_encoding = encoding(MouseEncoding::Sgr, modes.mouse_encoding),
            1007 => modes.alternate_scroll = on,
            1015 => modes.mouse_encoding = encoding(MouseEncoding::Urxvt, modes.mouse_encoding),
            1016 => modes.mouse_encoding = encoding(MouseEncoding::SgrPixels, modes.mouse_encoding),
            1042 => self.inner.urgency = on,
            1045 => self.inner.reverse_wrap_always = on,
            47 | 1047 => self.show_alt_sharing_cursor(on),
            1048 if on => self.save_cursor(),
            1048 => self.restore_cursor(),
            1049 if on => self.enter_alt(),
            1049 => self.leave_alt(),
            2004 => modes.bracketed_paste = on,
            2026 if on => self.begin_sync(rest),
            2026 => self.end_sync(),
            2027 => self.inner.clusters = on,
            2031 => self.inner.scheme_updates = on,
            _ => {}
        }
    }

    fn private_mode(&self, mode: u16) -> Option<bool> {
        let modes = &self.modes;
        Some(match mode {
            1 => modes.app_cursor,
            5 => self.inner.reverse_screen,
            6 => self.inner.origin,
            7 => self.inner.wrap,
            12 => self.cursor_blinks,
            25 => self.inner.show_cursor,
            45 => self.inner.reverse_wrap,
            66 => modes.app_keypad,
            1000 => modes.mouse == MouseMode::Click,
            1002 => modes.mouse == MouseMode::Drag,
            1003 => modes.mouse == MouseMode::Motion,
            1004 => modes.focus_events,
            1005 => modes.mouse_encoding == MouseEncoding::Utf8,
            1006 => modes.mouse_encoding == MouseEncoding::Sgr,
            1007 => modes.alternate_scroll,
            1015 => modes.mouse_encoding == MouseEncoding::Urxvt,
            1016 => modes.mouse_encoding == MouseEncoding::SgrPixels,
            1042 => self.inner.urgency,
            1045 => self.inner.reverse_wrap_always,
            47 | 1047 | 1049 => modes.alt_screen,
            2004 => modes.bracketed_paste,
            2026 => self.sync.active,
            2027 => self.inner.clusters,
            2031 => self.inner.scheme_updates,
            _ => return None,
        })
    }

    /// XTSAVE: puts a mode's state aside; only of modes that there are, so that it stays small.
    pub fn save_private_mode(&mut self, mode: u16) {
        if let Some(on) = self.private_mode(mode) {
            self.saved_modes.insert(mode, on);
        }
    }

    /// XTRESTORE: gives a mode the state that was put aside.
    pub fn restore_private_mode(&mut self, mode: u16, rest: &[u8]) {
        if let Some(&on) = self.saved_modes.get(&mode)
            && self.private_mode(mode) != Some(on)
        {
            self.set_private_mode(mode, on, rest);
        }
    }

    /// DECRQM: 0 unknown, 1 set, 2 reset, 4 reset for good.
    pub fn report_mode(&mut self, mode: u16, private: bool) {
        let (mark, state) =
            if private { ("?", self.private_mode(mode)) } else { ("", self.ansi_mode(mode)) };
        let never = match private {
            true => mode == 60,
            false => matches!(mode, 1 | 5 | 7 | 10 | 11 | 13..=19),
        };
        let state = match state {
            Some(true) => 1,
            Some(false) => 2,
            None if never => 4,
            None => 0,
        };
        self.reply(format!("\x1b[{mark}{mode};{state}$y"));
    }

    /// The older alternate screen modes, where the cursor does not come back.
    fn show_alt_sharing_cursor(&mut self, on: bool) {
        if on {
            self.enter_alt();
        } else if self.modes.alt_screen {
            let cursor = self.grid.cursor.clone();
            self.leave_alt();
            self.grid.cursor = cursor;
        }
    }

    /// The view keeps the screen as it is now, until the program is done.
    fn begin_sync(&mut self, rest: &[u8]) {
        let was_active = std::mem::replace(&mut self.sync.active, true);
        self.start_sync_time();
        // Nobody can look before the chunk's end, so an update that is whole in it needs no copy.
        if !was_active && !rest.windows(8).any(|w| w == b"\x1b[?2026l") {
            let mut frame = Frame::new(Size::new(self.cols() as u16, self.rows() as u16));
            let area = frame.area();
            self.draw_live(&mut frame, area);
            frame.cursor = self.live_cursor();
            // What came before the update shows.
            self.settle();
            self.sync.frozen = Some(Box::new(frame));
        }
    }

    /// From now on the update has its time.
    pub fn start_sync_time(&mut self) {
        self.sync.deadline = self.now.map(|now| now + SYNC_LIMIT);
    }

    pub fn end_sync(&mut self) {
        if self.sync.active {
            self.sync = Default::default();
            self.dirty = true;
        }
    }
}
