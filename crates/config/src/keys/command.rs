//! The one definition of every command that a key can be bound to.
//!
//! Plain data: what a command does is decided in `core/`. Names are part of users' settings, so a
//! name never changes its meaning.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use segno_base::preset::Preset;
use segno_base::screen::geometry::Direction;
use segno_base::text::diagnostic::closest;

/// What a key can do in the interface. Written by its name, as in `split-right`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Command {
    /// Opens the dialog that asks for type, directory and conversation.
    NewPane,
    /// Opens the list of the directory's past conversations.
    Resume,
    /// Opens the search over every conversation of every agent.
    History,
    /// Opens the pane's conversation as text.
    ReadConversation,
    SplitRight,
    SplitDown,
    ClosePane,
    /// Closes the other panes of the tab, except pinned ones.
    CloseOthers,
    RestartPane,
    /// Opens the list of prompts that wait for the pane's agent.
    PromptQueue,
    RenamePane,
    PinPane,
    MutePane,
    /// Shows what was done in the pane's directory, to comment on it.
    Review,
    EditNote,
    /// Drops the input that the pane's program has not taken.
    DropInput,
    /// Logs what the pane prints to a file, or stops that.
    LogPane,
    ColorPane,
    BroadcastPane,
    BroadcastTab,
    Zoom,
    /// Shows the pane that floats above the tab, hides it, or opens one.
    Popup,
    /// Makes the pane float, or puts it back into the layout.
    FloatPane,
    NextPane,
    LastPane,
    /// Shows the panes' numbers; the next key goes to one.
    PaneNumbers,
    /// Goes to the pane that has waited longest for the user.
    NextWaiting,
    Focus(Direction),
    Resize(Direction),
    SwapPrevious,
    SwapNext,
    NextLayout,
    Arrange(Preset),
    /// Moves every pane to the place of the next one.
    Rotate,
    /// Moves the pane to a tab of its own.
    BreakPane,
    /// Opens the picker that moves the pane to another tab.
    MovePane,
    NewTab,
    CloseTab,
    RenameTab,
    NextTab,
    PreviousTab,
    LastTab,
    MoveTabLeft,
    MoveTabRight,
    /// Asks for the tab to go to, by number or name.
    GoToTab,
    /// Asks for the place of the tab.
    PlaceTab,
    /// By its place in the tab bar, from 1 to 10.
    SelectTab(u8),
    /// Goes to the project that was looked at before.
    PreviousProject,
    /// Opens the picker of projects.
    Projects,
    /// Opens the panes that the project's file names.
    OpenProject,
    /// Shows or hides the list of projects, tabs and panes at the side.
    Sidebar,
    ScrollUp,
    ScrollDown,
    ScrollTop,
    ScrollBottom,
    CopyMode,
    CopyPageUp,
    CopySearch,
    CopyHints,
    CopyOutput,
    EditScrollback,
    SaveScrollback,
    Paste,
    /// Opens the list of what was copied, to paste one.
    PasteFrom,
    Palette,
    /// The menus that the mouse opens.
    PaneMenu,
    TabMenu,
    Tree,
    Messages,
    /// Opens the list of notifications.
    Notifications,
    Help,
    /// Opens the screen of settings.
    Settings,
    /// Shows what conversations have used, by day and project.
    Usage,
    Tour,
    Detach,
    /// Opens the list of attached terminals, to detach one.
    DetachClient,
    /// Shows the time until a key is pressed.
    Clock,
    SendPrefix,
}

/// Under which heading the help shows a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    Panes,
    Tabs,
    Scrollback,
    Segno,
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Group::Panes => "Panes",
            Group::Tabs => "Tabs",
            Group::Scrollback => "Scrollback",
            Group::Segno => "Segno",
        })
    }
}

/// A command as settings, documentation and help show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommandInfo {
    pub command: Command,
    pub name: &'static str,
    pub description: &'static str,
    pub group: Group,
}

