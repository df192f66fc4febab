//! Frames of the main situations as snapshots, and properties of every frame.

mod chain;
mod history;
mod looks;
pub(crate) mod models;
mod part;
mod popup;
mod properties;
mod sidebar;

use insta::assert_snapshot;

use super::{Hit, HitMap};
use models::*;
use segno_agent::start::Conversation;
use segno_agent::status::Activity;
use segno_base::ids::TabId;
use segno_base::screen::cell::{Attrs, Color};
use segno_base::screen::geometry::{Point, Size};
use segno_core::attention::notices::{Notice, NoticeKind};
use segno_core::dialog::Dialog;
use segno_core::dialog::menu::{MenuDialog, Subject};
use segno_core::dialog::new_pane::Row;
use segno_core::dialog::palette::{PaletteDialog, Scope, TextMatch};
use segno_core::dialog::text_field::TextField;
use segno_core::dialog::trust::TrustDialog;
use segno_core::layout::Layout;
use segno_core::model::pane::{ExitStatus, Life, StaleChoice};
use segno_core::model::workspace::Model;

fn client(model: &mut Model) -> &mut segno_core::model::client::Client {
    model.clients.get_mut(&CLIENT).unwrap()
}

fn single(life: Life) -> Model {
    let mut pane = agent(1, Activity::Idle);
    pane.life = life;
    model(vec![tab(1, Layout::new(p(1)))], vec![pane])
}

#[test]
fn several_panes() {
    assert_snapshot!("panes_100x30", shown(&busy(), 100, 30));
    assert_snapshot!("panes_40x12", shown(&busy(), 40, 12));
    assert_snapshot!("panes_10x4", shown(&busy(), 10, 4));
}

#[test]
fn one_pane() {
    let life = Life::Running { pid: 1, since: NOW, conversation: Conversation::New };
    assert_snapshot!("one_80x8", shown(&single(life), 80, 8));
    assert_snapshot!("no_panes", shown(&model(vec![], vec![]), 40, 6));
}

#[test]
fn panes_that_do_not_run() {
    let queued = Life::Queued(Conversation::New.into());
    assert_snapshot!("queued", shown(&single(queued), 60, 9));
    let why = "no such program: agentd; looked in /usr/local/bin, /usr/bin, /bin and /home/ada/.local/bin";
    assert_snapshot!("failed", shown(&single(Life::Failed { why: why.into() }), 60, 12));
    let exited = Life::Exited { status: ExitStatus::Code(1), at: NOW };
    assert_snapshot!("exited", shown(&single(exited), 70, 8));
}

#[test]
fn a_stale_conversation() {
    let mut model = single(Life::Exited { status: ExitStatus::Code(1), at: NOW });
    model.panes.get_mut(&p(1)).unwrap().choice = Some(StaleChoice {
        session: session("ses_gone"),
        selected: 1,
        can_continue: true,
        can_restore: false,
    });
    assert_snapshot!("stale", shown(&model, 60, 14));
    assert_snapshot!("stale_low", shown(&model, 24, 5));
    let mut kept = model.clone();
    let choice = kept.panes.get_mut(&p(1)).unwrap().choice.as_mut().unwrap();
    (choice.can_restore, choice.selected) = (true, 3);
    assert_snapshot!("stale_kept", shown(&kept, 60, 14));
    let view = view(&model, Size::new(60, 14), &Painted { scrolled: None });
    let row = (0..14).find(|y| {
        let cell = view.frame.get(Point::new(30, *y)).unwrap();
        cell.style.attrs.contains(Attrs::REVERSE) && *y > 1 && *y < 13
    });
    assert_eq!(view.hits.at(30, row.unwrap()), Hit::Answer { pane: p(1), index: 1 });
}

#[test]
fn modes_and_messages() {
    let mut zoomed = busy();
    zoomed.tabs[0].zoomed = true;
    client(&mut zoomed).prefix = true;
    client(&mut zoomed).read_only = true;
    let view = view(&zoomed, Size::new(100, 6), &Painted { scrolled: Some((12, 340)) });
    assert_snapshot!("modes", text(&view));
    let mut model = busy();
    client(&mut model).message = Some("saved to\n/tmp/x".to_string());
    assert_snapshot!("message", shown(&model, 60, 6));
}

#[test]
fn more_tabs_than_fit() {
    let tabs: Vec<_> = (1..=12).map(|n| tab(n, Layout::new(p(n)))).collect();
    let mut many = model(tabs, (1..=12).map(|n| agent(n, Activity::Working)).collect());
    let mut bars = String::new();
    for active in [1, 6, 12] {
        client(&mut many).tab = TabId::new(active);
        for cols in [60, 20, 8] {
            let frame = shown(&many, cols, 3);
            bars.push_str(&format!("{}|\n", frame.lines().next().unwrap()));
        }
    }
    assert_snapshot!("tab_bar", bars);
}

