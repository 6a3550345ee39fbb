"""Databases load to the same tables as files, in batches, and a password is never repeated."""

import sqlite3
from pathlib import Path

import duckdb
import pytest

from pipelines.errors import InputError
from tests.ingest_cases import content, load, rows
from tests.postgres_server import postgres_server
from tests.test_ingest_formats import TABLES, as_text, relation

SECRET = "geheim-7/x"
QUOTED = "geheim-7%2Fx"


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """What the same shop loads to from CSV files."""
    folder = tmp_path_factory.mktemp("csv")
    as_text(folder)
    load(folder / "home", folder)
    return content(folder / "home")


@pytest.fixture(scope="module")
def server():
    """A PostgreSQL server of this test alone, with password, holding the shop; gives its URL."""
    with postgres_server(SECRET) as url:
        fill_postgres(url)
        yield url


def fill_postgres(url: str) -> None:
    """The shop's tables, with the types a shop would give them."""
    import adbc_driver_postgresql.dbapi as postgresql

    kinds = {"ordered_at": "timestamptz", "revenue": "numeric(12, 2)", "unit_price": "money", "quantity": "smallint"}
    kinds |= {"extra": "boolean", "is_business": "boolean", "loyalty_points": "real", "customer_id": "varchar(40)"}
    with postgresql.connect(url) as connection, connection.cursor() as cursor, duckdb.connect() as con:
        for name, (columns, _) in TABLES.items():
            relation(con, name)
            cursor.adbc_ingest(f"{name}_in", con.sql(f"from {name}").to_arrow_table())
            casts = ", ".join(
                f"{'cast(' + c + ' as numeric)' if kinds.get(c) == 'money' else c}::{kinds.get(c, 'text')} as {c}"
                for c in columns
            )
            extra = ", gen_random_uuid() as ref, '{\"a\": 1}'::jsonb as note, array['x'] as tags"
            cursor.execute("set time zone 'UTC'")
            cursor.execute(f"create table {name} as select {casts}{extra} from {name}_in")
        cursor.execute("create view big as select i::text as order_id, 'c' || i % 1000 as customer_id, "
                       "timestamp '2024-01-01' + i * interval '1 minute' as ordered_at, 1.5 as revenue "
                       "from generate_series(1, 200000) as t(i)")  # fmt: skip
        connection.commit()


def sqlite_url(folder: Path) -> str:
    path = folder / "shop.sqlite"
    with sqlite3.connect(path) as connection:
        for name, (columns, lines) in TABLES.items():
            connection.execute(f"create table {name} ({', '.join(columns)})")
            connection.executemany(f"insert into {name} values ({', '.join('?' * len(columns))})", lines)
    connection.close()
    return f"sqlite:///{path}"


def duckdb_url(folder: Path) -> str:
    with duckdb.connect(str(folder / "shop.duckdb")) as con:
        for name in TABLES:
            relation(con, name)
    return f"duckdb:///{folder / 'shop.duckdb'}"


def mapping_of(folder: Path, text: str) -> Path:
    path = folder / "query.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize("make", [sqlite_url, duckdb_url])
def test_database_file_loads_the_same_tables(tmp_path, expected, make):
    report = load(tmp_path / "home", make(tmp_path))
    assert content(tmp_path / "home") == expected
    assert report.table("order_lines").ignored_columns == "extra"


def test_postgresql_loads_the_same_tables(tmp_path, expected, server):
    report = load(tmp_path / "home", server)
    assert content(tmp_path / "home") == expected
    assert report.table("orders").ignored_columns == "ref, note, tags"


def test_query_of_a_mapping_is_read_instead_of_a_table(tmp_path, server):
    mapping = mapping_of(
        tmp_path, '[orders]\nquery = "select *, revenue * 2 as total from big;"\ncolumns = { revenue = "total" }\n'
    )
    report = load(tmp_path / "home", server, mapping=mapping)
    assert (report.table("orders").rows_loaded, report.table("orders").rows_rejected) == (200_000, 0)
    assert rows(tmp_path / "home", "select sum(revenue), count(distinct customer_id) from orders") == [
        (600_000.0, 1_000)
    ]


