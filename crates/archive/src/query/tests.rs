//! Queries as users type them.

use proptest::prelude::*;

use super::*;
use crate::testing::{
    Scripted, archive, archive_of_before, message, now, options, read_all, said, tool,
};
use segno_transcript::record::{Conversation, Record, Role as Said, Usage};

fn filled() -> (tempfile::TempDir, crate::Archive) {
    let (home, mut archive) = archive();
    fill(&mut archive);
    (home, archive)
}

fn fill(archive: &mut crate::Archive) {
    let mut call =
        tool("one", "t", "Bash", "cargo test --lib", Some("error: src/store/mod.rs failed"));
    call.files = vec!["/work/segno/src/store/mod.rs".into()];
    let about = |id: &str, title: &str, directory: &str| {
        Record::Conversation(Conversation {
            id: id.into(),
            title: Some(title.into()),
            directory: Some(directory.into()),
            ..Conversation::default()
        })
    };
    let first = vec![
        about("one", "Repair the parser", "/work/segno"),
        message(
            "one",
            "1",
            Said::User,
            "why does parse_query fail in readHTTPBody at core::model?",
        ),
        Record::Tool(call),
        message("one", "2", Said::Assistant, "The café parser dropped a token: 数据库连接超时"),
        Record::Usage(Usage { conversation: "one".into(), cost: Some(2.5), ..Usage::default() }),
    ];
    let second = vec![
        about("two", "Garden", "/work/other"),
        message(
            "two",
            "1",
            Said::User,
            "the parser of the garden; セッションを復元する; 검색이 느리다; который ёж",
        ),
    ];
    read_all(
        archive,
        vec![Scripted::new("first", "a", vec![first]), Scripted::new("second", "b", vec![second])],
    );
}

fn found(archive: &crate::Archive, text: &str) -> Vec<String> {
    let report = search(archive, &parse(text, &now()), &options()).unwrap();
    let mut found: Vec<_> = report.results.into_iter().map(|found| found.conversation.id).collect();
    found.sort();
    found
}

#[test]
fn words_phrases_and_filters_find_what_they_say() {
    let (_home, archive) = filled();
    are_found(&archive);
    // As one that was there before the index knew no places.
    let (_home, mut archive) = archive_of_before();
    fill(&mut archive);
    are_found(&archive);
    let format = archive.db.pragma_query_value(None, "user_version", |row| row.get(0));
    assert_eq!(format, Ok(2));
}

#[test]
fn a_secret_is_found_by_none_of_its_letters() {
    let (_home, mut archive) = archive();
    let key = ["ghp_", "q7Rt9ZxW2mKp4LsV8bNc3JhF6gYd1TaE5uXo"].concat();
    let about = Conversation {
        id: "c".into(),
        title: Some(format!("Try {key}")),
        ..Conversation::default()
    };
    let said = message("c", "1", Said::User, &format!("the zebra has {key} now"));
    let batch = vec![Record::Conversation(about), said];
    read_all(&mut archive, vec![Scripted::new("agent", "file", vec![batch])]);
    for guess in [&*key, "ghp", "ghp_q7*", "q7Rt9*", "hidden", "\"zebra has ghp\""] {
        assert_eq!(found(&archive, guess), [""; 0], "{guess}");
    }
    let whole = |how, text: &str, reveal| {
        let term = Term { text: text.into(), prefix: false };
        let query = Query { all: vec![vec![term]], ..Query::default() };
        search(&archive, &query, &Options { how, reveal, ..options() }).unwrap().results
    };
    for (how, guess) in [(How::Substring, "_q7Rt"), (How::Regex, "_q7R[a-z]9")] {
        assert!(whole(how, guess, Reveal::No).is_empty(), "{guess}");
        assert_eq!(whole(how, guess, Reveal::Yes).len(), 1, "{guess}");
        assert_eq!(whole(how, "zebra", Reveal::No).len(), 1);
    }
    let title = |reveal| whole(How::Words, "zebra", reveal)[0].conversation.title.clone().unwrap();
    assert_eq!(title(Reveal::No), "Try [hidden]");
    assert_eq!(title(Reveal::Yes), format!("Try {key}"));
}

