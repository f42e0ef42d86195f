use super::*;

fn named(text: &str, options: &Options) -> Vec<String> {
    lint(text, options).into_iter().map(|violation| violation.rule).collect()
}

fn by_default(text: &str) -> Vec<String> {
    named(text, &Options::default())
}

#[test]
fn the_table_names_every_rule_that_is_on_in_squawk() {
    let missing: Vec<_> = Linter::with_default_rules()
        .rules
        .into_iter()
        .map(name)
        .filter(|name| !RULES.iter().any(|rule| rule.name == name))
        .collect();
    assert_eq!(missing, [""; 0]);
    for rule in RULES {
        assert!(is_rule(rule.name), "{}", rule.name);
        assert_eq!(RULES.iter().filter(|other| other.name == rule.name).count(), 1, "{}", rule.name);
    }
}

#[test]
fn the_example_of_a_rule_violates_it() {
    for rule in RULES.iter().filter(|rule| rule.on) {
        // One of them is about what PostgreSQL 19 brings.
        let options = Options { version: 19, ..Options::default() };
        let mut found = named(rule.example, &options);
        found.dedup();
        assert_eq!(found, [rule.name], "{}", rule.example);
    }
}

#[test]
fn a_violation_has_the_place_and_the_words_of_squawk() {
    let text = "SELECT 'ä';\nALTER TABLE t DROP COLUMN b;";
    let [violation] = lint(text, &Options::default()).try_into().unwrap();
    assert_eq!(violation.rule, "ban-drop-column");
    assert_eq!(text.get(violation.span.start..violation.span.end), Some("DROP COLUMN b"));
    assert!(violation.message.contains("break existing clients"), "{}", violation.message);
}

#[test]
fn comments_of_squawk_count() {
    assert_eq!(by_default("-- squawk-ignore ban-drop-column\nALTER TABLE t DROP COLUMN b;"), [""; 0]);
    assert_eq!(by_default("-- squawk-ignore ban-dorp-column\nSELECT 1;"), ["unused-ignore"]);
    let exclude = vec!["unused-ignore".to_owned()];
    assert_eq!(named("-- squawk-ignore x\nSELECT 1;", &Options { exclude, ..Options::default() }), [""; 0]);
}

#[test]
fn what_alembic_renders_is_no_violation() {
    let rendered = "\
BEGIN;

CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

-- Running upgrade  -> a1

COMMIT;

CREATE INDEX CONCURRENTLY ix ON orders (user_id);

BEGIN;

INSERT INTO alembic_version (version_num) VALUES ('a1') RETURNING alembic_version.version_num;

COMMIT;
";
    let options = Options { version_table: Some(Name::new("alembic_version")), ..Options::default() };
    assert_eq!(named(rendered, &options), [""; 0]);
}

#[test]
fn new_tables_are_spared() {
    let text = "CREATE TABLE t (id int); ALTER TABLE t ADD CONSTRAINT u UNIQUE (id); CREATE INDEX i ON t (id);";
    assert_eq!(by_default(text), [""; 0]);
    let alter = "ALTER TABLE t ADD CONSTRAINT u UNIQUE (id);";
    assert_eq!(by_default(alter), ["disallowed-unique-constraint"]);
    let created = BTreeSet::from([Name::new("t")]);
    assert_eq!(named(alter, &Options { created, ..Options::default() }), [""; 0]);
}

#[test]
fn a_constraint_is_reported_once() {
    for (constraint, rule) in [
        ("FOREIGN KEY (a) REFERENCES p (id)", "adding-foreign-key-constraint"),
        ("UNIQUE (a)", "disallowed-unique-constraint"),
        ("PRIMARY KEY (a)", "adding-serial-primary-key-field"),
        ("CHECK (a > 0)", "constraint-missing-not-valid"),
    ] {
        assert_eq!(by_default(&format!("ALTER TABLE t ADD CONSTRAINT c {constraint};")), [rule]);
    }
}

#[test]
fn timeouts_and_style_are_wanted_or_not() {
    let text = "ALTER TABLE t ADD COLUMN b int;";
    assert_eq!(by_default(text), [""; 0]);
    let include = ["require-lock-timeout", "prefer-bigint-over-int"].map(str::to_owned).to_vec();
    let mut options = Options { include, ..Options::default() };
    assert_eq!(named(text, &options).len(), 2);
    options.lock_timeout_is_set = true;
    assert_eq!(named(text, &options), ["prefer-bigint-over-int"]);
    options.exclude = vec!["prefer-bigint-over-int".to_owned()];
    assert_eq!(named(text, &options), [""; 0]);
}

#[test]
fn the_version_decides() {
    let text = "ALTER TABLE t ADD COLUMN b int DEFAULT 5;";
    assert_eq!(named(text, &Options { version: 10, ..Options::default() }), ["adding-field-with-default"]);
    assert_eq!(named(text, &Options { version: 12, ..Options::default() }), [""; 0]);
}

#[test]
fn what_is_no_sql_hides_nothing_else() {
    let text = "ALTER TABEL x; ALTER TABLE t DROP COLUMN b; \\d\n";
    assert_eq!(by_default(text), ["ban-drop-column"]);
    let deep = format!("SELECT {}1{}; ALTER TABLE t DROP COLUMN b", "(".repeat(5_000), ")".repeat(5_000));
    assert_eq!(by_default(&deep), ["ban-drop-column"]);
}

#[test]
fn columns_that_fill_themselves_or_refer_to_nothing_are_spared() {
    for (column, expected) in [
        ("n serial NOT NULL", [].as_slice()),
        ("n int GENERATED ALWAYS AS IDENTITY NOT NULL", &["adding-field-with-default"]),
        ("n int NOT NULL", &["adding-required-field"]),
        ("n int REFERENCES p", &[]),
        ("n int DEFAULT 1 REFERENCES p", &["adding-foreign-key-constraint"]),
        ("n int, ADD CONSTRAINT f FOREIGN KEY (m) REFERENCES p", &["adding-foreign-key-constraint"]),
    ] {
        assert_eq!(by_default(&format!("ALTER TABLE t ADD COLUMN {column}")), expected, "{column}");
    }
}