def test_expressions_see_only_columns_of_the_database(tmp_path):
    mapping = mapping_of(
        tmp_path, "[orders]\nexpressions = { revenue = 'revenue * 2' }\nwhere = \"coupon is not null\"\n"
    )
    load(tmp_path / "home", sqlite_url(tmp_path), mapping=mapping)
    lines = [line for line in TABLES["orders"][1] if line[4]]
    assert rows(tmp_path / "home", "select count(*), sum(revenue) from orders") == [
        (len(lines), pytest.approx(2 * sum(line[3] for line in lines)))
    ]


def test_password_stands_in_no_message_report_or_store(tmp_path, server):
    report = load(tmp_path / "home", server)
    store = (tmp_path / "home" / "source.duckdb").resolve()
    for secret in (SECRET, QUOTED):
        assert secret not in str(report.to_dict())
        assert secret.encode() not in store.read_bytes()
    assert rows(tmp_path / "home", "select source from source_info")[0][0].startswith("postgresql://shop:***@127.0.0.1")


def broken_urls(server: str) -> list[str]:
    return [
        server.replace("shop:", "nobody:"),
        server.replace(QUOTED, "wrong-7%2Fx"),
        server.rsplit("/", 1)[0] + "/nowhere",
        f"postgresql://shop:{QUOTED}@127.0.0.1:1/postgres",
        f"postgresql://shop:{SECRET}@127.0.0.1:1/postgres",
    ]


def test_server_that_cannot_be_reached_is_told_without_the_password(tmp_path, server):
    for url in broken_urls(server):
        with pytest.raises(InputError) as stop:
            load(tmp_path / "home", url)
        message = str(stop.value)
        assert "cannot be reached" in message and "Check host, port" in message
        assert not any(secret in message for secret in ("geheim", "wrong-7", "7/x", "7%2Fx"))


def test_wrong_query_is_told_without_the_password(tmp_path, server):
    for query in ("select * from nowhere", "select nothing", "drop table orders", "select 1; select 2"):
        with pytest.raises(InputError) as stop:
            load(tmp_path / "home", server, mapping=mapping_of(tmp_path, f'[orders]\nquery = "{query}"\n'))
        assert "query in the mapping" in str(stop.value) and "geheim" not in str(stop.value)


@pytest.mark.parametrize("scheme", ["sqlite", "duckdb"])
def test_database_file_that_is_missing_broken_or_without_orders(tmp_path, scheme):
    path = tmp_path / "shop.db"
    with pytest.raises(InputError, match="does not exist"):
        load(tmp_path / "home", f"{scheme}:///{path}")
    path.write_bytes(b"no database at all" * 400)
    with pytest.raises(InputError, match=r"shop\.db"):
        load(tmp_path / "home", f"{scheme}:///{path}")
    path.unlink()
    connection = sqlite3.connect(path) if scheme == "sqlite" else duckdb.connect(str(path))
    connection.execute("create table bestellungen (a int)")
    connection.close()
    with pytest.raises(InputError, match=r"has no table orders. It has: bestellungen.*\[orders\] query"):
        load(tmp_path / "home", f"{scheme}:///{path}")


def test_missing_column_of_a_database_table_is_named(tmp_path):
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table orders (order_id, customer_id, ordered_at, amount)")
    connection.close()
    with pytest.raises(InputError, match=r'no column revenue. It has: order_id.*revenue = "amount"'):
        load(tmp_path / "home", f"sqlite:///{path}")


def test_sqlite_column_of_mixed_values_is_read_as_text(tmp_path):
    path = tmp_path / "shop.db"
    lines = [(None, 7, "2024-01-01", 5), (1, "x", "2024-01-02", "6.5"), ("b", 2.5, "2024-01-03", b"7")]
    with sqlite3.connect(path) as connection:
        connection.execute("create table orders (order_id, customer_id, ordered_at, revenue)")
        connection.executemany("insert into orders values (?, ?, ?, ?)", [("z", 7, "2024-01-01", 5), *lines[1:]])
    connection.close()
    load(tmp_path / "home", f"sqlite:///{path}")
    found = rows(tmp_path / "home", "select order_id, customer_id, revenue from orders order by ordered_at")
    assert found == [("z", "7", 5.0), ("1", "x", 6.5), ("b", "2.5", 7.0)]


def test_source_database_is_not_changed(tmp_path):
    url = duckdb_url(tmp_path)
    before = (tmp_path / "shop.duckdb").read_bytes()
    load(tmp_path / "home", url)
    assert (tmp_path / "shop.duckdb").read_bytes() == before
