CREATE ROLE checkout_rw LOGIN PASSWORD :'rw';
CREATE ROLE reporting_ro LOGIN PASSWORD :'ro';
CREATE ROLE billing_ro LOGIN;
CREATE TABLE products (id int PRIMARY KEY, title text NOT NULL, price_cents int NOT NULL, stock int NOT NULL);
CREATE TABLE customers (
    id serial PRIMARY KEY,
    email text NOT NULL UNIQUE,
    phone text,
    loyalty_no text
);
CREATE TABLE orders (
    id serial PRIMARY KEY,
    email text NOT NULL,
    card_last4 text,
    total_cents int NOT NULL CHECK (total_cents < 400000),
    placed_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE instalment_applications (
    id serial PRIMARY KEY,
    email text NOT NULL,
    phone text NOT NULL,
    ssn char(11) NOT NULL CHECK (ssn ~ '^\d{3}-\d{2}-\d{4}$'),
    months int NOT NULL CHECK (months IN (3, 6, 12, 24))
);
INSERT INTO products SELECT i, 'Trail jacket ' || i, 1900 + i * 37 % 30000, 500 FROM generate_series(1, 400) i;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO checkout_rw;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO checkout_rw;
GRANT SELECT ON orders TO reporting_ro;
