"""The two ways in which sites write formatting: what each mark becomes, and what is left as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid
from core.model.text.html import escaped_html, from_html
from core.model.text.markdown import escaped_markdown, from_markdown
from core.model.text.text import RichText, from_plain
from tests.core.model.text.test_text import TEXTS, holds

Looks = list[tuple[str, str]]

MARKS = ("*", "**", "_", "~~", "||", "`", "```", "``", "> ", "\\", "[", "](https://a.b)", "](x", ")", "a", "😀")
TAGS = ("<b>", "</b>", "<i>", "</i>", "<", "&lt;", "&", "<code>", "</code>", "<a href='tg://a'>", "</a>", "\n", " ")
MARKUP = st.lists(st.sampled_from([*MARKS, *TAGS]), max_size=24).map("".join)


def looks(rich: RichText) -> Looks:
    """Return which words look how."""
    units = rich.text.encode("utf-16-le")
    return [
        (entity.kind.value, units[2 * entity.offset : 2 * entity.end].decode("utf-16-le")) for entity in rich.entities
    ]


@pytest.mark.parametrize(
    ("source", "text", "expected"),
    [
        ("plain", "plain", []),
        ("**b** *i* _j_", "b i j", [("bold", "b"), ("italic", "i"), ("italic", "j")]),
        ("~~s~~ ||p|| `c`", "s p c", [("strikethrough", "s"), ("spoiler", "p"), ("code", "c")]),
        ("***both***", "both", [("bold", "both"), ("italic", "both")]),
        ("*i **bi***", "i bi", [("italic", "i bi"), ("bold", "bi")]),
        ("**b *bi***", "b bi", [("bold", "b bi"), ("italic", "bi")]),
        ("**a *b** c*", "a *b c*", [("bold", "a *b")]),
        ("*a**b**c*", "abc", [("italic", "abc"), ("bold", "b")]),
        ("😀 **ё😀**", "😀 ё😀", [("bold", "ё😀")]),
        ("**two\nlines**", "two\nlines", [("bold", "two\nlines")]),
        ("2*3*4 snake_case_name", "2*3*4 snake_case_name", []),
        ("**Val**ue", "Value", [("bold", "Val")]),
        ("** no ** a || b || 5 * 6 * 7", "** no ** a || b || 5 * 6 * 7", []),
        ("**open _and ~~never closed", "**open _and ~~never closed", []),
        ("~~~~ |||| **** __init__", "~~~~ |||| **** __init__", []),
        (r"\*no\* \_no\_ \\ \a \`c\`", r"*no* _no_ \ \a `c`", []),
        ("`a*b*` ``x`y`` `` `z` ``", "a*b* x`y `z`", [("code", "a*b*"), ("code", "x`y"), ("code", "`z`")]),
        ("`open **b**", "`open b", [("bold", "b")]),
        ("a\n```py\nx = *1*\n\n```\nb", "a\nx = *1*\n\nb", [("pre", "x = *1*\n")]),
        ("```\nopen **b**", "```\nopen b", [("bold", "b")]),
        ("> a **b**\n>c\nd", "a b\nc\nd", [("blockquote", "a b\nc"), ("bold", "b")]),
        ("1 > 0", "1 > 0", []),
        ("[a **b**](https://x.y/z_(1)?q=1&r=_2_)", "a b", [("text_link", "a b"), ("bold", "b")]),
        ("**[a](tel:+15550100)**", "a", [("text_link", "a"), ("bold", "a")]),
        ("see https://x.y/_a_b_?c=*1 _so_", "see https://x.y/_a_b_?c=*1 so", [("italic", "so")]),
        ("_https://x.y_", "https://x.y", [("italic", "https://x.y")]),
        ("[a] (b) [c]", "[a] (b) [c]", []),
        ("a\r\n\n\n  b ", "a\r\n\n\n  b ", []),
    ],
)
def test_markdown(source: str, text: str, expected: Looks) -> None:
    """Each mark has its look; what has no partner, and what stands in words and addresses, is itself."""
    rich = from_markdown(source)
    assert (rich.text, looks(rich)) == (text, expected)


def test_links_and_languages_are_kept() -> None:
    """Where a link leads, and what a block of code is written in."""
    assert from_markdown("[a](https://x.y/z_\\(1)").entities[0].url == "https://x.y/z_(1"
    assert from_markdown("```c++\nx\n```").entities[0].language == "c++"
    assert from_html('<a href="https://x.y/?a=1&amp;b=2">a</a>').entities[0].url == "https://x.y/?a=1&b=2"
    assert from_html('<pre><code class="language-rust">x</code></pre>').entities[0].language == "rust"


@pytest.mark.parametrize("link", ["javascript:alert(1)", "/orders/1", "shop.example.com", "https://", "ftp://a.b/c"])
def test_a_link_that_leads_nowhere_is_invalid(link: str) -> None:
    """In both ways of writing it: better told to the site than seen by thousands."""
    with pytest.raises(Invalid, match=r"^text: .*link behind \[here\]"):
        from_markdown(f"[here]({link})")
    with pytest.raises(Invalid, match=r"^text: href of <a> at character 3"):
        from_html(f"x <a href='{link}'>here</a>")


@pytest.mark.parametrize(
    ("source", "text", "expected"),
    [
        ("<b>b</b><strong>c</strong>", "bc", [("bold", "b"), ("bold", "c")]),
        ("<i>b</i><em>c</em>", "bc", [("italic", "b"), ("italic", "c")]),
        ("<u>b</u><ins>c</ins>", "bc", [("underline", "b"), ("underline", "c")]),
        ("<s>b</s><del>c</del><strike>d</strike>", "bcd", [("strikethrough", letter) for letter in "bcd"]),
        ("<code>1 &lt; 2</code>", "1 < 2", [("code", "1 < 2")]),
        ("<pre>a\n b</pre>", "a\n b", [("pre", "a\n b")]),
        ("<blockquote expandable>a\nb</blockquote>", "a\nb", [("blockquote", "a\nb")]),
        ("<tg-spoiler>a</tg-spoiler><span class='tg-spoiler'>b</span>", "ab", [("spoiler", "a"), ("spoiler", "b")]),
        ('<A HREF="https://x.y/">a <B>b</B></A>', "a b", [("text_link", "a b"), ("bold", "b")]),
        ("😀<b>😀 <i>&amp;&#128512;&#x41;</i></b>", "😀😀 &😀A", [("bold", "😀 &😀A"), ("italic", "&😀A")]),
        ("a & b &nbsp; &#xD800; &quot;", 'a & b &nbsp; &#xD800; "', []),
        ("<b></b>a", "a", []),
    ],
)
def test_html(source: str, text: str, expected: Looks) -> None:
    """The tags that Telegram knows, by its names."""
    rich = from_html(source)
    assert (rich.text, looks(rich)) == (text, expected)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("a <blink>b</blink>", "<blink> at character 3: there is no such tag"),
        ("a<br>b", "<br> at character 2: there is no such tag"),
        ("a <b>b", "<b> at character 3: it is never closed"),
        ("a</b>", "</b> at character 2: no tag is open"),
        ("<b><i>a</b></i>", "</b> at character 8: </i> must come first"),
        ("1 < 2", "a < that begins no tag at character 3: write it &lt;"),
        ("<!-- a -->", "a < that begins no tag at character 1"),
        ("<span>a</span>", '<span> at character 1: its class must be "tg-spoiler"'),
        ("<a>b</a>", "href of <a> at character 1: needs an address"),
        ("<b> </b>", "is empty"),
        ("&#32;", "is empty"),
    ],
)
def test_wrong_html_is_named(source: str, words: str) -> None:
    """What is wrong, and where it stands."""
    with pytest.raises(Invalid) as invalid:
        from_html(source)
    assert str(invalid.value).startswith(f"text: {words}")


@given(MARKUP)
def test_any_markup_is_sound_or_invalid(source: str) -> None:
    """And nothing worse, in both ways of writing."""
    for read in (from_markdown, from_html):
        try:
            holds(read(source))
        except Invalid:
            continue


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_any_text_is_sound_or_invalid(source: str) -> None:
    """Half characters too."""
    for read in (from_markdown, from_html):
        try:
            holds(read(source))
        except Invalid:
            continue


@given(TEXTS | MARKUP.filter(lambda text: text.strip() != ""))
def test_an_escaped_text_is_read_as_it_was(text: str) -> None:
    """So that somebody's name can stand in a site's markup."""
    assert from_markdown(escaped_markdown(text)) == from_html(escaped_html(text)) == from_plain(text)


@pytest.mark.parametrize(
    ("source", "text", "expected"),
    [
        ("这是*重点*内容", "这是重点内容", [("italic", "重点")]),
        ("นี่คือ*สำคัญ*มาก", "นี่คือสำคัญมาก", [("italic", "สำคัญ")]),
        ("用*Python*写，*курсив*也行", "用Python写，курсив也行", [("italic", "Python"), ("italic", "курсив")]),
        ("これは***とても***大事", "これはとても大事", [("bold", "とても"), ("italic", "とても")]),
        ("*중요*합니다", "중요합니다", [("italic", "중요")]),
        ("*「重点」*内容", "「重点」内容", [("italic", "「重点」")]),
        ("面积2*3*4平方米", "面积2*3*4平方米", []),
        ("变量_名称_测试 snake_case_name 2*3*4", "变量_名称_测试 snake_case_name 2*3*4", []),
        ("один*два*три *четыре*пять", "один*два*три *четыре*пять", []),
        ("重 * 点 * 内", "重 * 点 * 内", []),
    ],
)
def test_stars_in_scripts_without_spaces(source: str, text: str, expected: Looks) -> None:
    """Stars look inside a word only where words are not parted by spaces; underscores never (faults 1.9)."""
    rich = from_markdown(source)
    assert (rich.text, looks(rich)) == (text, expected)


@pytest.mark.parametrize("piece", ["*a ", "`", "[", "[a](", "**a _b ~~c ", "```\n", "<b>", "https://_", "`" * 7 + " "])
def test_reading_takes_no_longer_than_it_should(piece: str) -> None:
    """Sixteen thousand characters of the worst kind are read in a moment, and more are not read at all."""
    for read in (from_markdown, from_html):
        with pytest.raises(Invalid):
            read(piece * (16_000 // len(piece)))
        with pytest.raises(Invalid, match="with its markup"):
            read(piece * 16_001)
