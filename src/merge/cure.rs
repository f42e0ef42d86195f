//! What it takes to join two operations.

use super::guard::{self, Guard};
use super::judge::Meeting;
use super::side::Operation;
use super::thing::{Property, Thing};
use super::value;
use super::verdict::{Judged, Verdict};
use crate::operation::model::{
    AddColumn, AlterColumn, Change, CreateIndex, CreateTable, Default, Dialect, DropConstraint, DropIndex, Index,
    Operation as What, SqlExpr,
};

/// What it takes to join two operations.
#[derive(Debug, Clone)]
pub enum Cure {
    /// Nothing.
    Nothing,
    /// The merge makes both orders alike.
    Code(Code),
    /// The revisions must be guarded; then there is nothing left to do.
    Guards(Vec<Guard>),
    /// A person has to decide.
    Decide(Choice),
}

impl Cure {
    /// The guards that it asks for, or offers.
    pub fn guards(&self) -> &[Guard] {
        match self {
            Self::Guards(guards) => guards,
            Self::Decide(choice) => &choice.guards,
            Self::Nothing | Self::Code(_) => &[],
        }
    }
}

/// Statements for the merge revision.
#[derive(Debug, Clone)]
pub struct Code {
    /// What they do, in one sentence.
    pub what: String,
    /// Lines of Python for `upgrade()`.
    pub upgrade: Vec<String>,
    /// Lines for `downgrade()`, so that the sides' own downgrades find what they expect.
    pub downgrade: Vec<String>,
}

/// Something that a person has to decide.
#[derive(Debug, Clone)]
pub struct Choice {
    /// What, in one sentence.
    pub question: String,
    /// Lines of Python, and whose side each is on.
    pub options: Vec<(String, Vec<String>)>,
    /// Guards that let the second side run, should its operation be passed over.
    pub guards: Vec<Guard>,
}

/// For whom.
pub(super) struct Terms {
    pub(super) dialect: &'static str,
    /// Which of the two wins where the order decides.
    pub(super) prefer: Option<usize>,
}

pub(super) fn of(a: &Operation, b: &Operation, meeting: &Meeting, judged: &Judged, terms: &Terms) -> Cure {
    let guards = || -> Vec<Guard> {
        let of_first = (!meeting.first_fails.is_empty()).then(|| guard::of(a, b, &meeting.first_fails)).flatten();
        let of_second = (!meeting.second_fails.is_empty()).then(|| guard::of(b, a, &meeting.second_fails)).flatten();
        of_first.into_iter().chain(of_second).collect()
    };
    let decide = |question: String| Cure::Decide(Choice { question, options: Vec::new(), guards: Vec::new() });
    match judged.verdict {
        Verdict::Independent => Cure::Nothing,
        Verdict::Identical if judged.twice => keep_one(a, b, terms),
        Verdict::Identical => {
            let wanted = usize::from(!meeting.first_fails.is_empty()) + usize::from(!meeting.second_fails.is_empty());
            let guards = guards();
            if wanted == 0 {
                Cure::Nothing
            } else if guards.len() == wanted {
                Cure::Guards(guards)
            } else {
                decide("delete it from one of the two revisions".to_owned())
            }
        }
        Verdict::Unknown => decide(format!("look whether the order matters: {}", judged.why)),
        Verdict::Conflict => decide(format!("{}: one of the two revisions must change", judged.why)),
        Verdict::OrderDependent if meeting.first_fails.is_empty() && meeting.second_fails.is_empty() => {
            last_wins(a, b, meeting, terms)
        }
        Verdict::OrderDependent => {
            let question = format!("{}: decide whether what the other side does shall be lost", judged.why);
            // A guarded operation is passed over: right only if what it is about is gone for good.
            let guards = if is_drop(a) || is_drop(b) { guards() } else { Vec::new() };
            Cure::Decide(Choice { question, options: Vec::new(), guards })
        }
    }
}

fn is_drop(operation: &Operation) -> bool {
    matches!(
        operation.step.operation,
        What::DropTable(_) | What::DropColumn(_) | What::DropIndex(_) | What::DropConstraint(_)
    )
}

