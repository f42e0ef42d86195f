//! TLS for PostgreSQL: the six `sslmode`s, root certificates, client certificates, channel binding.
