//! Everything that was found out, put together for the rules: plain data, no judgement.

mod absent;
mod applied;
mod fleet;
mod future;
mod imports;
mod lock;
mod lost;
mod past;
mod runs;
mod schema;
mod sql;
mod stamp;

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::database::{DatabaseState, DatabaseUrl, ErrorKind};
use crate::deployment::Deployment;
use crate::graph::Graph;
use crate::operation::{self, Operations};
use crate::project::env::{EnvPy, UrlOrigin};
use crate::project::{Models, Project};
use crate::revision::{Problem, Revisions};
use crate::settings::Downgrade;

pub use absent::{Absent, InGit};
pub use applied::{Applied, Column, Difference};
pub use fleet::{Fleet, Group};
pub use future::{Future, Rewritten, Side, Simulation};
pub use imports::LostImport;
pub use lock::{Broken, Locked};
pub use lost::{Direction, Fate, Standing, Testimony, Trace, Witness};
pub use past::{Before, Change, FilePast, Past, Releases};
pub use schema::{Effect, Effects, Located, Made, SchemaDifference, SchemaFacts, Tally, Wrong};
pub use sql::{ASSUMED_VERSION, PostgresVersion, RevisionSql, SentStatement, SentText, VersionSource};
pub use stamp::{Stamp, StampState, TableChoice};

/// The facts of one run.
#[derive(Debug)]
pub struct Facts {
    /// The project's configuration.
    pub project: Project,
    /// Files that are no readable revisions.
    pub problems: Vec<Problem>,
    /// How many files Alembic would load.
    pub files: usize,
    /// Files that were reached twice.
    pub loaded_twice: Vec<PathBuf>,
    /// The revision graph.
    pub graph: Graph,
    /// What each of the graph's revisions does, in the same order; empty while nobody has asked.
    pub operations: Vec<Operations>,
    /// Whose operations the rules look into.
    pub examined: Examined,
    /// The same as PostgreSQL's SQL; see [`Facts::sql`].
    sql: sql::SqlFacts,
    /// How many heads, and which labels, the project expects.
    pub expected: Expected,
    /// The databases that were looked at, with what their stamps mean.
    pub databases: Vec<DatabaseFacts>,
    /// With `--all-schemas`: the databases whose schemas were judged one by one. Each group of
    /// schemas that are alike is then one of `databases`.
    pub fleets: Vec<Fleet>,
    /// What git knows of stamped revisions that this code lacks.
    pub witness: Witness,
    /// Which models env.py reaches; only looked for where a revision makes one ask.
    pub models: Option<Models>,
    /// What git knows of models that env.py does not reach.
    pub lost_imports: Vec<LostImport>,
    /// Where the repository runs its migrations; only looked for by commands that judge.
    pub deployment: Option<Deployment>,
    /// The variables from which env.py may take its URL and that are not set here; `None` while it
    /// does not matter, because no database was to be looked at.
    pub unset_variables: Option<Vec<String>>,
    /// Where the revision files are, if Alembic finds none.
    pub absent: Option<Absent>,
    /// What the mainline did to the files of applied revisions.
    pub past: Past,
    /// What becomes of the revisions when this branch is merged, if that was asked.
    pub future: Option<Future>,
    /// The lock file, if the project has one.
    pub locked: Option<Locked>,
}

/// How many operations were looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LookedInto {
    /// Of how many revisions.
    pub revisions: usize,
    /// All of them, up and down.
    pub operations: usize,
    /// Those that are not known.
    pub opaque: usize,
    /// What else of `upgrade()` no rule about SQL could look at: operations whose PostgreSQL is not known,
    /// and statements that could not be read.
    pub without_sql: usize,
}

/// Whose operations are looked into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Examined {
    /// Every revision's.
    All {
        /// Why, as a phrase.
        why: String,
    },
    /// Only these.
    Only {
        /// Their ids.
        ids: BTreeSet<String>,
        /// Why these, as a phrase.
        why: String,
    },
}

impl Examined {
    /// Every revision's, with the reason.
    pub fn all(why: &str) -> Self {
        Self::All { why: why.to_owned() }
    }

