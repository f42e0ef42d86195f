//! The table of known messages: its rules exist, its page is up to date, and nothing but a message
//! is recognised.
//!
//! `UPDATE_DOCS=1 cargo test --test main messages` writes `docs/messages.md`.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use alembic_doctor::messages::{self, Message};
use alembic_doctor::{render, rules};
use proptest::prelude::*;

/// Rules of the contract that this version does not have yet; their causes are never proved.
const PLANNED: [&str; 3] = ["half-applied-revision", "migration-in-progress", "untrue-stamp"];

#[test]
fn causes_name_rules_that_exist_or_are_planned() {
    for message in messages::all() {
        for name in message.causes.iter().flat_map(|cause| cause.rules) {
            assert!(rules::find(name).is_some() || PLANNED.contains(name), "{}: no rule {name}", message.name);
        }
    }
}

#[test]
fn names_are_kebab_case_and_mean_one_thing() {
    let mut names = BTreeSet::new();
    for message in messages::all() {
        assert!(message.name.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{}", message.name);
        assert!(names.insert(message.name), "{} stands there twice", message.name);
    }
    // `explain NAME` shows the rule's page where both exist; the pages then have to be about one thing.
    let both: Vec<_> = names.iter().filter(|name| rules::find(name).is_some()).collect();
    assert_eq!(both, Vec::<&&str>::new());
}

#[test]
fn every_message_is_explained_in_full() {
    for Message { name, patterns, crashes, means, causes, test, .. } in messages::all() {
        assert!(!patterns.is_empty() || !crashes.is_empty(), "{name}");
        assert!(means.ends_with('.') && !causes.is_empty() && !test.is_empty(), "{name}");
        for cause in *causes {
            assert!(!cause.what.ends_with('.') && !cause.what.is_empty(), "{name}");
        }
    }
}

#[test]
fn the_page_lists_every_message() {
    let mut text =
        "# Messages\n\nThe error messages that `alembic-doctor explain -` recognises in what is piped in, and \
                    what can cause them, the most\nlikely first. `alembic-doctor explain NAME` shows an entry.\n\n\
                    ```console\nalembic upgrade head 2>&1 | tee /dev/stderr | alembic-doctor explain -\n```\n"
            .to_owned();
    for message in messages::all() {
        let _ = write!(text, "\n## {}\n\n", message.name);
        let lines = render::messages::forms(message);
        let _ = write!(text, "```text\n{}\n```\n\n{}\n\n", lines.join("\n"), message.means);
        for (cause, number) in message.causes.iter().zip(1..) {
            let links: Vec<String> =
                cause.known_rules().map(|rule| format!("[{0}](rules/{0}.md)", rule.name)).collect();
            let links = if links.is_empty() { String::new() } else { format!(" ({})", links.join(", ")) };
            let _ = writeln!(text, "{number}. {}{links}", cause.what);
        }
        let _ = write!(text, "\nTo tell: {}.\n", message.test);
    }
    crate::pages::compare(&crate::pages::root().join("docs/messages.md"), &text);
}

proptest! {
    #[test]
    fn random_text_is_never_recognised(text in "\\PC{0,300}|[ -~\\n]{0,300}|[a-z '\"\\n.:]{0,300}") {
        prop_assert!(messages::recognise(&text).is_empty(), "{:?}", messages::recognise(&text));
    }

    #[test]
    fn pieces_of_messages_in_any_order_never_panic(picks in prop::collection::vec((any::<prop::sample::Index>(), "\\PC{0,4}"), 0..12)) {
        let patterns: Vec<&str> =
            messages::all().into_iter().flat_map(|message| message.patterns.iter()).copied().collect();
        let pieces: Vec<&str> = patterns.iter().flat_map(|pattern| pattern.split(['{', '}'])).collect();
        let text: String = picks.iter().map(|(pick, noise)| format!("{}{noise}", pick.get(&pieces))).collect();
        for found in messages::recognise(&text) {
            prop_assert!(!found.text.is_empty());
        }
    }
}
