"""A person in front of the built page: what they do, and what they see."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from built_site import PAGE
from playwright.sync_api import Browser, Locator, Page

BASE = "/hvd/"


class Reader:
    """One tab of the browser."""

    def __init__(self, browser: Browser, address: str, **context: Any) -> None:
        self._context = browser.new_context(base_url=address, locale="fr-FR", **context)
        self._context.set_default_timeout(5_000)
        self.page: Page = self._context.new_page()
        self.troubles: list[str] = []
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("dialog", lambda dialog: self.troubles.append(dialog.message))

    def open(self, query: str = "", name: str = PAGE) -> Reader:
        self.page.goto(f"{BASE}{name}.html{query}")
        self.page.get_by_role("search").wait_for()
        return self

    def choose(self, label: str, option: str) -> None:
        self.select(label).select_option(label=option)

    def select(self, label: str) -> Locator:
        return self.page.get_by_role("combobox", name=label, exact=True)

    def options(self, label: str) -> list[str]:
        return self.select(label).locator("option").all_inner_texts()[1:]

    def search(self, words: str) -> None:
        self.page.get_by_label("Mots cherchés").press_sequentially(words)

    def back(self) -> None:
        """The back button; on a busy machine the page may stand empty for a moment before its rows are there again."""
        self.page.go_back()
        self.page.locator(".hvd-filter ~ * td:first-child").locator("visible=true").first.wait_for()

    @property
    def chosen(self) -> dict[str, str]:
        """What the address says of the filters."""
        return dict(parse_qsl(self.page.evaluate("location.search.slice(1)")))

    @property
    def count(self) -> str:
        return self.page.get_by_role("status").inner_text()

    @property
    def names(self) -> list[str]:
        """The datasets that can be seen, in order."""
        return [name for name in self.seen(".hvd-filter ~ * td:first-child") if name != "A venir"]

    @property
    def outline(self) -> list[str]:
        return self.seen(".outline-link")

    def seen(self, selector: str) -> list[str]:
        """The texts of the elements that can be seen."""
        texts: list[str] = self.page.locator(selector).evaluate_all(
            "all => all.filter(one => one.checkVisibility()).map(one => one.textContent)"
        )
        return [text.replace("\u200b", "").strip() for text in texts]  # in a heading: its permalink

    def download(self) -> bytes:
        with self.page.expect_download() as download:
            self.page.get_by_role("button", name="Télécharger ces lignes (CSV)").click()
        return download.value.path().read_bytes()
