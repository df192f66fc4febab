//! What is too old goes, everywhere, and stays away; and who is notified of changes.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use segno_archive::query::{self, time::Now};
use segno_hub::Store;
use segno_hub::store::{About, Asked, Item, Opened, Part, Person, Said, Whose};

use crate::{NOON, key, on_each, person};

const DAY: i64 = 24 * 3_600_000;

fn said_at(conversation: &str, id: &str, time: Option<i64>) -> Item {
    let main = format!("zebra {conversation} {id}");
    let said = Said { native: id.into(), main, time, ..Said::default() };
    Item::Said(key("agent", conversation), Box::new(said))
}

fn found(store: &Store, of: &Person) -> Vec<String> {
    let query = query::parse("zebra", &Now::system());
    let report = store.search(of.id, &query, &crate::search::options()).expect("a search");
    let mut ids: Vec<String> =
        report.results.into_iter().map(|found| found.conversation.id).collect();
    ids.sort();
    ids
}

fn work(store: &Store, now: i64) {
    let mut jobs = 0;
    while store.work(now).expect("it is done") {
        jobs += 1;
        assert!(jobs < 100, "jobs make jobs");
    }
}

#[test]
fn what_is_too_old_goes_and_does_not_come_back() {
    on_each(|on, store| {
        let (ann, bob) = (person(&store, "ann"), person(&store, "bob"));
        let old = [said_at("old", "m1", Some(NOON - 40 * DAY)), said_at("old", "m2", None)];
        // What no time is known of was said when it came.
        store.ingest(ann.id, &old[..1], NOON).expect("it");
        let new = [said_at("new", "m1", Some(NOON - 40 * DAY)), said_at("new", "m2", Some(NOON))];
        store.ingest(ann.id, &new, NOON).expect("it");
        store.ingest(bob.id, &[said_at("bobs", "m1", Some(NOON - 40 * DAY))], NOON).expect("it");
        let titled = About {
            title: Some("A quagga".into()),
            updated: Some(NOON - 40 * DAY),
            ..About::default()
        };
        let titled = Item::Conversation(key("agent", "old"), Box::new(titled));
        store.ingest(ann.id, std::slice::from_ref(&titled), NOON).expect("it");
        let asked =
            Asked { part: Part::default(), lasts: 99 * DAY, reveal: false, passphrase: None };
        let (_, link) = store.link(ann.id, "old", &asked, NOON).expect("a link");
        work(&store, NOON);
        assert_eq!(found(&store, &ann), ["new", "old"], "{on}: without a setting all is kept");

        // A team's setting is its members'; the shortest counts.
        store.add_team("desk", NOON).expect("a team");
        store.set_member("desk", "ann", true).expect("a member");
        store.keep(Whose::Team("desk"), Some(30), NOON).expect("a setting");
        store.keep(Whose::Hub, Some(365), NOON).expect("a setting");
        assert_eq!(store.keeps(ann.id).expect("it"), Some(30), "{on}");
        assert_eq!(store.keeps(bob.id).expect("it"), Some(365), "{on}");
        work(&store, NOON);
        assert_eq!(found(&store, &ann), ["new"], "{on}");
        assert_eq!(found(&store, &bob), ["bobs"], "{on}");
        let query = query::parse("quagga", &Now::system());
        let report = store.search(ann.id, &query, &crate::search::options()).expect("a search");
        assert!(report.results.is_empty(), "{on}: its title is in no index");
        assert_eq!(store.open_link(&link, None, NOON).expect("it"), Opened::Nothing, "{on}");
        assert!(store.links(ann.id, NOON).expect("a list").is_empty(), "{on}");
        // A part of a conversation does not go while the rest is new.
        assert_eq!(store.show(ann.id, "new").expect("it").entries.len(), 2, "{on}");

        // A machine that sends it again, also what has no time; then somebody goes on in it.
        let again = store.ingest(ann.id, &old, NOON).expect("it is ignored");
        let about = store.ingest(ann.id, &[titled], NOON).expect("it is ignored");
        assert_eq!((again.written, again.ignored, about.ignored), (0, 2, 1), "{on}");
        assert_eq!(found(&store, &ann), ["new"], "{on}");
        let later = store.ingest(ann.id, &[said_at("old", "m3", Some(NOON))], NOON).expect("it");
        assert_eq!((later.written, later.ignored), (1, 0), "{on}");
        store.ingest(ann.id, &old, NOON).expect("it is ignored");
        assert_eq!(store.show(ann.id, "old").expect("it").entries.len(), 1, "{on}");
        // What somebody deletes stays away, whatever is said in it.
        store.delete(ann.id, "old", NOON).expect("it is deleted");
        let dead = store.ingest(ann.id, &[said_at("old", "m4", Some(NOON + 1))], NOON).expect("it");
        assert_eq!(dead.ignored, 1, "{on}");

        // Each day again; a person's own setting; and for ever.
        store.keep(Whose::Person("bob"), Some(50), NOON).expect("a setting");
        work(&store, NOON);
        assert_eq!(found(&store, &bob), ["bobs"], "{on}");
        work(&store, NOON + 11 * DAY);
        assert!(found(&store, &bob).is_empty(), "{on}");
        let kept = store.kept().expect("settings");
        let whose: Vec<_> =
            kept.iter().map(|of| (&*of.whose, of.name.as_deref(), of.days)).collect();
        let all = [("hub", None, 365), ("team", Some("desk"), 30), ("user", Some("bob"), 50)];
        assert_eq!(whose, all, "{on}");
        for whose in [Whose::Hub, Whose::Team("desk"), Whose::Person("bob")] {
            store.keep(whose, None, NOON).expect("a setting");
            assert!(store.keep(whose, Some(0), NOON).is_err(), "{on}");
        }
        assert!(store.kept().expect("settings").is_empty(), "{on}");
        work(&store, NOON + 999 * DAY);
        assert_eq!(found(&store, &ann), ["new"], "{on}");
        assert!(store.keep(Whose::Team("nobody"), Some(1), NOON).is_err(), "{on}");
    });
}

