"""From a planned table to typed rows: mapping, conversion and row checks in one streaming statement."""

from duckdb import DuckDBPyConnection
from duckdb import Error as DuckDBError

from pipelines.checks import Check, converted_checks, row_checks
from pipelines.contract import SQL_TYPES, Column
from pipelines.conversions import number_sql, text_sql, value_sql
from pipelines.errors import InputError
from pipelines.planning import Plan, converter, look_at
from pipelines.quoting import quoted, sql_text
from pipelines.readers.raw import ROW, first_line
from pipelines.timestamps import Recognised, declared

PROBLEM, VALUE, KEPT = "__problem", "__value", "__kept"
GIVEN, SOURCE = "given ", "source "  # prefixes of columns that carry what the source says beside the typed ones


def stage(con: DuckDBPyConnection, plan: Plan, target: str) -> list[Check]:
    """Create table `target`: one row per source row with typed columns, `__problem` and `__value`.

    `__problem` is the number of the first check that the row breaks (0: left out by `where`, NULL: none), `__value`
    the text at fault. Returns the checks; problem n is the n-th of them. Raises InputError for expressions that the
    database refuses, and the database's own error when the source cannot be read to its end.
    """
    source = _source_sql(plan, plan.raw.sql)
    natives = _natives(con, plan, source)
    _recognise_columns(con, plan, natives)
    _type_attributes(con, plan, natives)
    checks = _checks(plan, natives)
    con.execute(f"create table {target} as {_staged_sql(plan, source, natives, checks)}")
    return checks


def _checks(plan: Plan, natives: dict[str, str]) -> list[Check]:
    """All checks of the table's rows: first what its expressions must be able to read, then column by column."""
    needs = plan.needs()
    converted = [converter(plan, SOURCE)(name, use) for name, use in needs]
    needed_texts = [text_sql(quoted(SOURCE + name), "VARCHAR") for name, _ in needs]
    forms = {name: form.shown for name, form in plan.forms.items()}
    texts = {name: _shown_sql(plan, name, natives[name]) for name in plan.origins}
    return [
        *converted_checks(needs, converted, needed_texts),
        *row_checks(plan.columns, texts, forms, plan.mapping.group_by_order),
    ]


def _shown_sql(plan: Plan, name: str, native: str) -> str:
    """The source's text of a column: of an expression, the columns it reads and their values."""
    origin = plan.origins[name]
    if not origin.is_computed:
        return text_sql(quoted(GIVEN + name), native)
    read = [(column, text_sql(quoted(SOURCE + column), plan.raw.types[column])) for column in origin.reads]
    listed = ", ".join(f"{sql_text(column + '=')} || {text}" for column, text in read)
    return f"case when {quoted(GIVEN + name)} is not null then concat_ws(', ', {listed}) end" if read else "null"


def _source_sql(plan: Plan, rows: str) -> str:
    """The raw table's rows under the contract's names, still of the source's types, and what expressions read."""
    parts = [ROW, f"({plan.where.sql if plan.where else 'true'}) is true as {KEPT}"]
    parts += [f"{origin.value} as {quoted(GIVEN + name)}" for name, origin in plan.origins.items()]
    read = [name for origin in plan.origins.values() for name in origin.reads] + [name for name, _ in plan.needs()]
    parts += [f"{quoted(name)} as {quoted(SOURCE + name)}" for name in dict.fromkeys(read)]
    return f"select {', '.join(parts)} from ({rows})"


def _natives(con: DuckDBPyConnection, plan: Plan, source: str) -> dict[str, str]:
    """Column → native type; raises InputError when the database refuses an expression."""
    try:
        where = f"select ({plan.where.sql if plan.where else 'true'}) as __where from ({plan.raw.sql})"
        described = [*con.execute(f"describe {source}").fetchall(), *con.execute(f"describe {where}").fetchall()]
        types = {row[0]: row[1] for row in described}
    except DuckDBError as error:
        hint = "Check the expressions and where of that section." if plan.mapping.expressions or plan.where else ""
        raise InputError(f"{plan.place}: {first_line(error)} {hint}") from error
    if types["__where"] != "BOOLEAN":
        raise InputError(f"{plan.place} where: {plan.mapping.where!r} is no condition. Compare it with something.")
    return {name: types[GIVEN + name] for name in plan.origins}


