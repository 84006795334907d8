"""Tests of the readers: chapters, passages and notes of each format."""

from __future__ import annotations

from pathlib import Path

import pytest

from funaudio_core.books.model import BREAK, HEADING, NOTE, PARAGRAPH, VERSE, Book, Chapter, spoken_passages
from funaudio_core.books.reading import read_book
from tests.unit.books import samples
from tests.unit.books.samples import PROSE, page


def titles(book: Book) -> list[str]:
    return [chapter.title for chapter in book.selected]


def spoken(chapter: Chapter, *, with_notes: bool = False) -> list[tuple[str, str]]:
    return [(passage.kind, passage.text) for passage in spoken_passages(chapter, "en", with_notes=with_notes)]


def read_epub(tmp_path: Path, documents: dict[str, str]) -> Book:
    return read_book(samples.archive(samples.epub_files(documents), tmp_path / "book.epub"))


def read_text(tmp_path: Path, text: str, name: str = "story.txt", encoding: str = "utf-8") -> Book:
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return read_book(path)


def test_an_epub_has_the_titles_of_its_navigation_and_its_metadata(tmp_path: Path) -> None:
    documents = {"cover.xhtml": page("<h1>Sample</h1>"), "a.xhtml": samples.chapter(1), "b.xhtml": samples.chapter(2)}
    files = samples.epub_files(documents)
    files["OPS/nav.xhtml"] = samples.nav(
        ("cover.xhtml", "Cover"), ("a.xhtml", "1. The Harbour"), ("b.xhtml#x", "2. The <i>Boat</i>")
    )
    book = read_book(samples.archive(files, tmp_path / "book.epub"))
    assert (book.title, book.authors, book.language) == ("Sample", ("A. Writer",), "en")
    assert titles(book) == ["1. The Harbour", "2. The Boat"]
    assert [str(chapter.reason) for chapter in book.chapters if not chapter.is_selected] == ["cover"]


@pytest.mark.parametrize(("tag", "code"), [("eng", "en"), ("en_GB", "en"), ("chi", "en"), ("und", "en")])
def test_an_epub_has_the_language_of_its_tag_or_its_text(tmp_path: Path, tag: str, code: str) -> None:
    files = samples.epub_files({"a.xhtml": samples.chapter(1)})
    name = next(name for name in files if name.endswith(".opf"))
    files[name] = str(files[name]).replace("<dc:language>en<", f"<dc:language>{tag}<")
    assert read_book(samples.archive(files, tmp_path / "book.epub")).language == code


def test_an_epub_2_has_the_titles_of_its_ncx_and_parts(tmp_path: Path) -> None:
    inner = "".join(
        f'<navPoint><navLabel><text>{title}</text></navLabel><content src="{name}"/></navPoint>'
        for name, title in (("a.xhtml", "Dawn"), ("b.xhtml", "Noon"))
    )
    contents = samples.ncx(("part.xhtml", "Part One")).replace("</navPoint>", f"{inner}</navPoint>")
    documents = {"part.xhtml": page("<h1>Part One</h1>"), "a.xhtml": samples.chapter(1), "b.xhtml": samples.chapter(2)}
    files = samples.epub_files(documents)
    files |= {"OPS/book.opf": samples.opf(documents, samples.NCX_ITEM), "OPS/toc.ncx": contents}
    book = read_book(samples.archive(files, tmp_path / "book.epub"))
    assert [(chapter.title, chapter.part) for chapter in book.selected] == [("Dawn", "Part One"), ("Noon", "Part One")]
    assert [text for kind, text in spoken(book.chapters[0]) if kind == HEADING] == ["Part One", "Chapter 1"]


def test_a_document_with_several_chapters_is_divided_at_the_fragments(tmp_path: Path) -> None:
    body = "".join(f'<section id="c{n}"><h2>Day {n}</h2><p>{PROSE} {n}</p></section>' for n in (1, 2, 3))
    files = samples.epub_files({"all.xhtml": page(body)})
    files["OPS/nav.xhtml"] = samples.nav(*((f"all.xhtml#c{n}", f"Day {n}") for n in (1, 2, 3)))
    book = read_book(samples.archive(files, tmp_path / "book.epub"))
    assert titles(book) == ["Day 1", "Day 2", "Day 3"]
    assert all(spoken(chapter)[-1][1].endswith(str(n)) for n, chapter in enumerate(book.chapters, 1))


