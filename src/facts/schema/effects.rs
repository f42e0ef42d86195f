//! What one revision would change, and how much of that has been done already.

use super::presence::{self, Presence, View};
use super::{Line, Made};
use crate::operation::Step;
use crate::operation::model::Operation;
use crate::schema::{Part, Schema, Status};

/// What a revision changes that can be seen in the catalog.
#[derive(Debug, Clone, PartialEq)]
pub struct Effects {
    /// The revision.
    pub revision: String,
    /// In the order of its file.
    pub effects: Vec<Effect>,
    /// Steps of which nothing can be seen, or of which it is not known what they do.
    pub unseen: usize,
}

/// One change.
#[derive(Debug, Clone, PartialEq)]
pub struct Effect {
    /// What is made or removed.
    pub made: Made,
    /// Whether it is removed.
    pub removes: bool,
    /// Whether that has been done.
    pub is_done: bool,
    /// The schema in which it is, if it is there.
    pub schema: Option<String>,
    /// What an applied revision has made under the same name: then it is no leftover of this one.
    pub owner: Option<Made>,
}

impl Effects {
    /// Whether something is there that only this revision makes: it would fail.
    pub fn is_begun(&self) -> bool {
        self.effects.iter().any(|effect| effect.is_done && !effect.removes)
    }

    /// Whether everything that can be seen has been done.
    pub fn is_complete(&self) -> bool {
        self.effects.iter().all(|effect| effect.is_done)
    }
}

/// The effects of the revision at `place` on `before`; `None` if none can be seen.
pub(super) fn of(line: &Line<'_>, catalog: &View<'_>, before: &Schema, place: usize) -> Option<Effects> {
    let body = &line.operations(place)?.upgrade;
    let mut after = before.clone();
    line.play(&mut after, place);
    let mut effects: Vec<Effect> = Vec::new();
    let mut seen = Vec::new();
    for (name, table) in after.tables() {
        let parts = table.parts.iter().map(|(part, status)| (Some(part), *status));
        let own = table.status.map(|status| (None, status));
        let is_new = own.is_some_and(|(_, status)| status.is_present() && status.origin().revision == place);
        for (part, status) in own.into_iter().chain(parts) {
            let origin = status.origin();
            if origin.revision != place || matches!(part, Some(Part::NotNull(_))) {
                continue;
            }
            // The columns of a new table come with it.
            if is_new && part.is_some() && table.status.is_some_and(|status| status.origin().span == origin.span) {
                continue;
            }
            let was = before.status(name, part);
            let presence = match part {
                Some(part) => presence::of_part(catalog, name, part),
                None => presence::of_table(catalog, name),
            };
            let is_there = match presence {
                Presence::There => true,
                Presence::Absent => false,
                // A part of a table that is not there is not there either.
                Presence::Unknown if presence::of_table(catalog, name) == Presence::Absent => false,
                Presence::Unknown => continue,
            };
            let removes = matches!(status, Status::Gone(_));
            // Whether it was there before is not known, so neither is who removed it.
            if removes && !was.is_some_and(Status::is_present) {
                continue;
            }
            if !removes && !line.is_strict(name, part, origin) {
                continue;
            }
            seen.push(origin.span);
            let owner = was.filter(|was| !removes && was.is_present()).map(|was| line.made(name, part, was.origin()));
            let (made, is_done) = (line.made(name, part, origin), is_there != removes);
            let schema = presence::schema_of(catalog, name).map(str::to_owned);
            effects.push(Effect { made, removes, is_done, schema, owner });
        }
    }
    effects.sort_by_key(|effect| effect.made.location.span.start);
    let unseen = body.steps.iter().filter(|step| !seen.contains(&step.called_from.unwrap_or(step.span))).count();
    (!effects.is_empty()).then(|| Effects { revision: line.id(place).to_owned(), effects, unseen })
}

/// `if_not_exists`, `if_exists`: it does not fail when it has been done before.
pub(super) fn is_guarded(step: &Step) -> bool {
    match &step.operation {
        Operation::CreateTable(create) => create.if_not_exists,
        Operation::DropTable(drop) => drop.if_exists,
        Operation::AddColumn(add) => add.if_not_exists,
        Operation::DropColumn(drop) => drop.if_exists,
        Operation::CreateIndex(create) => create.if_not_exists,
        Operation::DropIndex(drop) => drop.if_exists,
        Operation::DropConstraint(drop) => drop.if_exists,
        _ => false,
    }
}
