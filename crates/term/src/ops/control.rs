//! What each escape sequence does: the parser's actions, given to the screen's operations.

use crate::ops::sgr;
use crate::parse::csi::Csi;
use crate::parse::parser::Sink;
use crate::picture::begins_sixel;
use crate::state::event::{self, TermEvent};
use crate::state::grid::Charset;
use crate::state::screen::{MAX_KEYBOARDS, MAX_TITLES, Protection, Screen};
use segno_base::screen::frame::CursorShape;

impl Sink for Screen {
    fn print_ascii(&mut self, run: &[u8]) {
        self.dirty = true;
        self.put_ascii(run);
    }

    fn print(&mut self, ch: char) {
        self.dirty = true;
        self.put(ch);
    }

    fn print_text(&mut self, text: &str) {
        self.dirty = true;
        self.put_text(text);
    }

    fn execute(&mut self, byte: u8) {
        self.dirty = true;
        match byte {
            // A flood of bells is one bell.
            0x07 if self.events.last() == Some(&TermEvent::Bell) => {}
            0x07 => self.events.push(TermEvent::Bell),
            0x08 => self.backspace(1),
            0x09 => self.tab(),
            0x0a..=0x0c => {
                self.linefeed();
                if self.modes.newline {
                    self.carriage_return();
                }
            }
            0x0d => self.carriage_return(),
            0x0e => self.charset = 1,
            0x0f => self.charset = 0,
            _ => {}
        }
    }

    fn esc(&mut self, intermediates: &[u8], byte: u8) {
        self.dirty = true;
        match (intermediates, byte) {
            ([designator @ (b'(' | b')' | b'*' | b'+')], set @ (b'0' | b'A' | b'B')) => {
                let index = match designator {
                    b'(' => 0,
                    b')' => 1,
                    b'*' => 2,
                    _ => 3,
                };
                self.grid.cursor.charsets[index] = match set {
                    b'0' => Charset::Drawing,
                    b'A' => Charset::British,
                    _ => Charset::Ascii,
                };
            }
            ([], b'6') => self.back_index(),
            ([], b'7') => self.save_cursor(),
            ([], b'8') => self.restore_cursor(),
            ([b'#'], b'8') => self.align_test(),
            ([], b'9') => self.forward_index(),
            ([], b'=') => self.modes.app_keypad = true,
            ([], b'>') => self.modes.app_keypad = false,
            ([], b'D') => self.linefeed(),
            ([], b'E') => {
                self.linefeed();
                self.carriage_return();
            }
            ([], b'H') => self.set_tab(),
            ([], b'V') => self.protect(Protection::Always, true),
            ([], b'W') => self.protect(Protection::Always, false),
            ([], b'M') => self.reverse_index(),
            ([], b'Z') => self.report_attributes(0),
            ([], b'c') => self.reset(),
            ([], b'n') => self.charset = 2,
            ([], b'o') => self.charset = 3,
            _ => {}
        }
    }

    fn osc(&mut self, text: &[u8], bell: bool) {
        self.command(text, bell);
    }

    fn name(&mut self, text: &[u8]) {
        self.set_title(Some(event::one_line(text, event::MAX_TITLE)));
    }

    fn clipboard_overflow(&mut self) {
        self.events.push(TermEvent::ClipboardOverflow);
    }

    fn apc(&mut self, text: &[u8]) {
        if let Some(body) = text.strip_prefix(b"G") {
            self.graphics(body);
        }
    }

    fn dcs(&mut self, text: &[u8]) {
        if begins_sixel(text) {
            return self.sixel(text);
        }
        self.request(text);
    }

