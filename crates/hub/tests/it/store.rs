//! What is stored, who sees it, and how it goes: the same on both databases.

use segno_archive::query::{self, time::Now};
use segno_hub::store::{About, Asked, Item, May, Opened, Part, Person, Role, Waiting};
use segno_hub::{Error, Store};

use crate::{NOON, key, on_each, person, said};

fn found(store: &Store, of: &Person, words: &str) -> Vec<String> {
    let query = query::parse(words, &Now::system());
    let report = store.search(of.id, &query, &crate::search::options()).expect("a search");
    report.results.into_iter().map(|found| found.conversation.id).collect()
}

#[test]
fn what_comes_twice_is_there_once_and_what_was_deleted_stays_so() {
    on_each(|on, store| {
        let ann = person(&store, "ann");
        let about = About { title: Some("A fine title".into()), ..About::default() };
        let items = [
            Item::Conversation(key("agent", "c1"), Box::new(about)),
            said("c1", "m1", "the first word"),
            said("c1", "m2", "the second word"),
        ];
        let accepted = store.ingest(ann.id, &items, NOON).expect("it is stored");
        assert_eq!((accepted.written, accepted.positions["agent:c1"]), (3, 3), "{on}");
        let again = store.ingest(ann.id, &items, NOON + 1).expect("it is stored");
        assert_eq!((again.written, again.positions["agent:c1"]), (0, 3), "{on}");
        // A later word replaces an earlier one, in the index too.
        store.ingest(ann.id, &[said("c1", "m2", "the corrected word")], NOON).expect("it");
        let shown = store.show(ann.id, "c1").expect("it is there");
        let texts: Vec<_> = shown.entries.iter().map(|e| e.text.as_deref().unwrap()).collect();
        assert_eq!(texts, ["the first word", "the corrected word"], "{on}");
        assert_eq!(found(&store, &ann, "corrected"), ["c1"], "{on}");
        assert!(found(&store, &ann, "second").is_empty(), "{on}");
        assert_eq!(found(&store, &ann, "fine title"), ["c1"], "{on}");

        let asked =
            Asked { part: Part::default(), lasts: 1 << 30, reveal: false, passphrase: None };
        let (_, link) = store.link(ann.id, "agent:c1", &asked, NOON).expect("a link");
        store.ingest(ann.id, &[Item::Deleted(key("agent", "c1"))], NOON).expect("it");
        assert!(found(&store, &ann, "corrected").is_empty(), "{on}");
        assert!(found(&store, &ann, "title").is_empty(), "{on}");
        assert_eq!(store.open_link(&link, None, NOON).expect("it"), Opened::Nothing, "{on}");
        let late = store.ingest(ann.id, &items, NOON).expect("it is ignored");
        assert_eq!((late.written, late.ignored), (0, 3), "{on}");
        assert!(store.natives(ann.id).expect("a list").is_empty(), "{on}");
    });
}

#[test]
fn a_conversation_is_its_owners_until_it_is_shared() {
    on_each(|on, store| {
        let (ann, bob) = (person(&store, "ann"), person(&store, "bob"));
        store.ingest(ann.id, &[said("c1", "m1", "a hidden thought")], NOON).expect("it");
        let missing = |of: &Person| matches!(store.show(of.id, "c1"), Err(Error::Missing(_)));
        assert!(missing(&bob) && found(&store, &bob, "thought").is_empty(), "{on}");
        assert!(matches!(store.delete(bob.id, "agent:c1", NOON), Err(Error::Missing(_))), "{on}");

        store.add_team("desk", NOON).expect("a team");
        store.set_member("desk", "ann", true).expect("a member");
        // Whoever is not in a team shares nothing with it, and nothing of others.
        assert!(store.share_with(bob.id, "c1", "desk", true).is_err(), "{on}");
        store.share_with(ann.id, "c1", "desk", true).expect("it is shared");
        assert!(missing(&bob), "{on}");
        store.set_member("desk", "bob", true).expect("a member");
        assert_eq!(store.show(bob.id, "agent:c1").expect("it").entries.len(), 1, "{on}");
        assert_eq!(found(&store, &bob, "thought"), ["c1"], "{on}");
        // To see is not to own.
        assert!(store.delete(bob.id, "c1", NOON).is_err(), "{on}");
        let (members, ..) = store.team_usage(bob.id, "desk").expect("figures");
        assert_eq!(members.iter().find(|m| m.name == "ann").map(|m| m.messages), Some(1), "{on}");
        store.share_with(ann.id, "c1", "desk", false).expect("no longer");
        assert!(missing(&bob), "{on}");
        store.remove_person("ann").expect("she goes");
        assert!(store.people().expect("people").iter().all(|of| of.name != "ann"), "{on}");
    });
}