fn are_found(archive: &crate::Archive) {
    for (query, expected) in [
        ("parser", &["one", "two"][..]),
        ("parser -garden", &["one"]),
        ("-garden", &["one"]),
        ("\"parser of\"", &["two"]),
        ("\"of parser\"", &[]),
        ("parser -\"parser of\"", &["one"]),
        ("parser -\"of parser\"", &["one", "two"]),
        ("-\"parser of\"", &["one"]),
        ("\"of parser\" OR \"the café\"", &["one"]),
        ("\"of parser\" OR garden", &["two"]),
        ("\"repair the parser\"", &["one"]),
        ("\"the repair\"", &[]),
        ("parser \"token dropped\"", &[]),
        ("failed OR garden", &["one", "two"]),
        ("garden OR dropped café", &["one"]),
        ("pars*", &["one", "two"]),
        ("cafe", &["one"]),
        ("PARSE_query", &["one"]),
        ("query", &["one"]),
        ("body", &["one"]),
        ("readhttpbody", &["one"]),
        ("read_http_body", &["one"]),
        ("ParseQuery", &["one"]),
        ("core::model", &["one"]),
        ("src/store/mod.rs", &["one"]),
        ("数据库", &["one"]),
        ("连接", &["one"]),
        ("数", &["one"]),
        ("数据库连接超时", &["one"]),
        ("数据连接", &[]),
        ("データ", &[]),
        ("セッション", &["two"]),
        ("который", &["two"]),
        ("КОТОРЫЙ ёж", &["two"]),
        ("Café", &["one"]),
        ("mod.store", &[]),
        ("库数", &[]),
        ("復元", &["two"]),
        ("검색", &["two"]),
        ("repair", &["one"]),
        ("role:user parser", &["two"]),
        ("role:assistant parser", &["one"]),
        ("role:tool failed", &["one"]),
        ("tool:bash", &["one"]),
        ("file:store/mod.rs", &["one"]),
        ("agent:second parser", &["two"]),
        ("project:segno parser", &["one"]),
        ("cwd:/work parser", &["one", "two"]),
        ("before:2026-11-29 parser", &["one"]),
        ("after:2026-11-29 garden", &["two"]),
        ("after:1h garden", &["two"]),
        ("cost>1 parser", &["one"]),
        ("cost>1", &["one"]),
        ("cost>3", &[]),
        ("agent:first OR agent:second parser", &["one", "two"]),
        ("parser role:user OR role:assistant", &["one", "two"]),
        ("-agent:first parser", &["two"]),
        ("parser -project:segno", &["two"]),
        ("-tool:bash -role:assistant fail OR garden", &["one", "two"]),
        ("-role:user parser", &["one"]),
        ("-role:user -role:assistant parser", &[]),
        ("-cost>1", &["two"]),
        ("-cwd:\"/work/segno\"", &["two"]),
    ] {
        // A title is of no time, and found unless something of a message is asked for.
        if query.starts_with("before:") {
            assert_eq!(found(archive, query), [""; 0], "{query}");
            continue;
        }
        assert_eq!(found(archive, query), expected, "{query}");
    }
}

#[test]
fn a_conversation_is_found_by_the_branches_that_it_was_on() {
    let (_home, archive) = filled();
    let on = |time, branch: &str| {
        let branch = Some(branch.to_string());
        crate::context::Context { time, branch, ..crate::context::Context::default() }
    };
    for (agent, id, held) in [
        ("first", "one", on(1, "main")),
        ("first", "one", on(2, "fix/Login")),
        ("second", "two", on(1, "main")),
    ] {
        crate::context::note(&archive, agent, id, &held).unwrap();
    }
    for (query, expected) in [
        ("branch:main parser", &["one", "two"][..]),
        ("branch:fix/Login parser", &["one"]),
        ("branch:fix/Login", &["one"]),
        ("branch:fix/login", &[]),
        ("branch:fix/Login branch:main -garden", &["one"]),
        ("branch:main agent:second", &["two"]),
    ] {
        assert_eq!(found(&archive, query), expected, "{query}");
    }
    let listed = |branch: &str| {
        let filters = parse(&format!("branch:{branch}"), &now()).filters;
        let list = crate::read::list(&archive, &crate::read::ListOptions { filters, limit: 9 });
        list.unwrap().conversations.len()
    };
    assert_eq!((listed("main"), listed("fix/Login"), listed("none")), (2, 1, 0));
}

