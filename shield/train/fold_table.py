#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes core/shield/fold_table.c: what each code point is to the shield, and the letter that it folds to.

Sources: Python's unicodedata (Unicode's UnicodeData.txt) for compatibility forms, classes and names; ICU's spoof checker (the
confusables of Unicode Technical Standard 39) for look-alikes. The table is checked in: neither is needed to build.
usage: /usr/bin/python3 shield/train/fold_table.py >core/shield/fold_table.c"""
import ctypes, re, sys, unicodedata as ud

ICU = 72
lib = ctypes.CDLL(f"libicui18n.so.{ICU}")
err = ctypes.c_int(0)
uspoof_open = getattr(lib, f"uspoof_open_{ICU}")
uspoof_open.restype = ctypes.c_void_p
checker = uspoof_open(ctypes.byref(err))
skeleton_of = getattr(lib, f"uspoof_getSkeletonUTF8_{ICU}")
skeleton_of.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_char_p, ctypes.c_int32, ctypes.c_char_p, ctypes.c_int32, ctypes.c_void_p]

SIGN, SPACE, NEWLINE, LETTER, DIGIT, IDEO, MARK, HIDDEN, TAG, SELECTOR, SYMBOL, CONTROL = range(12)
LATIN, OTHER = 0, 1
END = 0x20000
PLAIN = {"ø": "o", "ł": "l", "đ": "d", "ı": "i", "ħ": "h", "æ": "a", "œ": "o", "ß": "s", "ð": "d", "þ": "t", "ŋ": "n", "ɡ": "g", "ɑ": "a", "ſ": "s"}
SIGNS = {"‘": "'", "’": "'", "‚": "'", "‛": "'", "“": '"', "”": '"', "„": '"', "‟": '"', "«": '"', "»": '"', "‹": "'", "›": "'",
         "–": "-", "—": "-", "‐": "-", "‑": "-", "−": "-", "‒": "-", "―": "-", "•": "*", "·": ".", "。": ".", "，": ",", "、": ",", "！": "!",
         "？": "?", "：": ":", "；": ";", "（": "(", "）": ")", "【": "[", "】": "]", "「": '"', "」": '"', "『": '"', "』": '"', "《": '"', "》": '"',
         "।": ".", "؟": "?", "،": ",", "؛": ";", "…": ".", "¿": "?", "¡": "!", "․": ".", "⁄": "/", "∕": "/", "│": "|", "❘": "|", "€": "E", "£": "L", "¥": "Y", "¢": "C"}
# How letters of other scripts fold to Latin where the skeleton has a letter that is not ASCII.
LOOKS = {"п": "n", "ո": "n", "ս": "u", "в": "b", "н": "h", "т": "t", "м": "m", "к": "k", "г": "r", "и": "u", "я": "r", "з": "e", "б": "b", "ь": "b", "д": "a", "л": "n",
         "α": "a", "β": "b", "ε": "e", "η": "n", "ι": "i", "κ": "k", "μ": "u", "ν": "v", "ο": "o", "ρ": "p", "σ": "o", "τ": "t", "υ": "u", "χ": "x", "ω": "w", "γ": "y", "ζ": "z",
         "ѕ": "s", "і": "i", "ј": "j", "ԁ": "d", "һ": "h", "ԛ": "q", "ԝ": "w", "ӏ": "l", "є": "e", "а": "a", "е": "e", "о": "o", "р": "p", "с": "c", "у": "y", "х": "x", "ё": "e", "ї": "i",
         "ա": "w", "բ": "p", "գ": "q", "զ": "q", "հ": "h", "յ": "j", "ց": "g", "օ": "o", "լ": "l", "ք": "p", "ԍ": "g", "ց": "g", "ե": "t", "ւ": "i", "ռ": "n", "պ": "w", "ш": "w", "ц": "u", "ч": "y", "ж": "x",
         "Π": "n", "Σ": "e", "Λ": "a", "Δ": "a"}


def small_capital(ch):
    m = re.match(r"LATIN (?:LETTER SMALL CAPITAL|SMALL LETTER|CAPITAL LETTER) ([A-Z])(?: WITH .*)?$", ud.name(ch, ""))
    return m.group(1).lower() if m else None


def named(ch):
    m = re.search(r"(?:NEGATIVE CIRCLED|NEGATIVE SQUARED|CROSSED NEGATIVE SQUARED|REGIONAL INDICATOR SYMBOL|PARENTHESIZED|SQUARED|CIRCLED) ?(?:LATIN )?(?:CAPITAL |SMALL )?LETTER ([A-Z])$", ud.name(ch, ""))
    return m.group(1).lower() if m else None


def base(ch):
    """The one character that stands for this one in words."""
    s = [c for c in ud.normalize("NFKD", ch) if not ud.category(c).startswith("M")]
    if s and s[0] in "([" and len(s) > 1:
        s = s[1:]
    c = s[0] if s else ch
    c = c.casefold()[0]
    s = [x for x in ud.normalize("NFKD", c) if not ud.category(x).startswith("M")]
    c = s[0] if s else c
    c = PLAIN.get(c, c)
    if ord(c) > 127:
        c = small_capital(c) or c
    return c


def skeleton(ch):
    src = ch.encode()
    buf = ctypes.create_string_buffer(64)
    e = ctypes.c_int(0)
    n = skeleton_of(checker, 0, src, len(src), buf, 64, ctypes.byref(e))
    s = [c for c in buf.raw[:n].decode("utf-8", "replace") if not ud.category(c).startswith("M")]
    return s[0] if len(s) == 1 else ""


def looks(ch, folded):
    for c in (ch, folded):
        if c in LOOKS:
            return LOOKS[c]
    for c in (ch, folded):
        s = skeleton(c)
        if s == "":
            continue
        s = base(s)
        if len(s) == 1 and "a" <= s <= "z":
            return s
    return "\0"


NO_SPACES = [(0x0E00, 0x0EFF), (0x0F00, 0x109F), (0x1780, 0x17FF), (0x2E80, 0x2FDF), (0x3005, 0x3007), (0x3021, 0x3029), (0x3041, 0x30FF), (0x3105, 0x312F),
             (0x3190, 0x319F), (0x31A0, 0x31BF), (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xA000, 0xA48F), (0xAC00, 0xD7A3),
             (0xF900, 0xFAFF), (0xFF66, 0xFF9F), (0x17000, 0x18CFF), (0x1B000, 0x1B2FF)]
INVISIBLE = set([0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180E, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2060, 0x2061, 0x2062, 0x2063, 0x2064,
                 0x2066, 0x2067, 0x2068, 0x2069, 0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0xFEFF, 0xFFA0, 0x3164] + list(range(0x206A, 0x2070)))
CJK = [(0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xA000, 0xA48F), (0xAC00, 0xD7A3), (0x17000, 0x18CFF)]  # told by range in fold.h


def entry(cp):
    if any(a <= cp <= b for a, b in CJK) or 0xD800 <= cp <= 0xDFFF:
        return 0
    ch = chr(cp)
    cat = ud.category(ch)
    if ch in "\n\r\x0b\x0c\x85\u2028\u2029":
        return pack(10, NEWLINE)
    if ch == "\t" or cat == "Zs":
        return pack(32, SPACE)
    if cp in INVISIBLE:
        return pack(0, HIDDEN)
    if 0xFE00 <= cp <= 0xFE0F:
        return pack(0, SELECTOR)
    if cat == "Cc":
        return pack(0, CONTROL)
    if cat in ("Cf", "Cn", "Co"):
        return pack(0x7F, HIDDEN if cat == "Cf" else SYMBOL)
    n = named(ch)
    if n:
        return pack(ord(n), LETTER, LATIN)
    if any(a <= cp <= b for a, b in NO_SPACES):
        b = base(ch) if cp >= 0xF900 else ch
        return pack(0x3F if ord(b) > 0xFFFF else ord(b), MARK if cat == "Mn" and cp < 0x0E00 else IDEO)
    if cat.startswith("M"):
        # Indic vowel signs are letters of a word; marks of Latin, Greek, Cyrillic, Arabic and Hebrew are dropped.
        return pack(cp, LETTER, OTHER) if cp >= 0x900 and cp < 0x1AB0 and cp < 0x10000 else pack(0, MARK)
    if cat == "Nd":
        return pack(ord("0") + ud.decimal(ch), DIGIT)
    b = base(ch)
    if cat.startswith("L") or cat in ("Nl", "No", "So") and b != ch:
        if b.isdigit() and ord(b) < 128:
            return pack(ord(b), DIGIT)
        if cat.startswith("L") or ("a" <= b <= "z"):
            v = ord(b) if ord(b) < 0x10000 else 0xF000 | cp & 0x7FF
            latin = ud.name(b, "").startswith("LATIN") or ord(b) < 128
            return pack(v, LETTER, LATIN if latin else OTHER, "\0" if ord(b) < 128 else looks(ch, b))
    if cp < 128:
        return pack(cp, SIGN)
    s = SIGNS.get(ch) or (b if ord(b) < 128 and not b.isalnum() else None)
    if s:
        return pack(ord(s), SIGN)
    return pack(0x7F, SIGN if cat.startswith("P") else SYMBOL)


def pack(fold, cls, script=LATIN, latin="\0"):
    return fold | cls << 16 | script << 20 | ord(latin) << 24


pages, index = [], []
seen = {}
for p in range(END // 64):
    page = tuple(entry(p * 64 + i) for i in range(64))
    if page not in seen:
        seen[page] = len(pages)
        pages.append(page)
    index.append(seen[page])
assert len(pages) < 65536
out = sys.stdout
out.write("/* SPDX-License-Identifier: Apache-2.0 */\n")
out.write(f"/* Made by shield/train/fold_table.py from Unicode {ud.unidata_version} (Python's unicodedata) and the confusables of ICU {ICU}: see fold.h. */\n")
out.write('#include "shield/fold.h"\n\n// clang-format off\n')
out.write(f"const uint16_t gh_fold_index[{len(index)}] = {{\n")
for i in range(0, len(index), 32):
    out.write(",".join(map(str, index[i:i + 32])) + ",\n")
out.write("};\n\n")
out.write(f"const uint32_t gh_fold_pages[{len(pages)}][64] = {{\n")
for p in pages:
    out.write("{" + ",".join("%u" % v if v < 10 else "0x%x" % v for v in p) + "},\n")
out.write("};\n// clang-format on\n")
print(len(pages), file=sys.stderr)
