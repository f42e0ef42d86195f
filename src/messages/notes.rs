//! What this project and database say about the things that a message names. States facts only;
//! where something was not looked at, that is the fact.

use super::settle::{has_stamp, has_word};
use super::{About, Recognised};
use crate::check::Report;
use crate::facts::{DatabaseFacts, Facts, Stamp, StampState};
use crate::source::printable;

/// How many revisions are named.
const MOST: usize = 3;

/// A line for each fact.
pub(super) fn about(recognised: &Recognised, report: &Report) -> Vec<String> {
    let facts = &report.facts;
    match recognised.message.about {
        About::Nothing => None,
        About::Identifier => recognised.hole("id").map(|id| identifier(id, recognised.hole("label"), facts)),
        About::Revision => recognised.hole("id").map(|id| vec![revision(id, facts)]),
        About::Label => recognised.hole("label").map(|label| vec![labelled(label, facts)]),
        About::Heads => Some(vec![heads(facts)]),
        About::Stamp => Some(stamps(facts)),
        About::Object => Some(objects(recognised, facts)),
    }
    .unwrap_or_default()
}

/// What was typed, or a row.
fn identifier(id: &str, label: Option<&str>, facts: &Facts) -> Vec<String> {
    let shown = printable(id);
    let mut notes = Vec::new();
    let holders: Vec<&DatabaseFacts> = judged(facts)
        .filter(|(_, stamp)| stamp.rows.iter().any(|row| row == id))
        .map(|(database, _)| database)
        .collect();
    for database in &holders {
        notes.push(format!("the version table of database {} holds {shown}", printable(&database.state.name)));
    }
    let whole = label.map_or_else(|| id.to_owned(), |label| format!("{label}@{id}"));
    match facts.graph.resolve(&whole) {
        Ok(ids) if ids == [id] => notes.push(format!(
            "{}, so the message comes from other code or another configuration than this",
            revision(id, facts)
        )),
        Ok(ids) => notes.push(format!(
            "here '{}' is understood as {}, so the message comes from other code or another configuration than this",
            printable(&whole),
            list(&ids)
        )),
        Err(_) if !holders.is_empty() => {}
        Err(error) => {
            let meant: Vec<&str> = error.suggestions.iter().map(String::as_str).collect();
            let meant = if meant.is_empty() { String::new() } else { format!("; did you mean {}?", list(&meant)) };
            notes.push(format!("{}{meant}", clean(&error.reason)));
            notes.push(if has_stamp(facts) {
                "no version table that was looked at holds it, so it was typed, or Alembic looked at another database"
                    .to_owned()
            } else {
                "whether a version table holds it is not known: none could be looked at".to_owned()
            });
        }
    }
    notes
}

fn revision(id: &str, facts: &Facts) -> String {
    let shown = printable(id);
    let files = facts.graph.revisions().iter().filter(|revision| revision.id == id);
    let paths: Vec<String> = files.map(|revision| printable(&revision.source.path().to_string_lossy())).collect();
    match paths.as_slice() {
        [] => format!("no file here has revision {shown}"),
        [path] => format!("revision {shown} is here, once, in {path}"),
        several => format!("revision {shown} is here in {} files: {}", several.len(), several.join(", ")),
    }
}

fn labelled(label: &str, facts: &Facts) -> String {
    let declared =
        facts.graph.revisions().iter().filter(|revision| revision.branch_labels.iter().any(|own| own == label));
    let ids: Vec<&str> = declared.map(|revision| revision.id.as_str()).collect();
    let label = printable(label);
    match ids.as_slice() {
        [] => format!("no revision here declares the label {label}"),
        ids => format!("the label {label} is declared here by {}", list(ids)),
    }
}

fn heads(facts: &Facts) -> String {
    let heads = facts.graph.heads();
    match heads.as_slice() {
        [] => "these files have no head".to_owned(),
        [head] => format!(
            "these files have one head, {}; where the message speaks of several, it comes from other code than this",
            printable(head)
        ),
        several => format!("these files have {} heads: {}", several.len(), list(several)),
    }
}

