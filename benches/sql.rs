//! What 1,000 small statements cost: reading them, their effects, Squawk's rules.
//!
//! Run with `cargo bench --bench sql`.
#![allow(missing_docs)]

use alembic_doctor::sql::{Context, Options, effects, lint, statements};

fn main() {
    divan::main();
}

const KINDS: [&str; 8] = [
    "ALTER TABLE orders_N ADD COLUMN note varchar(50) DEFAULT 'x' NOT NULL",
    "CREATE INDEX ix_N ON orders_N (user_id)",
    "ALTER TABLE orders_N ADD CONSTRAINT fk_N FOREIGN KEY (user_id) REFERENCES users (id)",
    "UPDATE orders_N SET total = 0 WHERE total IS NULL",
    "ALTER TABLE orders_N ALTER COLUMN note TYPE text",
    "DROP TABLE orders_N",
    "CREATE TABLE t_N (id serial PRIMARY KEY, user_id integer NOT NULL REFERENCES users (id), note text)",
    "ALTER TABLE orders_N DROP COLUMN note",
];

/// 1,000 statements, as a project has them: each a text of its own.
fn texts() -> Vec<String> {
    KINDS.iter().cycle().take(1_000).enumerate().map(|(number, kind)| kind.replace('N', &number.to_string())).collect()
}

#[divan::bench]
fn read(bencher: divan::Bencher<'_, '_>) {
    let texts = texts();
    bencher.bench_local(|| texts.iter().map(|text| statements(text).len()).sum::<usize>());
}

#[divan::bench]
fn read_and_judge(bencher: divan::Bencher<'_, '_>) {
    let texts = texts();
    let context = Context::default();
    bencher.bench_local(|| {
        let read = texts.iter().flat_map(|text| statements(text));
        read.map(|statement| effects(&statement, 15, &context).known.len()).sum::<usize>()
    });
}

#[divan::bench]
fn lint_one_by_one(bencher: divan::Bencher<'_, '_>) {
    let texts = texts();
    let options = Options::default();
    bencher.bench_local(|| texts.iter().map(|text| lint(text, &options).len()).sum::<usize>());
}

#[divan::bench]
fn lint_in_one_text(bencher: divan::Bencher<'_, '_>) {
    let text = texts().join(";\n");
    let options = Options::default();
    bencher.bench_local(|| lint(&text, &options).len());
}
