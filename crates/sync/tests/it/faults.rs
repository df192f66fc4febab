//! What goes wrong between here and there: nothing is lost, and nothing is there twice.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use serde_json::json;

use crate::support::events::Events;
use crate::support::server::{Fault, Reply, Server, reply};
use crate::support::sessions::Sessions;
use crate::support::{NOON, World, conversation, message, talk};
use segno_sync::deliver::{self, Answer, Http, Outgoing, Transport, Way};
use segno_transcript::record::Role;

fn sessions() -> (World, Server<Sessions>) {
    let server = Server::start(Sessions::default());
    let mut world = World::new("opensync", &server.url);
    world.log_in().unwrap();
    (world, server)
}

fn events() -> (World, Server<Events>) {
    let server = Server::start(Events::new(false));
    let mut world = World::new("stash", &server.url);
    world.log_in().unwrap();
    (world, server)
}

fn answer(status: u16) -> Option<Fault> {
    Some(Fault::Answer(reply(status, json!({ "error": "so it is" }))))
}

#[test]
fn a_service_that_is_away_is_asked_again_later_and_later() {
    let (mut world, server) = sessions();
    world.say("demo", talk("c1"));
    let mut pauses = Vec::new();
    for fault in [answer(503), Some(Fault::CutBefore), Some(Fault::CutAfter), answer(500)] {
        // A request that is sent on a connection which is closed just then is not made again.
        server.faults([fault.clone(), fault]);
        let report = world.send();
        assert!(report.problem.is_some() && !report.stopped, "{report:?}");
        let next = report.next.unwrap();
        pauses.push(next - world.now.get());
        // Before that, nobody is asked.
        let before = server.seen().len();
        assert_eq!(world.send().next, Some(next));
        assert_eq!(server.seen().len(), before);
        world.now.set(next);
    }
    assert!(pauses.is_sorted() && pauses[0] < pauses[3], "{pauses:?}");
    server.faults([]);
    assert_eq!(world.send().problem, None);
    server.with(|there| assert_eq!((there.order.len(), there.dropped.len()), (3, 0)));
    let log = world.state().lines("mine", 20).unwrap();
    assert_eq!(log.last().unwrap().text, "it works again");
}

#[test]
fn retry_after_is_kept_and_who_asks_by_hand_need_not_wait() {
    let (mut world, server) = sessions();
    world.say("demo", talk("c1"));
    let headers = vec![("retry-after", "1800".to_owned())];
    server.faults([Some(Fault::Answer(Reply { status: 429, body: String::new(), headers }))]);
    let report = world.send();
    assert_eq!(report.next, Some(world.now.get() + 1_800_000));
    assert_eq!(world.send_now().sent, 4);
}

#[test]
fn a_key_that_is_not_good_any_more_stops_the_target() {
    let (mut world, server) = sessions();
    world.say("demo", talk("c1"));
    server.faults([answer(401)]);
    let report = world.send();
    assert!(report.stopped && report.next.is_none() && report.problem.is_some());
    world.later(1_000_000_000);
    let before = server.seen().len();
    assert!(world.send().stopped);
    assert_eq!(server.seen().len(), before);
    let problems = world.state().lines("mine", 20).unwrap();
    assert_eq!(problems.len(), 1, "it is said once: {problems:?}");
}

#[test]
fn one_item_that_is_refused_holds_up_no_other() {
    let (mut world, server) = sessions();
    for status in [400, 413, 422] {
        let id = format!("c{status}");
        let all = [("1", "refused"), ("2", "taken")];
        world.say("demo", all.map(|(n, text)| message(&id, n, Role::User, text)).to_vec());
        // The conversation, then its messages.
        server.faults([None, answer(status)]);
        assert_eq!(world.send().sent, 2);
    }
    server.with(|there| assert_eq!(there.order, ["c400:2", "c413:2", "c422:2"]));
    let aside = world.state().aside("mine").unwrap();
    assert_eq!(aside.len(), 3, "{aside:?}");
    assert!(aside[0].reason.ends_with("so it is"));
    // What stays as it is is not tried again by itself.
    let before = server.seen().len();
    world.send();
    assert_eq!(server.seen().len(), before);
}

#[test]
fn what_the_service_cannot_store_though_it_is_well_is_set_aside() {
    let (mut world, server) = sessions();
    server.with(|there| there.poison = Some("poison".into()));
    let ids = ["a", "b", "c"];
    let texts = ["one", "poison", "two"];
    let all = ids.iter().zip(texts).map(|(id, text)| message("c1", id, Role::User, text));
    world.say("demo", all.collect());
    for _ in 0..4 {
        let report = world.send();
        assert!(report.problem.is_some());
        world.now.set(report.next.unwrap());
    }
    let report = world.send();
    assert_eq!((report.problem.as_deref(), report.set_aside, report.sent), (None, 1, 1));
    server.with(|there| assert_eq!(there.order, ["c1:a", "c1:c"]));
}

