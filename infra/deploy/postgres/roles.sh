#!/bin/sh
# Run once by the Postgres image, when its volume is empty: the owner of the database, and the role that can only read.
# What the latter may read, the migrations grant.
set -eu

psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  --set owner_password="$PARLEY_PASSWORD" --set reader_password="$PARLEY_READ_PASSWORD" <<'SQL'
CREATE ROLE parley LOGIN PASSWORD :'owner_password';
CREATE ROLE parley_read LOGIN PASSWORD :'reader_password';
ALTER ROLE parley_read SET default_transaction_read_only = on;
CREATE DATABASE parley OWNER parley ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE parley FROM PUBLIC;
GRANT CONNECT ON DATABASE parley TO parley_read;
SQL
