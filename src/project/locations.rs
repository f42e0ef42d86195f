//! `script_location` and `version_locations` to folders.