#[test]
fn a_tab_that_a_smaller_client_looks_at_too() {
    let mut model = busy();
    model.tabs[0].size = Size::new(50, 6);
    assert_snapshot!("smaller", shown(&model, 60, 12));
}

#[test]
fn help() {
    let all = with_dialog(Dialog::help());
    assert_snapshot!("help_120x24", shown(&all, 120, 24));
    assert_snapshot!("help_80x24", shown(&all, 80, 24));
    assert_snapshot!("help_40x12", shown(&all, 40, 12));
    let found = Dialog::Help { filter: TextField::new("tab next"), scroll: 9 };
    assert_snapshot!("help_found", shown(&with_dialog(found), 60, 12));
}

#[test]
fn new_pane() {
    let dialog = |row| with_dialog(Dialog::NewPane(Box::new(new_pane_dialog(row))));
    assert_snapshot!("new_pane_types", shown(&dialog(None), 100, 20));
    let mut unfolded = new_pane_dialog(None);
    unfolded.unfolded = true;
    let unfolded = with_dialog(Dialog::NewPane(Box::new(unfolded)));
    assert_snapshot!("new_pane_types_unfolded", shown(&unfolded, 100, 20));
    let form = dialog(Some(Row::Directory));
    assert_snapshot!("new_pane_form_100x30", shown(&form, 100, 30));
    assert_snapshot!("new_pane_form_40x12", shown(&form, 40, 12));
    let mut refused = new_pane_dialog(Some(Row::Conversation(2)));
    refused.error = Some("this conversation is open in p3".to_string());
    refused.conversation = 1;
    let refused = with_dialog(Dialog::NewPane(Box::new(refused)));
    assert_snapshot!("new_pane_refused", shown(&refused, 80, 24));
    let hits = view(&form, Size::new(100, 30), &Painted { scrolled: None }).hits;
    let rows: Vec<usize> = dialog_rows(&hits, 50, 30);
    assert_eq!(rows, (4..15).collect::<Vec<_>>(), "the types count first");
}

fn dialog_rows(hits: &HitMap, x: u16, rows: u16) -> Vec<usize> {
    (0..rows)
        .filter_map(|y| match hits.at(x, y) {
            Hit::DialogRow(row) => Some(row),
            _ => None,
        })
        .collect()
}

#[test]
fn past_conversations_and_notifications() {
    let resume = |selected, error| Dialog::Resume(Box::new(resume_dialog(selected, error)));
    assert_snapshot!("resume", shown(&with_dialog(resume(0, None)), 100, 16));
    let refused = resume(1, Some("this conversation is open in p3; tab goes there"));
    assert_snapshot!("resume_refused", shown(&with_dialog(refused), 60, 14));
    assert_snapshot!("resume_40", shown(&with_dialog(resume(0, None)), 40, 12));
    let mut model = with_dialog(Dialog::Notices { selected: 1 });
    assert_snapshot!("notices_none", shown(&model, 60, 10));
    let notice = |n, kind, text: &str, minutes: u64| {
        Notice::new(p(n), "Coder", kind, text, NOW - minutes * 60_000)
    };
    model.notices.add(notice(3, NoticeKind::Finished, "finished: Make the tests pass", 90));
    model.notices.see(p(3));
    model.notices.add(notice(2, NoticeKind::Error, "failed: no room on the disk", 7));
    model.notices.add(notice(2, NoticeKind::Blocked, "waits for you: Run rm -rf target?", 1));
    model.notices.add(notice(2, NoticeKind::Blocked, "waits for you: Run rm -rf target?", 0));
    assert_snapshot!("notices", shown(&model, 100, 14));
    assert_snapshot!("notices_40", shown(&model, 40, 12));
    model.looks.plain = true;
    assert_snapshot!("notices_plain", shown(&model, 80, 14));
}

