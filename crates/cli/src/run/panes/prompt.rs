//! `prompt` and `ask`: a text goes into an agent once, and its answer comes out.

use std::fs::File;
use std::process::ExitCode;
use std::time::Instant;

use nix::sys::signal::{SigSet, Signal};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::args;
use crate::environment::Environment;
use crate::error::{CliError, TIMEOUT};
use crate::run::history::answer::{self, Answer};
use crate::run::panes::pane::{bounded, directory, done, stdin};
use crate::run::panes::template;
use crate::run::panes::wait::{BLOCKED, CLOSED, ERROR, EXITED, UNSEEN, answered};
use crate::run::{Reach, call, process_error, worktree};
use crate::{print, process, show};
use segno_agent::start::StartRequest;
use segno_base::system::random::token;
use segno_base::text::hex::hex;
use segno_wire::control::Call;
use segno_wire::control::panes::pane::{Close, NewPane, PaneRef};
use segno_wire::control::panes::prompt::{
    Prompt, PromptEnd, PromptEnded, PromptStage, PromptWait, Prompted, WhenBusy,
};

const WHAT: &str = "cannot prompt";

/// `prompt`
pub fn prompt(env: &Environment, args: &args::Prompt) -> Result<ExitCode, CliError> {
    if args.list_templates {
        return template::list(env, args.json).map(|()| ExitCode::SUCCESS);
    }
    if args.template.is_none() && !args.field.is_empty() {
        let why = "--field fills in a template, and none is named";
        return Err(CliError::usage(WHAT, why).todo("name it with --template"));
    }
    let text = match (&args.file, args.text.as_deref()) {
        _ if args.template.is_some() => {
            template::filled(env, args.template.as_deref().unwrap_or_default(), &args.field)?
        }
        (Some(file), _) => File::open(env.cwd.join(file))
            .and_then(bounded)
            .map(without_end)
            .map_err(|e| CliError::new(WHAT, format!("{}: {e}", file.display())))?,
        (None, Some("-")) => without_end(stdin(WHAT)?),
        (None, text) => text.unwrap_or_default().to_string(),
    };
    let busy = match (args.queue, args.force) {
        (true, _) => WhenBusy::Queue,
        (_, true) => WhenBusy::Force,
        _ => WhenBusy::Refuse,
    };
    let id = match (&args.id, &args.key) {
        (Some(id), _) => id.clone(),
        (None, Some(key)) => id_of(key),
        (None, None) => token().map_err(|e| CliError::new(WHAT, e))?,
    };
    let end = args.timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    let prompt = Prompt { pane: args.pane.clone().unwrap_or_default(), text, id, busy };
    let prompted: Prompted = answered(env, WHAT, || Call::PanePrompt(prompt.clone()))?;
    let until = if args.wait { PromptStage::Ended } else { PromptStage::Begun };
    if prompted.queued && !args.wait {
        if args.json {
            print::line(&show::json("prompt", &prompted))?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let ended = outcome(env, &prompted, until, end)?;
    finish(env, &prompt.text, &prompted, &ended, args.wait, args.json)
}

/// Gives a prompt of Segno's own to an agent: as soon as it is idle. No daemon is started for it.
pub fn hand_over(
    env: &Environment,
    what: &str,
    pane: PaneRef,
    text: String,
) -> Result<Prompted, CliError> {
    let id = token().map_err(|e| CliError::new(what, e))?;
    let prompt = Prompt { pane, text, id, busy: WhenBusy::Queue };
    call(env, Reach::Look, what, &Call::PanePrompt(prompt))
}

/// The id of prompts with this key: 32 hexadecimal digits.
fn id_of(key: &str) -> String {
    hex(&Sha256::digest(key.as_bytes())[..16])
}

/// Waits for what becomes of a prompt.
fn outcome(
    env: &Environment,
    prompted: &Prompted,
    until: PromptStage,
    end: Option<Instant>,
) -> Result<PromptEnded, CliError> {
    let left = |end: Instant| end.saturating_duration_since(Instant::now()).as_millis();
    answered(env, WHAT, || {
        Call::PanePromptWait(PromptWait {
            pane: prompted.pane.into(),
            id: prompted.id.clone(),
            until,
            timeout_ms: end.map(|end| u64::try_from(left(end)).unwrap_or(u64::MAX)),
        })
    })
}

/// Prints what the agent answered and how it ended.
fn finish(
    env: &Environment,
    text: &str,
    prompted: &Prompted,
    ended: &PromptEnded,
    wants_answer: bool,
    as_json: bool,
) -> Result<ExitCode, CliError> {
    let found = if wants_answer { answer::to_prompt(env, WHAT, text, ended) } else { Ok(None) };
    // How the turn ended is known, whatever keeps its answer from being read.
    let answer = found.unwrap_or_else(|error| {
        eprintln!("{error}");
        None
    });
    match (as_json, &answer) {
        (true, _) => print::line(&show::json("prompt", &report(prompted, ended, answer.as_ref())))?,
        (false, Some(answer)) => print::line(&answer.text)?,
        (false, None) if wants_answer && ended.end == PromptEnd::Done => eprintln!(
            "segno: the answer was not found in what the agent stores; `segno read {}` shows it",
            prompted.pane
        ),
        (false, None) => {}
    }
    let code = code_of(ended.end);
    if let Some(why) = why(ended).filter(|_| !as_json) {
        let what = match ended.end == PromptEnd::Closed && ended.at == 0 {
            true => format!("{} was not seen to get the prompt", prompted.pane),
            false => format!("{} got the prompt", prompted.pane),
        };
        eprintln!("{}", CliError::new(what, why));
    }
    Ok(ExitCode::from(code))
}

fn report(prompted: &Prompted, ended: &PromptEnded, answer: Option<&Answer>) -> Value {
    let mut report = json!({
        "pane": prompted.pane, "id": prompted.id, "number": prompted.number,
        "end": ended.end, "state": ended.state, "session": ended.session,
        "detail": ended.detail, "exit": ended.exit,
    });
    if let Some(answer) = answer {
        report["text"] = json!(answer.text);
        report["tools"] = json!(answer.tools);
        report["files"] = json!(answer.files);
    }
    if !matches!(ended.end, PromptEnd::Begun | PromptEnd::Closed) {
        report["used"] = json!(ended.used);
    }
    report
}

fn code_of(end: PromptEnd) -> u8 {
    match end {
        PromptEnd::Begun | PromptEnd::Done => 0,
        PromptEnd::Blocked => BLOCKED,
        PromptEnd::Error => ERROR,
        PromptEnd::Exited => EXITED,
        PromptEnd::Closed => CLOSED,
        PromptEnd::Unseen => UNSEEN,
        PromptEnd::Timeout => TIMEOUT,
        PromptEnd::Unknown => 1,
    }
}

fn why(ended: &PromptEnded) -> Option<String> {
    let detail = ended.detail.as_deref();
    Some(match ended.end {
        PromptEnd::Begun | PromptEnd::Done | PromptEnd::Timeout => return None,
        PromptEnd::Blocked => format!("it asks: {}", detail.unwrap_or("a question")),
        PromptEnd::Error => format!("its turn ended in an error: {}", detail.unwrap_or("unknown")),
        PromptEnd::Exited => "its program exited".into(),
        PromptEnd::Closed => "it was closed".into(),
        PromptEnd::Unseen => "it was not seen to begin".into(),
        PromptEnd::Unknown => "its turn ended in a way that this version does not know".into(),
    })
}

/// A text as it was meant: files and `echo` end lines, also the last one.
pub fn without_end(mut text: String) -> String {
    text.truncate(text.trim_end_matches(['\n', '\r']).len());
    text
}

/// `ask`
pub fn ask(env: &Environment, args: args::Ask) -> Result<ExitCode, CliError> {
    const WHAT: &str = "cannot ask";
    let text = if args.text == "-" { without_end(stdin(WHAT)?) } else { args.text };
    let of = args::New { worktree: args.worktree, cwd: args.cwd, ..args::New::default() };
    let cwd = of.cwd.as_deref().filter(|_| of.worktree.is_none());
    let cwd = cwd.map(|cwd| directory(env, Some(cwd))).transpose()?;
    let mut start = StartRequest {
        type_name: args.type_name,
        cwd: cwd.unwrap_or_default(),
        model: args.model,
        umask: Some(env.umask),
        ..StartRequest::default()
    };
    let task = worktree::for_new_pane(env, &of, &start)?;
    if let Some(task) = &task {
        start.cwd = task.path().to_path_buf();
    }
    let default_cwd = Some(directory(env, None)?);
    let new = NewPane { start, default_cwd, from: env.own_pane(), ..NewPane::default() };
    // Whatever is started inherits what is blocked.
    drop(process::greet(&env.home, process::ensure_daemon).map_err(|e| process_error(WHAT, e))?);
    // Before there is something to close; threads that are begun later have it so too.
    let ends = SigSet::from_iter([Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP]);
    ends.thread_block().map_err(|e| CliError::new(WHAT, e))?;
    let created = worktree::pane_for(env, WHAT, task, new)?;
    let pane = PaneRef::from(created.pane);
    let closes = Call::PaneClose(Close { pane: pane.clone(), force: true });
    let asked = args::Prompt {
        pane: Some(pane),
        text: Some(text),
        file: None,
        template: None,
        field: Vec::new(),
        list_templates: false,
        wait: true,
        timeout: args.timeout,
        queue: false,
        force: false,
        id: None,
        key: None,
        json: args.json,
    };
    let (home, close) = (env.home.clone(), closes.clone());
    std::thread::spawn(move || {
        let Ok(signal) = ends.wait() else { return };
        if let Ok(mut control) = process::greet(&home, process::connect_to_look) {
            let _ = control.call::<Value>(&close);
        }
        std::process::exit(128 + signal as i32);
    });
    let answer = prompt(env, &asked);
    let closed = done(env, WHAT, &closes);
    let code = answer.map_err(|error| CliError { what: WHAT.into(), ..error })?;
    closed.map(|()| code)
}
