//! `custom-type-false-diff`

use super::seen::{self, explained};
use crate::diagnostic::{Finding, Severity};
use crate::operation::ddl::Renderer;
use crate::operation::model::{AlterColumn, Dialect, EnumType, TypeExpr, TypeKind};
use crate::operation::{Operation, Step};
use crate::revision::Revision;
use crate::rules::{Check, RevisionFacts, Rule, wording};
use crate::source::{Location, printable};
use crate::sql::types::DataType;

pub(super) const RULE: Rule = Rule {
    name: "custom-type-false-diff",
    summary: "A column is changed to the type that it has: autogenerate compared the types wrongly, and will again",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("../../../docs/rules/custom-type-false-diff.md"),
    check: Check::Revision(check),
};

fn check(seen: &RevisionFacts<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for step in seen.up().filter(|step| seen::on_postgresql(seen.facts, step)) {
        let Operation::AlterColumn(alter) = &step.operation else { continue };
        let Some(new) = alter.new_type.new_value() else { continue };
        // Whoever writes USING wants the values changed.
        if alter.using.is_some() || seen.makes(&alter.table) {
            continue;
        }
        if let Some(existing) = &alter.existing_type
            && !differs_elsewhere(existing, new)
            && let Some(name) = same_type(existing, new)
        {
            found.push(same(seen, step, alter, new, &name));
        } else if let TypeKind::Other(_) = &new.kind
            && let Some((place, revision)) = already(seen, alter, new)
        {
            found.push(again(seen, step, alter, new, &place, revision));
        }
    }
    found
}

/// The type's name in PostgreSQL, if both expressions mean the same one.
fn same_type(existing: &TypeExpr, new: &TypeExpr) -> Option<String> {
    let renderer = Renderer::new(Dialect::Postgresql, true);
    let name = |r#type: &TypeExpr| renderer.data_type(r#type);
    let (old, new) = (name(existing)?, name(new)?);
    let is_same = old == new || matches!((DataType::parse(&old), DataType::parse(&new)), (Some(a), Some(b)) if a == b);
    is_same.then_some(new)
}

/// Whether the change is meant for another database: a variant for it, or a length that PostgreSQL
/// does not have (`sa.Text(length=…)` chooses between MySQL's texts).
fn differs_elsewhere(existing: &TypeExpr, new: &TypeExpr) -> bool {
    let is_same = |(a, b): (&(String, TypeExpr), &(String, TypeExpr))| a.0 == b.0 && a.1.kind == b.1.kind;
    let has_same_variants =
        existing.variants.len() == new.variants.len() && existing.variants.iter().zip(&new.variants).all(is_same);
    let has_other_length = match (&existing.kind, &new.kind) {
        (TypeKind::Sql(a), TypeKind::Sql(b)) => a.dialect.is_none() && b.dialect.is_none() && a.length != b.length,
        _ => false,
    };
    has_other_length || !has_same_variants
}

/// Where an earlier revision gave the column this very type, and nothing changed it since.
fn already<'a>(seen: &RevisionFacts<'a>, alter: &AlterColumn, new: &TypeExpr) -> Option<(Location, &'a Revision)> {
    let graph = &seen.facts.graph;
    let before = graph.ancestors(&[&seen.revision.id]);
    let newest_first = graph.history().into_iter().filter(|id| before.contains(id) && *id != seen.revision.id);
    for id in newest_first {
        let revision = graph.revisions().iter().rfind(|revision| revision.id == id)?;
        for step in seen.facts.operations_of(id)?.upgrade.steps.iter().rev() {
            let given = match &step.operation {
                Operation::CreateTable(create) if create.table == alter.table => {
                    let column = create.columns.iter().find(|column| column.name == alter.column);
                    column.and_then(|column| column.r#type.as_ref())
                }
                Operation::AddColumn(add) if add.table == alter.table && add.column.name == alter.column => {
                    add.column.r#type.as_ref()
                }
                Operation::AlterColumn(other) if other.table == alter.table && other.column == alter.column => {
                    match &other.new_type {
                        crate::operation::model::Change::Keep => continue,
                        changed => changed.new_value(),
                    }
                }
                _ => continue,
            };
            // What was given last counts.
            let is_same = given.is_some_and(|given| given.kind == new.kind && given.written == new.written);
            return is_same.then(|| (Location::new(&revision.source, step.span), revision));
        }
    }
    None
}

fn same(seen: &RevisionFacts<'_>, step: &Step, alter: &AlterColumn, new: &TypeExpr, name: &str) -> Finding {
    let (column, name) = (column(alter), printable(name));
    let finding = Finding::new(format!("{column} is changed from {name} to {name}, which changes nothing"))
        .at(seen.place(step.span))
        .evidence(format!(
            "existing_type={} and type_={} are the same type in PostgreSQL",
            printable(alter.existing_type.as_ref().map_or("", |existing| &existing.written)),
            printable(&new.written)
        ));
    let finding = match &new.on("postgresql").kind {
        TypeKind::Enum(EnumType { .. }) => {
            finding.evidence("values are not added to an enum this way: that takes ALTER TYPE … ADD VALUE")
        }
        _ => finding.evidence("it still takes ACCESS EXCLUSIVE on the table, so all others wait for it"),
    };
    closed(finding)
}

fn again(
    seen: &RevisionFacts<'_>,
    step: &Step,
    alter: &AlterColumn,
    new: &TypeExpr,
    place: &Location,
    revision: &Revision,
) -> Finding {
    let (column, written) = (column(alter), printable(&new.written));
    let finding = Finding::new(format!(
        "{column} is changed to {written}, which it has been since {}",
        wording::id(&revision.id)
    ))
    .at(seen.place(step.span))
    .related(place.clone(), "gave the column this type")
    .evidence(format!("{} gave it {written} at {}", wording::id(&revision.id), wording::place(place)))
    .evidence("autogenerate compares what the database has with the class, and finds this difference every time");
    closed(finding)
}

fn column(alter: &AlterColumn) -> String {
    format!("{}.{}", seen::table(&alter.table), printable(&alter.column))
}

fn closed(finding: Finding) -> Finding {
    finding.next_step(explained(RULE.name, "shows how to tell autogenerate that the types are equal")).do_not(
        "keep the line because it does no harm: `alembic check` stays red, and the next real change hides behind it",
    )
}