#[test]
fn other_dialogs() {
    let tree = with_dialog(Dialog::Tree { selected: 3 });
    assert_snapshot!("tree_80x20", shown(&tree, 80, 20));
    assert_snapshot!("tree_30x6", shown(&tree, 30, 6));
    let mut palette = PaletteDialog::default();
    let mut recent = conversations().remove(0);
    recent.session = session("ses_9");
    recent.type_name = "agent".to_string();
    recent.cwd = "/home/ada/src/old".into();
    recent.summary.title = Some("Paint the tests green".to_string());
    palette.recent = vec![recent];
    let text = "  running 3 tests, 漢字 in one of them".to_string();
    palette.found = vec![TextMatch { pane: p(2), back: 40, text }];
    palette.selected = 1;
    let all = with_dialog(Dialog::Palette(Box::new(palette.clone())));
    assert_snapshot!("palette_all", shown(&all, 100, 12));
    palette.field = TextField::new("tests");
    let typed = with_dialog(Dialog::Palette(Box::new(palette.clone())));
    assert_snapshot!("palette_100x20", shown(&typed, 100, 20));
    assert_snapshot!("palette_40x10", shown(&typed, 40, 10));
    palette.field = TextField::new("zzzz");
    palette.found.clear();
    let none = with_dialog(Dialog::Palette(Box::new(palette)));
    assert_snapshot!("palette_none", shown(&none, 60, 9));
    let pick = with_dialog(Dialog::MovePane { pane: p(3), selected: 1 });
    assert_snapshot!("move_pane", shown(&pick, 60, 9));
    let subject = Subject::Pane(p(3));
    let menu = |at| with_dialog(Dialog::Menu(MenuDialog::new(subject, at)));
    assert_snapshot!("menu", shown(&menu(Some(Point::new(90, 20))), 100, 24));
    assert_snapshot!("menu_30x8", shown(&menu(None), 30, 8));
    let lines = [
        "schema = 1",
        "",
        "[[tab]]",
        "root = { type = \"shell\", args = [\"-c\", \"make watch\"] }",
    ];
    let trust = with_dialog(Dialog::Trust(Box::new(TrustDialog {
        file: "/home/ada/src/website/.segno.toml".into(),
        hash: "0".repeat(64),
        lines: lines.map(str::to_string).into(),
        scroll: 0,
    })));
    assert_snapshot!("trust", shown(&trust, 80, 16));
    assert_snapshot!("trust_40x12", shown(&trust, 40, 12));
    let projects = PaletteDialog::of(Scope::Projects);
    let projects = with_dialog(Dialog::Palette(Box::new(projects)));
    assert_snapshot!("projects", shown(&projects, 60, 9));
    let field = TextField::new("a name that is longer than the dialog is wide, by far");
    let rename = with_dialog(Dialog::RenamePane { pane: p(3), field });
    assert_snapshot!("rename", shown(&rename, 50, 9));
    let close = with_dialog(Dialog::ConfirmClose { pane: p(3) });
    assert_snapshot!("confirm", shown(&close, 60, 9));
    let close = with_dialog(Dialog::ConfirmCloseTab { tab: TabId::new(1).unwrap() });
    assert_snapshot!("confirm_tab", shown(&close, 60, 9));
    let lines = (1..=30).map(|n| format!("finding {n}: a line that says what is wrong")).collect();
    let messages = with_dialog(Dialog::Messages { lines, scroll: 5 });
    assert_snapshot!("messages", shown(&messages, 60, 12));
}

#[test]
fn clicks_mean_what_is_seen() {
    let view = view(&busy(), Size::new(100, 30), &Painted { scrolled: None });
    let at = |x, y| view.hits.at(x, y);
    assert_eq!(at(1, 0), Hit::Tab(TabId::new(1).unwrap()));
    assert_eq!(at(2, 3), Hit::Pane { pane: p(1), x: 2, y: 2 });
    assert!(matches!(at(50, 5), Hit::Divider { .. }));
    assert_eq!(at(3, 29), Hit::Status);
    assert_eq!(at(99, 0), Hit::Nothing);
    assert_eq!(at(100, 30), Hit::Nothing);
    assert!((0..100).any(|x| at(x, 0) == Hit::NewTab));
}

#[test]
fn the_focused_panes_borders_stand_out() {
    let view = view(&busy(), Size::new(100, 30), &Painted { scrolled: None });
    let color = |x, y| view.frame.get(Point::new(x, y)).unwrap().style.fg;
    assert_eq!(color(50, 20), Color::Indexed(6), "left of p3");
    assert_eq!(color(50, 5), Color::Default, "left of p2");
}

#[test]
fn the_window_is_named_after_the_conversation() {
    let view = view(&busy(), Size::new(100, 30), &Painted { scrolled: None });
    assert_eq!(view.title, "Make the tests pass · segno");
}

#[test]
fn every_dialog_is_usable_in_a_narrow_terminal() {
    let field = || TextField::new("a name that is longer than the terminal is wide");
    let lines = vec!["log.txt:3: what went wrong, and what to do about it".to_string(); 20];
    let mut all = String::new();
    for dialog in [
        Dialog::Tree { selected: 3 },
        Dialog::MovePane { pane: p(3), selected: 1 },
        Dialog::RenamePane { pane: p(3), field: field() },
        Dialog::RenameTab { tab: TabId::new(1).unwrap(), field: field() },
        Dialog::ConfirmClose { pane: p(3) },
        Dialog::ConfirmCloseTab { tab: TabId::new(1).unwrap() },
        Dialog::ConfirmCloseOthers { pane: p(3) },
        Dialog::Messages { lines, scroll: 5 },
    ] {
        all += &format!("{}\n{}\n", "-".repeat(40), shown(&with_dialog(dialog), 40, 12));
    }
    assert_snapshot!("dialogs_40x12", all);
}
