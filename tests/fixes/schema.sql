-- What the examples of the pages find: tables in use, with rows.
CREATE TYPE state AS ENUM ('new', 'done');
CREATE TABLE users (
    id bigint PRIMARY KEY,
    name varchar(40),
    full_name varchar(80),
    nickname varchar,
    age integer,
    state state
);
INSERT INTO users SELECT n, 'name', 'full name', 'nick', 30, 'new' FROM generate_series(1, 3) n;
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint);
INSERT INTO orders VALUES (1, 1), (2, 2);
CREATE TABLE products (id bigint PRIMARY KEY, stock integer);
INSERT INTO products VALUES (1, NULL);
CREATE TABLE sessions (id bigint);
CREATE TABLE nicknames (id bigint);
CREATE TABLE users_1 (id bigint);
CREATE TABLE users_2 (id bigint);
CREATE TABLE users_3 (id bigint);
