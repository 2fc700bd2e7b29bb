"""Changes of a plan that follow the bone: worked out in a worker, one after the other, each one undo step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject

from surgitwin.core.errors import SurgiTwinError
from surgitwin.core.plan import Plan
from surgitwin.planning.session import Session
from surgitwin.procedures.base import BoneProcedure, Context
from surgitwin.procedures.registry import bone_procedure
from surgitwin.viewer.latest import Latest

Follow = Callable[[BoneProcedure, Context, Plan], Plan]


@dataclass(frozen=True, eq=False)
class Wish:
    """A change that is asked for: of which plan, its words, what makes it, what comes after it."""

    plan: str
    title: str
    call: Follow
    then: Callable[[], object] | None = None


class PlanWishes(QObject):
    """Grants wishes in their order, each on what the one before made; nothing that was asked for is lost.

    context: gives the bone as it is prepared, None while it is not. refused: is given a known error; the
    plan is then as it was.
    """

    def __init__(
        self,
        session: Session,
        context: Callable[[], Context | None],
        refused: Callable[[SurgiTwinError], object],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._context, self._tell = session, context, refused
        self._work = Latest(self, self._refused)
        self._wishes: list[Wish] = []

    @property
    def busy(self) -> bool:
        """Whether something that was asked for is not done yet."""
        return bool(self._wishes)

    def ask(self, wish: Wish) -> None:
        """Grant a wish as soon as those before it are granted."""
        self._wishes.append(wish)
        if len(self._wishes) == 1:
            self._grant()

    def _grant(self) -> None:
        """Work out the first wish on the plan as it is now."""
        while self._wishes:
            wish, context = self._wishes[0], self._context()
            plan = self._session.case.plans().get(wish.plan)
            if plan is not None and context is not None:
                self._work.ask(partial(_granted, wish.call, context, plan), partial(self._grown, wish, plan))
                return
            self._wishes.pop(0)

    def _grown(self, wish: Wish, before: Plan, new: Plan) -> None:
        """Worked out: one undo step, unless the plan was changed meanwhile; then once more on that."""
        now = self._session.case.plans().get(wish.plan)
        if now is not None and now.hash == before.hash:
            self._wishes.pop(0)
            if new.hash != before.hash and not self._session.read_only:
                self._session.edit(wish.title, plans={wish.plan: new})
                if wish.then is not None:
                    wish.then()
        self._grant()

    def _refused(self, error: SurgiTwinError) -> None:
        self._wishes = self._wishes[1:]
        self._tell(error)
        self._grant()

    def stop(self) -> None:
        """Forget what is not done and wait for what is under way."""
        self._wishes = []
        self._work.stop()


def _granted(call: Follow, context: Context, plan: Plan) -> Plan:
    return call(bone_procedure(plan.procedure), context, plan)