#[test]
fn whoever_sees_a_conversation_is_notified() {
    on_each(|on, store| {
        let (ann, bob, eve) = (person(&store, "ann"), person(&store, "bob"), person(&store, "eve"));
        let notified: Arc<Mutex<Vec<Option<i64>>>> = Arc::default();
        let into = Arc::clone(&notified);
        store.listen(Arc::new(move |whom| into.lock().expect("a list").push(whom)));
        let waits = |whom: i64| {
            let end = Instant::now() + Duration::from_secs(20);
            while !notified.lock().expect("a list").contains(&Some(whom)) {
                assert!(Instant::now() < end, "{on}: {whom} in {notified:?}");
                std::thread::sleep(Duration::from_millis(5));
            }
            std::mem::take(&mut *notified.lock().expect("a list"))
        };
        let send = |of: &Person, id: &str| {
            store.ingest(of.id, &[said_at("c", id, Some(NOON))], NOON).expect("it is stored");
        };
        // A connection comes about in its time, and says so.
        if on == "PostgreSQL" {
            let end = Instant::now() + Duration::from_secs(20);
            while notified.lock().expect("a list").is_empty() {
                assert!(Instant::now() < end, "it listens");
                std::thread::sleep(Duration::from_millis(5));
            }
            notified.lock().expect("a list").clear();
        }
        send(&ann, "m1");
        assert_eq!(waits(ann.id), [Some(ann.id)], "{on}");
        // The same once more is no change.
        send(&ann, "m1");
        store.add_team("desk", NOON).expect("a team");
        store.set_member("desk", "ann", true).expect("a member");
        store.set_member("desk", "bob", true).expect("a member");
        store.share_with(ann.id, "c", "desk", true).expect("it is shared");
        send(&eve, "m1");
        let seen = waits(eve.id);
        assert_eq!(seen.iter().filter(|of| **of == Some(ann.id)).count(), 1, "{on}: {seen:?}");
        assert!(seen.contains(&Some(bob.id)), "{on}: {seen:?}");
        store.delete(ann.id, "c", NOON).expect("it is deleted");
        waits(bob.id);
    });
}
