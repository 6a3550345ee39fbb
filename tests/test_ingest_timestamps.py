"""Points in time: every usual way to write them is recognised, and a day is never read as a month."""

import pytest

from pipelines.config import Ingest, Settings
from pipelines.errors import InputError
from tests.ingest_cases import load, orders, rows, write

TOLERANT = Settings(ingest=Ingest(max_reject_share=1.0))


def source_of(tmp_path, dates, mapping=""):
    lines = [f'{i},a,"{date}",1' for i, date in enumerate(dates)]
    return write(tmp_path / "in", orders=orders(*lines), **({"mapping": mapping} if mapping else {}))


def read(tmp_path, dates, mapping="", settings=None):
    load(tmp_path / "home", source_of(tmp_path, dates, mapping), settings)
    return [row[0] for row in rows(tmp_path / "home", "select ordered_at::varchar from orders order by order_id::int")]


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        (["2024-02-05", "2024-02-05 10:11:12"], ["2024-02-05 00:00:00", "2024-02-05 10:11:12"]),
        (["2024-02-05T10:11:12Z", "2024-02-05T10:11:12.5+02:00"], ["2024-02-05 10:11:12", "2024-02-05 08:11:12.5"]),
        (["2024-02-05 10:11+02", "2024/02/05"], ["2024-02-05 08:11:00", "2024-02-05 00:00:00"]),
        (["05.02.2024", "5.2.2024 9:05"], ["2024-02-05 00:00:00", "2024-02-05 09:05:00"]),
        (["05.02.2024, 10:11:12", "05.02.2024 10:11:12.250"], ["2024-02-05 10:11:12", "2024-02-05 10:11:12.25"]),
        (["12/31/2024 8:26", "02/05/2024"], ["2024-12-31 08:26:00", "2024-02-05 00:00:00"]),
        (["31/12/2024", "05/02/2024 10:11"], ["2024-12-31 00:00:00", "2024-02-05 10:11:00"]),
        (["31-12-24", "05-02-24"], ["2024-12-31 00:00:00", "2024-02-05 00:00:00"]),
        (["1/31/2024 1:05 PM", "2/5/2024 12:00 AM"], ["2024-01-31 13:05:00", "2024-02-05 00:00:00"]),
        (["20240205", "20241231"], ["2024-02-05 00:00:00", "2024-12-31 00:00:00"]),
        (["5 Feb 2024", "31 Dec 2024 10:11"], ["2024-02-05 00:00:00", "2024-12-31 10:11:00"]),
        (["Feb 5, 2024", "Dec 31, 2024"], ["2024-02-05 00:00:00", "2024-12-31 00:00:00"]),
    ],
)
def test_form_of_a_column_is_recognised(tmp_path, dates, expected):
    assert read(tmp_path, dates) == expected


def test_second_form_in_one_column_is_rejected_with_the_form_that_was_expected(tmp_path):
    read(tmp_path, ["31.12.2023", "05.02.2024", "13.02.2024", "2024-02-05"], settings=TOLERANT)
    found = rows(tmp_path / "home", "select row_number, value, reason from rejects")
    assert found == [(4, "2024-02-05", "not a timestamp of the form %d.%m.%Y with or without a time")]


def test_half_of_the_column_in_another_form_stops(tmp_path):
    dates = [f"{i % 28 + 1:02d}.02.2024" if i % 2 else f"2024-02-{i % 28 + 1:02d}" for i in range(40)]
    with pytest.raises(InputError, match=r"rows of orders cannot be used.*not a timestamp of the form"):
        read(tmp_path, dates)


def test_day_first_and_month_first_in_one_column_stop(tmp_path):
    with pytest.raises(InputError, match=r'ordered_at holds dates with the day first.*timestamp_format = "%d/%m/%Y"'):
        read(tmp_path, ["31/12/2024", "12/31/2024", "05/02/2024"])


def test_dates_that_do_not_tell_day_from_month_stop(tmp_path):
    with pytest.raises(InputError, match="whether the day or the month comes first"):
        read(tmp_path, ["05/02/2024", "06/02/2024"])
    assert read(tmp_path, ["05/02/2024"], '[orders]\ntimestamp_format = "%d/%m/%Y"\n') == ["2024-02-05 00:00:00"]


def test_another_column_of_the_table_decides_an_undecided_one(tmp_path):
    text = "order_id,customer_id,ordered_at,revenue,delivered_at\n1,a,05/02/2024,1,13/02/2024\n"
    load(tmp_path / "home", write(tmp_path / "in", orders=text))
    assert rows(tmp_path / "home", "select ordered_at::varchar from orders") == [("2024-02-05 00:00:00",)]


def test_the_deciding_day_may_come_late_in_the_file(tmp_path):
    assert read(tmp_path, ["01/02/2024"] * 25_000 + ["01/13/2024"])[0] == "2024-01-02 00:00:00"


def test_declared_format_holds_and_others_are_rejected(tmp_path):
    mapping = '[orders]\ntimestamp_format = { ordered_at = "%d.%m.%Y %H:%M" }\n'
    assert read(tmp_path, ["05.02.2024 10:11", "2024-02-05"], mapping, TOLERANT) == ["2024-02-05 10:11:00"]
    assert "form %d.%m.%Y %H:%M" in rows(tmp_path / "home", "select reason from rejects")[0][0]


def test_declared_format_with_offset_gives_utc(tmp_path):
    mapping = '[orders]\ntimestamp_format = "%d.%m.%Y %H:%M %z"\n'
    assert read(tmp_path, ["05.02.2024 10:11 +0200"], mapping) == ["2024-02-05 08:11:00"]


def test_format_nobody_knows_is_told(tmp_path):
    with pytest.raises(InputError, match=r"\[orders\] timestamp_format"):
        read(tmp_path, ["05.02.2024"], '[orders]\ntimestamp_format = "%Q"\n')
