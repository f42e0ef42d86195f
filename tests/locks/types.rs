//! What a change of type costs, compared with the servers.

use alembic_doctor::sql::types::Cost;
use alembic_doctor::sql::{self, Answer, Context, Name, types};

use super::on_each;
use super::session::Session;

/// Old and new types. The first group is row 14 of what linters get wrong, the rest its neighbours.
const CHANGES: &str = "
varchar(50)>varchar(100) varchar(50)>varchar varchar(50)>text varchar>text text>varchar text>varchar(50)
varchar(50)>varchar(50) varchar(50)>varchar(20) varchar>varchar(50) varchar(20)>char(20) varchar(20)>bpchar
numeric(10,2)>numeric(12,2) numeric(10,2)>numeric numeric(10,2)>numeric(12,4) numeric(10,2)>numeric(8,2)
numeric(10,2)>numeric(12,1) numeric>numeric(10,2) numeric(10)>numeric(12) numeric(5)>decimal(5,0)
integer>bigint smallint>integer bigint>integer integer>smallint integer>numeric integer>text integer>oid oid>integer
integer>real real>float8 float8>real float(20)>real float(30)>float8 numeric>float8 smallint>oid bigint>oid
char(10)>char(20) char(10)>char(5) char(10)>text char(10)>varchar char(10)>varchar(20) text>char(10) char>char(1)
char(10)>bpchar bpchar>char(10) bpchar>text bpchar>varchar text>bpchar
timestamp>timestamptz timestamptz>timestamp timestamp(3)>timestamptz timestamp(3)>timestamptz(3)
timestamp(6)>timestamptz(6) timestamp>timestamptz(6) timestamp>timestamptz(3)
timestamp>timestamp(3) timestamp(3)>timestamp timestamp(3)>timestamp(6) timestamp(6)>timestamp(3) timestamp>timestamp(6)
timestamptz(3)>timestamptz(6) timestamptz(3)>timestamptz timestamp>date date>timestamp date>timestamptz
time>time(3) time(3)>time time(3)>time(6) time>timetz timetz(3)>timetz interval>interval(3) interval(3)>interval
bit(8)>bit(8) bit(8)>bit(16) bit(8)>varbit bit(8)>varbit(16) varbit(8)>varbit(16) varbit(8)>varbit varbit>varbit(8)
varbit(8)>bit(8) cidr>inet inet>cidr inet>text json>jsonb json>text jsonb>text text>jsonb xml>text xml>varchar
boolean>integer boolean>text text>bytea uuid>text text>uuid text>name name>text \"char\">text macaddr>macaddr8
money>numeric point>text tsvector>text json>json money>money
varchar(10)[]>varchar(20)[] varchar(10)[]>varchar[] varchar(10)[]>text[] text[]>varchar[] text[]>text[]
integer[]>bigint[] numeric(10,2)[]>numeric(12,2)[] numeric(10,2)[]>numeric[] timestamp(3)[]>timestamp[]
timestamp[]>timestamptz[]
";

/// These need an extension that not every server has.
const CITEXT: &str = "citext>text text>citext varchar(10)>citext citext>varchar citext>varchar(10) varchar>citext";

#[test]
fn changes_of_type_cost_what_the_servers_do() {
    on_each(|server| {
        let database = server.database();
        let session = Session::open(server, &database.name);
        let has_citext = session.run("CREATE EXTENSION citext").is_ok();
        let citext = if has_citext { CITEXT } else { "" };
        let mut wrong = Vec::new();
        for change in CHANGES.split_whitespace().chain(citext.split_whitespace()) {
            let (from, to) = change.split_once('>').unwrap();
            let zones: &[&str] = if change.contains("timestamp") { &["UTC", "Europe/Berlin"] } else { &["UTC"] };
            for zone in zones {
                let measured = measure(&session, from, to, zone);
                let claimed = types::cost(from, to, Some(*zone == "UTC"));
                let in_full = by_statement(from, to, zone);
                let is_right = match measured.as_ref() {
                    Ok(Work { rewrite, index, scan }) => {
                        let expected = match (rewrite, index) {
                            (true, _) => Cost::Rewrite,
                            (false, Some(true)) => Cost::Indexes,
                            (false, Some(false)) => Cost::Catalog,
                            // No index can be made on the old or the new type.
                            (false, None) => Cost::Catalog,
                        };
                        claimed == expected && in_full == (yes(*rewrite), yes(*scan))
                    }
                    Err(_) => false,
                };
                if !is_right {
                    wrong.push(format!("{change} in {zone}: {claimed:?} ({in_full:?}) claimed, {measured:?} measured"));
                }
            }
        }
        wrong
    });
}