    fn csi(&mut self, csi: &Csi, rest: &[u8]) {
        let n = csi.count(0);
        // Queries and modes show nothing, with exceptions that say so; everything else may.
        let silent = matches!(csi.last, b'c' | b'n' | b't' | b'p' | b'q' | b'u' | b'h' | b'l');
        self.dirty |= !silent;
        match (csi.prefix, csi.intermediate, csi.last) {
            (0, 0, b'm') => sgr::apply(&mut self.grid.cursor.pen, csi),
            (0, 0, b'H' | b'f') => self.goto(n - 1, csi.count(1) - 1),
            (0, 0, b'A') => self.move_up(n),
            (0, 0, b'B' | b'e') => self.move_down(n),
            (0, 0, b'C' | b'a') => self.move_forward(n),
            (0, 0, b'D') => self.backspace(n),
            (0, 0, b'E') => {
                self.move_down(n);
                self.carriage_return();
            }
            (0, 0, b'F') => {
                self.move_up(n);
                self.carriage_return();
            }
            (0, 0, b'G' | b'`') => self.goto_col(n - 1),
            (0, 0, b'd') => self.goto_line(n - 1),
            (0 | b'?', 0, b'J') => self.erase_display(csi.get(0), csi.prefix == b'?'),
            (0 | b'?', 0, b'K') => self.erase_line(csi.get(0), csi.prefix == b'?'),
            (0, b'$', b'x') => self.fill_area(csi),
            (0, b'$', b'z') => self.erase_area(csi, false),
            (0, b'$', b'{') => self.erase_area(csi, true),
            (0, b'$', b'v') => self.copy_area(csi),
            (0, b'\'', b'}') => self.insert_columns(self.grid.cursor.col, n),
            (0, b'\'', b'~') => self.delete_columns(self.grid.cursor.col, n),
            (0, b'"', b'q') => self.protect(Protection::Selective, csi.get(0) == 1),
            (0, 0, b'@') => self.insert_blanks(n),
            (0, 0, b'P') => self.delete_chars(n),
            (0, 0, b'X') => self.erase_chars(n),
            (0, 0, b'L') => self.insert_lines(n),
            (0, 0, b'M') => self.delete_lines(n),
            (0, 0, b'S') => self.scroll_up(n),
            // With five parameters it is xterm's mouse highlighting.
            (0, 0, b'T') if csi.len() < 5 => self.scroll_down(n),
            (0, 0, b'b') => self.repeat(n),
            (0, 0, b'I') => self.tab_forward(n),
            (0, 0, b'Z') => self.tab_backward(n),
            (0, 0, b'g') => match csi.get(0) {
                0 => self.clear_tab(),
                3 => self.clear_tabs(),
                _ => {}
            },
            (b'?', 0, b'W') if csi.get(0) == 5 => self.reset_tabs(),
            (0, 0, b'r') => self.set_region(n - 1, csi.get(1) as usize),
            (b'?', 0, b'r') => csi.tops().for_each(|mode| self.restore_private_mode(mode, rest)),
            (b'?', 0, b's') => csi.tops().for_each(|mode| self.save_private_mode(mode)),
            (0, 0, b's') => self.save_cursor(),
            (0, 0, b'u') => {
                self.restore_cursor();
                self.dirty = true;
            }
            (0, 0, b'h') => csi.tops().for_each(|mode| self.set_ansi_mode(mode, true)),
            (0, 0, b'l') => csi.tops().for_each(|mode| self.set_ansi_mode(mode, false)),
            (b'?', 0, b'h') => csi.tops().for_each(|mode| self.set_private_mode(mode, true, rest)),
            (b'?', 0, b'l') => csi.tops().for_each(|mode| self.set_private_mode(mode, false, rest)),
            (0, b' ', b'q') => self.set_cursor_style(csi.get(0)),
            (0, b'!', b'p') => {
                self.soft_reset();
                self.dirty = true;
            }
            (b'>', 0, b'm') => self.set_modify_other_keys(csi),
            (b'>' | b'<' | b'=', 0, b'u') => self.change_keyboard(csi),
            (0, 0, b't') if csi.get(0) == 22 => self.push_title(),
            (0, 0, b't') if csi.get(0) == 23 => self.pop_title(),
            _ => self.query(csi),
        }
    }
}

impl Screen {
    fn set_cursor_style(&mut self, style: u16) {
        self.cursor_shape = match style {
            0 => CursorShape::Default,
            1 | 2 => CursorShape::Block,
            3 | 4 => CursorShape::Underline,
            5 | 6 => CursorShape::Bar,
            _ => return,
        };
        self.cursor_blinks = style % 2 == 1;
        self.dirty = true;
    }

    /// `CSI > 4 ; n m`; without a level, or without anything, it is off.
    fn set_modify_other_keys(&mut self, csi: &Csi) {
        if matches!(csi.get(0), 0 | 4) {
            self.modes.modify_other_keys = csi.get(1).min(2) as u8;
        }
    }

    /// The kitty keyboard protocol's push, pop and change.
    fn change_keyboard(&mut self, csi: &Csi) {
        let flags = (csi.get(0) & 0b1_1111) as u8;
        let keyboard = self.keyboard();
        match csi.prefix {
            b'>' => {
                if keyboard.stack.len() == MAX_KEYBOARDS {
                    keyboard.stack.remove(0);
                }
                keyboard.stack.push(keyboard.current);
                keyboard.current = flags;
            }
            b'<' => {
                for _ in 0..csi.count(0).min(MAX_KEYBOARDS + 1) {
                    keyboard.current = keyboard.stack.pop().unwrap_or(0);
                }
            }
            _ => {
                keyboard.current = match csi.or(1, 1) {
                    2 => keyboard.current | flags,
                    3 => keyboard.current & !flags,
                    _ => flags,
                };
            }
        }
        self.sync_kitty();
    }

    pub fn set_title(&mut self, title: Option<String>) {
        self.title.clone_from(&title);
        // Of several titles in one chunk only the last is of interest.
        if let Some(TermEvent::Title(last)) = self.events.last_mut() {
            *last = title;
        } else {
            self.events.push(TermEvent::Title(title));
        }
    }

    fn push_title(&mut self) {
        if self.titles.len() == MAX_TITLES {
            self.titles.remove(0);
        }
        self.titles.push(self.title.clone());
    }

    fn pop_title(&mut self) {
        if let Some(title) = self.titles.pop() {
            self.set_title(title);
        }
    }
}