def test_a_document_without_a_line_in_the_contents_goes_on_with_its_chapter(tmp_path: Path) -> None:
    files = samples.epub_files(
        {"a.xhtml": samples.chapter(1), "a2.xhtml": page("<p>It goes on.</p>"), "b.xhtml": samples.chapter(2)}
    )
    files["OPS/nav.xhtml"] = samples.nav(("a.xhtml", "One"), ("b.xhtml", "Two"))
    book = read_book(samples.archive(files, tmp_path / "book.epub"))
    assert titles(book) == ["One", "Two"]
    assert spoken(book.chapters[0])[-1] == (PARAGRAPH, "It goes on.")


def test_page_numbers_hidden_text_and_ruby_are_not_read(tmp_path: Path) -> None:
    body = (
        f'<h1>Chapter 1</h1><p><span class="dropcap">T</span>he end<span epub:type="pagebreak">12</span>less sea.</p>'
        f'<p style="display:none">Hidden.</p><div class="running-head">SAMPLE</div><p hidden="">Hidden.</p>'
        f"<p><ruby>漢<rt>かん</rt></ruby>字 so\xadft</p><script>x()</script><p>{PROSE}</p>"
    )
    texts = [text for _, text in spoken(read_epub(tmp_path, {"a.xhtml": page(body)}).chapters[0])]
    assert texts == ["Chapter 1", "The endless sea.", "漢字 soft", PROSE.strip()]


def test_scene_breaks_and_verse_keep_their_kind(tmp_path: Path) -> None:
    body = (
        f"<h1>Chapter 1</h1><p>{PROSE}</p><hr/><p>* * *</p><p>◇◇◇</p>"
        '<div class="poem"><p>Roses are red,<br/>Violets are blue.</p></div>'
    )
    passages = spoken(read_epub(tmp_path, {"a.xhtml": page(body)}).chapters[0])
    assert passages[2:] == [(BREAK, "")] * 3 + [(VERSE, "Roses are red,\nViolets are blue.")]


NOTES = {
    "by role": (
        '<p>First point.<a epub:type="noteref" href="#n1">1</a> Second point.</p><p>More.</p>'
        '<aside epub:type="footnote" id="n1"><p>The note.</p></aside>',
        "",
    ),
    "by shape": (
        '<p>First point.<sup><a id="r1" href="notes.xhtml#n1">[1]</a></sup> Second point.</p><p>More.</p>',
        '<h1>Notes</h1><p id="n1"><a href="a.xhtml#r1">1.</a> The note.</p>',
    ),
    "by a link back": (
        '<p>First point.<a id="r1" href="notes.xhtml#n1">*</a> Second point.</p><p>More.</p>',
        '<h1>Notes</h1><ol><li id="n1"><p>The note. <a href="a.xhtml#r1">↩</a></p></li></ol>',
    ),
    "by a document of its own": (
        '<p>First point.<sup><a href="notes.xhtml">1</a></sup> Second point.</p><p>More.</p>',
        "<p>1. The note.</p>",
    ),
    "by the ARIA role": (
        '<p>First point.<a role="doc-noteref" href="notes.xhtml#n1">a</a> Second point.</p><p>More.</p>',
        '<section role="doc-endnotes"><ol><li id="n1">The note. <a role="doc-backlink" href="a.xhtml">↩</a></li></ol>'
        "</section>",
    ),
}


@pytest.mark.parametrize("shape", NOTES)
def test_notes_are_silent_or_read_after_their_sentence(tmp_path: Path, shape: str) -> None:
    text, notes = NOTES[shape]
    documents = {"a.xhtml": page(f"<h1>Chapter 1</h1>{text}<p>{PROSE}</p>")}
    documents |= {"notes.xhtml": page(notes)} if notes else {}
    book = read_epub(tmp_path, documents)
    assert spoken(book.chapters[0])[1:3] == [(PARAGRAPH, "First point. Second point."), (PARAGRAPH, "More.")]
    with_notes = spoken(book.chapters[0], with_notes=True)
    assert with_notes[1:4] == [(PARAGRAPH, "First point."), (NOTE, "The note."), (PARAGRAPH, "Second point.")]
    everything = [text for chapter in book.selected for _, text in spoken(chapter)]
    assert not any("note" in text for text in everything)


