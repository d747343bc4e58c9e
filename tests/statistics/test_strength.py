from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from undertow.finding import STRENGTHS
from undertow.statistics.strength import HOLIDAY_EFFECT, OFFICE_SHARE, WEEKEND_RATIO, Scale, rate


@pytest.mark.parametrize(
    ("low", "high", "p_value", "accounts", "guard", "strength"),
    [
        (0.6, 1.1, 0.004, 300, True, "strong"),
        (0.3, 1.1, 0.004, 300, True, "moderate"),
        (0.6, 1.1, 0.03, 300, True, "moderate"),
        (0.6, 1.1, 0.004, 60, True, "moderate"),
        (0.6, 1.1, 0.004, 20, True, "weak"),
        (0.6, 1.1, 0.004, 300, False, "weak"),
        (0.1, 1.1, 0.004, 300, True, "weak"),
        (-0.1, 1.1, 0.004, 300, True, "none"),
        (0.6, 1.1, 0.06, 300, True, "none"),
        (0.6, 1.1, None, 300, True, "none"),
        (None, None, 0.01, 300, True, "none"),
    ],
)
def test_the_rule(
    low: float | None, high: float | None, p_value: float | None, accounts: int, guard: bool, strength: str
) -> None:
    found = rate(
        low=low,
        high=high,
        scale=HOLIDAY_EFFECT,
        n_accounts=accounts,
        p_value=p_value,
        guards={"survives leaving out any one block": guard},
    )
    assert found.strength == strength
    assert bool(found.reasons) == (strength != "strong")


def test_scales_that_fall_are_read_from_the_other_end() -> None:
    assert rate(low=0.1, high=0.4, scale=WEEKEND_RATIO, n_accounts=500, tested=False).strength == "strong"
    assert rate(low=0.1, high=0.7, scale=WEEKEND_RATIO, n_accounts=500, tested=False).strength == "moderate"
    assert rate(low=0.1, high=0.9, scale=WEEKEND_RATIO, n_accounts=500, tested=False).strength == "weak"
    assert rate(low=0.1, high=1.0, scale=WEEKEND_RATIO, n_accounts=500, tested=False).strength == "none"
    with pytest.raises(ValueError, match="rises or falls"):
        Scale(0.0, 2.0, 1.0)


@given(
    low=st.floats(0, 1),
    p_value=st.floats(0, 1),
    accounts=st.integers(0, 1000),
    more=st.floats(0, 0.5),
    guard=st.booleans(),
)
def test_more_evidence_never_makes_a_finding_weaker(
    low: float, p_value: float, accounts: int, more: float, guard: bool
) -> None:
    def level(low: float, p_value: float, accounts: int, guard: bool) -> int:
        rating = rate(
            low=low, high=1.5, scale=OFFICE_SHARE, n_accounts=accounts, p_value=p_value, guards={"g": guard}
        )
        return STRENGTHS.index(rating.strength)

    before = level(low, p_value, accounts, guard)
    assert level(low + more, p_value, accounts, guard) >= before
    assert level(low, p_value * (1 - more), accounts, guard) >= before
    assert level(low, p_value, accounts * 2, guard) >= before
    assert level(low, p_value, accounts, True) >= before


def test_reasons_name_the_unit_that_was_counted() -> None:
    found = rate(low=0.6, high=1.1, scale=HOLIDAY_EFFECT, n_accounts=2, p_value=0.004, unit="changes")
    assert (found.strength, found.reasons) == ("weak", ("2 changes; 30 are needed for more",))
