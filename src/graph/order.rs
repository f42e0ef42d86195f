//! The ordering walk (RevisionMap._topological_sort): history, and reversed, upgrades.