def test_a_note_with_two_references_is_read_once(tmp_path: Path) -> None:
    body = (
        '<h1>Chapter 1</h1><p>One.<a epub:type="noteref" href="#n">1</a></p>'
        '<p>Two.<a epub:type="noteref" href="#n">1</a></p>'
        f'<p>{PROSE}</p><aside epub:type="footnote" id="n">Said once.</aside>'
    )
    book = read_epub(tmp_path, {"a.xhtml": page(body)})
    assert [text for kind, text in spoken(book.chapters[0], with_notes=True) if kind == NOTE] == ["Said once."]


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("He left.<sup>1</sup> She stayed<sup>2</sup>, too.<sup>[3]</sup>", "He left. She stayed, too."),
        ("“Go.”<sup>12</sup> In 1984<sup>3</sup> it rained.<sup>*</sup>", "“Go.” In 1984 it rained."),
        ("(see above)<sup>1</sup> and so<sup>1,2</sup> on. <sup>4</sup>", "(see above) and so on."),
        ("We saw it<sup>2</sup> and I<sup>3</sup> left a<sup>†</sup>.", "We saw it and I left a."),
        ("10<sup>2</sup>, E = mc<sup>2</sup> and 1<sup>st</sup>", "10², E = mc² and 1st"),
        ("10<sup>-12</sup> m, 5 km<sup>2</sup>, <i>x</i><sup>3</sup>", "10⁻¹² m, 5 km², x³"),
        ("(a + b)<sup>2</sup>, 2<sup>64</sup>, 9 in<sup>2</sup>, 7<sup>3</sup>", "(a + b)², 2⁶⁴, 9 in², 7³"),
        ("the XIX<sup>e</sup> s., n<sup>o</sup> 5, M<sup>me</sup> A, <sup>14</sup>C", "the XIXe s., no 5, Mme A, 14C"),
        ('at home<sup><a href="fn1.html">1</a></sup>, see <a href="a.html">1</a>', "at home, see 1"),
        ('the site<sup><a href="https://example.org/">1</a></sup>', "the site"),
    ],
)
def test_raised_marks_of_notes_are_silent_and_exponents_are_read(tmp_path: Path, markup: str, text: str) -> None:
    book = read_epub(tmp_path, {"a.xhtml": page(f"<h1>Chapter 1<sup>7</sup></h1><p>{markup}</p><p>{PROSE}</p>")})
    assert spoken(book.chapters[0])[:2] == [(HEADING, "Chapter 1"), (PARAGRAPH, text)]


def test_links_that_are_no_notes_stay(tmp_path: Path) -> None:
    body = f'<h1>Chapter 1</h1><p>See chapter <a href="b.xhtml#top">2</a> for more.</p><p>{PROSE}</p>'
    other = f'<div id="top"><h1>Chapter 2</h1><p>{PROSE}</p></div>'
    book = read_epub(tmp_path, {"a.xhtml": page(body), "b.xhtml": page(other)})
    assert spoken(book.chapters[0])[1] == (PARAGRAPH, "See chapter 2 for more.")
    assert len(book.selected) == 2


def test_hard_wrapped_text_is_joined(tmp_path: Path) -> None:
    lines = [
        "It was late when the coach at last came up the hill to the well-",
        "known inn, whose only lamp, which hung from a nail over the door, had",
    ]
    lines += ["been blown out by the wind an hour earlier, to the landlord's annoyance", "and ours."]
    text = (
        "CHAPTER I\n\n"
        + "\n".join(lines)
        + "\n\n"
        + "\n".join(lines)
        + "\n\n  Oh where,\n  oh where?\n\n * * * * *\n\nDone.\n"
    )
    passages = spoken(read_text(tmp_path, text).chapters[0])
    assert passages[0] == (HEADING, "CHAPTER I")
    assert passages[1][1].startswith(
        "It was late when the coach at last came up the hill to the well-known inn, whose only"
    )
    assert passages[3:] == [(VERSE, "Oh where,\noh where?"), (BREAK, ""), (PARAGRAPH, "Done.")]


def test_indented_paragraphs_without_empty_lines_are_divided(tmp_path: Path) -> None:
    line = "the wind went round the house and tried each of the shutters in turn,\n"
    text = ("   Then " + line[:60] + "\n" + line * 4) * 6
    assert len(spoken(read_text(tmp_path, text).chapters[0])) == 6


