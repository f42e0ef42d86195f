//! How branch labels spread along a line (RevisionMap._map_branch_labels, _add_branches).