    /// Why these, as a phrase.
    pub fn why(&self) -> &str {
        match self {
            Self::All { why } | Self::Only { why, .. } => why,
        }
    }

    /// Whether the revision is among them.
    pub fn includes(&self, id: &str) -> bool {
        match self {
            Self::All { .. } => true,
            Self::Only { ids, .. } => ids.contains(id),
        }
    }
}

/// What the settings say about how things should be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expected {
    /// `expected-heads`: how many heads are wanted; without it one, or one for each label.
    pub heads: Option<usize>,
    /// The target of the upgrade that is asked about, in Alembic's words (`gate`).
    pub target: Option<String>,
    /// `downgrade`: how far downgrades are meant to work.
    pub downgrade: Downgrade,
    /// `promotion`: environments in the order in which revisions reach them.
    pub promotion: Vec<String>,
    /// `pg-version`: the version of PostgreSQL that the revisions are written for.
    pub pg_version: Option<u32>,
}

/// One database and what its stamp means.
#[derive(Debug)]
pub struct DatabaseFacts {
    /// What was seen.
    pub state: DatabaseState,
    /// What the stamp means; `None` when the database could not be looked at.
    pub stamp: Option<Stamp>,
    /// What its tables say about the stamp; `None` when they were not read, or when it is not
    /// certain what they should be. See [`Facts::read_operations`].
    pub schema: Option<SchemaFacts>,
    /// With `--all-schemas`: the schemas that this stands for.
    pub group: Option<Group>,
}

impl DatabaseFacts {
    fn judge(env: &EnvPy, graph: &Graph, state: DatabaseState) -> Self {
        let stamp = state.look.as_ref().ok().map(|look| Stamp::new(env, graph, look));
        Self { state, stamp, schema: None, group: None }
    }

    /// The name under which it is shown: a schema that stands for others says for how many.
    pub fn label(&self) -> String {
        let others = self.group.as_ref().map_or(0, |group| group.schemas.len().saturating_sub(1));
        if others == 0 { self.state.name.clone() } else { format!("{} and {others} more", self.state.name) }
    }
}

impl DatabaseFacts {
    /// Where it stands.
    pub fn standing(&self) -> StampState {
        match (&self.stamp, &self.state.look) {
            (Some(stamp), _) => stamp.state,
            (None, Err(error)) if error.kind == ErrorKind::Locked => StampState::InProgress,
            (None, _) => StampState::Unreadable,
        }
    }
}

impl Facts {
    /// Puts the facts together.
    pub fn new(project: Project, revisions: Revisions, expected: Expected, databases: Vec<DatabaseState>) -> Self {
        let graph = Graph::new(revisions.revisions);
        let databases = databases.into_iter().map(|state| DatabaseFacts::judge(&project.env, &graph, state)).collect();
        Self {
            project,
            problems: revisions.problems,
            files: revisions.files,
            loaded_twice: revisions.loaded_twice,
            graph,
            operations: Vec::new(),
            examined: Examined::all("all"),
            sql: sql::SqlFacts::default(),
            expected,
            databases,
            fleets: Vec::new(),
            witness: Witness::default(),
            models: None,
            lost_imports: Vec::new(),
            deployment: None,
            unset_variables: None,
            absent: None,
            past: Past::default(),
            future: None,
            locked: None,
        }
    }

