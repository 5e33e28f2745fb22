"""Values are escaped by the place in which they stand, and defaults stand where nothing is known."""

import json
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid
from core.model.messages.message import Choice, Media, MediaKind, UrlButton
from core.model.messages.template import (
    Draft,
    Format,
    Template,
    checked_template,
    filled,
    filled_buttons,
    filled_media,
    read_draft,
)
from core.model.text.variables import with_value

VALUES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
LINKS = {
    Format.PLAIN: "open https://shop.example/u/{{p}}/end?n={{q}}#f",
    Format.MARKDOWN: "[open](https://shop.example/u/{{p}}/end?n={{q}}#f)",
    Format.HTML: '<a href="https://shop.example/u/{{p}}/end?n={{q}}#f">open</a>',
}


def link_of(written: Format, values: dict[str, str]) -> str:
    """Return the address in a text that was filled in."""
    text = filled(Template("t", LINKS[written], written), values)
    if written is Format.PLAIN:
        return text.text.removeprefix("open ")
    (link,) = text.entities
    assert text.text == "open"
    return link.url or ""


@given(st.sampled_from(Format), VALUES, VALUES)
def test_a_value_in_an_address_is_one_component(written: Format, path: str, query: str) -> None:
    """It comes out at the site as it was, and changes no other part of the address (faults 1.10)."""
    parts = urlsplit(link_of(written, {"p": path, "q": query}))
    assert (parts.scheme, parts.netloc, parts.fragment) == ("https", "shop.example", "f")
    segment = "" if not path.strip(".") else path
    assert [unquote(each) for each in parts.path.split("/")] == ["", "u", segment, "end"]
    assert parse_qs(parts.query, keep_blank_values=True, strict_parsing=True) == {"n": [query]}


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (Format.MARKDOWN, "*{{v}}* **{{v}}** `{{v}}` [{{v}}](tg:x) > {{v}}\n```\n{{v}}\n```"),
        (
            Format.HTML,
            "<i>{{v}}</i> <b>{{v}}</b> <code>{{v}}</code> <a href='tg:x'>{{v}}</a> &gt; {{v}}\n<pre>{{v}}</pre>",
        ),
    ],
)
@given(VALUES.filter(str.strip))
def test_a_value_in_words_becomes_no_markup(written: Format, text: str, value: str) -> None:
    """And has the look of the place it stands in, whatever it is (faults 1.10)."""
    rich = filled(Template("t", text, written), {"v": value})
    kinds = [entity.kind.value for entity in rich.entities]
    assert kinds == ["italic", "bold", "code", "text_link", "pre"]
    units = rich.text.encode("utf-16-le")
    assert {units[2 * each.offset : 2 * each.end].decode("utf-16-le") for each in rich.entities} == {value}
    assert rich.text.startswith(f"{value} {value} {value} {value} > {value}\n{value}")


def test_bare_addresses_of_each_kind() -> None:
    """With a scheme or without, among other words; a variable that is only near one is words (faults 1.10)."""
    for text, wanted in (
        ("t.me/share?text={{v}}", "t.me/share?text=a%26b%20c"),
        ("(HTTPS://a.b/{{v}}), {{v}}", "(HTTPS://a.b/a%26b%20c), a&b c"),
        ("看https://a.b/x，{{v}}", "看https://a.b/x，a&b c"),
        ("и/или {{v}} a/{{v}} Mr./{{v}}", "и/или a&b c a/a&b c Mr./a&b c"),
    ):
        for written in Format:
            assert filled(Template("t", text, written), {"v": "a&b c"}).text == wanted


@pytest.mark.parametrize(
    "url", ["https://{{v}}/", "https://shop.example{{v}}", "https://{{v}}@a.b/", "{{v}}://a.b", "{{v}}"]
)
def test_a_variable_says_not_where_an_address_leads(url: str) -> None:
    """Its scheme and host are the template's own (faults 1.10)."""
    for text, written in ((f"[a]({url})", Format.MARKDOWN), (f"<a href='{url}'>a</a>", Format.HTML)):
        with pytest.raises(Invalid, match=r"^text: "):
            checked_template(Template("t", text, written))
    with pytest.raises(Invalid):
        filled_buttons(((UrlButton("a", url),),), {"v": "evil.example"})


def test_whom_a_message_or_call_is_for() -> None:
    """Of mailto: and tel: the signs stay that addresses and numbers have; the rest is escaped."""
    text = filled(
        Template("t", "[m](mailto:{{m}}?subject={{m}}) [t](tel:{{t}})", Format.MARKDOWN), {"m": "a&b@c.d", "t": "+1?"}
    )
    assert [each.url for each in text.entities] == ["mailto:a%26b@c.d?subject=a%26b%40c.d", "tel:+1%3F"]