fn stamps(facts: &Facts) -> Vec<String> {
    let mut notes: Vec<String> = facts
        .databases
        .iter()
        .map(|database| {
            let name = printable(&database.state.name);
            match &database.stamp {
                None => format!("database {name} could not be looked at"),
                Some(stamp) => format!("database {name} is {}", state(stamp)),
            }
        })
        .collect();
    if notes.is_empty() {
        notes.push("no database was looked at".to_owned());
    }
    notes
}

fn state(stamp: &Stamp) -> String {
    match (stamp.state, stamp.pending.as_ref().map(Vec::len)) {
        (StampState::Behind, Ok(1)) => "behind: 1 revision is pending".to_owned(),
        (StampState::Behind, Ok(count)) => format!("behind: {count} revisions are pending"),
        (state, _) => state.as_str().replace('-', " "),
    }
}

/// What it means that the database is where the message says that it is not.
pub(super) fn at_head(recognised: &Recognised, facts: &Facts) -> Option<String> {
    let is_at_head = judged(facts).any(|(_, stamp)| stamp.state == StampState::AtHead);
    (recognised.message.about == About::Stamp && is_at_head).then(|| {
        "if the message says that it is not, Alembic looked at another database, or this one has been upgraded since"
            .to_owned()
    })
}

/// The revisions whose text names the table or the column.
pub(super) fn makers<'a>(recognised: &Recognised, facts: &'a Facts) -> Vec<&'a str> {
    let Some(object) = object(recognised) else { return Vec::new() };
    let names_it = |text: &str| has_word(text, object);
    let ids = facts.graph.revisions().iter().filter(|revision| names_it(revision.source.text()));
    ids.map(|revision| revision.id.as_str()).collect()
}

/// What is missing or there already: the innermost thing that the message names, without its schema.
fn object(recognised: &Recognised) -> Option<&str> {
    let named = ["column", "constraint", "index", "type", "schema", "table"];
    let name = named.iter().find_map(|hole| recognised.hole(hole))?;
    name.rsplit('.').next().map(|name| name.trim_matches(['"', '`']))
}

/// Whether some database has the revision still before it.
pub(super) fn is_pending(id: &str, facts: &Facts) -> bool {
    judged(facts).any(|(_, stamp)| stamp.pending.as_ref().is_ok_and(|pending| pending.iter().any(|own| own == id)))
}

fn objects(recognised: &Recognised, facts: &Facts) -> Vec<String> {
    let Some(object) = object(recognised) else { return stamps(facts) };
    let makers = makers(recognised, facts);
    let mut notes = stamps(facts);
    if makers.is_empty() {
        notes.push(format!("no revision here names {} in its text", printable(object)));
    }
    for id in makers.iter().take(MOST) {
        let state = if !has_stamp(facts) {
            "whether it has run is not known"
        } else if is_pending(id, facts) {
            "it is pending"
        } else if judged(facts).all(|(_, stamp)| is_applied(id, stamp, facts)) {
            "it has run, says the stamp"
        } else {
            "the stamp does not tell whether it has run"
        };
        notes.push(format!("revision {} names {} in its text; {state}", printable(id), printable(object)));
    }
    if makers.len() > MOST {
        notes.push(format!("{} more revisions name it", makers.len() - MOST));
    }
    notes
}

fn is_applied(id: &str, stamp: &Stamp, facts: &Facts) -> bool {
    let rows: Vec<&str> = stamp.rows.iter().map(String::as_str).filter(|row| facts.graph.get(row).is_some()).collect();
    facts.graph.ancestors(&rows).contains(id)
}

/// The databases whose stamp could be judged.
fn judged(facts: &Facts) -> impl Iterator<Item = (&DatabaseFacts, &Stamp)> {
    let stamps = facts.databases.iter().filter_map(|database| Some((database, database.stamp.as_ref()?)));
    stamps.filter(|(_, stamp)| stamp.state != StampState::Unreadable)
}

fn list(ids: &[&str]) -> String {
    const MOST_IDS: usize = 5;
    let shown: Vec<String> = ids.iter().take(MOST_IDS).map(|id| printable(id)).collect();
    let more = ids.len().saturating_sub(MOST_IDS);
    if ids.is_empty() {
        "no revision".to_owned()
    } else if more == 0 {
        shown.join(", ")
    } else {
        format!("{} and {more} more", shown.join(", "))
    }
}

/// A sentence that may hold what was pasted.
fn clean(text: &str) -> String {
    crate::source::printable_line(text)
}