@pytest.mark.parametrize(
    ("headings", "expected"),
    [
        (("第一章 风起", "第二章 云涌", "第三章 雨落"), None),
        (("第一回 甄士隐梦幻识通灵", "第二回 贾夫人仙逝扬州城", "第三回 托内兄如海荐西宾"), None),
        (("卷一 少年", "卷二 江湖", "卷三 归来"), None),
        (("楔子", "第1章 出门", "尾声"), None),
        (("春来", "夏至", "秋分"), None),
        (("Chapter 1", "Chapter 2. The Boat", "EPILOGUE"), None),
        (("I.", "II.", "III."), None),
        (("Chapter One\n\nThe Harbour", "Chapter Two\n\nThe Boat", "Chapter Three\n\nThe Storm"), "joined"),
    ],
)
def test_headings_of_plain_text(tmp_path: Path, headings: tuple[str, ...], expected: str | None) -> None:
    chinese = "\u3000\u3000那天早晨天还没亮，村子里的人就都起来了，只听见远处的狗叫着。第一章的事他不记得了。\n"
    english = (
        "Nobody in the village had opened a door. Chapter 2 was the one that she had not read, and she said so.\n\n"
    )
    text = "".join(f"{heading}\n\n{(chinese if ord(heading[0]) > 255 else english) * 3}\n" for heading in headings)
    wanted = [heading.replace("\n\n", ". ").rstrip(".") for heading in headings]
    assert titles(read_text(tmp_path, text)) == wanted, expected


def test_contents_in_plain_text_are_no_chapters(tmp_path: Path) -> None:
    names = [f"第{number}章 {name}" for number, name in zip("一二三", ("山", "水", "人"), strict=True)]
    body = "".join(f"{name}\n\n{'他走了很远的路，才看见那座山。' * 8}\n\n" for name in names)
    book = read_text(tmp_path, "目录\n\n" + "\n".join(names) + "\n\n" + body)
    assert titles(book) == names


def test_notes_in_plain_text_by_shape(tmp_path: Path) -> None:
    text = f"Chapter 1\n\nHe came home.[1] She did not.\n\n{PROSE}\n\n[1] From the wars.\n\nChapter 2\n\n{PROSE}\n"
    book = read_text(tmp_path, text)
    assert spoken(book.chapters[0])[1] == (PARAGRAPH, "He came home. She did not.")
    assert spoken(book.chapters[0], with_notes=True)[1:4] == [
        (PARAGRAPH, "He came home."),
        (NOTE, "From the wars."),
        (PARAGRAPH, "She did not."),
    ]


def test_page_numbers_in_plain_text_are_dropped(tmp_path: Path) -> None:
    text = "".join(
        f"they walked on beside the river without\n\n{number}\n\na word to each other.\n" for number in range(11, 17)
    )
    passages = spoken(read_text(tmp_path, text).chapters[0])
    assert not any(character.isdigit() for _, words in passages for character in words)


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8-sig", "Él vivió años felices."),
        ("utf-16", "Él vivió años felices."),
        ("utf-16-le", "He lived happily for many years."),
        ("gb18030", "他说：“今天的天气很好，我们去公园走走吧。”然后他们就一起出了门。"),
        ("big5", "他說：「今天的天氣很好，我們去公園走走吧。」然後他們就一起出了門。"),
        ("cp1252", "“C’est déjà l’été”, dit-elle à son frère – il était très étonné."),
        ("latin-1", "Él vivió muchos años felices con su compañera, según él mismo contó después."),
        ("cp1251", "Он вышел из дома рано утром и долго шёл вдоль реки, не встречая никого на своём пути."),
    ],
)
def test_encodings_of_plain_text(tmp_path: Path, encoding: str, text: str) -> None:
    book = read_text(tmp_path, f"{text}\n" * 20, encoding=encoding)
    assert {words for _, words in spoken(book.chapters[0])} == {text}
    is_guessed = encoding not in ("utf-8-sig", "utf-16")
    assert bool(book.notes) == is_guessed


