"""docs/states.md shows the machines as they are."""

from pathlib import Path

import pytest

from orders.machines import MACHINES, Machine

PAGE = Path(__file__).parents[2] / "docs" / "states.md"


def drawn(machine: Machine) -> str:
    """Return a machine's table as the page shows it: each state, and what may follow."""
    rows = [f"| {state} | {', '.join(machine.after(state)) or 'the end'} |" for state in machine.states.values]
    return "\n".join(["| state | may become |", "| --- | --- |", *rows])


@pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
def test_the_page_shows_the_machine(machine):
    assert drawn(machine) in PAGE.read_text()