#[test]
fn codes_work_once_and_tokens_until_they_are_revoked() {
    on_each(|on, store| {
        let ann = store.add_person("ann", Role::Admin, NOON).expect("a person");
        assert!(matches!(store.add_person("ann", Role::Member, NOON), Err(Error::Taken(_))));
        for wrong in ["", "Ann", "a b", "a/b", "a'b"] {
            assert!(store.add_person(wrong, Role::Member, NOON).is_err(), "{on}: {wrong}");
        }
        let code = store.invite(&ann, NOON).expect("a code");
        assert_eq!(store.exchange("0000-0000", "", NOON).expect("it"), None, "{on}");
        let (who, cookie) = store.exchange(&code, "b", NOON).expect("it").expect("a cookie");
        assert_eq!(who, ann, "{on}");
        assert_eq!(store.exchange(&code, "b", NOON).expect("it"), None, "{on}");
        assert_eq!(store.of_cookie(&cookie, NOON).expect("it"), Some(ann.clone()), "{on}");
        store.leave(&cookie).expect("out");
        assert_eq!(store.of_cookie(&cookie, NOON).expect("it"), None, "{on}");

        let waiting = store.wait("laptop", May::Write, NOON).expect("it waits");
        assert_eq!(store.poll(&waiting, NOON).expect("it"), Waiting::Pending, "{on}");
        assert_eq!(store.who_waits(&waiting, NOON).expect("it"), "laptop", "{on}");
        store.allow(&waiting, &ann, NOON).expect("yes");
        let Waiting::Allowed { token, .. } = store.poll(&waiting, NOON).expect("it") else {
            panic!("{on}: no token");
        };
        assert_eq!(store.poll(&waiting, NOON).expect("it"), Waiting::Unknown, "{on}");
        let may = |token: &str| store.of_token(token, NOON).expect("it").map(|(_, may)| may);
        assert_eq!(may(&token), Some(May::Write), "{on}");
        let other = token.replacen("sgd_", "osk_", 1);
        assert_eq!(may(&other), Some(May::Write), "{on}: another's beginning");
        assert_eq!(may(&token[..token.len() - 1]), None, "{on}");
        let id = store.devices(None).expect("a list")[0].id;
        store.revoke_device(Some(ann.id), id).expect("it is revoked");
        assert_eq!(may(&token), None, "{on}");
    });
}

#[test]
fn a_link_shows_a_part_without_secrets_for_a_while() {
    on_each(|on, store| {
        let ann = person(&store, "ann");
        let secret = "ghp_0123456789abcdefghijABCDEFGHIJ012345";
        let items =
            [said("c1", "m1", "before"), said("c1", "m2", secret), said("c1", "m3", "after")];
        store.ingest(ann.id, &items, NOON).expect("it");
        let part = Part { first: Some("m2".into()), last: None };
        let preview = store.preview(ann.id, "c1", &part, false).expect("a preview");
        let mut asked = Asked { part, lasts: 3_600_000, reveal: false, passphrase: None };
        let (id, name) = store.link(ann.id, "c1", &asked, NOON).expect("a link");
        // What is said later is not in it.
        store.ingest(ann.id, &[said("c1", "m4", "later")], NOON).expect("it");
        let Opened::Shown(shown) = store.open_link(&name, None, NOON).expect("it") else {
            panic!("{on}: nothing is shown");
        };
        assert_eq!(*shown, preview, "{on}");
        let text = format!("{shown:?}");
        assert!(text.contains("after") && !text.contains("before"), "{on}: {text}");
        assert!(!text.contains("later") && !text.contains(secret), "{on}: {text}");
        assert_eq!(store.links(ann.id, NOON).expect("a list")[0].views, 1, "{on}");
        let at = NOON + 3_600_001;
        assert_eq!(store.open_link(&name, None, at).expect("it"), Opened::Nothing, "{on}");
        store.revoke_link(ann.id, id).expect("it is revoked");
        assert_eq!(store.open_link(&name, None, NOON).expect("it"), Opened::Nothing, "{on}");

        asked.passphrase = Some("open sesame".into());
        asked.reveal = true;
        let (_, name) = store.link(ann.id, "c1", &asked, NOON).expect("a link");
        for wrong in [None, Some("open"), Some("")] {
            assert_eq!(store.open_link(&name, wrong, NOON).expect("it"), Opened::Locked, "{on}");
        }
        let Opened::Shown(shown) = store.open_link(&name, Some("open sesame"), NOON).expect("it")
        else {
            panic!("{on}: the passphrase does not open it");
        };
        assert!(format!("{shown:?}").contains(secret), "{on}");
        assert!(store.link(ann.id, "c2", &asked, NOON).is_err(), "{on}");
    });
}

#[test]
fn several_writers_lose_and_double_nothing() {
    on_each(|on, store| {
        let ann = person(&store, "ann");
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let (store, ann) = (&store, &ann);
                scope.spawn(move || {
                    for n in 0..10 {
                        // Half of it is sent by everybody.
                        let own = said("c", &format!("{writer}-{n}"), "own");
                        let items = [own, said("c", &format!("all-{n}"), "of all")];
                        store.ingest(ann.id, &items, NOON).expect("it is stored");
                    }
                });
            }
        });
        assert_eq!(store.show(ann.id, "c").expect("it").entries.len(), 50, "{on}");
    });
}