@pytest.mark.parametrize("declared", ["iso-8859-1", "gbk"])
def test_a_page_in_utf_8_or_in_the_encoding_that_it_declares(tmp_path: Path, declared: str) -> None:
    text = f'<html><head><meta charset="{declared}"></head><body><p>{PROSE} She “doesn’t”.</p></body></html>'
    assert spoken(read_text(tmp_path, text).chapters[0])[0][1].endswith("She “doesn’t”.")
    book = read_text(tmp_path, text, encoding="cp1252" if declared == "iso-8859-1" else "gbk")
    assert spoken(book.chapters[0])[0][1].endswith("She “doesn’t”.")


def test_markdown_has_headings_emphasis_and_notes(tmp_path: Path) -> None:
    text = "---\ntitle: The *Boat*\nauthor: A. Writer\n---\n\n# One\n\nShe *ran*.[^1] He stayed.\n\n"
    text += f"{PROSE}\n\n***\n\n# Two\n\n{PROSE}\n\n[^1]: Fast.\n"
    book = read_text(tmp_path, text, "boat.md")
    assert (book.title, book.authors, titles(book)) == ("The *Boat*", ("A. Writer",), ["One", "Two"])
    assert spoken(book.chapters[0], with_notes=True)[1:4] == [
        (PARAGRAPH, "She ran."),
        (NOTE, "Fast."),
        (PARAGRAPH, "He stayed."),
    ]


def test_html_is_divided_at_the_headings_that_recur(tmp_path: Path) -> None:
    text = f"<html><title>Tale</title><h1>Tale</h1><h2>One</h2><p>{PROSE}<h2>Two</h2><p>{PROSE}&nbsp;&mdash; end"
    book = read_text(tmp_path, text, "tale.html")
    assert (book.title, titles(book)) == ("Tale", ["Tale. One", "Two"])
    assert spoken(book.chapters[1])[-1][1].endswith("— end")


def test_docx_has_headings_by_style_and_footnotes(tmp_path: Path) -> None:
    paragraph = samples.docx_paragraph
    mark = '<w:r><w:footnoteReference w:id="2"/></w:r><w:r><w:t> It rained.</w:t></w:r>'
    mark += "<w:del><w:r><w:delText>gone</w:delText></w:r></w:del>"
    body = (
        paragraph("One 5", "TOC1")
        + paragraph("One", "Heading1")
        + paragraph("They left.", runs=mark)
        + paragraph(PROSE)
    )
    body += paragraph("Two", "Heading1") + paragraph(PROSE)
    note = (
        '<w:footnote w:id="0" w:type="separator"><w:p/></w:footnote><w:footnote w:id="2">'
        + paragraph("At noon.")
        + "</w:footnote>"
    )
    book = read_book(samples.archive(samples.docx_files(body, footnotes=note), tmp_path / "book.docx"))
    assert titles(book) == ["One", "Two"]
    assert spoken(book.chapters[0])[1] == (PARAGRAPH, "They left. It rained.")
    assert spoken(book.chapters[0], with_notes=True)[1:4] == [
        (PARAGRAPH, "They left."),
        (NOTE, "At noon."),
        (PARAGRAPH, "It rained."),
    ]


def pdf_pages() -> list[list[str]]:
    lines = ["The rain had stopped before they reached the har-", "bour, and the gulls were loud above the quay and"]
    lines += ["nobody had yet opened a door or lit a single lamp."]
    days = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
    pages = [["SAMPLE TALE", *[*lines, f"It was {day}."] * 3, str(number)] for number, day in enumerate(days, 1)]
    pages[0].insert(1, "Chapter 1")
    pages[3].insert(1, "Chapter 2")
    return pages


@pytest.mark.parametrize("outline", [None, {"Chapter 1": 0, "Chapter 2": 3}])
def test_pdf_has_chapters_and_no_running_heads(tmp_path: Path, outline: dict[str, int] | None) -> None:
    (tmp_path / "tale.pdf").write_bytes(samples.pdf(pdf_pages(), outline))
    book = read_book(tmp_path / "tale.pdf")
    assert titles(book) == ["Chapter 1", "Chapter 2"]
    texts = [text for chapter in book.chapters for kind, text in spoken(chapter) if kind == PARAGRAPH]
    assert len(texts) == 18
    assert texts[-1] == (
        "The rain had stopped before they reached the harbour, and the gulls were loud above the quay and nobody had "
        "yet opened a door or lit a single lamp. It was Saturday."
    )