/// Of an index or constraint that is there twice the first one stays.
fn keep_one(a: &Operation, b: &Operation, terms: &Terms) -> Cure {
    let Some((kept, dropped, drop, create)) = kept_and_dropped(&a.step.operation, &b.step.operation, terms) else {
        return Cure::Nothing;
    };
    let [Ok(gone), Ok(back)] = [&drop, &create].map(|operation| value::sql(operation, dialect(terms))) else {
        return Cure::Nothing;
    };
    let lines = |statements: &[String]| statements.iter().map(|sql| execute(sql)).collect();
    let what = format!("{kept} and {dropped} are the same: {kept} stays");
    Cure::Code(Code { what, upgrade: lines(&gone), downgrade: lines(&back) })
}

/// The name that stays and the one that goes, how it goes and how it comes back.
fn kept_and_dropped(a: &What, b: &What, terms: &Terms) -> Option<(String, String, What, What)> {
    match (a, b) {
        (What::CreateIndex(one), What::CreateIndex(two)) => {
            let (kept, dropped) = (one.index.name.as_ref()?, two.index.name.as_ref()?);
            let options = two.index.options.iter().filter(|option| option.name != "postgresql_concurrently");
            let index = Index { options: options.cloned().collect(), ..two.index.clone() };
            let create = CreateIndex { index, if_not_exists: true, ..two.clone() };
            let drop = DropIndex {
                name: Some(dropped.clone()),
                schema: two.table.schema.clone(),
                table: Some(two.table.clone()),
                if_exists: true,
                options: Vec::new(),
            };
            Some((kept.text.clone(), dropped.text.clone(), What::DropIndex(drop), What::CreateIndex(create)))
        }
        (What::AddConstraint(one), What::AddConstraint(two)) if terms.dialect == "postgresql" => {
            let (kept, dropped) = (one.constraint.name.as_ref()?, two.constraint.name.as_ref()?);
            let drop =
                DropConstraint { table: two.table.clone(), name: Some(dropped.clone()), r#type: None, if_exists: true };
            Some((kept.text.clone(), dropped.text.clone(), What::DropConstraint(drop), b.clone()))
        }
        _ => None,
    }
}

/// Both work, and the one that ran last decides.
fn last_wins(a: &Operation, b: &Operation, meeting: &Meeting, terms: &Terms) -> Cure {
    if let (What::CreateTable(one), What::CreateTable(two)) = (&a.step.operation, &b.step.operation)
        && let Some(code) = columns_of_both(one, two, terms)
    {
        return Cure::Code(code);
    }
    let thing = meeting.differs.first().map(ToString::to_string).unwrap_or_default();
    let options: Vec<(String, Vec<String>)> = [a, b]
        .into_iter()
        .filter_map(|operation| Some((operation.revision.clone(), again(operation, &meeting.differs, terms)?)))
        .collect();
    if let ([first, second], Some(prefer)) = (options.as_slice(), terms.prefer) {
        let (winner, lines) = if prefer == 0 { first } else { second };
        let what = format!("the order decides {thing}: as {winner} has it, on every database");
        return Cure::Code(Code { what, upgrade: lines.clone(), downgrade: Vec::new() });
    }
    let both = options.len() == 2;
    let labels = meeting.differs.iter().any(|thing| matches!(thing, Thing::Labels(_)));
    let question = if labels {
        format!("{thing} is another one on databases that ran the sides in another order: decide whether it matters")
    } else {
        format!("the one that runs last decides {thing}: decide which shall hold")
    };
    Cure::Decide(Choice { question, options: if both { options } else { Vec::new() }, guards: Vec::new() })
}

/// The operation's part in these things, said once more.
fn again(operation: &Operation, things: &[Thing], terms: &Terms) -> Option<Vec<String>> {
    let mut lines = Vec::new();
    for thing in things {
        match (&operation.step.operation, thing) {
            (What::AlterColumn(alter), Thing::Property(_, _, property)) => {
                let only = value::only(alter, *property);
                if terms.dialect == "sqlite" {
                    lines.extend(in_batch(&only, *property)?);
                    continue;
                }
                let statements = value::sql(&What::AlterColumn(Box::new(only)), dialect(terms)).ok()?;
                lines.extend(statements.iter().map(|sql| execute(sql)));
            }
            (What::CommentTable(_), Thing::Comment(_)) => {
                let statements = value::sql(&operation.step.operation, dialect(terms)).ok()?;
                lines.extend(statements.iter().map(|sql| execute(sql)));
            }
            (What::Sql(sql), Thing::Property(..) | Thing::Comment(_))
                if things.len() == 1 && !sql.text.contains(';') =>
            {
                lines.push(execute(&sql.text));
            }
            _ => return None,
        }
    }
    Some(lines)
}

/// SQLite changes a column by copying the table.
fn in_batch(alter: &AlterColumn, property: Property) -> Option<Vec<String>> {
    let argument = match property {
        Property::Type => {
            let written = &alter.new_type.new_value()?.written;
            format!("type_={}", Some(written).filter(|written| written.starts_with("sa."))?)
        }
        Property::Nullable => format!("nullable={}", if *alter.nullable.new_value()? { "True" } else { "False" }),
        Property::Default => match &alter.server_default {
            Change::Set(None) => "server_default=None".to_owned(),
            Change::Set(Some(Default::Literal(text))) => format!("server_default={}", python(text)),
            Change::Set(Some(Default::Sql(SqlExpr::Text(text)))) => format!("server_default=sa.text({})", python(text)),
            _ => return None,
        },
        Property::Comment => return None,
    };
    let schema = alter.table.schema.as_ref().map(|schema| format!(", schema={}", python(schema))).unwrap_or_default();
    let table = python(&alter.table.name);
    Some(vec![
        format!("with op.batch_alter_table({table}{schema}) as batch_op:"),
        format!("    batch_op.alter_column({}, {argument})", python(&alter.column)),
    ])
}

/// Two tables that were only made where there was none: the columns of both, if that is all they
/// differ in.
fn columns_of_both(one: &CreateTable, two: &CreateTable, terms: &Terms) -> Option<Code> {
    if terms.dialect != "postgresql" || one.is_partial || two.is_partial {
        return None;
    }
    let has = |table: &CreateTable, name: &str| table.columns.iter().any(|column| column.name == name);
    let common = |table: &CreateTable, other: &CreateTable| {
        let columns = table.columns.iter().filter(|column| has(other, &column.name)).cloned().collect();
        let create = CreateTable { columns, if_not_exists: true, ..table.clone() };
        value::sql(&What::CreateTable(create), Dialect::Postgresql).ok()
    };
    if common(one, two)? != common(two, one)? {
        return None;
    }
    let mut upgrade = Vec::new();
    for (table, other) in [(one, two), (two, one)] {
        for column in table.columns.iter().filter(|column| !has(other, &column.name)) {
            if column.primary_key || column.unique || column.index || !column.constraints.is_empty() {
                return None;
            }
            let add = AddColumn {
                table: table.table.clone(),
                column: column.clone(),
                if_not_exists: true,
                inline_references: false,
                inline_primary_key: false,
            };
            let statements = value::sql(&What::AddColumn(Box::new(add)), Dialect::Postgresql).ok()?;
            upgrade.extend(statements.iter().map(|sql| execute(sql)));
        }
    }
    let what = format!("each side makes {} with other columns, where it is not there yet: it gets all", one.table);
    Some(Code { what, upgrade, downgrade: Vec::new() })
}

fn dialect(terms: &Terms) -> Dialect {
    if terms.dialect == "sqlite" { Dialect::Sqlite } else { Dialect::Postgresql }
}

/// `op.execute("…")`; a colon would begin a parameter.
fn execute(sql: &str) -> String {
    let escaped = sql.replace("::", "\u{0}").replace(':', "\\:").replace('\u{0}', "::");
    format!("op.execute({})", python(&escaped))
}

/// A string of Python.
fn python(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
