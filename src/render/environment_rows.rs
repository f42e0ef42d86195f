//! What `envs` says of each environment, and of those that are alike together.

use super::facts_block::state_sentence;
use super::words::clean;
use crate::check::Dates;
use crate::facts::{DatabaseFacts, Facts, StampState};

/// One environment, or several that are alike.
pub(super) struct Row {
    /// The environment's name.
    pub(super) name: String,
    /// The names of all that it stands for.
    pub(super) names: Vec<String>,
    pub(super) state: StampState,
    is_seen: bool,
    /// Its rows: the first, and how many more.
    pub(super) stamp: String,
    /// The day on which its revision was committed.
    pub(super) date: String,
    /// How many revisions are pending; `None` when that is not known.
    pub(super) pending: Option<usize>,
    /// Where it is, in a few characters.
    pub(super) place: String,
    /// The URL, masked, and where it came from.
    pub(super) url: String,
    /// What the state alone does not say.
    pub(super) why: Option<String>,
}

impl Row {
    pub(super) fn state_word(&self) -> &'static str {
        match self.state {
            _ if !self.is_seen => "not seen",
            StampState::AtHead => "at head",
            StampState::Unstamped => "not stamped",
            other => other.as_str(),
        }
    }

    pub(super) fn pending_word(&self) -> String {
        self.pending.filter(|count| *count > 0).map(|count| count.to_string()).unwrap_or_default()
    }

    /// The worst has the lowest.
    pub(super) fn rank(&self) -> u8 {
        match self.state {
            StampState::Unreadable => 0,
            StampState::Orphaned => 1,
            StampState::Diverged => 2,
            StampState::Ahead => 3,
            StampState::Unstamped => 4,
            StampState::InProgress => 5,
            StampState::Behind => 6,
            StampState::Empty => 7,
            StampState::AtHead => 8,
        }
    }
}

pub(super) fn rows(facts: &Facts, databases: &[&DatabaseFacts], dates: &Dates) -> Vec<Row> {
    databases.iter().map(|database| row(facts, database, dates)).collect()
}

fn row(facts: &Facts, database: &DatabaseFacts, dates: &Dates) -> Row {
    let state = &database.state;
    let names = match &database.group {
        Some(group) => group.schemas.iter().map(|schema| clean(schema)).collect(),
        None => vec![clean(&state.name)],
    };
    let (place, url) = if state.url.is_missing() {
        (String::new(), String::new())
    } else {
        (clean(&state.url.address()), clean(&format!("{}, from {}", state.url, state.source)))
    };
    let mut row = Row {
        name: clean(&state.name),
        names,
        state: StampState::Unreadable,
        is_seen: false,
        stamp: String::new(),
        date: String::new(),
        pending: None,
        place,
        url,
        why: None,
    };
    let (look, stamp) = match (&state.look, &database.stamp) {
        (Ok(look), Some(stamp)) => (look, stamp),
        (Ok(_), None) => return row,
        (Err(error), _) => {
            row.why = Some(clean(&error.message));
            return row;
        }
    };
    row.is_seen = true;
    row.state = stamp.state;
    row.stamp = match stamp.rows.as_slice() {
        [] => String::new(),
        [one] => clean(one),
        [first, more @ ..] => format!("{} +{}", clean(first), more.len()),
    };
    // Of several the newest tells how old the rest can be.
    let known = stamp.rows.iter().filter(|id| facts.graph.get(id).is_some());
    row.date = known.filter_map(|id| dates.commit(id)).map(|commit| commit.date.clone()).max().unwrap_or_default();
    row.pending = stamp.pending.as_ref().ok().map(Vec::len).filter(|_| stamp.state == StampState::Behind);
    let is_plain = match stamp.state {
        StampState::AtHead | StampState::Empty => true,
        StampState::Behind => stamp.pending.is_ok(),
        _ => false,
    };
    // A table that was only guessed is said whatever the state.
    let sentence = clean(&state_sentence(look, stamp));
    let is_certain = matches!(stamp.choice, crate::facts::TableChoice::Found(_) | crate::facts::TableChoice::Absent);
    row.why = (!is_plain || !is_certain).then(|| match sentence.split_once(": ") {
        // The state stands beside it.
        Some((_, rest)) if is_certain => rest.to_owned(),
        _ => sentence,
    });
    row
}

/// Those with the same state and rows together.
pub(super) fn summed(rows: Vec<Row>) -> Vec<Row> {
    let mut sums: Vec<Row> = Vec::new();
    for row in rows {
        let same = |sum: &&mut Row| {
            sum.state == row.state && sum.is_seen == row.is_seen && sum.stamp == row.stamp && sum.why == row.why
        };
        match sums.iter_mut().find(same) {
            Some(sum) => sum.names.extend(row.names),
            None => sums.push(row),
        }
    }
    sums
}
