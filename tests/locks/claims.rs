//! What the module says about a text, brought into the form of what is measured.

use std::collections::BTreeMap;

use alembic_doctor::sql::{self, Answer, Command, Context, Effect, Lock, Name, On, Part};

use super::fixture::FOREIGN_KEYS;
use super::session::{Measured, Relation, Relations};

/// The effects of all statements of a text.
pub struct Claims {
    effects: Vec<Effect>,
    unknown: Vec<String>,
    /// Tables that the text itself makes.
    created: Vec<Name>,
}

/// One relation, as claimed.
struct Claim {
    lock: Lock,
    rewrite: Answer,
    scan: Answer,
}

impl Claims {
    pub fn of(text: &str, major: u32, context: &Context) -> Self {
        let mut context = context.clone();
        let mut claims = Self { effects: Vec::new(), unknown: Vec::new(), created: Vec::new() };
        for statement in sql::statements(text) {
            let effects = sql::effects(&statement, major, &context);
            claims.effects.extend(effects.known);
            claims.unknown.extend(effects.unknown);
            if sql::needs_autocommit(&statement, major) {
                claims.unknown.push("needs autocommit".to_owned());
            }
            if let Command::CreateTable(create) = statement.command {
                context.created.insert(create.table.clone());
                claims.created.push(create.table);
            }
        }
        claims
    }

    /// The claims by relation; what a role stands for is known here.
    fn by_relation(&self, relations: &Relations) -> BTreeMap<String, Claim> {
        let mut claims: BTreeMap<String, Claim> = BTreeMap::new();
        for effect in &self.effects {
            for name in resolve(&effect.on, relations) {
                let claim =
                    claims.entry(name).or_insert(Claim { lock: effect.lock, rewrite: Answer::No, scan: Answer::No });
                claim.lock = claim.lock.max(effect.lock);
                claim.rewrite = stronger(&claim.rewrite, &effect.rewrite);
                claim.scan = stronger(&claim.scan, &effect.scan);
            }
        }
        claims
    }

    /// What differs from what was measured. `exact`: "unknown" is wrong, too.
    pub fn compare(&self, relations: &Relations, measured: &Measured, exact: bool) -> Vec<String> {
        let claims = self.by_relation(relations);
        let mut wrong = Vec::new();
        if exact && !self.unknown.is_empty() {
            wrong.push(format!("not all is known: {:?}", self.unknown));
        }
        for (name, claim) in &claims {
            match measured.locks.get(name) {
                Some(lock) if *lock == claim.lock => {}
                Some(lock) => wrong.push(format!("{name}: {} claimed, {lock} measured", claim.lock)),
                None if self.created.contains(&Name::new(name.as_str())) => {}
                None => wrong.push(format!("{name}: {} claimed, no lock measured", claim.lock)),
            }
            let is_table = relations.values().any(|it| it.name == *name && "rpm".contains(it.kind));
            if is_table {
                let others = |found: &&String| *found == name || !claims.contains_key(*found);
                let rewritten: Vec<_> = measured.rewritten.iter().filter(others).collect();
                let scanned: Vec<_> = measured.scanned.iter().filter(others).collect();
                wrong.extend(differs(name, "rewrite", &claim.rewrite, &rewritten, relations, exact));
                wrong.extend(differs(name, "scan", &claim.scan, &scanned, relations, exact));
            }
        }
        for (name, lock) in &measured.locks {
            let relation = relations.values().find(|relation| relation.name == *name).unwrap();
            if !claims.contains_key(name) && !is_covered(relation, *lock, &claims, relations) && self.unknown.is_empty()
            {
                wrong.push(format!("{name}: {lock} measured, nothing claimed"));
            }
        }
        wrong
    }
}

fn stronger(one: &Answer, other: &Answer) -> Answer {
    match (one, other) {
        (Answer::Yes, _) | (_, Answer::Yes) => Answer::Yes,
        (Answer::No, answer) | (answer, _) => answer.clone(),
    }
}

/// An index is locked with its table, a child with its parent, a sequence with the table of its column.
fn is_covered(relation: &Relation, lock: Lock, claims: &BTreeMap<String, Claim>, relations: &Relations) -> bool {
    let Some(owner) = &relation.belongs_to else { return false };
    match claims.get(owner) {
        Some(claim) => claim.lock >= lock,
        None => relations.values().any(|it| it.name == *owner && is_covered(it, lock, claims, relations)),
    }
}

/// A partitioned table has no file and no rows: its partitions have.
fn differs(
    name: &str,
    what: &str,
    claim: &Answer,
    measured: &[&String],
    relations: &Relations,
    exact: bool,
) -> Option<String> {
    let is_partitioned = relations.values().any(|it| it.name == name && it.kind == 'p');
    let belongs = |found: &String| {
        relations.values().any(|it| it.name == *found && it.belongs_to.as_deref() == Some(name) && it.kind == 'r')
    };
    let happened = measured.iter().any(|found| *found == name || (is_partitioned && belongs(found)));
    match claim {
        Answer::Yes if !happened => Some(format!("{name}: {what} claimed, none measured")),
        Answer::No if happened => Some(format!("{name}: {what} measured, none claimed")),
        Answer::Unknown(reason) if exact => Some(format!("{name}: {what} unknown: {reason}")),
        _ => None,
    }
}

fn resolve(on: &On, relations: &Relations) -> Vec<String> {
    let through = |key: &(&str, &str, &str, &str), part: &Part| match part {
        Part::Whole => true,
        Part::Column(column) => key.2 == column,
        Part::Constraint(constraint) => key.1 == constraint,
    };
    match on {
        On::Relation(name) => vec![name.name.clone()],
        On::TableOf(name) if name.name == "t_st" => vec!["t".to_owned()],
        On::TableOf(name) => relations
            .values()
            .filter(|relation| relation.name == name.name)
            .filter_map(|relation| relation.belongs_to.clone())
            .collect(),
        On::IndexesOf(table) => relations
            .values()
            .filter(|it| "iI".contains(it.kind) && it.belongs_to.as_deref() == Some(&table.name))
            .map(|it| it.name.clone())
            .collect(),
        On::ReferencedBy(table, part) => FOREIGN_KEYS
            .iter()
            .filter(|key| key.0 == table.name && through(key, part))
            .map(|key| key.3.to_owned())
            .collect(),
        // All foreign keys of the fixture lead to a primary key.
        On::Referencing(table, part) => FOREIGN_KEYS
            .iter()
            .filter(|key| key.3 == table.name)
            .filter(|_| match part {
                Part::Whole => true,
                Part::Column(column) => column == "id" || column == "code" && table.name == "pp",
                Part::Constraint(constraint) => constraint.ends_with("_pkey"),
            })
            .map(|key| key.0.to_owned())
            .collect(),
        On::TablesUsing(domain) => {
            if domain.name == "free" {
                vec!["u".to_owned()]
            } else {
                Vec::new()
            }
        }
        On::PartitionedBy(table) => match table.name.as_str() {
            "part_1" => vec!["part".to_owned(), "part_d".to_owned()],
            "part_d" => vec!["part".to_owned()],
            _ => Vec::new(),
        },
        On::DefaultPartitionOf(table) => {
            if table.name == "part" {
                vec!["part_d".to_owned()]
            } else {
                Vec::new()
            }
        }
    }
}