/// The servers list which types have the same rows; none of these may be taken for a rewrite.
#[test]
fn types_with_the_same_rows_are_known() {
    on_each(|server| {
        let database = server.database();
        let session = Session::open(server, &database.name);
        let asked = "SELECT format_type(castsource, NULL), format_type(casttarget, NULL) FROM pg_cast
            WHERE castmethod = 'b'";
        let pairs = session.run(asked).unwrap();
        assert!(pairs.len() > 20);
        let is_wrong = |(from, to): &(String, String)| {
            // `character` and `bit` as the catalog means them are without a length, as SQL cannot say them.
            let unsayable = ["character", "bit"];
            !unsayable.contains(&to.as_str()) && types::cost(from, to, None) == Cost::Rewrite
        };
        let pairs = pairs.into_iter().map(|row| (row[0].clone().unwrap(), row[1].clone().unwrap()));
        pairs.filter(is_wrong).map(|(from, to)| format!("{from} to {to} keeps the rows")).collect()
    });
}

#[derive(Debug)]
struct Work {
    rewrite: bool,
    /// Whether the index was built anew; none where the type can have none.
    index: Option<bool>,
    scan: bool,
}

fn yes(it: bool) -> Answer {
    if it { Answer::Yes } else { Answer::No }
}

fn measure(session: &Session, from: &str, to: &str, zone: &str) -> Result<Work, String> {
    session.run("DROP TABLE IF EXISTS changed")?;
    session.run(&format!(
        "CREATE TABLE changed (k int, a {from}); INSERT INTO changed (k) SELECT generate_series(1, 20)"
    ))?;
    let has_index = session.run("CREATE INDEX changed_a ON changed (a)").is_ok();
    let files = "SELECT relname, relfilenode FROM pg_class WHERE relname IN ('changed', 'changed_a') ORDER BY 1";
    let read = "SELECT coalesce(sum(seq_tup_read), 0) FROM pg_stat_xact_user_tables WHERE relname = 'changed'";
    session.run(&format!("SET timezone = '{zone}'"))?;
    let before = session.run(files)?;
    session.run("BEGIN")?;
    let read_before = session.run(read)?;
    // Some types only change when they are told how; the cast is what the module takes for "no USING".
    let tries = [String::new(), format!(" USING a::{to}")];
    let mut outcome = Err(String::new());
    for using in tries {
        session.run("SAVEPOINT here")?;
        outcome = session.run(&format!("ALTER TABLE changed ALTER COLUMN a TYPE {to}{using}"));
        if outcome.is_ok() {
            break;
        }
        session.run("ROLLBACK TO here")?;
    }
    let work = outcome.and_then(|_| {
        let after = session.run(files)?;
        Ok(Work {
            rewrite: before[0] != after[0],
            index: has_index.then(|| before[1] != after[1]),
            scan: session.run(read)? != read_before,
        })
    });
    session.run("ROLLBACK")?;
    work
}

/// The same through a whole statement: rewrite and scan.
fn by_statement(from: &str, to: &str, zone: &str) -> (Answer, Answer) {
    let mut context = Context { utc: Some(zone == "UTC"), ..Context::default() };
    context.column_types.insert((Name::new("changed"), "a".to_owned()), from.to_owned());
    context.foreign_keys.insert(Name::new("changed"), Vec::new());
    let text = format!("ALTER TABLE changed ALTER COLUMN a TYPE {to} USING a::{to}");
    let effects = sql::effects(&sql::statements(&text)[0], 15, &context);
    let effect = effects.known.into_iter().next().unwrap();
    (effect.rewrite, effect.scan)
}
