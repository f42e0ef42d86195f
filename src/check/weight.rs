//! How heavy operations are on PostgreSQL: locks on tables that are in use, rewrites, reading all rows.

use crate::facts::SentStatement;
use crate::sql::{Answer, Effect, Lock, On, Part};

/// What operations do to tables that were there before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Weight {
    /// Each table once, the strongest lock first.
    pub locks: Vec<TableLock>,
    /// What else they may do, and why that cannot be said.
    pub unknown: Vec<String>,
}

/// The lock on one table, which is held until the transaction ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableLock {
    /// The table, or which one it is in words.
    pub on: String,
    /// The lock.
    pub lock: Lock,
    /// Whether it is taken for certain: a table may have no foreign keys.
    pub is_certain: bool,
    /// Whether the table is written again.
    pub rewrite: Answer,
    /// Whether all its rows are read under the lock.
    pub scan: Answer,
}

impl Weight {
    pub(super) fn of<'s>(statements: impl Iterator<Item = &'s SentStatement>) -> Self {
        let mut weight = Self::default();
        for statement in statements {
            statement.effects.known.iter().for_each(|effect| weight.add(lock(effect)));
            statement.effects.unknown.iter().for_each(|reason| weight.doubt(reason));
        }
        weight
    }

    /// The weight of all together.
    pub fn sum<'w>(weights: impl Iterator<Item = &'w Self>) -> Self {
        let mut sum = Self::default();
        for weight in weights {
            weight.locks.iter().cloned().for_each(|lock| sum.add(lock));
            weight.unknown.iter().for_each(|reason| sum.doubt(reason));
        }
        sum
    }

    /// The strongest lock that is certain; of equal ones the first.
    pub fn strongest(&self) -> Option<&TableLock> {
        self.locks.iter().find(|lock| lock.is_certain)
    }

    /// Whether any table is written again.
    pub fn rewrite(&self) -> Answer {
        self.any(|lock| &lock.rewrite)
    }

    /// Whether all rows of any table are read.
    pub fn scan(&self) -> Answer {
        self.any(|lock| &lock.scan)
    }

    fn any(&self, part: impl Fn(&TableLock) -> &Answer) -> Answer {
        let certain = self.locks.iter().filter(|lock| lock.is_certain);
        certain.fold(Answer::No, |sum, lock| sum.or(part(lock).clone()))
    }

    fn add(&mut self, added: TableLock) {
        let same = |lock: &&mut TableLock| lock.on == added.on;
        match self.locks.iter_mut().find(same) {
            Some(known) => {
                known.lock = known.lock.max(added.lock);
                known.is_certain |= added.is_certain;
                known.rewrite = known.rewrite.clone().or(added.rewrite);
                known.scan = known.scan.clone().or(added.scan);
            }
            None => self.locks.push(added),
        }
        // Stable: what came first stays first.
        self.locks.sort_by_key(|lock| std::cmp::Reverse(lock.lock));
    }

    fn doubt(&mut self, reason: &String) {
        if !self.unknown.contains(reason) {
            self.unknown.push(reason.clone());
        }
    }
}

fn lock(effect: &Effect) -> TableLock {
    let (on, is_certain) = words(&effect.on);
    TableLock { on, lock: effect.lock, is_certain, rewrite: effect.rewrite.clone(), scan: effect.scan.clone() }
}

/// Which table, in words, and whether there is one for certain.
fn words(on: &On) -> (String, bool) {
    let through = |part: &Part| match part {
        Part::Whole => String::new(),
        Part::Column(column) => format!(" through column {column}"),
        Part::Constraint(constraint) => format!(" through constraint {constraint}"),
    };
    match on {
        On::Relation(name) => (name.to_string(), true),
        On::TableOf(index) => (format!("the table of {index}"), true),
        On::IndexesOf(table) => (format!("the indexes of {table}"), true),
        On::ReferencedBy(table, part) => (format!("the tables that {table} references{}", through(part)), false),
        On::Referencing(table, part) => (format!("the tables that reference {table}{}", through(part)), false),
        On::TablesUsing(domain) => (format!("the tables with a column of {domain}"), false),
        On::DefaultPartitionOf(table) => (format!("the default partition of {table}"), false),
        On::PartitionedBy(table) => (format!("the table that {table} is a partition of"), false),
    }
}
