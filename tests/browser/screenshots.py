"""Take the pictures of the documentation: `python -m tests.browser.screenshots HOME [docs/images]`.

They show the pages on HOME at 1440 × 900, twice as sharp, reduced to 256 colours to stay small.
"""

import io
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from pipelines import publish, queries
from pipelines.queries import ListFilter, ListOrder
from report import overview
from tests.browser.conftest import FLAGS, chromium, running, settled

SIZE = {"width": 1440, "height": 900}


def main(home: Path, folder: Path) -> None:
    with publish.open_current(home, "warehouse") as con:
        rows = queries.list_page(con, ListFilter(bands=("high", "very high")), ListOrder(), size=200)
        saved(overview(con, "png"), folder / "report.png")
    # A person with a long history tells more than the shop's biggest account.
    customer = rows.sort_values("orders", ascending=False)["customer_id"].iloc[0]
    with running(home) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        for name, address in (
            ("worklist", "worklist"),
            ("customer", f"customer?customer_id={customer}"),
            ("plan", "campaigns"),
            ("campaigns", "campaigns?part=Running+and+finished"),
            ("segments", "segments"),
            ("expansion", "segments?tab=Expansion"),
            ("overview", "overview"),
        ):
            take(browser, f"{server.url}/{address}", folder / f"{name}.png")
        browser.close()


def take(browser: Browser, url: str, path: Path) -> None:
    page = browser.new_page(viewport=SIZE, device_scale_factor=2)
    page.goto(url)
    settled(page)
    page.wait_for_timeout(1_500)
    saved(page.screenshot(), path)
    page.close()


def saved(picture: bytes, path: Path) -> None:
    """Keep a picture in 256 colours, among them those of few dots: a red bar must not turn amber."""
    found = Image.open(io.BytesIO(picture)).convert("RGB")
    small = found.quantize(256, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    small.save(path, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2] if len(sys.argv) > 2 else "docs/images"))
