"""Validates standard input against the JSON schema that is named; prints what is wrong."""

import json
import sys

import jsonschema

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
validator = jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker())
errors = list(validator.iter_errors(json.load(sys.stdin)))
for error in errors[:20]:
    print(list(error.absolute_path), error.message)
sys.exit(bool(errors))
