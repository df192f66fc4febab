//! `clients`.

use super::ago;
use super::table::{Paint, Table, Tone};
use segno_wire::control::client::{ClientInfo, ClientList};

/// For people.
pub fn list(list: &ClientList, now: u64, paint: Paint) -> String {
    if list.clients.is_empty() {
        return "no client is attached; `segno` attaches this terminal\n".into();
    }
    let mut table = Table::new(&["CLIENT", "TERMINAL", "SIZE", "SINCE", "TAB", "PANE", "HOW"]);
    for client in &list.clients {
        let tab = client.tab.as_ref().map(|tab| format!("{}:{}", tab.index, tab.name));
        let how = [
            client.read_only.then_some("read only"),
            client.ignore_size.then_some("size ignored"),
            client.remote.then_some("over ssh"),
        ];
        let how: Vec<_> = how.into_iter().flatten().collect();
        table.row(vec![
            (Tone::Strong, client.id.clone()),
            (Tone::Plain, terminal(client)),
            (Tone::Plain, format!("{}x{}", client.cols, client.rows)),
            (Tone::Faint, ago(client.since, now)),
            (Tone::Plain, tab.unwrap_or_default()),
            (Tone::Plain, client.pane.map(|pane| pane.to_string()).unwrap_or_default()),
            (Tone::Plain, how.join(", ")),
        ]);
    }
    table.render(paint)
}

fn terminal(client: &ClientInfo) -> String {
    match &client.terminal.program {
        Some(program) => format!("{} ({program})", client.terminal.term),
        None => client.terminal.term.clone(),
    }
}

/// For programs.
pub fn list_json(list: &ClientList) -> String {
    super::json("clients", &list.clients)
}