def _recognise_columns(con: DuckDBPyConnection, plan: Plan, natives: dict[str, str]) -> None:
    """Find the form of every timestamp column that is text."""
    names = [c.name for c in plan.columns if c.type == "timestamp" and natives.get(c.name) == "VARCHAR"]
    formats = {name: plan.mapping.format_of(name) for name in names}
    for name, form in formats.items():
        if form:
            _check_format(con, plan, form)
            plan.forms[name] = declared(form)
    unknown = {name: quoted(GIVEN + name) for name in names if not formats[name]}
    if unknown:
        kept = f"select * from ({_source_sql(plan, plan.raw.peek_sql)}) where {KEPT}"
        plan.forms.update(look_at(con, plan, unknown, kept))


def _check_format(con: DuckDBPyConnection, plan: Plan, form: str) -> None:
    """Refuse a declared format that no parser knows."""
    try:
        con.execute(f"select try_strptime('', {sql_text(form)})").fetchall()
    except DuckDBError as error:
        raise InputError(
            f'{plan.place} timestamp_format: {first_line(error)} Use codes such as "%d.%m.%Y %H:%M".'
        ) from error


def _type_attributes(con: DuckDBPyConnection, plan: Plan, natives: dict[str, str]) -> None:
    """Give each extra column of customers the narrowest of number, boolean and text that holds all its values."""
    own = {column.name for column in plan.table.columns}
    for index, column in enumerate(plan.columns):
        if column.name in own:
            continue
        native, name = natives[column.name], quoted(GIVEN + column.name)
        texts = (text_sql(name, native), number_sql(name, native, plan.signs))
        boolean = value_sql("boolean", name, native, plan.signs, ())
        counts = ", ".join(f"count({sql})" for sql in (*texts, boolean))
        total, numbers, booleans = con.execute(
            f"select {counts} from ({_source_sql(plan, plan.raw.peek_sql)})"
        ).fetchall()[0]
        if native == "BOOLEAN" or (total == booleans > numbers):
            plan.columns[index] = Column(column.name, "boolean")
        elif total == numbers > 0:
            plan.columns[index] = Column(column.name, "number")


def _staged_sql(plan: Plan, source: str, natives: dict[str, str], checks: list[Check]) -> str:
    """The whole statement: source, typed, judged."""
    typed = [
        f"{_typed_sql(plan, column, natives.get(column.name))} as {quoted(column.name)}" for column in plan.columns
    ]
    cases = [f"when {check.condition} then {code}" for code, check in enumerate(checks, 1)]
    cases.insert(len(plan.needs()), f"when not {KEPT} then 0")  # what `where` cannot read is a reject, not left out
    values = " ".join(f"when {code} then {check.value}" for code, check in enumerate(checks, 1))
    names = ", ".join(quoted(column.name) for column in plan.columns)
    return f"""
        select {ROW}, {names}, {PROBLEM}, case {PROBLEM} {values} end as {VALUE}
        from (
            select *, case {" ".join(cases)} end as {PROBLEM}
            from (select *, {", ".join(typed)} from ({source}))
        )
    """


def _typed_sql(plan: Plan, column: Column, native: str | None) -> str:
    """A column's converted value."""
    if native is None:
        default = sql_text(column.default) if column.default else "null"
        return f"cast({default} as {SQL_TYPES[column.type]})"
    formats = plan.forms.get(column.name, Recognised()).formats
    value = value_sql(column.type, quoted(GIVEN + column.name), native, plan.signs, formats)
    value = f"lower({value})" if column.allowed else value
    return f"coalesce({value}, {sql_text(column.default)})" if column.default else value
