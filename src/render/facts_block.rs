//! What was looked at, in a few lines: the project and each database.
//!
//! Says what is, never whether it is good: that is for findings and the verdict.

use super::style::{DATABASE, FAINT, ID, PLAIN, STRONG, of_state, paint};
use super::words::{Page, clean, columns, cut, shown_path};
use super::{Layout, counted};
use crate::database::{DatabaseUrl, Look, ProbeError, Rows, ServerAddress, VersionTable};
use crate::facts::{DatabaseFacts, Facts, Past, Stamp, StampState, TableChoice};
use crate::project::Section;

/// Columns of the left side.
const LEFT: usize = 11;
/// How many version tables that are not used are shown.
const MOST_TABLES: usize = 3;
/// How many of a list are shown before it is folded.
const SHOWN: usize = 10;

/// The project: where its configuration is, where its revisions are, what its heads are.
pub(super) fn project(page: &mut Page, facts: &Facts, layout: &Layout) {
    let project = &facts.project;
    let section = match project.section.as_str() {
        "alembic" => String::new(),
        other => format!(", section [{other}]"),
    };
    field(page, "project", &format!("{}{section}", project.found));

    let places: Vec<String> = project
        .version_locations
        .iter()
        .map(|place| {
            let missing = if place.exists { "" } else { " (missing)" };
            format!("{}{missing}", shown_path(project.shown(&place.path)))
        })
        .collect();
    let unread = match facts.problems.len() {
        0 => String::new(),
        count => format!(" and {} with a problem", counted(count, "file")),
    };
    let count = facts.graph.ids().len();
    field(page, "revisions", &format!("{}{unread} in {}", counted(count, "revision"), places.join(", ")));

    let heads = facts.graph.heads();
    let label = if heads.len() == 1 { "head" } else { "heads" };
    if heads.is_empty() {
        field(page, label, "none");
    }
    revisions(page, label, facts, &heads, layout);
    if let Some(future) = &facts.future {
        let others: Vec<&str> = future.others.iter().map(|side| side.name.as_str()).collect();
        let after = if others.is_empty() { String::new() } else { format!(" after {}", others.join(", ")) };
        let heads = counted(future.merged.heads().len(), "head");
        field(page, "merged", &format!("into {}{after}: {heads}", future.base.name));
    }
    if let Some(locked) = &facts.locked {
        let state = if locked.is_current() { "current" } else { "not current" };
        field(page, "lock", &format!("{}, {state}", shown_path(locked.source.path())));
    }
    // Another environment of the same ini is looked at on its own.
    let is_here = |other: &&Section| {
        let url = other.url.as_ref().map(|url| DatabaseUrl::new(&url.value));
        let is_seen = facts.databases.iter().any(|database| Some(&database.state.url) == url.as_ref());
        is_seen && other.script_location.as_ref() == Some(&project.script_location)
    };
    let others = project.other_sections.iter().filter(|other| other.script_location.is_some());
    for other in others.filter(|other| !is_here(other)) {
        field(page, "also", &format!("section [{0}], not looked at here: -n {0}", other.name));
    }
    if layout.is_verbose() {
        field(page, "scripts", &shown_path(project.shown(&project.script_directory)));
        for (origin, rows) in [("bases", facts.graph.bases()), ("branches", facts.graph.branch_points())] {
            if !rows.is_empty() {
                revisions(page, origin, facts, &rows, layout);
            }
        }
        match &facts.past {
            Past::None => field(page, "git", "no repository: whether applied revisions were edited is not known"),
            Past::Heard { is_shallow: true, .. } => field(page, "git", "a shallow clone: older commits are hidden"),
            Past::Heard { .. } | Past::NotAsked | Past::Unavailable { .. } => {}
        }
    }
}

