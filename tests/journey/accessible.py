"""An audit of the screen as it stands: by axe-core, with Tab, at 200 % and, for participants, on 320 pixels."""

from axe_playwright_python.sync_playwright import Axe
from journey import reachable
from journey.person import Person
from playwright.sync_api import Page

SEVERE = ("serious", "critical")
_axe = Axe()


class Audited(Person):
    """A person who audits each screen instead of photographing it."""

    narrowest = reachable.ZOOMED

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.found: list[str] = []

    def shot(self, name: str) -> None:
        """Every audit, once per name."""
        if name in self.seen:
            return
        self.seen.add(name)
        for scheme in ("dark", "light"):
            self.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            self.page.wait_for_timeout(500)
            self.found += [f"{name}, {scheme}: {one}" for one in audit(self.page)]
        self.found += [f"{name}, with Tab: {one}" for one in reachable.with_tab(self.page)]
        for size in dict.fromkeys((reachable.ZOOMED, self.narrowest)):
            self.found += [f"{name}, {size[0]} pixels: {one}" for one in reachable.at(self.page, size)]


class AuditedParticipant(Audited):
    """Participants come with telephones: their screens are narrower still."""

    narrowest = reachable.NARROW


def audit(page: Page) -> list[str]:
    """Each serious or critical finding of axe-core: the rule, what it says, and the places."""
    found = _axe.run(page).response["violations"]
    return [
        f"{one['id']} ({one['impact']}): {one['help']}. "
        + " | ".join(f"{node['target']} {node['html'][:160]} {node['failureSummary']}" for node in one["nodes"][:4])
        for one in found
        if one["impact"] in SEVERE
    ]