/// Every command, in the order of the help.
#[rustfmt::skip]
pub const COMMANDS: &[CommandInfo] = &[
    info(Command::NewPane, "new-pane", Group::Panes, "New pane: choose its type, directory and conversation"),
    info(Command::Resume, "resume", Group::Panes, "Resume a past conversation of this directory"),
    info(Command::History, "history", Group::Panes, "Search every conversation of every agent"),
    info(Command::ReadConversation, "read-conversation", Group::Panes, "Read the pane's conversation as text"),
    info(Command::SplitRight, "split-right", Group::Panes, "Split right"),
    info(Command::SplitDown, "split-down", Group::Panes, "Split down"),
    info(Command::ClosePane, "close-pane", Group::Panes, "Close the pane"),
    info(Command::CloseOthers, "close-others", Group::Panes, "Close the other panes of the tab, except pinned ones"),
    info(Command::RestartPane, "restart-pane", Group::Panes, "Restart the pane in its conversation"),
    info(Command::PromptQueue, "prompt-queue", Group::Panes, "List, add, edit and drop the pane's queued prompts"),
    info(Command::RenamePane, "rename-pane", Group::Panes, "Rename the pane"),
    info(Command::PinPane, "pin-pane", Group::Panes, "Pin the pane: first in lists, confirms before closing (toggle)"),
    info(Command::MutePane, "mute-pane", Group::Panes, "Mute the pane's notifications (toggle)"),
    info(Command::ColorPane, "color-pane", Group::Panes, "Give the pane the next colour"),
    info(Command::BroadcastPane, "broadcast-pane", Group::Panes, "Type into several panes: add or remove this one"),
    info(Command::BroadcastTab, "broadcast-tab", Group::Panes, "Type into all panes of the tab (toggle)"),
    info(Command::Review, "review", Group::Panes, "Review what was done where the pane is, and comment on it"),
    info(Command::EditNote, "edit-note", Group::Panes, "Edit the pane's note in your editor"),
    info(Command::LogPane, "log-pane", Group::Panes, "Start or stop logging the pane's output to a file"),
    info(Command::DropInput, "drop-input", Group::Panes, "Drop input the program has not read"),
    info(Command::Zoom, "zoom", Group::Panes, "Zoom the pane (toggle)"),
    info(Command::Popup, "popup", Group::Panes, "Show or hide the tab's popup shell"),
    info(Command::FloatPane, "float-pane", Group::Panes, "Float the pane above the tab (toggle)"),
    info(Command::NextPane, "next-pane", Group::Panes, "Go to the next pane"),
    info(Command::LastPane, "last-pane", Group::Panes, "Last pane"),
    info(Command::PaneNumbers, "pane-numbers", Group::Panes, "Show pane numbers; press one to go there"),
    info(Command::NextWaiting, "next-waiting", Group::Panes, "Go to the agent that has waited longest, then the next"),
    info(Command::Focus(Direction::Left), "focus-left", Group::Panes, "Go to the pane to the left"),
    info(Command::Focus(Direction::Right), "focus-right", Group::Panes, "Go to the pane to the right"),
    info(Command::Focus(Direction::Up), "focus-up", Group::Panes, "Go to the pane above"),
    info(Command::Focus(Direction::Down), "focus-down", Group::Panes, "Go to the pane below"),
    info(Command::Resize(Direction::Left), "resize-left", Group::Panes, "Move the pane's border left"),
    info(Command::Resize(Direction::Right), "resize-right", Group::Panes, "Move the pane's border right"),
    info(Command::Resize(Direction::Up), "resize-up", Group::Panes, "Move the pane's border up"),
    info(Command::Resize(Direction::Down), "resize-down", Group::Panes, "Move the pane's border down"),
    info(Command::SwapPrevious, "swap-previous", Group::Panes, "Swap the pane with the one before it"),
    info(Command::SwapNext, "swap-next", Group::Panes, "Swap the pane with the one after it"),
    info(Command::NextLayout, "next-layout", Group::Panes, "Next arrangement of the tab's panes; moves the popup"),
    info(Command::Arrange(Preset::EvenHorizontal), "even-horizontal", Group::Panes, "Arrange the panes side by side"),
    info(Command::Arrange(Preset::EvenVertical), "even-vertical", Group::Panes, "Arrange the panes one above the other"),
    info(Command::Arrange(Preset::MainHorizontal), "main-horizontal", Group::Panes, "Arrange the panes: first on top, others below"),
    info(Command::Arrange(Preset::MainVertical), "main-vertical", Group::Panes, "Arrange the panes: first on the left, others beside it"),
    info(Command::Arrange(Preset::Tiled), "tiled", Group::Panes, "Arrange the panes in a grid"),
    info(Command::Rotate, "rotate", Group::Panes, "Rotate the panes"),
    info(Command::BreakPane, "break-pane", Group::Panes, "Move the pane to its own tab"),
    info(Command::MovePane, "move-pane", Group::Panes, "Move the pane to another tab"),
    info(Command::NewTab, "new-tab", Group::Tabs, "New tab"),
    info(Command::CloseTab, "close-tab", Group::Tabs, "Close the tab and its panes"),
    info(Command::RenameTab, "rename-tab", Group::Tabs, "Rename the tab"),
    info(Command::NextTab, "next-tab", Group::Tabs, "Go to the next tab"),
    info(Command::PreviousTab, "previous-tab", Group::Tabs, "Go to the previous tab"),
    info(Command::LastTab, "last-tab", Group::Tabs, "Last tab"),
    info(Command::MoveTabLeft, "move-tab-left", Group::Tabs, "Move the tab to the left"),
    info(Command::MoveTabRight, "move-tab-right", Group::Tabs, "Move the tab to the right"),
    info(Command::GoToTab, "go-to-tab", Group::Tabs, "Go to a tab by its number or name"),
    info(Command::PlaceTab, "place-tab", Group::Tabs, "Move the tab to a place in the tab bar"),
    info(Command::SelectTab(1), "select-tab-1", Group::Tabs, "Go to tab 1"),
    info(Command::SelectTab(2), "select-tab-2", Group::Tabs, "Go to tab 2"),
    info(Command::SelectTab(3), "select-tab-3", Group::Tabs, "Go to tab 3"),
    info(Command::SelectTab(4), "select-tab-4", Group::Tabs, "Go to tab 4"),
    info(Command::SelectTab(5), "select-tab-5", Group::Tabs, "Go to tab 5"),
    info(Command::SelectTab(6), "select-tab-6", Group::Tabs, "Go to tab 6"),
    info(Command::SelectTab(7), "select-tab-7", Group::Tabs, "Go to tab 7"),
    info(Command::SelectTab(8), "select-tab-8", Group::Tabs, "Go to tab 8"),
    info(Command::SelectTab(9), "select-tab-9", Group::Tabs, "Go to tab 9"),
    info(Command::SelectTab(10), "select-tab-10", Group::Tabs, "Go to tab 10"),
    info(Command::Projects, "projects", Group::Tabs, "Go to a project"),
    info(Command::PreviousProject, "previous-project", Group::Tabs, "Last project"),
    info(Command::OpenProject, "open-project", Group::Tabs, "Open the panes of the project's .segno.toml"),
    info(Command::Sidebar, "sidebar", Group::Tabs, "Show or hide the sidebar with projects, tabs and panes"),
    info(Command::ScrollUp, "scroll-up", Group::Scrollback, "Scroll up by a page"),
    info(Command::ScrollDown, "scroll-down", Group::Scrollback, "Scroll down by a page"),
    info(Command::ScrollTop, "scroll-top", Group::Scrollback, "Scroll to the oldest line"),
    info(Command::ScrollBottom, "scroll-bottom", Group::Scrollback, "Scroll back to the live screen"),
    info(Command::CopyMode, "copy-mode", Group::Scrollback, "Copy mode: read, search and copy with keys"),
    info(Command::CopyPageUp, "copy-page-up", Group::Scrollback, "Enter copy mode a page up"),
    info(Command::CopySearch, "copy-search", Group::Scrollback, "Search the scrollback"),
    info(Command::CopyHints, "copy-hints", Group::Scrollback, "Label links and paths: type a label to copy, in capitals to open"),
    info(Command::CopyOutput, "copy-output", Group::Scrollback, "Copy the output of the last command"),
    info(Command::EditScrollback, "edit-scrollback", Group::Scrollback, "Open the scrollback in your editor"),
    info(Command::SaveScrollback, "save-scrollback", Group::Scrollback, "Save the scrollback in a file"),
    info(Command::Paste, "paste", Group::Scrollback, "Paste"),
    info(Command::PasteFrom, "paste-from", Group::Scrollback, "Paste from earlier copies"),
    info(Command::Palette, "palette", Group::Segno, "Command palette: find commands, panes, tabs, projects, conversations, text"),
    info(Command::PaneMenu, "pane-menu", Group::Segno, "Open the pane's menu"),
    info(Command::TabMenu, "tab-menu", Group::Segno, "Open the tab's menu"),
    info(Command::Tree, "tree", Group::Segno, "List tabs and panes"),
    info(Command::Messages, "messages", Group::Segno, "Show the messages"),
    info(Command::Notifications, "notifications", Group::Segno, "List notifications"),
    info(Command::Help, "help", Group::Segno, "Show the keys"),
    info(Command::Settings, "settings", Group::Segno, "Change settings"),
    info(Command::Usage, "usage", Group::Segno, "Show tokens and cost by day and project"),
    info(Command::Tour, "tour", Group::Segno, "Start the tour"),
    info(Command::Detach, "detach", Group::Segno, "Detach; everything keeps running"),
    info(Command::DetachClient, "detach-client", Group::Segno, "Detach another terminal"),
    info(Command::Clock, "clock", Group::Segno, "Show the time"),
    info(Command::SendPrefix, "send-prefix", Group::Segno, "Send the prefix key to the pane"),
];