/// One database: which, where, and what its stamp says.
pub(super) fn database(page: &mut Page, facts: &Facts, database: &DatabaseFacts, layout: &Layout) {
    let state = &database.state;
    let name = clean(&state.name);
    let head = format!("{}{}  ", paint(FAINT, &label("database")), paint(DATABASE, &name));
    let url = if state.url.is_missing() { String::new() } else { clean(&state.url.to_string()) };
    page.hanging(0, &head, LEFT + columns(&name) + 2, PLAIN, &url);
    match &state.look {
        Ok(look) => {
            field(page, "", &format!("{}, URL from {}", whereabouts(look), state.source));
            if let Some(account) = account(look) {
                field(page, "", &account);
            }
            for note in &look.notes {
                field(page, "", note);
            }
            if let Some(group) = &database.group {
                let most = if layout.is_verbose() { usize::MAX } else { SHOWN };
                let mut names = group.schemas.iter().take(most).cloned().collect::<Vec<_>>().join(", ");
                if group.schemas.len() > most {
                    names.push_str(&format!(" and {} more (-v shows them)", group.schemas.len() - most));
                }
                field(page, "alike", &format!("{}: {names}", counted(group.schemas.len(), "schema")));
            }
            if let Some(stamp) = &database.stamp {
                stamped(page, facts, look, stamp, layout);
            }
        }
        Err(error) => {
            if !state.url.is_missing() {
                field(page, "", &format!("URL from {}", state.source));
            }
            not_seen(page, error, layout);
        }
    }
}

/// `PostgreSQL 17.2 at 10.0.3.7:5432, primary, cluster 7710876875869310272`
fn whereabouts(look: &Look) -> String {
    let mut said = look.server.clone();
    match &look.address {
        Some(ServerAddress::Tcp(address)) => said.push_str(&format!(" at {address}")),
        Some(ServerAddress::Socket) => said.push_str(" on a Unix socket"),
        None => {}
    }
    if look.user.is_some() {
        said.push_str(if look.in_recovery { ", a standby" } else { ", primary" });
    }
    if look.read_only {
        said.push_str(", read-only by default");
    }
    if look.pooler.is_some() {
        said.push_str(", behind a pooler");
    }
    if let Some(cluster) = &look.system_identifier {
        said.push_str(&format!(", cluster {cluster}"));
    }
    said
}

/// `database app, role app (logged in as deploy), search_path app, public`; nothing for SQLite,
/// where the file is all.
fn account(look: &Look) -> Option<String> {
    let mut said = format!("database {}, role {}", look.database, look.user.as_ref()?);
    if let Some(session_user) = &look.session_user {
        said.push_str(&format!(" (logged in as {session_user})"));
    }
    let path = if look.search_path.is_empty() { "empty".to_owned() } else { look.search_path.join(", ") };
    said.push_str(&format!(", search_path {path}"));
    Some(said)
}

/// That nothing was seen. Why is said below: by the finding, or among what was not looked at.
fn not_seen(page: &mut Page, error: &ProbeError, layout: &Layout) {
    let head = paint(FAINT, &label("state"));
    page.hanging(0, &head, LEFT, of_state(StampState::Unreadable), "not seen");
    if let Some(detail) = error.detail.as_ref().filter(|_| layout.is_verbose()) {
        field(page, "", detail);
    }
}

fn stamped(page: &mut Page, facts: &Facts, look: &Look, stamp: &Stamp, layout: &Layout) {
    if layout.is_verbose() {
        for table in &look.version_tables {
            field(page, "table", &described(table));
        }
    }
    let rows: Vec<&str> = stamp.rows.iter().map(String::as_str).collect();
    revisions(page, "stamped", facts, &rows, layout);
    let head = paint(FAINT, &label("state"));
    page.hanging(0, &head, LEFT, of_state(stamp.state), &clean(&state_sentence(look, stamp)));
    let used = stamp.table(look);
    let others: Vec<&VersionTable> = look.version_tables.iter().filter(|table| used != Some(*table)).collect();
    if layout.is_verbose() || others.is_empty() {
        return;
    }
    let shown: Vec<String> = others.iter().take(MOST_TABLES).map(|table| named(table)).collect();
    let more = others.len().saturating_sub(MOST_TABLES);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    field(page, "also", &format!("not used: {}{more}", shown.join(", ")));
}