#[test]
fn a_batch_that_is_too_large_or_has_one_bad_item_is_divided() {
    let (mut world, server) = events();
    let texts = (0..10).map(|n| message("c1", &format!("m{n}"), Role::User, &n.to_string()));
    world.say("demo", texts.collect());
    server.faults([None, answer(413)]);
    let report = world.send();
    // Ten messages and an end, in halves.
    assert_eq!((report.problem, report.set_aside), (None, 0));
    server.with(|there| {
        let numbers: Vec<String> = (0..10).map(|n| format!("user_message: {n}")).collect();
        assert_eq!(there.contents()[..10], numbers);
    });
}

#[test]
fn an_answer_that_comes_late_is_waited_for() {
    let (mut world, server) = sessions();
    world.say("demo", talk("c1"));
    server.faults([Some(Fault::Slow(Duration::from_millis(200)))]);
    assert_eq!(world.send().problem, None);
}

#[test]
fn nobody_who_cannot_be_trusted_gets_the_key() {
    let (mut world, server) = sessions();
    world.say("demo", talk("c1"));
    // It talks, but not TLS.
    world.target.url = server.url.replace("http://", "https://");
    let report = world.send();
    assert!(report.problem.is_some() && server.seen().len() == 1, "{report:?}");
    // And whoever sends it elsewhere does not get there.
    world.target.url.clone_from(&server.url);
    let headers = vec![("location", "/elsewhere".to_owned())];
    server.faults([Some(Fault::Answer(Reply { status: 307, body: String::new(), headers }))]);
    world.send_now();
    assert!(server.seen().iter().all(|seen| seen.path != "/elsewhere"));
}

/// Ends everything with a request: before it goes out, or after it was answered.
struct Killed {
    http: Http,
    left: u32,
    after: bool,
}

impl Transport for Killed {
    fn send(&mut self, request: &Outgoing) -> Result<Answer, String> {
        let dies = self.left == 0;
        self.left = self.left.saturating_sub(1);
        assert!(!dies || self.after, "killed");
        let answer = self.http.send(request);
        assert!(!dies, "killed");
        answer
    }
}

/// Kills a pass again and again until nothing is left to be sent.
fn kill_until_done(world: &World) -> u32 {
    let mut kills = 0;
    std::panic::set_hook(Box::new(|_| {}));
    loop {
        let (left, after) = (kills % 3, kills % 2 == 0);
        let mut killed = Killed { http: Http::default(), left, after };
        let ended = catch_unwind(AssertUnwindSafe(|| world.pass(&mut killed, Way::Asked)));
        match ended {
            Ok(report) if report.problem.is_none() => break,
            Ok(_) => {}
            Err(_) => kills += 1,
        }
        assert!(kills < 200);
    }
    let _ = std::panic::take_hook();
    kills
}

#[test]
fn killed_at_any_request_nothing_is_lost_and_ids_absorb_what_comes_twice() {
    let (mut world, server) = sessions();
    for n in 0..5 {
        world.say("demo", talk(&format!("c{n}")));
    }
    assert!(kill_until_done(&world) > 5);
    server.with(|there| {
        assert_eq!((there.sessions.len(), there.messages.len()), (5, 15));
        for n in 0..5 {
            let of = format!("msg_c{n}_");
            let order: Vec<_> = there.order.iter().filter(|id| id.starts_with(&of)).collect();
            assert!(order.is_sorted(), "{order:?}");
        }
        assert!(there.dropped.is_empty());
    });
}

#[test]
fn killed_at_any_request_nothing_is_twice_where_no_id_absorbs_it() {
    let (mut world, server) = events();
    for n in 0..6 {
        world.say("demo", talk(&format!("c{n}")));
    }
    assert!(kill_until_done(&world) > 5);
    server.with(|there| {
        // A prompt, two answers, a tool, an end.
        assert_eq!(there.events.len(), 6 * 5, "{:#?}", there.contents());
        let ids: std::collections::BTreeSet<String> = there
            .events
            .iter()
            .map(|e| format!("{} {}", e["session_id"], e["metadata"]["segno_id"]))
            .collect();
        assert_eq!(ids.len(), there.events.len());
    });
}

#[test]
fn a_cut_connection_doubles_nothing_where_no_id_absorbs_it() {
    let (mut world, server) = events();
    world.say("demo", talk("c1"));
    // The session, then the events: they are stored, and no answer arrives.
    server.faults([None, Some(Fault::CutAfter)]);
    let report = world.send();
    assert!(report.problem.is_some());
    world.now.set(report.next.unwrap());
    assert_eq!(world.send().problem, None);
    server.with(|there| assert_eq!(there.events.len(), 5, "{:#?}", there.contents()));
}

