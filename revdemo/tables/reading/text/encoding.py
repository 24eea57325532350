"""Which encoding a text file is in, from all of its bytes."""

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from revdemo.errors import Phrase, RevdemoError

BLOCK = 1 << 20
SAMPLE = 1 << 16  # bytes around the first letters that are not ASCII
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Encodings of letters that are not Latin, in which nearly every letter has its high bit set.
DENSE = ("cp932", "euc_jp", "gb18030", "big5", "cp949", "cp1251", "koi8_r", "cp1253", "cp1255", "cp1256",
         "cp874", "iso8859_5", "cp866")  # fmt: skip
LATIN = {  # the letters of each language that are not ASCII, by the encoding that has them
    "cp1252": ("äöüß", "éèêëàâçîïôûùüœæ", "áéíóúñüºª", "áâãàçéêíóôõúü", "àèéìòù", "åäöé", "æøåé", "éëïöüèá"),
    "cp1250": ("ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "ăâîşţ", "čćđšž"),
    "cp1254": ("çğıöşüiâî",),
    "cp1257": ("ąčęėįšųūž", "āčēģīķļņšūž", "äöõüšž"),
}
# Older ones of the same languages; of equally good ones the first is taken.
LATIN |= {"iso8859_2": LATIN["cp1250"], "mac_roman": LATIN["cp1252"], "cp850": LATIN["cp1252"]}
SCRIPTS = (("cp932", "[\u3040-\u309f]"), ("euc_jp", "[\u3040-\u309f]"))  # hiragana: nothing else has it
_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")


@dataclass(frozen=True)
class Encoding:
    """An encoding, how its errors are read, and what a reader should be told of it."""

    name: str
    errors: str = "strict"
    notes: tuple[Phrase, ...] = ()


def find_encoding(path: Path, given: str | None = None) -> Encoding:
    """The encoding of a file: its mark, UTF-8 if all or nearly all of it is, else the likeliest one.

    Raises:
        RevdemoError: nobody knows the encoding given.
        ValueError: the file holds binary data.
    """
    if given:
        return _given(path, given)
    with path.open("rb") as file:
        start = file.read(SAMPLE)
    for mark, name in MARKS:
        if start.startswith(mark):
            return _whole(path, name)
    if b"\x1b$" in start and _decodes(path, "iso2022_jp"):
        return Encoding("iso2022_jp", notes=(_not_utf8("iso2022_jp"),))
    if b"\0" in start:
        return _whole(path, _without_mark(start))
    bad = _bad_bytes(path)
    if not bad.count:
        return Encoding("utf-8")
    # By chance other encodings make up to two sequences of UTF-8 for every five bytes that are not UTF-8.
    if bad.sequences and bad.count <= max(1, bad.sequences // 2):
        return Encoding("utf-8", "replace", (_broken(bad),))
    return _likeliest(path, bad.first)


def _given(path: Path, name: str) -> Encoding:
    try:
        known = codecs.lookup(name).name
        "".encode(known)
    except (LookupError, TypeError) as error:
        raise RevdemoError(
            "There is no encoding {encoding!r}: usual ones are utf-8, utf-16, cp1252, cp1251, shift_jis and "
            "gb18030.",
            encoding=name,
        ) from error
    known = "utf-8-sig" if known == "utf-8" else known
    return Encoding(known) if _decodes(path, known) else Encoding(known, "replace", (_lossy(name),))


def _whole(path: Path, name: str) -> Encoding:
    if _decodes(path, name):
        return Encoding(name)
    return Encoding(name, "replace", (_lossy(name),))


def _lossy(name: str) -> Phrase:
    return Phrase("Not all of the file is {encoding}: what is not is marked with �.", encoding=name)


def _without_mark(start: bytes) -> str:
    """UTF-16 or UTF-32 by where the zero bytes are; ValueError where it is neither."""
    start = start[: len(start) // 4 * 4] or start[: len(start) // 2 * 2]
    zeros = [start[place::4].count(0) / max(1, len(start[place::4])) for place in range(4)]
    if len(start) % 4 == 0 and min(zeros[2:]) > 0.9 and zeros[0] < 0.1:
        return "utf-32-le"
    if len(start) % 4 == 0 and min(zeros[:2]) > 0.9 and zeros[3] < 0.1:
        return "utf-32-be"
    odd, even = start[1::2].count(0), start[::2].count(0)
    if max(odd, even) < 0.3 * len(start) / 2 or min(odd, even) > 0.1 * len(start) / 2:
        raise ValueError(Phrase("it holds binary data, not text"))
    return "utf-16-le" if odd > even else "utf-16-be"


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


# --- UTF-8 with errors ------------------------------------------------------------------------------------


@dataclass
class _Bad:
    """Bytes of a file that are not UTF-8: how many, where, and how many letters beyond ASCII are."""

    count: int = 0
    sequences: int = 0
    first: int = 0  # its place in the file
    line: int = 0
    cut: bool = False  # the file ends in the middle of a letter


def _bad_bytes(path: Path) -> _Bad:
    found, before, place, line = _Bad(), b"", 0, 1
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            data = before + block
            before = b"" if data.isascii() else _unfinished(data)
            data = data[: len(data) - len(before)]
            if not data.isascii():
                _count_bad(found, data, place, line)
            place += len(data)
            line += data.count(b"\n")
    if before:
        found.cut, found.first = True, found.first if found.count else place
        found.line, found.count = (found.line or line), found.count + 1
    return found


def _unfinished(data: bytes) -> bytes:
    """The bytes at the end that may begin a letter."""
    for size in (1, 2, 3):
        byte = data[-size] if size <= len(data) else 0
        if byte >= 0xC0:
            needed = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return data[-size:] if size < needed else b""
        if byte < 0x80:
            return b""
    return b""


def _count_bad(found: _Bad, data: bytes, place: int, line: int) -> None:
    try:
        data.decode()
        found.sequences += len(_SEQUENCE.findall(data)) if found.count or not found.sequences else 1
        return
    except UnicodeDecodeError as error:
        if not found.count:
            found.first, found.line = place + error.start, line + data.count(b"\n", 0, error.start)
    found.count += data.decode(errors="replace").count("�") - data.count("�".encode())
    found.sequences += len(_SEQUENCE.findall(data))


def _broken(bad: _Bad) -> Phrase:
    if bad.cut and bad.count == 1:
        return Phrase("The file ends in the middle of a letter, in line {line:,}: it was cut.", line=bad.line)
    if bad.count == 1:
        return Phrase("One byte, in line {line:,}, is not UTF-8, and is marked with �.", line=bad.line)
    return Phrase(
        "{n:,} bytes are not UTF-8 and are marked with �; the first is in line {line:,}.",
        n=bad.count,
        line=bad.line,
    )


# --- other encodings --------------------------------------------------------------------------------------


def _likeliest(path: Path, first: int) -> Encoding:
    """The encoding that fits best among those that decode the whole file."""
    with path.open("rb") as file:
        file.seek(max(0, first - SAMPLE // 8))
        sample = _lines_that_tell(file.read(SAMPLE))
    dense = _is_dense(sample)
    names = [name for name in (DENSE if dense else LATIN) if _decodes(path, name)]
    name = _by_script(sample, names) if dense else _by_alphabet(sample, names)
    name = name or _normalized(sample, names) or next(iter(names), "latin-1")
    return Encoding(name, notes=(_not_utf8(name),))


def _not_utf8(name: str) -> Phrase:
    return Phrase(
        "The file is not UTF-8; it is read as {encoding}. --encoding names another one.", encoding=name
    )


def _lines_that_tell(sample: bytes) -> bytes:
    """The lines with letters beyond ASCII."""
    return b"\n".join(line for line in sample.splitlines() if not line.isascii()) or sample


def _is_dense(sample: bytes) -> bool:
    """Whether most letters are beyond ASCII, as where none is Latin."""
    high = len(re.findall(rb"[\x80-\xff]", sample))
    return high > 0.4 * (high + len(re.findall(rb"[A-Za-z]", sample)))


def _by_script(sample: bytes, names: Sequence[str]) -> str | None:
    """The encoding in which the letters are those of one script, where its own signs tell it at once."""
    for name, script in SCRIPTS:
        if name in names:
            letters = [letter for letter in sample.decode(name, "ignore") if ord(letter) > 127]
            if len(re.findall(script, "".join(letters))) > 0.3 * len(letters):
                return name
    return None


def _by_alphabet(sample: bytes, names: Sequence[str]) -> str | None:
    """The encoding in which the letters beyond ASCII are most nearly those of one language."""
    scores = {name: _fit(sample.decode(name, "ignore"), LATIN[name]) for name in names}
    # Of equal ones the first, which is the commonest.
    return max(names, key=lambda name: scores[name]) if names else None


def _fit(text: str, alphabets: Sequence[str]) -> float:
    letters = [letter for letter in text.casefold() if ord(letter) > 127 and letter not in "’‘“”–—…•€«»°¡¿"]
    within = (sum(letter in alphabet for letter in letters) for alphabet in alphabets)
    return max(within) / len(letters) if letters else 1.0


def _normalized(sample: bytes, names: Sequence[str]) -> str | None:
    """What charset-normalizer takes a sample for, among some encodings."""
    from charset_normalizer import from_bytes

    found = from_bytes(sample, cp_isolation=list(names), threshold=0.9).best() if names else None
    return codecs.lookup(found.encoding).name.replace("-", "_") if found else None