    /// Whether Alembic itself would use the URL of this database, as far as env.py shows. Only then
    /// its role is the one that migrates.
    pub fn is_alembics_own(&self, database: &DatabaseState) -> bool {
        let project = &self.project;
        if let Some(variable) = &project.env.url_variable {
            let phrase = format!("environment variable {variable}");
            let rest = database.source.strip_prefix(&phrase);
            return rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([',', ' ']));
        }
        let asks_ini = matches!(project.env.url.first(), None | Some((UrlOrigin::Ini, _)));
        let listed = project.databases.iter().filter_map(|section| section.url.as_ref());
        asks_ini && project.url.iter().chain(listed).any(|url| DatabaseUrl::new(&url.value) == database.url)
    }

    /// The same, with each schema that has a version table judged for itself.
    pub fn of_schemas(
        project: Project,
        revisions: Revisions,
        expected: Expected,
        databases: Vec<DatabaseState>,
    ) -> Self {
        let mut facts = Self::new(project, revisions, expected, Vec::new());
        for mut state in databases {
            let env = &facts.project.env;
            match fleet::by_schema(env, &facts.graph, &mut state) {
                Some((schemas, fleet)) => {
                    facts.databases.extend(schemas);
                    facts.fleets.push(fleet);
                }
                None => facts.databases.push(DatabaseFacts::judge(env, &facts.graph, state)),
            }
        }
        facts
    }

    /// Reads what the revisions do, for the rules that look at that, and compares it with the
    /// tables that are there.
    pub fn read_operations(&mut self) {
        let revisions: Vec<_> = self.graph.revisions().iter().collect();
        self.operations = operation::read_all(&revisions);
        self.sql = sql::SqlFacts::of(self.operations.len());
        // A file that cannot be read may do anything.
        if !self.problems.is_empty() {
            return;
        }
        for database in &mut self.databases {
            let Some(stamp) = &database.stamp else { continue };
            database.schema = SchemaFacts::new(&self.graph, &self.operations, &database.state, stamp);
        }
    }

    /// How much was looked into; `None` while the operations were not read.
    pub fn looked_into(&self) -> Option<LookedInto> {
        if self.operations.len() != self.graph.revisions().len() {
            return None;
        }
        let revisions = self.graph.revisions().iter().zip(&self.operations).enumerate();
        let mut counts = LookedInto::default();
        for (position, (_, operations)) in revisions.filter(|(_, (it, _))| self.examined.includes(&it.id)) {
            counts.revisions += 1;
            counts.without_sql += self.sql(position).unread(&operations.upgrade);
            for body in [&operations.upgrade, &operations.downgrade] {
                counts.operations += body.steps.len();
                counts.opaque += body.opaque();
            }
        }
        Some(counts)
    }

    /// What the revision does; `None` while the operations were not read.
    pub fn operations_of(&self, id: &str) -> Option<&Operations> {
        // Of several files with one id Alembic runs the last.
        let position = self.graph.revisions().iter().rposition(|revision| revision.id == id)?;
        self.operations.get(position)
    }

    /// The locked revisions that are no longer what they were. What the base of a simulated merge lacks
    /// is still this branch's own, and may change.
    pub fn broken_locks(&self) -> Vec<(&str, Broken)> {
        let Some(locked) = &self.locked else { return Vec::new() };
        let is_merged = |id: &str| self.future.as_ref().is_none_or(|future| future.base.graph.get(id).is_some());
        locked.broken().into_iter().filter(|(id, _)| is_merged(id)).collect()
    }

    /// The rows that this code does not have, each once; without those that are only mistyped.
    pub fn lost_rows(&self) -> Vec<String> {
        let stamps = self.databases.iter().filter_map(|database| database.stamp.as_ref());
        let mut rows: Vec<String> = stamps.flat_map(Stamp::lost).collect();
        rows.sort_unstable();
        rows.dedup();
        rows
    }

    /// The parents and dependencies that no file has, each once.
    pub fn lost_parents(&self) -> Vec<String> {
        let mut parents: Vec<String> = self.graph.missing().into_iter().map(|missing| missing.parent).collect();
        parents.sort_unstable();
        parents.dedup();
        parents
    }

    /// Takes in what git says, which may tell where a database stands.
    pub fn hear(&mut self, witness: Witness) {
        for stamp in self.databases.iter_mut().filter_map(|database| database.stamp.as_mut()) {
            if stamp.state == StampState::Orphaned && stamp.lost().len() == stamp.missing.len() {
                stamp.state = match witness.standing(&stamp.missing) {
                    Standing::Ahead => StampState::Ahead,
                    Standing::Diverged => StampState::Diverged,
                    Standing::Orphaned => StampState::Orphaned,
                };
            }
        }
        self.witness = witness;
    }
}