#[test]
fn what_is_not_valid_is_searched_as_text() {
    let query = |text: &str| {
        let query = parse(text, &now());
        assert_eq!(query.filters, Filters::default(), "{text}");
        let of =
            |terms: &[Term]| terms.iter().map(|t| t.text.clone()).collect::<Vec<_>>().join("|");
        query.all.iter().map(|terms| of(terms)).collect::<Vec<_>>()
    };
    assert_eq!(
        query("role:nobody before:soon cost>much x:y"),
        ["role:nobody", "before:soon", "cost>much", "x:y"]
    );
    assert_eq!(query("OR a OR"), ["OR", "a", "OR"]);
    assert_eq!(query("role:nobody OR role:someone"), ["role:nobody|role:someone"]);
    assert_eq!(query("a OR OR b"), ["a|OR", "b"]);
    assert_eq!(query("\"not closed"), ["not closed"]);
    assert_eq!(query("\"role:user\""), ["role:user"]);
    assert_eq!(query("a - b --"), ["a", "-", "b", "--"]);
    let (_home, archive) = filled();
    for text in [
        "\"",
        "a AND",
        "NOT",
        "NEAR(a b)",
        "^a",
        "a*b*",
        "*",
        "'",
        "(",
        "{a} : b",
        "-\"",
        "::",
        "\0",
        "- OR -",
    ] {
        found(&archive, text);
    }
}

#[test]
fn a_snippet_marks_what_was_found() {
    let (_home, archive) = filled();
    let report = search(&archive, &parse("query 连接", &now()), &options()).unwrap();
    assert!(report.results.is_empty());
    for (text, marked) in
        [("parse_query", vec!["parse", "query"]), ("连接", vec!["连接"]), ("http", vec!["HTTP"])]
    {
        let report = search(&archive, &parse(text, &now()), &options()).unwrap();
        let snippet = &report.results[0].hits[0].snippet;
        let marks: Vec<_> = snippet.marks.iter().map(|(a, b)| &snippet.text[*a..*b]).collect();
        assert_eq!(marks.concat(), marked.concat().replace("parsequery", "parse_query"), "{text}");
    }
}

#[test]
fn a_scan_finds_what_is_no_word_and_says_when_it_stopped() {
    let (_home, archive) = filled();
    let scan = |text: &str, how, budget| {
        let options = Options { how, budget, ..options() };
        search(&archive, &parse(text, &now()), &options).unwrap()
    };
    let all = Duration::from_secs(30);
    let report = scan("arse_quer", How::Substring, all);
    assert_eq!((report.results.len(), report.complete), (1, true));
    let snippet = &report.results[0].hits[0].snippet;
    assert_eq!(&snippet.text[snippet.marks[0].0..snippet.marks[0].1], "arse_quer");
    let report = scan("fail(ed|s)$", How::Regex, all);
    assert_eq!(report.results[0].hits[0].role, Role::Tool);
    assert!(!scan("parser", How::Substring, Duration::ZERO).complete);
    // Of what is no letter, the index knows nothing.
    assert_eq!(said(&archive, "::").len(), 1);
    let broken = Options { how: How::Regex, ..options() };
    assert!(search(&archive, &parse("(", &now()), &broken).is_err());
}

#[test]
fn secrets_are_hidden_unless_they_are_to_be_shown() {
    let (_home, mut archive) = archive();
    let key = ["sk-", "ant-api03-", "q7Rt9ZxW2mKp4LsV8bNc3JhF6gYd"].concat();
    let batch = vec![message("c", "1", Said::User, &format!("my key {key} works"))];
    read_all(&mut archive, vec![Scripted::new("agent", "file", vec![batch])]);
    assert_eq!(said(&archive, "key"), ["my key [hidden] works"]);
    let shown = Options { reveal: crate::read::Reveal::Yes, ..options() };
    let report = search(&archive, &parse("key", &now()), &shown).unwrap();
    assert!(report.results[0].hits[0].snippet.text.contains(&key));
    assert_eq!(crate::read::secrets(&archive, 9).unwrap().secrets[0].kind, "API key");
}

