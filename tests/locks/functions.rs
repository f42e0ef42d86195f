//! The lists of functions, compared with the servers' catalogs.

use alembic_doctor::sql::{self, Action, Command, Volatility};

use super::on_each;
use super::session::Session;

/// Every built-in function with its volatility: `v` where any function of that name is volatile.
const FUNCTIONS: &str = "
SELECT proname, max(CASE provolatile WHEN 'v' THEN 'v' ELSE 's' END) FROM pg_proc
WHERE pronamespace = 'pg_catalog'::regnamespace AND prokind = 'f' AND NOT proretset
AND proname ~ '^[a-z_][a-z0-9_]*$' GROUP BY proname";

#[test]
fn no_function_is_taken_for_less_volatile_than_it_is() {
    on_each(|server| {
        let database = server.database();
        let session = Session::open(server, &database.name);
        let mut wrong = Vec::new();
        let mut known = 0;
        for row in session.run(FUNCTIONS).unwrap() {
            let (name, volatile) = (row[0].clone().unwrap(), row[1].as_deref() == Some("v"));
            let Some(volatility) = of_default(&format!("{name}()")) else { continue };
            known += usize::from(!matches!(volatility, Volatility::Unknown(_)));
            if volatile && volatility == Volatility::OneValue || !volatile && volatility == Volatility::PerRow {
                wrong.push(format!("{name}: {volatility:?}, and it is {row:?}"));
            }
        }
        if known < 130 {
            wrong.push(format!("only {known} built-in functions are known"));
        }
        wrong
    });
}

/// None where the grammar does not take the name as that of a function.
fn of_default(call: &str) -> Option<Volatility> {
    let statement = sql::statements(&format!("ALTER TABLE t ADD COLUMN a text DEFAULT {call}")).remove(0);
    let Command::AlterTable(alter) = statement.command else { return None };
    match alter.actions.as_slice() {
        [Action::AddColumn { column, .. }] => column.default.as_ref().map(|default| default.volatility.clone()),
        _ => None,
    }
}
