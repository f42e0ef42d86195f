//! Facts written by hand, for the tests of the renderers.
