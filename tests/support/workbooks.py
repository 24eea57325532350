"""Spreadsheets made by hand, as no program writes them: XLSX and ODS from the XML of their rows."""

import io
import zipfile
from collections.abc import Iterable

SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OASIS = "urn:oasis:names:tc:opendocument:xmlns"


def xlsx(rows: str, texts: str | Iterable[bytes] = "<si><t>text</t></si>") -> bytes:
    """A workbook of one sheet with these rows and these shared texts, as XML."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        relations = f'<Relationships xmlns="{PACKAGE}/relationships">{{}}</Relationships>'
        one = f'<Relationship Id="r{{}}" Type="{OFFICE}/{{}}" Target="{{}}"/>'
        packed.writestr("_rels/.rels", relations.format(one.format(1, "officeDocument", "xl/workbook.xml")))
        parts = (1, "worksheet", "worksheets/sheet1.xml"), (2, "sharedStrings", "sharedStrings.xml")
        own = "".join(one.format(*part) for part in parts)
        packed.writestr("xl/_rels/workbook.xml.rels", relations.format(own))
        sheets = '<sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets>'
        packed.writestr(
            "xl/workbook.xml", f'<workbook xmlns="{SHEET}" xmlns:r="{OFFICE}">{sheets}</workbook>'
        )
        sheet = f'<worksheet xmlns="{SHEET}"><sheetData>{rows}</sheetData></worksheet>'
        packed.writestr("xl/worksheets/sheet1.xml", sheet)
        with packed.open("xl/sharedStrings.xml", "w", force_zip64=True) as file:
            file.write(f'<sst xmlns="{SHEET}">'.encode())
            for piece in [texts.encode()] if isinstance(texts, str) else texts:
                file.write(piece)
            file.write(b"</sst>")
    return out.getvalue()


def ods(rows: str) -> bytes:
    """A workbook of one sheet with these rows, as XML."""
    out = io.BytesIO()
    spaces = " ".join(f'xmlns:{name}="{OASIS}:{name}:1.0"' for name in ("office", "table", "text"))
    body = f'<office:spreadsheet><table:table table:name="S">{rows}</table:table></office:spreadsheet>'
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        packed.writestr(
            "META-INF/manifest.xml", f'<manifest:manifest xmlns:manifest="{OASIS}:manifest:1.0"/>'
        )
        packed.writestr(
            "content.xml",
            f"<office:document-content {spaces}><office:body>{body}</office:body></office:document-content>",
        )
    return out.getvalue()


def ods_row(text: str, repeated: int = 1) -> str:
    """A row of one cell, which stands for so many rows."""
    cell = f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'
    return f'<table:table-row table:number-rows-repeated="{repeated}">{cell}</table:table-row>'
