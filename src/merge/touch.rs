//! What each operation touches.

use std::collections::BTreeSet;

use super::keys::in_key;
use super::names::{Names, plain};
use super::rows::Rows;
use super::thing::{Leaves, Need, Property, Thing, Touch, Value};
use super::value;
use crate::operation::model::{
    AddColumn, AlterColumn, BulkInsert, Column, Constraint, ConstraintKind, CreateIndex, CreateTable, Default,
    DropColumn, DropConstraint, DropIndex, EnumType, Index, Name, Operation, SqlExpr, Step, TableName, TypeExpr,
    TypeKind,
};
use crate::schema::{Part, Schema, Table, mention};
use crate::source::SourceFile;

/// What one operation touches.
#[derive(Debug, Default)]
pub(super) struct Touches {
    pub(super) things: Vec<Touch>,
    /// Rows that it reads or changes.
    pub(super) rows: Vec<Rows>,
    /// Keys that may go; the columns are empty where they are not known.
    pub(super) keys_gone: Vec<(TableName, Vec<String>)>,
    /// Tables with a constraint that it needs, and that may go with any column.
    pub(super) unclear_constraints: Vec<TableName>,
    /// What it may do beyond that: a reason, and the text that would name it.
    pub(super) unknown: Option<(String, String)>,
}

/// Follows the operations of one side.
pub(super) struct Reader<'a> {
    pub(super) is_postgresql: bool,
    /// What is certain where the sides part.
    pub(super) schema: &'a Schema,
    pub(super) names: Names,
    pub(super) source: &'a SourceFile,
}