#[test]
fn a_message_with_a_short_id_does_not_stand_for_the_session() {
    let (mut world, server) = events();
    let at = |directory: &str| conversation("c1", "Make it fast", directory);
    world.say("demo", vec![at("/work/app"), message("c1", "0", Role::User, "go")]);
    assert_eq!(world.send().problem, None);
    world.say_at(NOON + 1, "demo", vec![at("/work/other")]);
    server.faults([Some(Fault::CutBefore)]);
    let report = world.send();
    world.now.set(report.next.unwrap());
    assert_eq!(world.send().problem, None);
    server.with(|there| {
        let last = there.sessions.last().unwrap();
        assert!(last.to_string().contains("/work/other"), "{last}");
        let prompts = there.contents().iter().filter(|text| text.ends_with(": go")).count();
        assert_eq!(prompts, 1);
    });
}

#[test]
fn a_dry_run_notes_no_problem() {
    struct Away;
    impl Transport for Away {
        fn send(&mut self, _: &Outgoing) -> Result<Answer, String> {
            Err("away".into())
        }
    }
    let (mut world, _server) = sessions();
    world.say("demo", talk("c1"));
    assert_eq!(world.pass(&mut Away, Way::Dry).problem.as_deref(), Some("away"));
    assert!(world.state().lines("mine", 20).unwrap().is_empty());
    assert_eq!(world.send().problem, None);
}

#[test]
fn a_pass_that_cannot_begin_is_put_off_like_any_other() {
    let (mut world, server) = sessions();
    world.say("demo", talk("c1"));
    let state = world.state();
    let fail = |why: &str| deliver::fail(&state, "mine", why.into(), world.now.get(), 0).unwrap();
    let pauses: Vec<i64> = (0..4).map(|_| fail("no key").next.unwrap() - world.now.get()).collect();
    assert!(pauses.is_sorted() && pauses[0] < pauses[3], "{pauses:?}");
    assert_eq!(state.lines("mine", 20).unwrap().len(), 1);
    let off = deliver::put_off(&state, &world.target, Way::ByItself, world.now.get()).unwrap();
    let off = off.unwrap();
    assert_eq!(
        (off.problem.as_deref(), off.waiting_since),
        (Some("no key"), Some(world.now.get()))
    );
    assert_eq!(off.next, Some(world.now.get() + pauses[3]));
    let before = server.seen().len();
    assert_eq!(world.send().problem.as_deref(), Some("no key"));
    assert_eq!(server.seen().len(), before);
    assert_eq!(world.send_now().problem, None);
}

/// What a page between here and there answers: nothing is lost, and nothing is counted as sent.
#[test]
fn what_is_no_answer_of_the_services_is_waited_for() {
    let (mut world, server) = sessions();
    world.say("demo", talk("c1"));
    let page = |status, body: &str, headers| {
        Some(Fault::Answer(Reply { status, body: body.into(), headers }))
    };
    let to = vec![("location", "http://portal.example/login".to_owned())];
    for (fault, says) in [
        (page(302, "", to), "redirects to http://portal.example/login"),
        (page(200, "<html>Who are you?</html>", Vec::new()), "not with JSON"),
        (page(407, "", Vec::new()), "407"),
    ] {
        server.faults([fault]);
        let report = world.send_now();
        assert!(report.problem.unwrap().contains(says) && report.set_aside == 0, "{says}");
    }
    // Nothing is there any more, not even what the login asked: it is not about the item.
    server.faults([answer(404), answer(404)]);
    let report = world.send_now();
    assert!(report.problem.unwrap().contains("404") && report.set_aside == 0);
    // One that the service does not know is refused as before.
    server.faults([None, answer(404)]);
    let report = world.send_now();
    assert_eq!((report.sent, report.set_aside, report.problem), (3, 1, None));
}

#[test]
fn a_page_instead_of_an_answer_is_no_login() {
    let server = Server::start(Sessions::default());
    let page = Reply { status: 200, body: "<html></html>".into(), headers: Vec::new() };
    let pages = [(); 3].map(|()| Some(Fault::Answer(page.clone())));
    server.faults(pages);
    for service in ["opensync", "hub", "stash"] {
        let why = World::new(service, &server.url).log_in().unwrap_err().to_string();
        assert!(why.contains("not with JSON"), "{service}: {why}");
    }
}

#[test]
fn who_wants_something_else_need_not_wait_for_the_rest() {
    let (mut world, server) = sessions();
    for id in ["c1", "c2", "c3"] {
        world.say("demo", talk(id));
    }
    world.interrupted.set(true);
    let before = server.count();
    let report = world.send();
    assert!(report.interrupted && report.problem.is_none() && report.sent == 0, "{report:?}");
    assert_eq!(server.count(), before);
    world.interrupted.set(false);
    assert_eq!(world.send().sent, 12);
}
