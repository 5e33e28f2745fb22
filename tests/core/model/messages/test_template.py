"""Templates: filled in to the letter, whatever the values are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid
from core.model.messages.template import Format, Template, checked_template, filled

_VALUE = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=40)


@given(st.sampled_from(Format), _VALUE, _VALUE)
def test_no_value_becomes_markup(written: Format, first: str, second: str) -> None:
    """Whatever stands in them is shown as it stands, and nothing looks otherwise for it."""
    text = filled(Template("t", "a {{one}} b {{ two }} c", written), {"one": first, "two": second})
    assert text.text == f"a {first} b {second} c"
    assert text.entities == ()


@pytest.mark.parametrize(
    "template",
    [
        Template("with space", "x"),
        Template("", "x"),
        Template("k" * 65, "x"),
        Template("k", " "),
        Template("k", "<b>x", Format.HTML),
        Template("k", "x" * 4001),
    ],
)
def test_a_template_that_could_not_be_sent(template: Template) -> None:
    """Is refused when it is kept, not when it is used."""
    with pytest.raises(Invalid):
        checked_template(template)


def test_a_variable_that_is_missing_or_too_long() -> None:
    """Is named; one too many does no harm."""
    template = Template("t", "{{a}} {{b}}")
    with pytest.raises(Invalid, match="vars: b is missing"):
        filled(template, {"a": 1})
    with pytest.raises(Invalid, match="vars: b must have"):
        filled(template, {"a": 1, "b": "x" * 1001})
    assert filled(template, {"a": 1, "b": 2.5, "c": "unused"}).text == "1 2.5"