const fn info(
    command: Command,
    name: &'static str,
    group: Group,
    description: &'static str,
) -> CommandInfo {
    CommandInfo { command, name, description, group }
}

/// What is used most, in the order in which it is shown after the prefix.
const MOST_USED: &[Command] = &[
    Command::Detach,
    Command::NewTab,
    Command::NextTab,
    Command::CopyMode,
    Command::Help,
    Command::NewPane,
    Command::SplitRight,
    Command::SplitDown,
    Command::Focus(Direction::Left),
    Command::Focus(Direction::Right),
    Command::Focus(Direction::Up),
    Command::Focus(Direction::Down),
    Command::NextWaiting,
    Command::Resume,
    Command::ClosePane,
    Command::Zoom,
    Command::SelectTab(1),
    Command::PreviousTab,
    Command::Palette,
    Command::Tree,
    Command::Popup,
    Command::Paste,
    Command::NextPane,
    Command::RenamePane,
    Command::RenameTab,
    Command::Sidebar,
    Command::RestartPane,
    Command::CopySearch,
    Command::Notifications,
    Command::Messages,
];

impl Command {
    /// Its place among all where the most used come first; those of tabs by number stand together.
    pub fn by_use(self) -> usize {
        let like = match self {
            Command::SelectTab(_) => Command::SelectTab(1),
            other => other,
        };
        let used = MOST_USED.iter().position(|command| *command == like);
        let listed = COMMANDS.iter().position(|info| info.command == like);
        used.unwrap_or(MOST_USED.len() + listed.unwrap_or(COMMANDS.len()))
    }

