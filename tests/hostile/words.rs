//! SQL of words in any order: most of it is wrong, and none of it may stop the parser.

use proptest::prelude::*;

use super::readers::sql;

#[rustfmt::skip]
const WORDS: &[&str] = &[
    "ALTER", "TABLE", "t", "ADD", "COLUMN", "c", "int", "DEFAULT", "5", "NOT", "NULL", "CHECK", "(", ")", ",", ";",
    "CREATE", "INDEX", "CONCURRENTLY", "ON", "UNIQUE", "DROP", "IF", "EXISTS", "CASCADE", "CONSTRAINT", "FOREIGN",
    "KEY", "REFERENCES", "p", "VALID", "VALIDATE", "TYPE", "USING", "::", "varchar", "[", "]", "SELECT", "FROM",
    "WHERE", "UPDATE", "SET", "=", "INSERT", "INTO", "VALUES", "DELETE", "WITH", "AS", "JOIN", "UNION", "'a'", "\"q\"",
    "$$ x $$", "$1", ":b", ".", "*", "-", "BEGIN", "ATOMIC", "END", "CASE", "WHEN", "THEN", "COMMIT", "GRANT", "TO",
    "FUNCTION", "RETURNS", "LANGUAGE", "sql", "VIEW", "OR", "REPLACE", "TRIGGER", "POLICY", "COMMENT", "IS", "LOCK",
    "IN", "MODE", "ENUM", "VALUE", "PARTITION", "OF", "FOR", "RENAME", "SCHEMA", "OWNER", "EXTENSION", "DO", "COPY",
    "stdin", "\n\\.\n", "\\x", "-- c\n", "/*", "*/", "'", "\"", "E'\\", "é", "squawk-ignore", "-- squawk-ignore a, b\n",
    "TIMESTAMP", "WITH TIME ZONE", "INTERVAL", "GENERATED", "ALWAYS", "IDENTITY", "EXCLUDE", "%", "@", "U&'\\x'",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn words_in_any_order_are_read(words in prop::collection::vec(prop::sample::select(WORDS), 0..40)) {
        sql::check(words.join(" ").as_bytes());
        sql::check(words.concat().as_bytes());
    }
}
