//! Adds up what the parts of a statement do, table by table.

use super::{Answer, Effect, Effects, On, Part};
use crate::sql::{Context, Lock, Name};

pub(super) struct Sum<'c> {
    context: &'c Context,
    effects: Effects,
}

impl<'c> Sum<'c> {
    pub(super) fn new(context: &'c Context) -> Self {
        Self { context, effects: Effects::default() }
    }

    pub(super) fn finish(self) -> Effects {
        self.effects
    }

    /// What cannot be said.
    pub(super) fn unknown(&mut self, reason: impl Into<String>) {
        let reason = reason.into();
        if !self.effects.unknown.contains(&reason) {
            self.effects.unknown.push(reason);
        }
    }

    /// Only a lock.
    pub(super) fn lock(&mut self, relation: &Name, lock: Lock) {
        self.add(On::Relation(relation.clone()), lock, Answer::No, Answer::No);
    }

    /// A lock, under which rows may be read.
    pub(super) fn scan(&mut self, relation: &Name, lock: Lock, scan: Answer) {
        self.add(On::Relation(relation.clone()), lock, Answer::No, scan);
    }

    /// The table of an index.
    pub(super) fn table_of(&mut self, index: &Name, lock: Lock, scan: Answer) {
        let on = match self.context.indexes.get(index) {
            Some(table) => On::Relation(table.clone()),
            None => On::TableOf(index.clone()),
        };
        self.add(on, lock, Answer::No, scan);
    }

    /// The tables that foreign keys of `table` reference.
    pub(super) fn referenced(&mut self, table: &Name, part: Part, lock: Lock, scan: Answer) {
        match self.context.foreign_keys(table, &part) {
            Some(keys) => {
                let parents: Vec<_> = keys.into_iter().map(|key| key.references.clone()).collect();
                for parent in parents.into_iter().filter(|parent| parent != table) {
                    self.add(On::Relation(parent), lock, Answer::No, scan.clone());
                }
            }
            None => self.add(On::ReferencedBy(table.clone(), part), lock, Answer::No, scan),
        }
    }

    /// The same table twice is one effect: the stronger lock, and what any of both does.
    pub(super) fn add(&mut self, on: On, lock: Lock, rewrite: Answer, scan: Answer) {
        if self.is_unseen(&on) {
            return;
        }
        match self.effects.known.iter_mut().find(|effect| effect.on == on) {
            Some(effect) => {
                effect.lock = effect.lock.max(lock);
                effect.rewrite = std::mem::replace(&mut effect.rewrite, Answer::No).or(rewrite);
                effect.scan = std::mem::replace(&mut effect.scan, Answer::No).or(scan);
            }
            None => self.effects.known.push(Effect { on, lock, rewrite, scan }),
        }
    }

    /// Nobody else can wait for a table that this transaction created, nor for what hangs on it.
    fn is_unseen(&self, on: &On) -> bool {
        match on {
            On::Relation(name) | On::IndexesOf(name) | On::DefaultPartitionOf(name) | On::Referencing(name, _) => {
                self.context.is_new(name)
            }
            On::TableOf(_) | On::ReferencedBy(..) | On::TablesUsing(_) | On::PartitionedBy(_) => false,
        }
    }
}