    /// Whether its key can be pressed again without the prefix.
    pub fn repeats(self) -> bool {
        matches!(self, Command::Focus(_) | Command::Resize(_))
    }

    /// The command's entry in [`COMMANDS`]; `None` only for a tab number that no key can have.
    pub fn info(self) -> Option<&'static CommandInfo> {
        COMMANDS.iter().find(|info| info.command == self)
    }

    /// The name by which settings call it.
    pub fn name(self) -> &'static str {
        self.info().map_or("select-tab", |info| info.name)
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl From<Command> for String {
    fn from(command: Command) -> String {
        command.name().to_string()
    }
}

/// A text that names no command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct UnknownCommand {
    name: String,
    meant: Option<&'static str>,
}

impl fmt::Display for UnknownCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is no command; ", self.name)?;
        match self.meant {
            Some(meant) => write!(f, "did you mean {meant:?}?"),
            None => f.write_str("docs/settings.md lists them"),
        }
    }
}

impl FromStr for Command {
    type Err = UnknownCommand;

    fn from_str(text: &str) -> Result<Command, UnknownCommand> {
        COMMANDS.iter().find(|info| info.name == text).map(|info| info.command).ok_or_else(|| {
            let name = text.chars().take(40).collect();
            UnknownCommand { name, meant: closest(text, COMMANDS.iter().map(|info| info.name)) }
        })
    }
}

impl TryFrom<String> for Command {
    type Error = UnknownCommand;

    fn try_from(text: String) -> Result<Command, UnknownCommand> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_survives_its_name_and_stands_once() {
        for (i, info) in COMMANDS.iter().enumerate() {
            assert_eq!(info.name.parse::<Command>().as_ref(), Ok(&info.command));
            assert_eq!(info.command.name(), info.name);
            assert!(COMMANDS[..i].iter().all(|other| other.command != info.command));
            assert!(
                info.name
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            );
        }
    }

    #[test]
    fn groups_are_not_interleaved() {
        assert!(COMMANDS.is_sorted_by_key(|info| info.group));
    }

    #[test]
    fn an_unknown_name_is_reported_with_a_suggestion() {
        let error = "splitright".parse::<Command>().unwrap_err().to_string();
        assert_eq!(error, "\"splitright\" is no command; did you mean \"split-right\"?");
    }
}