/// A version table with its rows: `shop.alembic_version (b2bb)`.
fn named(table: &VersionTable) -> String {
    let rows = match &table.rows {
        Rows::Known { values, .. } => match values.as_slice() {
            [] => "empty".to_owned(),
            [row] => row.clone(),
            rows => counted(rows.len(), "row"),
        },
        Rows::Denied { .. } | Rows::Failed { .. } => "not readable".to_owned(),
    };
    let schema = table.schema.as_ref().map(|schema| format!("{schema}.")).unwrap_or_default();
    format!("{schema}{} ({rows})", table.name)
}

/// A version table with its column: `public.alembic_version, character varying(32), 1 row`.
fn described(table: &VersionTable) -> String {
    let rows = match &table.rows {
        Rows::Known { values, more } => counted(more.map_or(values.len(), to_usize), "row"),
        Rows::Denied { missing } => format!("not readable: {missing} is missing"),
        Rows::Failed { reason } => format!("not readable: {reason}"),
    };
    let schema = table.schema.as_ref().map(|schema| format!("{schema}.")).unwrap_or_default();
    format!("{schema}{}, {}, {rows}", table.name, table.column_type)
}

/// The state as a phrase for people.
pub(super) fn state_sentence(look: &Look, stamp: &Stamp) -> String {
    let said = match stamp.state {
        StampState::AtHead => "at head".to_owned(),
        StampState::Behind => match &stamp.pending {
            Ok(pending) => format!("behind: {} pending", counted(pending.len(), "revision")),
            Err(error) => format!("behind: {}", error.reason),
        },
        StampState::Ahead => format!("ahead: newer than this code, which lacks {}", stamp.missing.join(", ")),
        StampState::Diverged => format!("diverged: went another way, to {}", stamp.missing.join(", ")),
        StampState::Orphaned => match stamp.missing.as_slice() {
            [missing] => format!("orphaned: this code has no revision {missing}"),
            missing => format!("orphaned: {} are no revisions of this code", counted(missing.len(), "row")),
        },
        StampState::Unstamped => {
            let tables = usize::try_from(look.user_tables).unwrap_or(usize::MAX);
            let why = match stamp.choice {
                TableChoice::Found(_) => "no row in the version table".to_owned(),
                TableChoice::Absent | TableChoice::Unknown { .. } => format!("no table {}", stamp.table_name),
            };
            format!("not stamped: {}, but {why}", counted(tables, "table"))
        }
        StampState::Empty => "empty: a new database without tables".to_owned(),
        StampState::InProgress if stamp.is_read(look) => {
            "in progress: a migration is at work, and the rows are those before it".to_owned()
        }
        StampState::InProgress => "in progress: a migration has locked the version table".to_owned(),
        StampState::Unreadable => "the version table cannot be read".to_owned(),
    };
    match &stamp.choice {
        TableChoice::Unknown { reason, .. } => format!("{said} (which version table is used is not known: {reason})"),
        TableChoice::Found(_) | TableChoice::Absent => said,
    }
}

/// Ids with their messages, a line each, folded.
fn revisions(page: &mut Page, name: &str, facts: &Facts, ids: &[&str], layout: &Layout) {
    let most = if layout.is_verbose() { usize::MAX } else { SHOWN };
    for (index, id) in ids.iter().take(most).enumerate() {
        let name = if index == 0 { label(name) } else { label("") };
        let shown = clean(id);
        let room = layout.columns().saturating_sub(LEFT + columns(&shown) + 2);
        let message = facts.graph.get(id).map(|revision| clean(&revision.message())).unwrap_or_default();
        let message = cut(&message, room, layout.ascii);
        page.hanging(
            0,
            &format!("{}{}  ", paint(FAINT, &name), paint(ID, &shown)),
            LEFT + columns(&shown) + 2,
            PLAIN,
            &message,
        );
    }
    if ids.len() > most {
        field(page, "", &format!("... {} more (-v shows them)", ids.len() - most));
    }
}

/// A line with a name on the left.
pub(super) fn field(page: &mut Page, name: &str, text: &str) {
    let style = if name == "project" { STRONG } else { PLAIN };
    page.hanging(0, &paint(FAINT, &label(name)), LEFT, style, &clean(text));
}

fn label(name: &str) -> String {
    format!("{name:LEFT$}")
}

fn to_usize(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