def test_buttons_and_media() -> None:
    """Labels are words on one line, addresses escape; what a button tells the site stays as it is (faults 1.10)."""
    values = {"v": "x&y\n z"}
    rows = (
        (UrlButton("Go {{v}}", "https://a.b/{{v}}?q={{v}}"), Choice("{{v}}", "buy:{{v}}"), Choice("{{v|}}" * 20, "d")),
    )
    link, choice, long = filled_buttons(rows, values)[0]
    assert link == UrlButton("Go x&y z", "https://a.b/x%26y%0A%20z?q=x%26y%0A%20z")
    assert choice == Choice("x&y z", "buy:{{v}}")
    assert len(long.label) == 64
    media = filled_media(Media(MediaKind.PHOTO, "https://a.b/{{v}}.png"), values)
    assert media == Media(MediaKind.PHOTO, "https://a.b/x%26y%0A%20z.png")


def test_defaults() -> None:
    """Stand where a value is missing or blank, to the letter, escaped by place; a number is a value (faults 2.7)."""
    for written in Format:
        template = Template("t", "Hi {{ n | <b>*you*</b> & co }}! https://a.b/?{{n|x&y}}", written)
        for values in ({}, {"n": ""}, {"n": "  "}):
            assert filled(template, values).text == "Hi <b>*you*</b> & co! https://a.b/?x%26y"
            assert filled(template, values).entities == ()
        assert filled(template, {"n": 0}).text == "Hi 0! https://a.b/?0"
    assert filled(Template("t", "a{{n|}}b"), {}).text == "ab"
    with pytest.raises(Invalid, match=r"what stands for \{\{n\}\} must have at most 100"):
        checked_template(Template("t", "{{n|" + "x" * 101 + "}}"))
    with pytest.raises(Invalid, match="256 different"):
        checked_template(Template("t", "".join(f"{{{{n{number}}}}}" for number in range(257))))


def test_a_look_around_nothing_is_left_out() -> None:
    """As is a text of nothing."""
    text = filled(Template("t", "a **{{n}}** _b{{n}}_", Format.MARKDOWN), {"n": ""})
    assert (text.text, [each.kind.value for each in text.entities]) == ("a  b", ["italic"])
    with pytest.raises(Invalid, match="empty"):
        filled(Template("t", "*{{n}}*", Format.MARKDOWN), {"n": ""})


def test_what_is_wrong_is_named_as_it_was_written() -> None:
    """Variables and all, and the place is one of the text that was sent."""
    with pytest.raises(Invalid, match=r"link behind \[\{\{ a \}\}\]: must be a whole address"):
        checked_template(Template("t", "[{{ a }}](nowhere/{{ a }})", Format.MARKDOWN))
    with pytest.raises(Invalid, match="<b> at character 11: it is never closed"):
        checked_template(Template("t", "{{ a|bcd }}<b>"[1:], Format.HTML))


def test_a_draft_is_kept_as_it_was_understood() -> None:
    """It is not read again for its recipients; one that was kept before is read as it always was (faults 7.1)."""
    draft = Draft("**{{first_name|you}}** [x](https://a.b/{{lang}}) 😀", Format.MARKDOWN).checked()
    kept = draft.to_bytes()
    again = read_draft(kept)
    assert again.understood == draft.understood
    text = again.content({"first_name": "", "lang": "a b"}, "").text
    assert (text.text, text.entities[1].url) == ("you x 😀", "https://a.b/a%20b")
    former = read_draft(json.dumps(json.loads(kept)[:4]).encode())
    assert former.understood is None
    assert former.content({"first_name": "", "lang": "a b"}, "").text == text


@pytest.mark.parametrize(
    "draft",
    [
        Draft("x", buttons=((UrlButton("a", "https://a.b/{{name}}"),),)),
        Draft("x", buttons=((Choice("{{name}}", "d"),),)),
        Draft("x", media=Media(MediaKind.PHOTO, "https://a.b/{{name}}")),
        Draft("{{name|there}}"),
    ],
)
def test_an_unknown_variable_is_named_wherever_it_stands(draft: Draft) -> None:
    """A draft has the built-in ones only."""
    with pytest.raises(Invalid, match=r"there is no variable \{\{name\}\}, only \{\{first_name\}\}"):
        draft.checked()


def test_the_address_in_a_projects_own_text() -> None:
    """As words it is itself; as part of another address it is escaped."""
    text = with_value("{{url}} https://a.b/?to={{ url }} {{other}}", "url", "https://c.d/?x=1&y")
    assert text == "https://c.d/?x=1&y https://a.b/?to=https%3A%2F%2Fc.d%2F%3Fx%3D1%26y {{other}}"