impl Reader<'_> {
    /// What the step touches; renames are remembered for the steps that follow.
    pub(super) fn read(&mut self, step: &Step) -> Touches {
        let mut touches = Touches::default();
        let things = &mut touches.things;
        let whole = value::of_step(step, self.source);
        match &step.operation {
            Operation::CreateTable(create) => self.create_table(create, whole, things),
            Operation::DropTable(drop) => {
                let table = self.names.table(&drop.table);
                let need = if drop.if_exists { Need::Nothing } else { Need::Present };
                things.push(Touch::new(Thing::Relation(table.clone()), need, Leaves::Gone));
                if self.is_postgresql {
                    things.push(Touch::new(Thing::Dependents(table), Need::Absent, Leaves::AsIs));
                }
            }
            Operation::RenameTable(rename) => {
                let new = TableName { schema: rename.table.schema.clone(), name: rename.new_name.clone() };
                self.rename_table(&rename.table, new, things);
            }
            Operation::CommentTable(comment) => {
                let table = self.used(&comment.table, things);
                things.push(Touch::new(Thing::Comment(table), Need::Nothing, Leaves::There(whole)));
            }
            Operation::AddColumn(add) => self.add_column(add, whole, things),
            Operation::DropColumn(drop) => self.drop_column(drop, things),
            Operation::AlterColumn(alter) => self.alter_column(alter, step, things),
            Operation::CreateIndex(create) => self.create_index(create, whole, things),
            Operation::DropIndex(drop) => {
                self.drop_index(drop, things);
                touches.keys_gone = self.key_of_index(drop);
            }
            Operation::AddConstraint(add) => self.add_constraint(&add.table, &add.constraint, things),
            Operation::DropConstraint(drop) => {
                self.drop_constraint(drop, things);
                touches.unclear_constraints.extend(
                    drop.name
                        .as_ref()
                        .filter(|_| !drop.if_exists)
                        .and_then(|name| self.unclear_constraint(&drop.table, &name.text)),
                );
                let is_key = !matches!(drop.r#type.as_deref(), Some("check" | "foreignkey"));
                if let Some(name) = drop.name.as_ref().filter(|_| is_key) {
                    touches.keys_gone = vec![self.key(&drop.table, Part::Constraint(name.text.clone()))];
                }
            }
            Operation::CreateEnum { r#type, check_first } => self.create_type(r#type, *check_first, things),
            Operation::DropEnum { r#type, check_first } => {
                if let Some(name) = self.type_name(r#type) {
                    let need = if *check_first { Need::Nothing } else { Need::Present };
                    things.push(Touch::new(Thing::Type(name), need, Leaves::Gone));
                }
            }
            Operation::BulkInsert(insert) => {
                let table = self.used(&insert.table, things);
                touches.rows.push(Rows::inserted(table, &columns_of_rows(insert)));
            }
            Operation::Data(data) => match &data.table {
                Some(table) => {
                    let table = self.used(table, things);
                    touches.rows.push(Rows::of_python(table, data.verb, &data.written));
                }
                None => touches.unknown = Some(("which rows it is about is not known".into(), data.written.clone())),
            },
            Operation::Sql(sql) => return self.sql(&sql.text),
            Operation::Raise { text } => touches.unknown = Some(("the revision stops here".into(), text.clone())),
            Operation::Opaque { reason } => {
                touches.unknown = Some((reason.clone(), self.source.text().to_owned()));
            }
        }
        touches
    }

    /// The table as the fork has it; it must be there.
    pub(super) fn used(&self, table: &TableName, things: &mut Vec<Touch>) -> TableName {
        let table = self.names.table(table);
        things.push(Touch::uses(Thing::Relation(table.clone())));
        table
    }

    /// `new` is the whole name; what is in another schema then has its indexes there too.
    pub(super) fn rename_table(&mut self, table: &TableName, new: TableName, things: &mut Vec<Touch>) {
        let old = self.names.table(table);
        let new = plain(&new);
        if new == plain(table) {
            things.push(Touch::uses(Thing::Relation(old)));
            return;
        }
        let what = Value::Known(format!("{old} renamed"));
        if new.schema != old.schema {
            for name in self.schema.table(&old).map(Table::indexes).unwrap_or_default() {
                let of = |schema: &Option<String>| TableName { schema: schema.clone(), name: name.to_owned() };
                things.push(Touch::new(Thing::Relation(of(&old.schema)), Need::Nothing, Leaves::Gone));
                let moved = Leaves::There(what.clone());
                things.push(Touch::new(Thing::Relation(of(&new.schema)), Need::Absent, moved));
            }
        }
        things.push(Touch::new(Thing::Relation(old), Need::Present, Leaves::Gone));
        things.push(Touch::new(Thing::Relation(new.clone()), Need::Absent, Leaves::There(what)));
        self.names.rename_table(table, new);
    }

    pub(super) fn rename_column(&mut self, table: &TableName, old: &str, new: &str, things: &mut Vec<Touch>) {
        let fork = self.names.column(table, old);
        let what = Value::Known(format!("{fork} renamed"));
        things.push(Touch::new(Thing::Column(table.clone(), fork), Need::Present, Leaves::Gone));
        things.push(Touch::new(Thing::Column(table.clone(), new.to_owned()), Need::Absent, Leaves::There(what)));
        self.names.rename_column(table, old, new);
    }

    fn create_table(&self, create: &CreateTable, whole: Value, things: &mut Vec<Touch>) {
        let table = plain(&create.table);
        for column in &create.columns {
            if let Some(r#type) = column.r#type.as_ref().and_then(enumeration) {
                if r#type.create_type {
                    self.create_type(r#type, false, things);
                } else if let Some(name) = self.type_name(r#type) {
                    things.push(Touch::uses(Thing::Type(name)));
                }
            }
        }
        things.push(made(Thing::Relation(table.clone()), whole, create.if_not_exists));
        let mut keys = create.columns.iter().filter(|column| column.primary_key && column.autoincrement != Some(false));
        if let (Some(key), None) = (keys.next(), keys.next()) {
            things.extend(self.serial(&table, &key.name));
        }
        let constraints = create.columns.iter().flat_map(|column| &column.constraints).chain(&create.constraints);
        for constraint in constraints {
            self.constraint_relation(&table, constraint, things);
            self.references(&table, constraint, things);
        }
        let named = create.indexes.iter().filter_map(|index| index.name.as_ref()).map(|name| name.text.clone());
        let own = create.columns.iter().filter(|column| column.index);
        let own = own.map(|column| format!("ix_{}_{}", table.name, column.name));
        for name in named.chain(own) {
            let name = TableName { schema: table.schema.clone(), name };
            let what = Value::Known(format!("index of {table}"));
            things.push(made(Thing::Relation(name), what, create.if_not_exists));
        }
    }

    fn add_column(&self, add: &AddColumn, whole: Value, things: &mut Vec<Touch>) {
        let table = self.used(&add.table, things);
        self.column_needs(&table, &add.column, things);
        let name = add.column.name.clone();
        things.push(made(Thing::Column(table.clone(), name.clone()), whole, add.if_not_exists));
        if add.column.index {
            let index = TableName { schema: table.schema.clone(), name: format!("ix_{}_{name}", table.name) };
            let what = Value::Known(format!("index of {table}.{name}"));
            things.push(made(Thing::Relation(index), what, false));
        }
        for constraint in &add.column.constraints {
            self.constraint_relation(&table, constraint, things);
            self.references(&table, constraint, things);
        }
    }

    fn column_needs(&self, table: &TableName, column: &Column, things: &mut Vec<Touch>) {
        if let Some(Default::Sql(SqlExpr::Text(text))) = &column.server_default {
            self.sequences(text, things);
        }
        if let Some(Default::Computed(computed)) = &column.server_default {
            let words = words_of(&computed.expression);
            let columns = words.iter().map(|word| self.names.column(table, word));
            things.extend(columns.map(|column| counted(Thing::Views(table.clone(), column))));
            self.used_words(table, words, things);
        }
        let r#type = column.r#type.as_ref().and_then(enumeration).and_then(|r#type| self.type_name(r#type));
        things.extend(r#type.map(|name| Touch::uses(Thing::Type(name))));
    }

    fn drop_column(&self, drop: &DropColumn, things: &mut Vec<Touch>) {
        let table = self.used(&drop.table, things);
        let column = self.names.column(&table, &drop.column);
        self.column_gone(&table, &column, drop.if_exists, things);
    }

    /// The column goes, and what is about it alone goes with it.
    pub(super) fn column_gone(&self, table: &TableName, column: &str, if_exists: bool, things: &mut Vec<Touch>) {
        let need = if if_exists { Need::Nothing } else { Need::Present };
        things.push(Touch::new(Thing::Column(table.clone(), column.to_owned()), need, Leaves::Gone));
        if !self.is_postgresql {
            return;
        }
        let dependents = Thing::ColumnDependents(table.clone(), column.to_owned());
        things.push(Touch::new(dependents, Need::Absent, Leaves::AsIs));
        self.no_views(table, column, things);
        let known = self.schema.table(table);
        for part in known.map(|known| known.parts_about(column)).unwrap_or_default() {
            match part {
                Part::Index(name) => {
                    let index = TableName { schema: table.schema.clone(), name: name.clone() };
                    things.push(Touch::new(Thing::Relation(index), Need::Nothing, Leaves::Gone));
                }
                Part::Constraint(name) => {
                    let constraint = Thing::Constraint(table.clone(), name.clone());
                    things.push(Touch::new(constraint, Need::Nothing, Leaves::Gone));
                }
                Part::Column(_) | Part::NotNull(_) => {}
            }
        }
    }

    /// PostgreSQL keeps a column as it is while a view reads it.
    pub(super) fn no_views(&self, table: &TableName, column: &str, things: &mut Vec<Touch>) {
        if self.is_postgresql {
            let views = Thing::Views(table.clone(), column.to_owned());
            things.push(Touch::new(views, Need::Absent, Leaves::AsIs));
        }
    }

    fn alter_column(&mut self, alter: &AlterColumn, step: &Step, things: &mut Vec<Touch>) {
        let table = self.used(&alter.table, things);
        let column = self.names.column(&table, &alter.column);
        things.push(Touch::uses(Thing::Column(table.clone(), column.clone())));
        let r#type = alter.new_type.new_value().and_then(enumeration).and_then(|r#type| self.type_name(r#type));
        things.extend(r#type.map(|name| Touch::uses(Thing::Type(name))));
        if self.is_postgresql && alter.nullable.new_value() == Some(&true) {
            things.push(Touch::new(in_key(&table, &column), Need::Absent, Leaves::AsIs));
        }
        if let Some(Some(Default::Sql(SqlExpr::Text(text)))) = alter.server_default.new_value() {
            self.sequences(text, things);
        }
        if !alter.new_type.is_keep() {
            self.no_views(&table, &column, things);
        }
        for (property, keeps) in [
            (Property::Type, alter.new_type.is_keep()),
            (Property::Nullable, alter.nullable.is_keep()),
            (Property::Default, alter.server_default.is_keep()),
            (Property::Comment, alter.comment.is_keep()),
        ] {
            if !keeps {
                let only = Operation::AlterColumn(Box::new(value::only(alter, property)));
                let what = value::of_operation(&only, self.source.slice(step.span));
                let thing = Thing::Property(table.clone(), column.clone(), property);
                things.push(Touch::new(thing, Need::Nothing, Leaves::There(what)));
            }
        }
        if let Some(new) = alter.new_name.new_value().filter(|new| **new != alter.column) {
            self.rename_column(&table, &alter.column, new, things);
        }
    }

    fn create_index(&self, create: &CreateIndex, whole: Value, things: &mut Vec<Touch>) {
        let table = self.used(&create.table, things);
        self.used_columns(&table, &columns_of(&create.index), things);
        self.used_words(&table, create.index.elements.iter().flat_map(words_of), things);
        if let Some(name) = &create.index.name {
            let name = TableName { schema: table.schema.clone(), name: name.text.clone() };
            things.push(made(Thing::Relation(name), whole, create.if_not_exists));
        }
    }

    pub(super) fn used_columns(&self, table: &TableName, columns: &[String], things: &mut Vec<Touch>) {
        let names = columns.iter().map(|column| self.names.column(table, column));
        things.extend(names.map(|column| Touch::uses(Thing::Column(table.clone(), column))));
    }

    /// Words that may be columns: that matters only where the other side does something to a column
    /// of that name.
    pub(super) fn used_words(
        &self,
        table: &TableName,
        words: impl IntoIterator<Item = String>,
        things: &mut Vec<Touch>,
    ) {
        let columns: Vec<String> = words.into_iter().collect();
        self.used_columns(table, &columns, things);
    }

    fn drop_index(&self, drop: &DropIndex, things: &mut Vec<Touch>) {
        for table in self.tables_of_index(drop) {
            self.used(&table, things);
        }
        let Some(Name { text, .. }) = &drop.name else { return };
        let schema = drop.schema.clone().or_else(|| drop.table.as_ref().and_then(|table| table.schema.clone()));
        let name = plain(&TableName { schema, name: text.clone() });
        let need = if drop.if_exists { Need::Nothing } else { Need::Present };
        things.push(Touch::new(Thing::Relation(name), need, Leaves::Gone));
    }

    fn add_constraint(&self, table: &TableName, constraint: &Constraint, things: &mut Vec<Touch>) {
        let table = self.used(table, things);
        match &constraint.kind {
            ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns } => {
                self.used_columns(&table, columns, things);
            }
            ConstraintKind::ForeignKey(key) => self.used_columns(&table, &key.columns, things),
            ConstraintKind::Check { condition } => self.used_words(&table, words_of(condition), things),
            ConstraintKind::Exclude { .. } => {}
        }
        let what = value::of_constraint(&table, constraint, self.source);
        if let Some(name) = &constraint.name {
            // SQLite compares no names of constraints.
            let need = if self.is_postgresql { Need::Absent } else { Need::Nothing };
            let thing = Thing::Constraint(table.clone(), name.text.clone());
            things.push(Touch::new(thing, need, Leaves::There(what.clone())));
        }
        if let ConstraintKind::PrimaryKey { columns } = &constraint.kind {
            self.not_null_by_key(&table, columns, things);
            things.push(Touch::new(Thing::PrimaryKey(table.clone()), Need::Absent, Leaves::There(what)));
        }
        self.constraint_relation(&table, constraint, things);
        self.references(&table, constraint, things);
    }

    fn references(&self, table: &TableName, constraint: &Constraint, things: &mut Vec<Touch>) {
        let ConstraintKind::ForeignKey(key) = &constraint.kind else { return };
        self.referenced(table, &key.referred_table, &key.referred_columns, things);
    }

    /// A foreign key of `table` leads to `other`.
    pub(super) fn referenced(&self, table: &TableName, other: &TableName, columns: &[String], things: &mut Vec<Touch>) {
        let other = self.names.table(other);
        if other == *table {
            return;
        }
        things.push(Touch::uses(Thing::Relation(other.clone())));
        self.used_columns(&other, columns, things);
        if !self.is_postgresql {
            return;
        }
        things.push(counted(Thing::Dependents(other.clone())));
        things.push(counted(Thing::ReferredKey(other.clone(), columns.to_vec())));
        for column in columns {
            let column = self.names.column(&other, column);
            things.push(counted(Thing::ColumnDependents(other.clone(), column)));
        }
    }

    fn drop_constraint(&self, drop: &DropConstraint, things: &mut Vec<Touch>) {
        let table = self.used(&drop.table, things);
        let need = if drop.if_exists { Need::Nothing } else { Need::Present };
        if let Some(name) = &drop.name {
            things.push(Touch::new(Thing::Constraint(table.clone(), name.text.clone()), need, Leaves::Gone));
            if self.is_postgresql && !matches!(drop.r#type.as_deref(), Some("check" | "foreignkey")) {
                things.push(self.index_gone(&table, &name.text));
            }
        }
        if drop.r#type.as_deref() == Some("primary") {
            things.push(Touch::new(Thing::PrimaryKey(table), need, Leaves::Gone));
        }
    }

    fn create_type(&self, r#type: &EnumType, check_first: bool, things: &mut Vec<Touch>) {
        let Some(name) = self.type_name(r#type) else { return };
        let what = match &r#type.values {
            Some(labels) => Value::Known(labels.join("\n")),
            None => Value::Unclear(String::new()),
        };
        // A second column of the type does not make it again.
        if !things.iter().any(|touch| touch.thing == Thing::Type(name.clone())) {
            things.push(made(Thing::Type(name), what, check_first));
        }
    }

    /// The type's name on the server, if the server has one.
    fn type_name(&self, r#type: &EnumType) -> Option<TableName> {
        let name = r#type.name.clone().filter(|_| self.is_postgresql && r#type.native)?;
        Some(plain(&TableName { schema: r#type.schema.clone(), name }))
    }
}

/// One more of what is only counted.
pub(super) fn counted(thing: Thing) -> Touch {
    Touch::new(thing, Need::Nothing, Leaves::There(Value::Known(String::new())))
}

/// It is made: new, or unless it is there.
pub(super) fn made(thing: Thing, what: Value, unless_there: bool) -> Touch {
    if unless_there {
        Touch::new(thing, Need::Nothing, Leaves::Ensured(what))
    } else {
        Touch::new(thing, Need::Absent, Leaves::There(what))
    }
}

fn enumeration(r#type: &TypeExpr) -> Option<&EnumType> {
    match &r#type.on("postgresql").kind {
        TypeKind::Enum(r#type) => Some(r#type),
        TypeKind::Array { item, .. } => enumeration(item),
        TypeKind::Sql(_) | TypeKind::Other(_) => None,
    }
}

/// The columns that an index names as such.
pub(super) fn columns_of(index: &Index) -> Vec<String> {
    let column = |element: &SqlExpr| match element {
        SqlExpr::Column(name) => Some(name.clone()),
        _ => None,
    };
    index.elements.iter().filter_map(column).collect()
}

/// The words of an expression: the columns that it names are among them.
pub(super) fn words_of(expression: &SqlExpr) -> BTreeSet<String> {
    match expression {
        SqlExpr::Text(text) | SqlExpr::Other(text) => mention::words(text),
        SqlExpr::Column(name) => BTreeSet::from([name.clone()]),
        SqlExpr::Function { arguments, .. } => arguments.iter().flat_map(words_of).collect(),
        SqlExpr::Literal(_) | SqlExpr::True | SqlExpr::False | SqlExpr::Null => BTreeSet::new(),
    }
}

fn columns_of_rows(insert: &BulkInsert) -> String {
    let of_rows = insert.rows.iter().flatten().flatten().map(|setting| setting.name.as_str());
    of_rows.chain(insert.columns.iter().map(|column| column.name.as_str())).collect::<Vec<_>>().join(" ")
}