#[test]
fn events_come_newest_first() {
    let (_home, archive) = filled();
    let report = events(&archive, &parse("agent:first", &now()), &options()).unwrap();
    let roles: Vec<_> = report.events.iter().map(|event| event.role).collect();
    assert_eq!(roles, [Role::Tool, Role::Assistant, Role::User]);
    assert!(report.complete);
}

#[test]
fn titles_and_prompts_come_before_what_a_tool_printed() {
    let (_home, mut archive) = archive();
    let mut batch = vec![
        Record::Tool(tool("out", "t", "Bash", "ls", Some("needle"))),
        message("answer", "1", Said::Assistant, "needle"),
        message("prompt", "1", Said::User, "needle"),
    ];
    batch.push(Record::Conversation(Conversation {
        id: "title".into(),
        title: Some("needle".into()),
        updated: Some(crate::testing::NOON),
        ..Conversation::default()
    }));
    read_all(&mut archive, vec![Scripted::new("agent", "file", vec![batch])]);
    let report = search(&archive, &parse("needle", &now()), &options()).unwrap();
    let order: Vec<_> = report.results.iter().map(|found| found.conversation.id.as_str()).collect();
    assert_eq!(order, ["title", "prompt", "answer", "out"]);
}

#[test]
fn a_conversation_without_a_title_is_called_by_what_was_asked_first() {
    let (_home, mut archive) = archive();
    let batch = vec![
        message("c", "1", Said::User, "\n  mend the needle\nplease"),
        message("c", "2", Said::Assistant, "which needle?"),
    ];
    read_all(&mut archive, vec![Scripted::new("agent", "file", vec![batch])]);
    let report = search(&archive, &parse("which", &now()), &options()).unwrap();
    let title = report.results[0].conversation.title.as_deref();
    assert_eq!(title, Some("mend the needle"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    /// The index and what looks into texts agree.
    #[test]
    fn phrases_are_found_where_they_stand(
        texts in proptest::collection::vec("([abBé_. -]|数据){0,10}", 1..6),
        asked in "[abBé_.]{0,2}(数据)?[abé_]{0,2}( [abé]{1,2})?",
    ) {
        let (_home, mut archive) = archive();
        let id = |n: usize| n.to_string();
        let records = texts.iter().enumerate();
        let records = records.map(|(n, text)| message(&id(n), "1", Said::User, text)).collect();
        read_all(&mut archive, vec![Scripted::new("agent", "file", vec![records])]);
        let query = parse(&format!("\"{asked}\""), &now());
        prop_assume!(asked.contains(char::is_alphanumeric));
        let matcher = matcher::Matcher::new(&query);
        let has = |text: &String| !matcher.find(text).at.is_empty();
        let expected: Vec<_> =
            texts.iter().enumerate().filter(|(_, text)| has(text)).map(|(n, _)| id(n)).collect();
        prop_assert_eq!(found(&archive, &format!("\"{asked}\"")), expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    /// Whatever is typed is a query, and never an error.
    #[test]
    fn anything_can_be_searched(
        text in prop_oneof![
            ".{0,40}",
            "[-\"*()^:{}+,.a OR NOT NEAR数é\\\\']{0,30}",
            "((role|file|tool|agent|project|branch|before|after|cost|cwd|model)[:>][\"a-z0-9*-]{0,8} ?){0,4}",
        ],
    ) {
        thread_local! {
            static FILLED: (tempfile::TempDir, crate::Archive) = filled();
        }
        FILLED.with(|(_, archive)| {
            let query = parse(&text, &now());
            for how in [How::Words, How::Substring] {
                let options = Options { how, ..options() };
                search(archive, &query, &options).unwrap();
            }
            events(archive, &query, &options()).unwrap();
        });
    }
}
