//! Which built-in functions give one value for all rows of a statement.
//!
//! PostgreSQL evaluates the default of a new column once, and stores it in the catalog, unless the
//! expression is volatile; then it rewrites the table. The lists hold what occurs in migrations;
//! a test asks the real servers for each name.

use squawk_syntax::ast::normalize_name_node;
use squawk_syntax::{SyntaxKind, SyntaxNode};

/// Whether an expression has one value for all rows of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Volatility {
    /// One value: a constant, `now()`.
    OneValue,
    /// A value for each row: `gen_random_uuid()`.
    PerRow,
    /// It calls this function, about which nothing is known here.
    Unknown(String),
}

/// Built-in functions that are stable or immutable.
pub(super) const ONE_VALUE: &[&str] = &[
    "abs",
    "age",
    "array_append",
    "array_cat",
    "array_fill",
    "array_length",
    "array_position",
    "array_remove",
    "array_replace",
    "array_to_json",
    "array_to_string",
    "ascii",
    "bit_length",
    "btrim",
    "cardinality",
    "ceil",
    "ceiling",
    "char_length",
    "character_length",
    "chr",
    "concat",
    "concat_ws",
    "convert_from",
    "convert_to",
    "current_database",
    "current_schema",
    "current_setting",
    "date",
    "date_part",
    "date_trunc",
    "daterange",
    "decode",
    "div",
    "encode",
    "exp",
    "float8",
    "floor",
    "format",
    "initcap",
    "int4",
    "int4range",
    "int8",
    "int8range",
    "isfinite",
    "json_array_length",
    "json_build_array",
    "json_build_object",
    "json_extract_path_text",
    "json_object",
    "json_typeof",
    "jsonb_array_length",
    "jsonb_build_array",
    "jsonb_build_object",
    "jsonb_extract_path",
    "jsonb_extract_path_text",
    "jsonb_insert",
    "jsonb_object",
    "jsonb_set",
    "jsonb_strip_nulls",
    "jsonb_typeof",
    "left",
    "length",
    "ln",
    "log",
    "lower",
    "lpad",
    "ltrim",
    "make_date",
    "make_interval",
    "make_time",
    "make_timestamp",
    "make_timestamptz",
    "md5",
    "mod",
    "now",
    "nullif",
    "num_nonnulls",
    "num_nulls",
    "numeric",
    "numrange",
    "obj_description",
    "octet_length",
    "overlay",
    "pg_get_expr",
    "pg_typeof",
    "position",
    "power",
    "quote_ident",
    "quote_literal",
    "quote_nullable",
    "regexp_match",
    "regexp_replace",
    "regexp_split_to_array",
    "repeat",
    "replace",
    "reverse",
    "right",
    "round",
    "row_to_json",
    "rpad",
    "rtrim",
    "sha256",
    "sign",
    "split_part",
    "sqrt",
    "starts_with",
    "statement_timestamp",
    "string_to_array",
    "strpos",
    "substr",
    "substring",
    "text",
    "timezone",
    "to_char",
    "to_date",
    "to_hex",
    "to_json",
    "to_jsonb",
    "to_number",
    "to_regclass",
    "to_timestamp",
    "to_tsquery",
    "to_tsvector",
    "transaction_timestamp",
    "translate",
    "trim",
    "trunc",
    "tsrange",
    "tstzrange",
    "upper",
    "version",
    "width_bucket",
];

/// Functions that are volatile: built in, or of the extensions uuid-ossp and pgcrypto.
const PER_ROW: &[&str] = &[
    "clock_timestamp",
    "currval",
    "gen_random_bytes",
    "gen_random_uuid",
    "lastval",
    "nextval",
    "random",
    "random_normal",
    "setval",
    "timeofday",
    "uuid_generate_v1",
    "uuid_generate_v1mc",
    "uuid_generate_v4",
    "uuidv4",
    "uuidv7",
];

/// Aggregates and set-returning functions, which a query may call and a default may not.
const IN_QUERIES: &[&str] = &[
    "array_agg",
    "avg",
    "bit_and",
    "bit_or",
    "bool_and",
    "bool_or",
    "count",
    "cume_dist",
    "dense_rank",
    "every",
    "first_value",
    "generate_series",
    "generate_subscripts",
    "json_agg",
    "json_array_elements",
    "json_array_elements_text",
    "json_each",
    "json_each_text",
    "json_object_agg",
    "json_object_keys",
    "jsonb_agg",
    "jsonb_array_elements",
    "jsonb_array_elements_text",
    "jsonb_each",
    "jsonb_each_text",
    "jsonb_object_agg",
    "jsonb_object_keys",
    "jsonb_to_recordset",
    "lag",
    "last_value",
    "lead",
    "max",
    "min",
    "mode",
    "nth_value",
    "ntile",
    "percent_rank",
    "percentile_cont",
    "percentile_disc",
    "pg_advisory_lock",
    "pg_advisory_unlock",
    "pg_advisory_xact_lock",
    "pg_get_serial_sequence",
    "pg_sleep",
    "pg_try_advisory_lock",
    "pg_try_advisory_xact_lock",
    "rank",
    "regexp_matches",
    "regexp_split_to_table",
    "row_number",
    "set_config",
    "stddev",
    "string_agg",
    "sum",
    "unnest",
    "variance",
    "xmlagg",
];

/// What PostgreSQL's grammar makes of these is no function of the catalog.
const SYNTAX: &[&str] = &["coalesce", "greatest", "least", "nullif"];

/// The volatility of the expression below a node.
pub(super) fn of(node: &SyntaxNode) -> Volatility {
    let mut found = Volatility::OneValue;
    for function in calls(node) {
        if PER_ROW.contains(&function.as_str()) {
            return Volatility::PerRow;
        }
        if !ONE_VALUE.contains(&function.as_str()) && !SYNTAX.contains(&function.as_str()) {
            found = Volatility::Unknown(function);
        }
    }
    found
}

/// The functions that a query calls of which it is not known that they leave tables alone.
pub(super) fn unknown_calls(node: &SyntaxNode) -> Vec<String> {
    let known = [ONE_VALUE, PER_ROW, IN_QUERIES, SYNTAX];
    let mut unknown: Vec<_> = calls(node)
        .into_iter()
        .filter(|function| !known.iter().any(|list| list.contains(&function.as_str())))
        .collect();
    unknown.sort();
    unknown.dedup();
    unknown
}

/// The functions called below a node, schema left out where it is `pg_catalog`.
fn calls(node: &SyntaxNode) -> Vec<String> {
    let calls = node.descendants().filter(|below| below.kind() == SyntaxKind::CALL_EXPR);
    calls.filter_map(|call| called(&call)).collect()
}

/// None where the grammar has a node of its own (`EXTRACT`, `EXISTS`, `TRIM`, …): all of these
/// have one value.
fn called(call: &SyntaxNode) -> Option<String> {
    let function = call.children().next()?;
    let parts: Vec<_> = match function.kind() {
        SyntaxKind::NAME_REF => vec![normalize_name_node(&function)],
        SyntaxKind::FIELD_EXPR => {
            let names = function.descendants().filter(|below| below.kind() == SyntaxKind::NAME_REF);
            names.map(|name| normalize_name_node(&name)).collect()
        }
        _ => return None,
    };
    match parts.as_slice() {
        [schema, name] if schema == "pg_catalog" => Some(name.clone()),
        _ => Some(parts.join(".")),
    }
}
