//! One connection, and the transaction that is open on it.

use crate::source::Span;

/// A connection that env.py opened.
#[derive(Debug, Clone, Default)]
pub(super) struct Connection {
    /// From `engine.begin()`: committed at the end of its block, whatever happens on it.
    pub(super) is_managed: bool,
    /// It left what can be seen, so nothing is said of it.
    pub(super) in_doubt: bool,
    /// How many `with connection.begin():` it is in.
    pub(super) blocks: usize,
    /// The SQL that opened the transaction that is open.
    open: Option<Span>,
    /// That SQL and the `configure()` that found the transaction open.
    external: Option<(Span, Span)>,
    /// `configure()` leaves each revision to commit by itself.
    commits_by_itself: bool,
    has_run: bool,
    /// The work that nothing has committed so far.
    pub(super) lost: Option<Lost>,
    pub(super) locks: Vec<Lock>,
}

/// Work that is rolled back unless somebody commits it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lost {
    OpenBefore { sql: Span, configure: Span },
    NoTransaction { run: Span },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lock {
    pub(super) span: Span,
    pub(super) ends_with_transaction: bool,
    pub(super) released: Option<Span>,
}

impl Connection {
    pub(super) fn managed() -> Self {
        Self { is_managed: true, ..Self::default() }
    }

    /// What was lost on another way that ended counts too.
    pub(super) fn or_lost(mut self, other: &Self) -> Self {
        self.lost = self.lost.or(other.lost);
        self
    }

    /// SQL runs on it, which begins a transaction if none is open.
    pub(super) fn sql(&mut self, span: Span, text: &str) {
        self.open.get_or_insert(span);
        let text = text.to_ascii_lowercase();
        // Behind the back of SQLAlchemy, drivers differ: after a plain COMMIT asyncpg is in no
        // transaction at all, and psycopg in a new one.
        let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
        self.in_doubt |= words.any(|word| matches!(word, "commit" | "begin" | "rollback" | "end" | "autocommit"));
        let is_unlock = text.contains("unlock");
        if !is_unlock && text.contains("advisory_") {
            let ends_with_transaction = text.contains("advisory_xact_lock");
            self.locks.push(Lock { span, ends_with_transaction, released: None });
        }
    }

    pub(super) fn configure(&mut self, span: Span, commits_by_itself: bool) {
        self.commits_by_itself = commits_by_itself;
        self.has_run = false;
        let owned = self.is_managed || self.blocks > 0;
        self.external = self.open.filter(|_| !owned).map(|sql| (sql, span));
    }

    /// `run_migrations()`, within a `begin_transaction()` or not.
    pub(super) fn run(&mut self, span: Span, in_transaction: bool) {
        self.has_run = true;
        if self.is_managed || self.blocks > 0 {
            return;
        }
        if let Some((sql, configure)) = self.external {
            self.lost = Some(Lost::OpenBefore { sql, configure });
        } else if in_transaction || self.commits_by_itself {
            self.open = None;
        } else {
            self.open.get_or_insert(span);
            self.lost = Some(Lost::NoTransaction { run: span });
        }
    }

    pub(super) fn commit(&mut self, span: Span) {
        self.open = None;
        self.lost = None;
        if !self.has_run {
            let released = self.locks.iter_mut().filter(|lock| lock.ends_with_transaction);
            released.for_each(|lock| lock.released = lock.released.or(Some(span)));
        }
    }

    /// What was not committed is gone; `lost` work stays lost.
    pub(super) fn rollback(&mut self, span: Span) {
        let lost = self.lost;
        self.commit(span);
        self.lost = lost;
    }

    /// After one of two ways from `start`: a way that opens a transaction counts, and so does a
    /// way that ends one.
    pub(super) fn merge(start: &Self, one: Self, other: &Self) -> Self {
        let open = if start.open.is_some() { one.open.and(other.open) } else { one.open.or(other.open) };
        let mut locks = one.locks;
        locks.extend(other.locks.iter().filter(|lock| !locks.contains(lock)).cloned().collect::<Vec<_>>());
        Self {
            in_doubt: one.in_doubt || other.in_doubt,
            open,
            external: one.external.or(other.external),
            commits_by_itself: one.commits_by_itself || other.commits_by_itself,
            has_run: one.has_run || other.has_run,
            lost: if start.lost.is_some() { one.lost.and(other.lost) } else { one.lost.or(other.lost) },
            locks,
            ..one
        }
    }
}
